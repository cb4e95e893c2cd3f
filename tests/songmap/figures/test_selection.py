"""The pictures of how k and eps were chosen."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from songmap.figures import style
from songmap.figures.selection import PANELS, density_sweep, k_selection


def ks(k_max=6, chosen=4, gap="4"):
    return [
        {
            "k": str(k), "inertia": str(1e5 / k), "silhouette": str(0.1 * k) if k > 1 else "",
            "gap": str(k / 9), "gap_error": "0.01",
            "stability": "0.9" if k > 1 else "", "stability_sd": "0.05" if k > 1 else "",
            "largest_share": "0.5", "degenerate": "one cluster" if k == 1 else "",
            "picked_by": " ".join(["elbow"] * (k == 3) + ["gap"] * (str(k) == gap)),
            "recommended": "yes" if k == chosen else "",
        }
        for k in range(1, k_max + 1)
    ]  # fmt: skip


def sweep(taken=2.0):
    return [
        {
            "eps": str(eps), "min_samples": count,
            "noise_share": str(1 - eps / 4), "clusters": str(int(4 - eps)),
            "degenerate": "one cluster" if eps == 3 else "", "taken": "yes" * (eps == taken and count == "5"),
        }
        for count in ("2", "5", "10")
        for eps in (1.0, 2.0, 3.0)
    ]  # fmt: skip


def texts(fig: Figure) -> str:
    return "\n".join(t.get_text() for t in fig.findobj(lambda a: hasattr(a, "get_text")))


def drawn(axes, colour, marker="o"):
    """The points of the axes of a colour and marker: x and y."""
    lines = [line for line in axes.lines if (line.get_color(), line.get_marker()) == (colour, marker)]
    return [(x, y) for line in lines for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)]


def test_four_panels_with_the_recommended_k_in_each():
    fig = k_selection(ks(), "vae: how many clusters", "4: because")
    assert len(fig.axes) == len(PANELS)
    for axes in fig.axes:
        assert [4.0, 4.0] in [list(line.get_xdata()) for line in axes.lines]
    inertia, silhouette, gap, stability = fig.axes
    assert drawn(inertia, style.ORANGE) == [(3, pytest.approx(1e5 / 3))]
    assert drawn(silhouette, style.ORANGE) == []
    assert drawn(gap, style.ORANGE) == [(4, pytest.approx(4 / 9))]
    assert len(gap.containers) == len(stability.containers) == 1, "bars of the error"
    for words in ("vae: how many clusters", "4: because", "elbow: 3", "first that holds: 4", "picks none"):
        assert words in texts(fig)


def test_a_degenerate_k_is_hollow():
    inertia = k_selection(ks(), "vae", "why").axes[0]
    hollow = [line for line in inertia.lines if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in hollow] == [[1.0]]


def test_one_cluster_is_said():
    assert "prefers one cluster" in texts(k_selection(ks(gap="1"), "vae", "why"))


def test_noise_and_clusters_by_eps_a_line_for_each_min_samples():
    fig = density_sweep(sweep(), "vae: DBSCAN", "2: because")
    noise, clusters = fig.axes
    for axes, values in ((noise, [0.75, 0.5, 0.25]), (clusters, [3, 2, 1])):
        curves = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 3]
        assert len(curves) == 3
        for line in curves:
            np.testing.assert_allclose(line.get_xdata(), [1, 2, 3])
            np.testing.assert_allclose(line.get_ydata(), values)
        hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
        assert [list(line.get_xdata()) for line in hollow] == [[3.0]] * 3
        assert [2.0, 2.0] in [list(line.get_xdata()) for line in axes.lines]
    for words in ("min_samples 10", "2: because", "taken", "degenerate"):
        assert words in texts(fig)


@pytest.mark.parametrize("clusters", ["0", "1", "4000"])
def test_all_counts_are_in_view(clusters):
    axes = density_sweep([{**row, "clusters": clusters} for row in sweep()], "vae", "why").axes[1]
    low, high = axes.get_ylim()
    assert low < float(clusters) < high


def test_a_long_reason_is_wrapped_and_text_is_no_markup():
    fig = k_selection(ks(), "a$b", "word " * 60)
    fig.draw_without_rendering()
    width = fig.bbox.width
    assert all(text.get_window_extent().x1 <= width for text in fig.texts)
    assert fig.texts[0].get_text() == r"a\$b"


def test_nothing_to_choose_is_said():
    for draw in (k_selection, density_sweep):
        assert "1: too few tracks" in texts(draw([], "vae", "1: too few tracks"))


def test_the_pictures_can_be_drawn_small_and_large():
    k_selection(ks(3, chosen=2), "vae", "why").draw_without_rendering()
    k_selection(ks(40, chosen=9), "vae", "why").draw_without_rendering()
    density_sweep(sweep()[:1], "vae", "why").draw_without_rendering()
