"""Pictures of what clusters are."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist

from songmap.figures import style
from songmap.figures.clusters import dendrogram, profile


def card(number, size=10, words=(), name="", **sound):
    groups = [
        {"language": code, "songs": 5, "others": 3, "words": [{"word": word} for word in found]}
        for code, found in words
    ]
    return {
        "cluster": number,
        "name": name or f"name {number}",
        "size": size,
        "profile": sound,
        "words": groups,
    }


def texts(fig: Figure) -> list[str]:
    return [t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")) if t.get_text()]


def drawn_within(fig: Figure) -> bool:
    """Whether all text lies inside the picture."""
    with style.look():
        fig.draw_without_rendering()
        every = fig.findobj(lambda a: hasattr(a, "get_window_extent") and hasattr(a, "get_text"))
        boxes = [t.get_window_extent() for t in every if t.get_text() and t.get_visible()]
    wide, tall = fig.get_size_inches() * fig.dpi
    return all(b.x0 >= -1 and b.x1 <= wide + 1 and b.y0 >= -1 and b.y1 <= tall + 1 for b in boxes)


def test_scores_words_and_names():
    cards = [
        card(0, 7, [("es", ["sol", "mar"]), ("de", ["see"])], tempo=1.25, loudness=-0.5),
        card(1, tempo=0.04),
    ]
    fig = profile(cards, "vae: sound")
    (axes,) = fig.axes
    assert [t.get_text() for t in axes.texts] == ["+1.2", "−0.5", "0", "–"]
    assert [t.get_text() for t in axes.get_xticklabels()] == ["tempo", "loudness"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["cluster 0 (7)", "cluster 1 (10)"]
    np.testing.assert_allclose(axes.images[0].get_array().filled(np.nan), [[1.25, -0.5], [0.04, np.nan]])
    assert {"name 0", "name 1", "es: sol mar; de: see"} <= set(texts(fig))
    assert drawn_within(fig)


def test_only_the_largest_clusters_and_the_furthest_columns():
    cards = [card(i, 100 - i, **{f"c{j}": float(j == i % 15) for j in range(14)}) for i in range(40)]
    fig = profile(cards, "m")
    assert len(fig.axes[0].get_yticklabels()) == 24
    assert len(fig.axes[0].get_xticklabels()) == 10
    assert any("24 largest of 40" in text for text in texts(fig))
    tree = dendrogram(np.random.default_rng(0).normal(size=(40, 3)), cards, "m")
    assert any("24 largest of 40" in text for text in texts(tree))
    assert drawn_within(fig)
    assert drawn_within(tree)


def test_the_tree_of_three_points_by_hand():
    """The points 0 and 1 meet at 1; Ward puts their pair and 10 at sqrt(2 * 2 / 3) * 9.5."""
    cards = [card(0, name="far"), card(1, name="near"), card(2, name="beside")]
    fig = dendrogram(np.array([[10.0], [0], [1]]), cards, "m")
    heights = sorted(max(line.get_xdata()) for line in fig.axes[0].lines)
    assert heights == pytest.approx([1, (4 / 3) ** 0.5 * 9.5])
    place = {t.get_text(): t.xy[1] for t in fig.axes[0].texts}
    leaves = {y: t for t, y in place.items() if not t.startswith("cluster")}
    pair = min(fig.axes[0].lines, key=lambda line: max(line.get_xdata()))
    assert {leaves[y] for y in (min(pair.get_ydata()), max(pair.get_ydata()))} == {"near", "beside"}
    assert place["far"] == place["cluster 0 (10)"]


def test_two_means_meet_at_their_distance():
    points = np.random.default_rng(0).normal(size=(2, 5)).astype(np.float32)
    (line,) = dendrogram(points, [card(0), card(1)], "m").axes[0].lines
    assert max(line.get_xdata()) == pytest.approx(pdist(points)[0])


HOSTILE = ["$\\frac{1}{0}$", "字" * 300, "x" * 300, "موسيقى עברית", "\u202e\x1b[31m\n\ud800", "</b>", "   "]


@pytest.mark.parametrize("wild", HOSTILE)
def test_hostile_text_fits(wild, tmp_path, recwarn):
    cards = [card(i, 10**6, [(wild, [wild] * 9), ("en", [wild])], name=wild, **{wild: 1.0}) for i in range(3)]
    for fig in (profile(cards, "m"), dendrogram(np.eye(3), cards, "m")):
        assert drawn_within(fig)
        style.save(fig, tmp_path / "x.png")
    assert not recwarn.list


def test_clusters_without_sound_without_words_and_alike():
    fig = profile([card(0, words=[("en", ["sea"])]), card(1)], "m")
    assert not fig.axes[0].images
    assert "en: sea" in texts(fig)
    assert drawn_within(fig)
    assert drawn_within(dendrogram(np.zeros((3, 2)), [card(0), card(1), card(2)], "m"))


@pytest.mark.parametrize("n", [0, 1])
def test_nothing_to_compare_is_said(n):
    cards = [card(i, tempo=0.5) for i in range(n)]
    assert any("no two clusters" in text for text in texts(dendrogram(np.zeros((n, 2)), cards, "m")))
    fig = profile(cards, "m")
    assert drawn_within(fig)
    assert n or "no clusters" in texts(fig)[0]


def test_same_cards_same_bytes(tmp_path):
    cards = [card(i, words=[("en", ["sea"])], tempo=i / 3) for i in range(5)]
    for name in "ab":
        style.save(profile(cards, "m"), tmp_path / f"p{name}.png")
        style.save(dendrogram(np.eye(5), cards, "m"), tmp_path / f"d{name}.png")
    for kind in "pd":
        assert (tmp_path / f"{kind}a.png").read_bytes() == (tmp_path / f"{kind}b.png").read_bytes()
