"""Who lives in a cluster."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.figures import style
from songmap.figures.composition import composition, heat_maps

PAIRS = st.lists(st.tuples(st.integers(-1, 5), st.sampled_from(["", "a", "b", "c"])), min_size=1, max_size=60)


def words(fig):
    return [t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text"))]


@given(PAIRS)
def test_counts_are_those_of_the_pairs(pairs):
    clusters, values = zip(*pairs, strict=True)
    table = composition("genre", clusters, values)
    rows = {(row["cluster"], row["value"]): row["count"] for row in table.rows()}
    assert rows == Counter(pairs)
    assert table.clusters == sorted(set(clusters))


def test_clusters_may_be_text_and_sort_as_numbers():
    assert composition("genre", ["10", "9", "-1"], ["a"] * 3).clusters == [-1, 9, 10]


def test_shares_are_of_the_labeled_and_sizes_of_all():
    clusters, genre = [0, 0, 0, 0, 1], ["a", "a", "b", "", ""]
    fig = heat_maps([composition("genre", clusters, genre), composition("language", clusters, [""] * 5)], "m")
    cells = [t.get_text() for t in fig.axes[0].texts]
    assert cells == ["67", "33", "25", "100", "67", "33", "40"]
    assert [t.get_text() for t in fig.axes[0].get_yticklabels()] == [
        "cluster 0 (4)",
        "cluster 1 (1)",
        "all (5)",
    ]
    assert [t.get_text() for t in fig.axes[1].get_xticklabels()] == ["unlabeled"]
    assert {"genre", "language"} <= set(words(fig))


def test_beyond_the_limits_the_rest_is_summed():
    rng = np.random.default_rng(0)
    clusters = [*range(45), *rng.integers(0, 45, 400)]
    genre = [f"g{i}" for i in [*range(40), *rng.integers(0, 40, 405)]]
    tables = [composition("genre", clusters, genre), composition("language", clusters, genre)]
    fig = heat_maps(tables, "m")
    rows = [t.get_text() for t in fig.axes[0].get_yticklabels()]
    sizes = [int(row.split("(")[1][:-1]) for row in rows]
    assert sum(sizes[:-1]) == sizes[-1] == 445
    assert rows[20].startswith("25 others")
    names = [t.get_text() for t in fig.axes[0].get_xticklabels()]
    assert names[-2:] == ["12 others", "unlabeled"]


@pytest.mark.parametrize(
    ("clusters", "genre"),
    [
        ([0] * 5, ["a"] * 5),
        ([-1] * 5, [""] * 5),
        ([0], ["$x$ 🎸" + "字" * 300]),
        (range(27), [f"g{i}" for i in range(27)]),
    ],
)
def test_one_cluster_all_noise_hostile_names_and_27_genres(clusters, genre, tmp_path, recwarn):
    clusters = list(clusters)
    tables = [composition("genre", clusters, genre), composition("language", clusters, [""] * len(genre))]
    fig = heat_maps(tables, "m")
    with style.look():
        fig.draw_without_rendering()
    labels = [t for axes in fig.axes[:2] for t in axes.get_xticklabels()]
    heading = min(t.get_window_extent().y0 for t in fig.texts)
    assert all(t.get_window_extent().y1 <= heading for t in labels)
    style.save(fig, tmp_path / "x.png")
    assert not recwarn.list
