"""The latent map: the same points three times, by cluster, by genre and by language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke

from songmap.figures import style

SHOWN, SHOWN_DIRECT = 10, 20  # categories with a mark of their own
OTHER = style.Mark("#a8a8a8", "x")
NONE = style.Mark(style.PALE, "o")
METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}


@dataclass(frozen=True)
class Layer:
    """One colouring of the points.

    Parameters
    ----------
    name : str
        What the values are.
    values : sequence of str, one per point
        The category of each point, '' where it has none.
    order : sequence of str
        Categories by rank, so that one category looks alike in every picture; by default the commonest
        first. Ranks after the tenth (of a direct layer, the twentieth) share one mark.
    none : str
        What the legend calls points without a category.
    direct : bool
        Also write each category at the middle of its points.
    """

    name: str
    values: Sequence[str]
    order: Sequence[str] = field(default_factory=tuple)
    none: str = "unlabeled"
    direct: bool = False


def label_layers(
    tracks: Mapping[str, Mapping[str, str]], ids: Sequence[str], clusters: Sequence[str]
) -> list[Layer]:
    """Layers of cluster, genre and language.

    Parameters
    ----------
    tracks : mapping of str to mapping
        Genre and language of every track of the catalogue by id.
    ids, clusters : sequence of str
        The tracks on the map, and their clusters.
    """
    largest = sorted(style.commonest(clusters)[:SHOWN_DIRECT], key=int)
    layers = [Layer("k-means cluster", clusters, largest, direct=True)]
    for label in ("genre", "language"):
        order = style.commonest([row[label] for row in tracks.values()])
        layers.append(Layer(label, [tracks[i][label] for i in ids], order))
    return layers


@style.styled
def latent_map(points: np.ndarray, layers: Sequence[Layer], title: str, axis: str) -> Figure:
    """Draw one panel per layer, its legend below it.

    Parameters
    ----------
    points : np.ndarray [shape=(n, 2)]
        Positions in the plane; their unit means nothing.
    layers : sequence of Layer
        One to three colourings.
    title : str
        Title of the whole.
    axis : str
        Name of the projection, for the axes.
    """
    legends = [_legend(layer) for layer in layers]
    rows = max(-(-len(entries) // _columns(entries)) for entries in legends)
    first, gap = 0.3, 0.14
    side = min((style.WIDTH - first) / len(layers) - gap, 3.4)
    below, above = 0.3 + 0.175 * rows, 0.58
    fig = style.figure(above + side + below)
    height = fig.get_figheight()
    style.heading(fig, title)
    for i, (layer, entries) in enumerate(zip(layers, legends, strict=True)):
        left = (first + i * (side + gap)) / style.WIDTH
        axes = fig.add_axes((left, below / height, side / style.WIDTH, side / height))
        _panel(axes, points, layer)
        axes.set_xlabel(f"{axis} 1", color=style.SOFT, labelpad=2, loc="right")
        if i == 0:
            axes.set_ylabel(f"{axis} 2", color=style.SOFT, labelpad=2, loc="top")
        _draw_legend(axes, entries, -0.21 / side)
    return fig


def map_rows(
    track_id: Sequence[str], points: np.ndarray, layers: Sequence[Layer], titles: Sequence[str]
) -> list[dict[str, str]]:
    """Rows of a table for an interactive scatter plot: track_id, x, y, cluster, genre, language, title.

    Text is made safe for a page that embeds it in a script, as ``dvc plots show`` does.
    """
    columns = [track_id, *(layer.values for layer in layers), titles]
    names = ("track_id", "cluster", "genre", "language", "title")
    return [
        {"x": f"{x:.4f}", "y": f"{y:.4f}"}
        | {name: style.plain(value, 80) for name, value in zip(names, row, strict=True)}
        for (x, y), row in zip(points + 0.0, zip(*columns, strict=True), strict=True)
    ]


def _panel(axes: Axes, points: np.ndarray, layer: Layer) -> None:
    """Points by category: the unlabeled beneath, the rest mixed so that none hides another."""
    axes.set_title(layer.name, loc="left", pad=4)
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.PALE)
    size = float(np.clip(5200 / max(len(points), 1), 2, 20))
    look = _marks(layer)
    chosen = [look.get(value, OTHER if value else NONE) for value in layer.values]
    mixed = np.random.default_rng(0).permutation(len(points))
    for marker, none in [("o", True), ("x", False), *((m, False) for m in style.MARKERS)]:
        here = np.array(
            [i for i in mixed if chosen[i].marker == marker and (chosen[i] == NONE) is none], dtype=int
        )
        if not here.size:
            continue
        axes.scatter(
            points[here, 0],
            points[here, 1],
            s=size * (0.7 if none else 1.0),
            c=[chosen[i].colour for i in here],
            marker=marker,
            linewidths=0.5 if marker == "x" else 0,
            alpha=0.9,
        )
    _limits(axes, points)
    if layer.direct:
        for value in look:
            here = points[np.array([each == value for each in layer.values])]
            if len(here):
                x, y = np.median(here, axis=0)
                label = axes.text(
                    x, y, style.text(value), size=style.LARGE, weight="bold", ha="center", va="center"
                )
                label.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _limits(axes: Axes, points: np.ndarray) -> None:
    """A square view, for distances of a map mean the same in both directions."""
    if not len(points):
        return
    low, high = points.min(axis=0), points.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-6) * 1.07
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)


def _ranked(layer: Layer) -> list[str]:
    """Every category of the layer in rank order; those the order does not know come last."""
    order = list(layer.order) or style.commonest(layer.values)
    known = set(order)
    return order + [value for value in style.commonest(layer.values) if value not in known]


def _marks(layer: Layer) -> dict[str, style.Mark]:
    shown = _ranked(layer)[: SHOWN_DIRECT if layer.direct else SHOWN]
    return dict(zip(shown, style.marks(len(shown)), strict=True))


def _legend(layer: Layer) -> list[tuple[str, style.Mark]]:
    """Labels with counts, in rank order, for what occurs."""
    look = _marks(layer)
    values = list(layer.values)
    counts = {value: values.count(value) for value in set(values)}
    long = any(style.columns(style.text(value)) > 13 for value in look if value in counts)
    width = 30 if long else 13
    entries = [
        (f"{style.text(value, width)} ({counts[value]})", mark)
        for value, mark in look.items()
        if value in counts
    ]
    rest = [value for value in counts if value and value not in look]
    if rest:
        entries.append((f"{len(rest)} other{'s' * (len(rest) > 1)} ({sum(counts[v] for v in rest)})", OTHER))
    if "" in counts:
        entries.append((f"{layer.none} ({counts['']})", NONE))
    return entries


def _columns(entries: Sequence[tuple[str, style.Mark]]) -> int:
    return 1 if any(style.columns(label) > 19 for label, _ in entries) else 2


def _draw_legend(axes: Axes, entries: Sequence[tuple[str, style.Mark]], y: float) -> None:
    handles = [
        Line2D([], [], color=mark.colour, marker=mark.marker, linestyle="", markersize=5)
        for _, mark in entries
    ]
    axes.legend(
        handles,
        [label for label, _ in entries],
        loc="upper left",
        bbox_to_anchor=(-0.03, y),
        ncols=_columns(entries),
        borderaxespad=0,
        handletextpad=0.1,
        columnspacing=0.8,
        labelspacing=0.3,
    )
