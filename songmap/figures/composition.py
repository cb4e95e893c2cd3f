"""Who lives in a cluster: counts of each genre and each language by cluster."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from songmap.figures import style

COLUMNS = ("label", "cluster", "value", "count")
ROWS, SHOWN = 20, (28, 8)  # clusters; genres and languages: what more there is shares the last place
STEP = 0.24  # inches a cluster takes


@dataclass(frozen=True)
class Composition:
    """A count table.

    Parameters
    ----------
    label : str
        What the values are: genre, language.
    clusters : list of int
        Clusters in ascending order; -1 is noise.
    values : list of str
        Values, the commonest first; the last is '' if any track has none.
    counts : np.ndarray [shape=(len(clusters), len(values))], int
        Tracks.
    """

    label: str
    clusters: list[int]
    values: list[str]
    counts: np.ndarray

    def rows(self) -> list[dict[str, Any]]:
        """The table as rows of what occurs, by `COLUMNS`; the value of unlabeled tracks is ''."""
        return [
            dict(zip(COLUMNS, (self.label, cluster, value, int(count)), strict=True))
            for cluster, line in zip(self.clusters, self.counts, strict=True)
            for value, count in zip(self.values, line, strict=True)
            if count
        ]


def composition(label: str, clusters: Sequence[str | int], values: Sequence[str]) -> Composition:
    """Count the values in each cluster.

    Parameters
    ----------
    label : str
        What the values are.
    clusters : sequence of str or int, one per track
        Numbers of clusters; -1 is noise.
    values : sequence of str, one per track
        '' for an unlabeled track.
    """
    numbers = [int(cluster) for cluster in clusters]
    rows = sorted(set(numbers))
    names = style.commonest(values) + [""] * ("" in values)
    row = {cluster: i for i, cluster in enumerate(rows)}
    column = {value: i for i, value in enumerate(names)}
    counts = np.zeros((len(rows), len(names)), dtype=int)
    for cluster, value in zip(numbers, values, strict=True):
        counts[row[cluster], column[value]] += 1
    return Composition(label, rows, names, counts)


@style.styled
def heat_maps(tables: Sequence[Composition], title: str) -> Figure:
    """Draw the tables side by side: of each cluster's labeled tracks, how many % have which value.

    The row under the clusters is the whole collection: a cluster that looks like it tells nothing.

    Parameters
    ----------
    tables : sequence of Composition
        Two tables of the same clusters.
    title : str
        Heading of the figure.
    """
    shown = [_shorten(table, limit) for table, limit in zip(tables, SHOWN, strict=True)]
    n_rows = len(shown[0][0])
    above = 0.92 + 0.067 * max(style.columns(name) for _, names, _ in shown for name in names)
    below = 0.16
    fig = style.figure(above + STEP * n_rows + 0.1 + below)
    height = fig.get_figheight()
    style.heading(fig, title, "% of the labeled tracks of a cluster; grey: % of all its tracks")
    cells = [len(names) for _, names, _ in shown]
    left, gap, right = 1.02, 0.3, 0.75
    cell = min((style.WIDTH - left - right - gap) / sum(cells), 0.55)
    for i, (rows, names, counts) in enumerate(shown):
        x = left + i * (gap + cell * cells[0])
        axes = fig.add_axes(
            (x / style.WIDTH, below / height, cell * cells[i] / style.WIDTH, (STEP * n_rows + 0.1) / height)
        )
        _heat_map(axes, names, counts)
        axes.set_yticks([*range(n_rows - 1), n_rows - 0.6], rows if i == 0 else [""] * n_rows)
        fig.text(x / style.WIDTH, 1 - 0.62 / height, tables[i].label, weight="bold", va="top")
    x += cell * cells[-1] + 0.14
    _colour_bar(fig, x / style.WIDTH, below / height, STEP * n_rows / height)
    return fig


def _shorten(table: Composition, limit: int) -> tuple[list[str], list[str], np.ndarray]:
    """Row names, column names and counts with a last row for all tracks; what is beyond the limit, summed."""
    counts = table.counts
    labeled = [value for value in table.values if value]
    names = [style.text(value, 20) for value in labeled[:limit]]
    parts = [counts[:, :limit][:, : len(names)]]
    if len(labeled) > limit:
        names.append(f"{len(labeled) - limit} others")
        parts.append(counts[:, limit : len(labeled)].sum(axis=1, keepdims=True))
    names.append("unlabeled")
    unlabeled = counts[:, len(labeled) :]
    parts.append(unlabeled.sum(axis=1, keepdims=True))
    short = np.hstack(parts)
    sizes = counts.sum(axis=1)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:ROWS])
    rows = [f"{_cluster(table.clusters[i])} ({sizes[i]})" for i in kept]
    lines = [short[kept]]
    if len(sizes) > ROWS:
        rows.append(f"{len(sizes) - ROWS} others ({sizes.sum() - sizes[kept].sum()})")
        lines.append(short.sum(axis=0, keepdims=True) - short[kept].sum(axis=0, keepdims=True))
    rows.append(f"all ({sizes.sum()})")
    return rows, names, np.vstack([*lines, short.sum(axis=0, keepdims=True)])


def _cluster(number: int) -> str:
    return "noise" if number < 0 else f"cluster {number}"


def _heat_map(axes: Axes, names: Sequence[str], counts: np.ndarray) -> None:
    labeled = counts[:, :-1].sum(axis=1, keepdims=True)
    share = counts / np.maximum(labeled, 1)
    share[:, -1] = counts[:, -1] / counts.sum(axis=1)
    colours = mpl.colormaps["Blues"]
    for i, j in np.ndindex(*counts.shape):
        unlabeled = j == counts.shape[1] - 1
        y = i + (0.4 if i == len(counts) - 1 else 0.0)
        face = "#f1f1f1" if unlabeled else colours(0.93 * share[i, j])
        axes.add_patch(mpl.patches.Rectangle((j - 0.5, y - 0.5), 1, 1, facecolor=face, edgecolor="white"))
        if counts[i, j]:
            number = f"{100 * share[i, j]:.0f}" if share[i, j] >= 0.005 else "<1"
            colour = style.SOFT if unlabeled else "white" if share[i, j] > 0.55 else style.INK
            axes.text(j, y + 0.03, number, size=style.SMALL, ha="center", va="center", color=colour)
    axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(counts) - 0.08, -0.5))
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.tick_params(length=0, pad=3)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _colour_bar(fig: Figure, x: float, y: float, tall: float) -> None:
    bar = fig.colorbar(
        mpl.cm.ScalarMappable(mpl.colors.Normalize(0, 100 / 0.93), "Blues"),
        cax=fig.add_axes((x, y, 0.012, tall)),
        ticks=[0, 50, 100],
    )
    bar.ax.set_ylim(0, 100)
    bar.set_label("%", labelpad=0)
    bar.ax.tick_params(length=2, pad=2)
    bar.outline.set_visible(False)
