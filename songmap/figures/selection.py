"""What speaks for a number of clusters, and for the radius of DBSCAN: the tables of the choice as curves."""

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from songmap.figures import style

Rows = Sequence[Mapping[str, str]]

PANELS = {  # name of what picks, columns of the value and of its spread, title
    "elbow": ("inertia", "", "inertia"),
    "silhouette": ("silhouette", "", "silhouette"),
    "gap": ("gap", "gap_error", "gap statistic ± error"),
    "stability": ("stability", "stability_sd", "stability ± sd"),
}
PICKED = {"elbow": "elbow", "silhouette": "best", "gap": "first that holds", "stability": "last that holds"}
TICKS = [0, *(m * 10**d for d in range(6) for m in (1, 2, 5))]
COLUMNS = 132  # of small text in the width of a figure


@style.styled
def k_selection(rows: Rows, title: str, reason: str) -> Figure:
    """Draw four criteria by k; the line is the recommended k, the orange dot what each would pick.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of plots/selection/<model>.csv, values as text.
    title : str
        Heading of the figure.
    reason : str
        Why k is what it is: the line under the heading.
    """
    if not rows:
        return style.message(f"{title}: {reason}")
    fig, above = _headed(title, reason, 1.78)
    height = fig.get_figheight()
    wide = style.WIDTH / len(PANELS)
    for i, name in enumerate(PANELS):
        left = (i * wide + 0.5) / style.WIDTH
        axes = fig.add_axes(
            (left, 0.42 / height, (wide - 0.6) / style.WIDTH, (height - above - 0.86) / height)
        )
        _criterion(axes, rows, name)
    _legend(
        fig,
        [
            Line2D([], [], color=style.ORANGE, linewidth=1.2),
            Line2D([], [], linestyle="", marker="o", color=style.ORANGE, markersize=5),
            Line2D([], [], linestyle="", marker="o", color=style.BLUE, markerfacecolor="white", markersize=4),
        ],
        ["recommended", "picked by this criterion", "degenerate"],
    )
    return fig


def _criterion(axes: Axes, rows: Rows, name: str) -> None:
    column, spread, title = PANELS[name]
    k, y = _numbers(rows, "k"), _numbers(rows, column)
    hollow = np.array([row["degenerate"] != "" for row in rows])
    for row in rows:
        if row["recommended"]:
            axes.axvline(float(row["k"]), color=style.ORANGE, linewidth=1.2, zorder=0.5)
    if spread:
        axes.errorbar(
            k, y, _numbers(rows, spread), fmt="none", ecolor=style.BLUE, elinewidth=0.8, capsize=1.5
        )
    axes.plot(k, y, color=style.BLUE, linewidth=1.1)
    _dots(axes, k, y, hollow, style.BLUE)
    picked = [i for i, row in enumerate(rows) if name in row["picked_by"].split()]
    axes.plot(k[picked], y[picked], "o", color=style.ORANGE, markersize=6, markeredgecolor="white", zorder=4)
    note = f"{PICKED[name]}: {k[picked[0]]:g}" if picked else "picks none"
    if name == "gap" and picked and k[picked[0]] == 1:
        note = "prefers one cluster"
    axes.set_title(title, loc="left", pad=15, weight="bold", size=style.SMALL + 0.5)
    axes.text(0, 1.04, note, transform=axes.transAxes, size=style.SMALL, color=style.SOFT)
    axes.set_xlim(0.4, k.max() + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(_short))
    axes.set_xlabel("k", labelpad=1)
    axes.tick_params(length=2)
    axes.grid(axis="y")


