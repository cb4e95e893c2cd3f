"""How well the clusters of each model agree with labels that no model was shown, or that one was."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from songmap.figures import style

COLOURS = {"genre": style.COLOURS[0], "language": style.COLOURS[2]}
MARKERS = {"agglomerative": "D", "dbscan": "o"}
NAMES = {"agglomerative": "Ward", "dbscan": "DBSCAN"}
STEP, BAR = 0.27, 0.62  # inches a model takes, and the bar's share of it
APART = 0.13  # of a step: marks stand so far below the middle of a bar, and what is uncertain above


@dataclass(frozen=True)
class Score:
    """Agreement of one clustering with the labels.

    Parameters
    ----------
    model, algorithm : str
        What was clustered, and how.
    informed_by : str
        The labels the model was given, joined by _; '' if none. Only their bars are hatched.
    coverage : float, 0 to 1
        Share of the tracks that are in a cluster and not noise; NaN where unknown.
    ami : mapping of str to float
        Adjusted mutual information by label, at most 1, 0 by chance; NaN where undefined.
    spread : mapping of str to float
        Its standard deviation over seeds by label; NaN where there was one.
    interval : mapping of str to pair of float
        95 % interval of the AMI by label; NaN where unknown. Drawn where there is no spread.
    collapsed : bool
        Whether few of the model's latent dimensions are active.
    degenerate : bool
        Whether the clusters are one, one giant or mostly noise.
    """

    model: str
    algorithm: str
    informed_by: str
    coverage: float
    ami: Mapping[str, float]
    spread: Mapping[str, float] = field(default_factory=dict)
    interval: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    collapsed: bool = False
    degenerate: bool = False

    @classmethod
    def of(cls, row: Mapping[str, str]) -> "Score":
        """A score from a row of the evaluation table; '' is NaN."""
        ami, spread, low, high = (
            {label: float(row.get(f"{label}_{name}") or "nan") for label in COLOURS}
            for name in ("ami", "ami_sd", "ami_low", "ami_high")
        )
        coverage = float(row["coverage"] or "nan")
        return cls(
            row["model"],
            row["algorithm"],
            row["informed_by"],
            coverage,
            ami,
            spread,
            {label: (low[label], high[label]) for label in COLOURS},
            row["collapsed"] == "yes",
            bool(row.get("degenerate")),
        )


def titles(models: Iterable[str], scores: Iterable[Score]) -> dict[str, str]:
    """A title for each model, which says what labels it was told, and that it collapsed."""
    remarks = {
        score.model: [f"told {score.informed_by}"] * bool(score.informed_by) + ["collapsed"] * score.collapsed
        for score in scores
    }
    return {name: f"{name} ({', '.join(remarks[name])})" if remarks.get(name) else name for name in models}


@style.styled
def comparison(scores: Sequence[Score], base: str = "kmeans") -> Figure:
    """Bars of `base` for every model in the order given, marks for Ward and DBSCAN.

    Parameters
    ----------
    scores : sequence of Score
        One per model and algorithm; of the model "chance", the row "random" is where the line of chance
        stands, else it stands at 0.
    base : str
        The algorithm the bars show.
    """
    chance = next((s.ami for s in scores if (s.model, s.algorithm) == ("chance", "random")), {})
    scores = [score for score in scores if score.model != "chance"]
    models = list(dict.fromkeys(score.model for score in scores))
    if not models:
        return style.message("No model of this dataset was scored.")
    above, below = 1.12, 0.5
    fig = style.figure(above + STEP * len(models) + below)
    height = fig.get_figheight()
    style.heading(fig, "How well the clusters agree with genre and language")
    informed = {score.model for score in scores if score.informed_by}
    collapsed = {score.model for score in scores if score.collapsed}
    marked = [f"{model} !" if model in collapsed else model for model in models]
    _legend(fig, scores, bool(informed))
    names, gap, coverage = 1.75, 0.22, 0.62
    wide = (style.WIDTH - names - gap - coverage - 0.15) / 2
    for i, label in enumerate(COLOURS):
        left = (names + i * (wide + gap)) / style.WIDTH
        box = (left, below / height, wide / style.WIDTH, STEP * len(models) / height)
        axes = fig.add_axes(box)
        _panel(axes, models, scores, label, base)
        axes.set_xlim(_limits(scores))
        axes.axvline(chance.get(label, 0.0), color=style.INK, linewidth=0.9, linestyle=(0, (3, 2)))
        if i == 0:
            axes.set_yticks(range(len(models)), [style.text(model, 22) for model in marked])
    _coverage(axes, models, scores)
    return fig


def _panel(axes: Axes, models: Sequence[str], scores: Sequence[Score], label: str, base: str) -> None:
    place = {model: i for i, model in enumerate(models)}
    values = np.array([score.ami.get(label, math.nan) for score in scores])
    for score, value in zip(scores, values, strict=True):
        y = place[score.model]
        if score.algorithm == base:
            (bar,) = axes.barh(y, 0 if math.isnan(value) else value, BAR, color=COLOURS[label], linewidth=0)
            if label in score.informed_by.split("_"):
                bar.set(hatch="////", edgecolor="white")
            _uncertainty(axes, y - APART, value, score, label)
            if math.isnan(value):
                axes.text(0.01, y, "undefined", size=style.SMALL, color=style.SOFT, va="center")
        elif score.algorithm in MARKERS and not math.isnan(value):
            edge = style.PALE if score.degenerate else style.INK
            axes.plot(
                [value], [y + APART], MARKERS[score.algorithm], markersize=4.5,
                markerfacecolor="white", markeredgecolor=edge, markeredgewidth=0.9,
            )  # fmt: skip
    axes.set(ylim=(len(models) - 0.45, -0.55), yticks=[])
    axes.set_title(f"against {label}", loc="left", pad=5, weight="bold")
    axes.set_xlabel("AMI, 0 by chance, at most 1", labelpad=2)
    axes.grid(axis="x")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)


def _uncertainty(axes: Axes, y: float, value: float, score: Score, label: str) -> None:
    """The spread over seeds with caps, or else the 95 % interval as a thin line."""
    low, high = score.interval.get(label, (math.nan, math.nan))
    if not math.isnan(spread := score.spread.get(label, math.nan)):
        axes.errorbar(value, y, xerr=spread, color=style.INK, linewidth=0.9, capsize=2)
    elif not math.isnan(low):
        axes.hlines(y, low, high, color=style.INK, linewidth=0.7)


def _coverage(axes: Axes, models: Sequence[str], scores: Sequence[Score]) -> None:
    """A column of numbers: the share of tracks that DBSCAN puts in a cluster."""
    across = axes.get_yaxis_transform()
    axes.text(1.17, -0.6, "DBSCAN\ncovers", transform=across, size=style.SMALL, ha="right", va="bottom")
    for score in scores:
        if score.algorithm == "dbscan" and not math.isnan(score.coverage):
            axes.text(
                1.17, models.index(score.model), f"{score.coverage:.0%}", transform=across,
                size=style.SMALL, ha="right", va="center", color=style.SOFT,
            )  # fmt: skip


def _limits(scores: Sequence[Score]) -> tuple[float, float]:
    """One scale for all panels."""
    values = np.array([value for score in scores for label in COLOURS for value in _extent(score, label)])
    known = values[~np.isnan(values)]
    return float(known.min(initial=0)) - 0.015, max(0.2, float(known.max(initial=0))) * 1.06


def _extent(score: Score, label: str) -> tuple[float, ...]:
    """The value, and the ends of what is drawn around it; NaN where there is none."""
    value, spread = score.ami.get(label, math.nan), score.spread.get(label, math.nan)
    return (value, value - spread, value + spread, *score.interval.get(label, ()))


def _legend(fig: Figure, scores: Sequence[Score], informed: bool) -> None:
    handles: list[Patch | Line2D] = [Patch(facecolor="#8a8a8a")]
    labels = ["k-means"]
    if informed:
        told = sorted({score.informed_by for score in scores if score.informed_by})
        handles.append(Patch(facecolor="#8a8a8a", hatch="////", edgecolor="white", linewidth=0))
        labels.append(f"k-means, model was told {' / '.join(told)}")
    for algorithm, marker in MARKERS.items():
        if any(score.algorithm == algorithm for score in scores):
            handles.append(
                Line2D([], [], linestyle="", marker=marker, markersize=4.5, markerfacecolor="white",
                       markeredgecolor=style.INK)
            )  # fmt: skip
            labels.append(NAMES[algorithm])
    if any(score.degenerate and score.algorithm in MARKERS for score in scores):
        handles.append(
            Line2D([], [], linestyle="", marker="o", markersize=4.5, markerfacecolor="white",
                   markeredgecolor=style.PALE)
        )  # fmt: skip
        labels.append("pale: degenerate")
    spread = any(not math.isnan(value) for score in scores for value in score.spread.values())
    if spread or any(not math.isnan(low) for score in scores for low, _ in score.interval.values()):
        handles.append(Line2D([], [], color=style.INK, linewidth=0.7))
        labels.append("deviation over seeds" if spread else "95 % interval")
    handles.append(Line2D([], [], color=style.INK, linewidth=0.9, linestyle=(0, (3, 2))))
    labels.append("random clusters")
    if any(score.collapsed for score in scores):
        handles.append(Line2D([], [], linestyle=""))
        labels.append("! collapsed")
    columns = math.ceil(len(labels) / 2) if len(labels) > 5 else len(labels)
    fig.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(0.003, 1 - 0.32 / fig.get_figheight()),
        ncols=columns, borderaxespad=0, handlelength=1.5, columnspacing=1.4, handletextpad=0.5,
    )  # fmt: skip
