"""One table of all clusterings: rows for files, a short summary, and text for the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from songmap.evaluation.agreement import against
from songmap.evaluation.chance import mean_scores, one_cluster
from songmap.evaluation.common import common_scores
from songmap.evaluation.informed import LABELS
from songmap.evaluation.internal import internal
from songmap.evaluation.resampling import interval, p_value
from songmap.evaluation.rounding import decimals, significant
from songmap.evaluation.validation import coverage, n_clusters
from songmap.tracks import TrackArray

CHANCE = "chance"
OWN = ("silhouette", "calinski_harabasz", "davies_bouldin")
LABEL_SCORES = ("nmi", "ami", "ari", "homogeneity", "completeness", "purity", "accuracy", "ami_all", "tracks")
SPREAD = ("silhouette", "common_silhouette", *(f"{label}_ami" for label in LABELS))
COUNTS = ("tracks", "common_tracks", *(f"{label}_tracks" for label in LABELS))
COLUMNS = [
    "model", "algorithm", "informed_by", "collapsed", "seeds", "tracks", "k", "coverage", *OWN,
    "common_space", "common_tracks", *(f"common_{name}" for name in OWN),
    *(f"{label}_{name}" for label in LABELS for name in LABEL_SCORES),
    *(f"{name}_sd" for name in SPREAD),
    *(f"{label}_ami_{name}" for label in LABELS for name in ("low", "high", "p")),
]  # fmt: skip
SUMMARY = ("genre_ami", "language_ami", "common_silhouette")

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Truth:
    """What every clustering is held against.

    Parameters
    ----------
    labels : mapping of str to TrackArray
        genre and language: a label (n,) for every track, '' where unknown.
    space : str
        Name of the common space.
    common : TrackArray
        Its points.
    seed : int >= 0
        Of subsamples and permutations.
    """

    labels: Mapping[str, TrackArray]
    space: str
    common: TrackArray
    seed: int

    def scores(self, track_id: np.ndarray, clusters: np.ndarray) -> Row:
        """Scores of one clustering that need no latents of a model. See `COLUMNS`."""
        row: Row = {"coverage": coverage(clusters)}
        row |= common_scores(self.common, dict(zip(track_id, clusters.tolist(), strict=True)))
        for label, known in self.labels.items():
            scores = against(known.rows(track_id), clusters)
            row |= {f"{label}_{name}": scores[name] for name in LABEL_SCORES}
        return row


@dataclass(frozen=True, eq=False)
class Clustering:
    """The clusters one algorithm found in one model's latents, run by run.

    Parameters
    ----------
    model, algorithm : str
        Names.
    informed_by : str
        Labels the model was told, '' if none.
    collapsed : bool
        Whether fewer than a quarter of the model's latent dimensions are active.
    latents : TrackArray [values shape=(n, s, d)]
        The model's own space for each seed; one where seeds make no difference to it.
    clusters : np.ndarray [shape=(n, runs)], int
        One per track of the latents, in their order, and seed; -1 is noise.
    """

    model: str
    algorithm: str
    informed_by: str
    collapsed: bool
    latents: TrackArray
    clusters: np.ndarray = field(repr=False)

    def row(self, truth: Truth) -> Row:
        """Its row of the table: means over the runs, ``_sd`` their standard deviation where there are two.

        Counts, and for k-means the 95 % interval and p-value of AMI, are those of the first run.
        """
        runs = [self._run(truth, i) for i in range(self.clusters.shape[1])]
        return {
            "model": self.model,
            "algorithm": self.algorithm,
            "informed_by": self.informed_by,
            "collapsed": "yes" if self.collapsed else "",
            "seeds": len(runs),
            "common_space": truth.space,
            **{name: _mean([run[name] for run in runs]) for name in runs[0] if name not in COUNTS},
            **{name: runs[0][name] for name in COUNTS},
            **{f"{name}_sd": _deviation([run[name] for run in runs]) for name in SPREAD},
            **self._trust(truth),
        }

    def _trust(self, truth: Truth) -> Row:
        row: Row = {}
        for label, known in truth.labels.items():
            case = known.rows(self.latents.track_id), self.clusters[:, 0], truth.seed
            found = interval(*case) if self.algorithm == "kmeans" else None
            row[f"{label}_ami_low"] = found and found.low
            row[f"{label}_ami_high"] = found and found.high
            row[f"{label}_ami_p"] = p_value(*case) if self.algorithm == "kmeans" else None
        return row

    def _run(self, truth: Truth, i: int) -> Row:
        points = self.latents.values[:, min(i, self.latents.values.shape[1] - 1)]
        clusters = self.clusters[:, i]
        return {
            "tracks": len(self.latents),
            "k": n_clusters(clusters),
            **internal(points, clusters),
            **truth.scores(self.latents.track_id, clusters),
        }


def _mean(values: Sequence[Any]) -> Any:
    """Of the runs; None where one has none, and an integer where all agree on it."""
    if any(value is None for value in values) or len(set(values)) == 1:
        return None if None in values else values[0]
    return float(np.mean(values))


def _deviation(values: Sequence[Any]) -> float | None:
    """Sample standard deviation over the runs; None for one run, and where a run has no value."""
    if len(values) < 2 or any(value is None for value in values):
        return None
    return float(np.std(values, ddof=1))


def chance_rows(truth: Truth, track_id: np.ndarray, k: int, seed: int) -> list[Row]:
    """Rows of clusters drawn uniformly from k, the mean of 20 draws, and of one cluster for all."""
    n = len(track_id)
    head = dict.fromkeys(COLUMNS) | {
        "model": CHANCE, "informed_by": "", "collapsed": "", "tracks": n, "common_space": truth.space,
    }  # fmt: skip
    drawn = mean_scores(lambda clusters: truth.scores(track_id, clusters), n, k, seed)
    counts = {name: int(drawn[name]) for name in drawn if name.endswith("_tracks")}
    return [
        {**head, "algorithm": "random", "k": k, **drawn, **counts},
        {**head, "algorithm": "majority", "k": 1, **truth.scores(track_id, one_cluster(n))},
    ]


def rounded(rows: Sequence[Row]) -> list[Row]:
    """The rows with four decimals."""
    return [{name: decimals(value) for name, value in row.items()} for row in rows]


def summary(rows: Sequence[Row], left_out: int) -> dict[str, Any]:
    """Three numbers for k-means of every model, and their spread where there were several runs.

    Agreement with a label that the model was told ends in ``_told``.
    """
    short: dict[str, Any] = {}
    for row in rows:
        if row["algorithm"] == "kmeans":
            told = [f"{label}_ami" for label in row["informed_by"].split("_")]
            scores: dict[str, Any] = {}
            for name in SUMMARY:
                shown = name + "_told" * (name in told)
                scores[shown] = significant(row[name])
                if row[f"{name}_sd"] is not None:
                    scores[f"{shown}_sd"] = significant(row[f"{name}_sd"])
            short[row["model"]] = scores
    return {**short, "left_out": left_out}


SHOWN = {
    "model": "model",
    "algorithm": "algorithm",
    "tracks": "tracks",
    "k": "k",
    "coverage": "covered",
    "silhouette": "silh.",
    "common_silhouette": "common",
    "genre_ami": "genre AMI",
    "genre_purity": "purity",
    "language_ami": "lang. AMI",
}


def as_text(rows: Sequence[Row]) -> str:
    """Part of the table for a console: a mark where the model was told the label, and a legend."""
    lines = [list(SHOWN.values()), *([_cell(row, name) for name in SHOWN] for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(SHOWN))]
    text = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    text.insert(1, "-" * max(map(len, text)))
    space = next((row["common_space"] for row in rows), "") or "none"
    text.append(f"silh.: silhouette in the model's own space; common: in one space for all ({space}).")
    text.append("covered: share of tracks that are not noise; AMI: 0 by chance, at most 1.")
    if any((row["seeds"] or 1) > 1 for row in rows):
        text.append("±: standard deviation over the seeds.")
    if any(row["collapsed"] for row in rows):
        text.append("!: collapsed, fewer than a quarter of its latent dimensions are active.")
    if any(row["informed_by"] for row in rows):
        text.append("* the model was told this label, so that the score is no evidence.")
    return "\n".join(text)


def _cell(row: Row, name: str) -> str:
    value = row.get(name)
    if value is None:
        return "-"
    if name == "model" and row["collapsed"]:
        return f"{value} !"
    if isinstance(value, float):
        value = f"{value:.0%}" if name == "coverage" else f"{decimals(value, 3):.3f}"
    if row.get(f"{name}_sd") is not None:
        value = f"{value}±{decimals(row[f'{name}_sd'], 2):.2f}"
    told = any(label and name.startswith(label) for label in row["informed_by"].split("_"))
    return f"*{value}" if told else str(value)
