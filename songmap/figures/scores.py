"""A heat map of the scores: a row for every model, a column for every score."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from songmap.figures import style

COLUMNS = {
    "silhouette": "silhouette,\nown space",
    "common_silhouette": "silhouette,\ncommon\nspace",
    "genre_ami": "genre\nAMI",
    "genre_ari": "genre\nARI",
    "genre_purity": "genre\npurity",
    "genre_accuracy": "genre\naccuracy",
    "language_ami": "language\nAMI",
    "language_ari": "language\nARI",
    "language_purity": "language\npurity",
}
UNCOLOURED = ("silhouette",)  # of different spaces, so that colours would compare what does not compare
MAP = LinearSegmentedColormap.from_list("scores", ["#f4f8fb", style.BLUE])  # by lightness, whatever the eye
LABELS = ("genre", "language")
ROW = 0.32  # inches
TINY = 6.5  # font size, points

Row = Mapping[str, str]


@style.styled
def score_map(rows: Sequence[Row], base: str = "kmeans") -> Figure:
    """The number in each cell, under that of AMI its 95 % interval, or its spread where there were seeds.

    Colour runs from the lowest to the highest score of its column. Scores against a label that the model was
    told are hatched and have no say in where a colour scale ends.

    Parameters
    ----------
    rows : sequence of mapping of str to str
        Rows of metrics/evaluation.csv; '' where a score is undefined.
    base : str
        The algorithm shown, beside random clusters.
    """
    shown = [row for row in rows if row["model"] != "chance" and row["algorithm"] == base]
    if not shown:
        return style.message("No model of this dataset was scored.")
    shown += [row for row in rows if (row["model"], row["algorithm"]) == ("chance", "random")]
    above, below = 1.05, 0.12
    fig = style.figure(above + ROW * len(shown) + below)
    height = fig.get_figheight()
    informed = any(row["informed_by"] for row in shown)
    note = "darker is higher within a column; under AMI its 95 % interval, or ± its deviation over seeds"
    note += "; ! collapsed" * any(row["collapsed"] for row in shown)
    note += "; ~ degenerate" * any(row["degenerate"] for row in shown)
    style.heading(fig, f"Scores of {'k-means' if base == 'kmeans' else base}", note)
    left, right = 1.75, 0.1
    box = (left, below, style.WIDTH - left - right, ROW * len(shown))
    axes = fig.add_axes((box[0] / style.WIDTH, box[1] / height, box[2] / style.WIDTH, box[3] / height))
    axes.set(xlim=(0, len(COLUMNS)), ylim=(len(shown), 0))
    for j, name in enumerate(COLUMNS):
        values = np.array([_number(row, name) for row in shown])
        fair = values[[not _told(row, name) for row in shown]]
        ends = _ends(fair if np.isfinite(fair).any() else values)
        for i, row in enumerate(shown):
            _cell(axes, i, j, row, name, ends)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(len(COLUMNS)) + 0.5, list(COLUMNS.values()))
    axes.set_yticks(np.arange(len(shown)) + 0.5, [style.text(_name(row), 24) for row in shown])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if informed:
        told = Patch(facecolor="white", hatch="////", edgecolor=style.SOFT, linewidth=0)
        fig.legend(
            [told], ["the model was told this label"], loc="upper right", borderaxespad=0,
            bbox_to_anchor=(1 - right / style.WIDTH, 1 - 0.09 / height),
        )  # fmt: skip
    return fig


def _cell(axes: Axes, i: int, j: int, row: Row, name: str, ends: tuple[float, float]) -> None:
    value = _number(row, name)
    told, known = _told(row, name), math.isfinite(value)
    colour = to_rgb("white")
    if known and name not in UNCOLOURED:
        share = np.clip((value - ends[0]) / (ends[1] - ends[0]), 0, 1) if ends[1] > ends[0] else 0.0
        colour = MAP(float(share))[:3]
    red, green, blue = colour
    ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.55 else style.INK
    axes.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, edgecolor="white", linewidth=1.2))
    if told:
        lines = ink if ink == "white" else style.SOFT
        axes.add_patch(
            Rectangle((j + 0.02, i + 0.05), 0.96, 0.9, fill=False, hatch="////", edgecolor=lines, linewidth=0)
        )
    under = _under(row, name) if known else ""
    behind = {"facecolor": colour, "edgecolor": "none", "pad": 0.6} if told else None
    axes.text(
        j + 0.5, i + (0.34 if under else 0.5), _shown(value) if known else "undefined",
        ha="center", va="center", size=style.SMALL if known else TINY, color=ink if known else style.SOFT,
        bbox=behind,
    )  # fmt: skip
    if under:
        axes.text(j + 0.5, i + 0.76, under, ha="center", va="center", size=TINY, color=ink, bbox=behind)


def _under(row: Row, name: str) -> str:
    """What stands in small type: the spread over seeds, or else the interval."""
    spread, low, high = (_number(row, f"{name}_{end}") for end in ("sd", "low", "high"))
    if math.isfinite(spread):
        return f"±{spread:.2f}"
    return f"{_shown(low)} – {_shown(high)}" if math.isfinite(low) and math.isfinite(high) else ""


def _name(row: Row) -> str:
    if row["model"] == "chance":
        return "random clusters"
    marks = " !" * bool(row["collapsed"]) + " ~" * bool(row["degenerate"])
    return row["model"] + marks


def _told(row: Row, name: str) -> bool:
    return any(label in row["informed_by"].split("_") and name.startswith(label) for label in LABELS)


def _number(row: Row, name: str) -> float:
    return float(row.get(name) or "nan")


def _shown(value: float) -> str:
    """Two decimals, a true minus and no -0."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def _ends(values: np.ndarray) -> tuple[float, float]:
    """Lowest and highest that is known; 0 and 0 if none is."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
