"""Latent maps."""

from itertools import pairwise

import numpy as np
import pytest

from songmap.figures import style
from songmap.figures.maps import Layer, latent_map, map_rows


def points(n):
    return np.random.default_rng(0).normal(size=(n, 2))


def legends(fig):
    return [[t.get_text() for t in axes.get_legend().get_texts()] for axes in fig.axes]


def drawn(axes):
    return sum(len(collection.get_offsets()) for collection in axes.collections)


def test_three_panels_with_counts_and_every_point_once():
    genre = ["Rock", "Rock", "Folk", ""]
    layers = [
        Layer("cluster", ["0", "0", "1", "1"], direct=True),
        Layer("genre", genre),
        Layer("language", [""] * 4),
    ]
    fig = latent_map(points(4), layers, "vae: UMAP of 4 tracks", "UMAP")
    assert [axes.get_title("left") for axes in fig.axes] == ["cluster", "genre", "language"]
    assert legends(fig) == [["0 (2)", "1 (2)"], ["Rock (2)", "Folk (1)", "unlabeled (1)"], ["unlabeled (4)"]]
    assert [drawn(axes) for axes in fig.axes] == [4, 4, 4]
    assert [t.get_text() for t in fig.axes[0].texts] == ["0", "1"]
    assert fig.texts[0].get_text() == "vae: UMAP of 4 tracks"


def test_a_point_has_the_colour_of_its_category():
    here = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 1.0]])
    fig = latent_map(here, [Layer("genre", ["Folk", "", "Rock"], ["Rock", "Folk"])], "t", "PCA")
    colours = {}
    for collection in fig.axes[0].collections:
        for place, face in zip(collection.get_offsets(), collection.get_facecolors(), strict=True):
            colours[tuple(place)] = tuple(np.round(face[:3] * 255).astype(int))

    def rgb(code):
        return tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))

    assert colours == {
        (2.0, 1.0): rgb(style.COLOURS[0]),
        (0.0, 0.0): rgb(style.COLOURS[1]),
        (1.0, 0.0): rgb(style.PALE),
    }


def test_27_genres_are_ten_and_others():
    values = [f"genre {i}" for i in range(27) for _ in range(30 - i)] + [""] * 5
    fig = latent_map(points(len(values)), [Layer("genre", values)], "t", "UMAP")
    (labels,) = legends(fig)
    assert labels[0] == "genre 0 (30)"
    assert len(labels) == 12
    assert labels[10:] == [f"17 others ({sum(30 - i for i in range(10, 27))})", "unlabeled (5)"]
    assert drawn(fig.axes[0]) == len(values)


def test_a_category_keeps_its_mark_where_others_are_absent():
    order = ["Rock", "Folk", "Jazz"]
    full = latent_map(points(3), [Layer("genre", order, order)], "t", "UMAP")
    part = latent_map(points(1), [Layer("genre", ["Jazz"], order)], "t", "UMAP")
    colour = [fig.axes[0].get_legend().legend_handles[-1].get_color() for fig in (full, part)]
    assert colour[0] == colour[1]


@pytest.mark.parametrize("name", ["$x$", "_hidden", "字" * 300, "🎸", "a\nb", "\u202eevil", " "])
def test_hostile_names_reach_the_legend(name, tmp_path):
    fig = latent_map(points(2), [Layer("genre", [name, "Rock"])], "t", "UMAP")
    labels = legends(fig)[0]
    assert len(labels) == 2
    assert labels[0].endswith(" (1)") and len(labels[0]) > 4
    style.save(fig, tmp_path / "x.png")


@pytest.mark.parametrize("n", [1, 2])
def test_few_points_and_points_on_one_spot(n):
    fig = latent_map(np.zeros((n, 2)), [Layer("cluster", ["0"] * n, direct=True)], "t", "UMAP")
    low, high = fig.axes[0].get_xlim()
    assert low < 0 < high


def test_legends_stay_inside_the_figure():
    values = [f"A rather long name of a genre, number {i}" for i in range(12)]
    fig = latent_map(points(12), [Layer(name, values) for name in "abc"], "t", "UMAP")
    fig.draw_without_rendering()
    boxes = [axes.get_legend().get_window_extent() for axes in fig.axes]
    assert all(box.y0 >= 0 and box.x1 <= fig.bbox.width for box in boxes)
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes))


def test_rows_are_rounded_and_harmless_in_a_page():
    layers = [Layer("cluster", ["3"]), Layer("genre", ["</script>"]), Layer("language", [""])]
    (row,) = map_rows(["t1"], np.array([[-0.0, 1.23456]]), layers, ["Song\n1"])
    assert row == {
        **{"x": "0.0000", "y": "1.2346", "track_id": "t1", "cluster": "3"},
        **{"genre": "‹/script>", "language": "", "title": "Song 1"},
    }