@style.styled
def density_sweep(rows: Rows, title: str, reason: str) -> Figure:
    """Draw the noise and the clusters of DBSCAN against eps, a line for each min_samples.

    Points are hollow where the solution is degenerate; the line is the eps that is taken.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of plots/density/<model>.csv, values as text.
    title : str
        Heading of the figure.
    reason : str
        Why eps is what it is: the line under the heading.
    """
    if not rows:
        return style.message(f"{title}: {reason}")
    fig, above = _headed(title, reason, 2.5)
    height = fig.get_figheight()
    wide = style.WIDTH / 2
    counts = list(dict.fromkeys(row["min_samples"] for row in rows))
    for i, (column, label) in enumerate(
        (("noise_share", "noise, share of the tracks"), ("clusters", "clusters"))
    ):
        left = (i * wide + 0.55) / style.WIDTH
        axes = fig.add_axes(
            (left, 0.42 / height, (wide - 0.7) / style.WIDTH, (height - above - 0.7) / height)
        )
        _density(axes, rows, counts, column)
        axes.set_title(label, loc="left", pad=6, weight="bold", size=style.SMALL + 0.5)
    colours = [mark.colour for mark in style.marks(len(counts))]
    handles = [Line2D([], [], color=colour, marker="o", markersize=3.5) for colour in colours]
    handles.append(Line2D([], [], color=style.INK, linewidth=1.0, linestyle=(0, (3, 2))))
    handles.append(
        Line2D([], [], linestyle="", marker="o", color=style.SOFT, markerfacecolor="white", markersize=4)
    )
    _legend(fig, handles, [*(f"min_samples {count}" for count in counts), "taken", "degenerate"])
    return fig


def _density(axes: Axes, rows: Rows, counts: Sequence[str], column: str) -> None:
    for count, mark in zip(counts, style.marks(len(counts)), strict=True):
        own = [row for row in rows if row["min_samples"] == count]
        eps, y = _numbers(own, "eps"), _numbers(own, column)
        axes.plot(eps, y, color=mark.colour, linewidth=1.1)
        _dots(axes, eps, y, np.array([row["degenerate"] != "" for row in own]), mark.colour)
    for row in rows:
        if row["taken"]:
            axes.axvline(float(row["eps"]), color=style.INK, linewidth=1.0, linestyle=(0, (3, 2)), zorder=0.5)
            axes.plot(
                float(row["eps"]), float(row[column]), "o",
                markersize=8, markerfacecolor="none", markeredgecolor=style.INK, zorder=4,
            )  # fmt: skip
    if column == "clusters":
        highest = max(float(row[column]) for row in rows)
        axes.set_yscale("symlog", linthresh=1, linscale=0.4)
        axes.set_ylim(-0.15, 1.3 * max(highest, 2))
        axes.yaxis.set_major_locator(FixedLocator([tick for tick in TICKS if tick <= 1.3 * highest]))
        axes.yaxis.set_minor_locator(NullLocator())
    else:
        axes.set_ylim(-0.03, 1.03)
    axes.yaxis.set_major_formatter(FuncFormatter(_short))
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.set_xlabel("eps, in units of the latents", labelpad=1)
    axes.tick_params(length=2)
    axes.grid(axis="y")


def _headed(title: str, reason: str, tall: float) -> tuple[Figure, float]:
    """A figure with its heading, and the inches that this takes; `tall` inches are for the rest."""
    lines = textwrap.wrap(style.text(reason, 3 * COLUMNS), COLUMNS)
    above = 0.62 + 0.15 * len(lines)
    fig = style.figure(above + tall)
    style.heading(fig, style.text(title, 100), "\n".join(lines))
    return fig, above


def _legend(fig: Figure, handles: list[Line2D], labels: list[str]) -> None:
    lines = sum(text.get_text().count("\n") + 1 for text in fig.texts[1:])
    fig.legend(
        handles, labels,
        loc="upper left", bbox_to_anchor=(0.003, 1 - (0.4 + 0.15 * lines) / fig.get_figheight()),
        ncols=len(handles), borderaxespad=0, handlelength=1.6, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip


def _dots(axes: Axes, x: np.ndarray, y: np.ndarray, hollow: np.ndarray, colour: str) -> None:
    axes.plot(x[~hollow], y[~hollow], "o", color=colour, markersize=3)
    axes.plot(
        x[hollow], y[hollow], "o", color=colour, markersize=3, markerfacecolor="white", markeredgewidth=0.8
    )


def _numbers(rows: Rows, column: str) -> np.ndarray:
    """A column; '' is NaN."""
    return np.array([float(row[column] or "nan") for row in rows])


def _short(value: float, _: int | None = None) -> str:
    for unit, least, suffix in ((1e6, 1e6, "M"), (1e3, 1e4, "k")):
        if abs(value) >= least:
            return f"{value / unit:g}{suffix}"
    return f"{value:.6g}"
