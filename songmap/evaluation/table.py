"""One table of all clusterings: rows for files, a short summary, and text for the console."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from songmap.evaluation.chance import mean_scores, one_cluster
from songmap.evaluation.common import common_scores
from songmap.evaluation.informed import LABELS
from songmap.evaluation.rounding import decimals, significant
from songmap.evaluation.scores import against, coverage, internal, n_clusters
from songmap.tracks import TrackArray

CHANCE = "chance"
OWN = ("silhouette", "calinski_harabasz", "davies_bouldin")
LABEL_SCORES = ("nmi", "ami", "ari", "purity", "ami_all", "tracks")
COLUMNS = [
    "model", "algorithm", "informed_by", "tracks", "k", "coverage", *OWN,
    "common_space", "common_tracks", *(f"common_{name}" for name in OWN),
    *(f"{label}_{name}" for label in LABELS for name in LABEL_SCORES),
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
    """

    labels: Mapping[str, TrackArray]
    space: str
    common: TrackArray

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
    """The clusters one algorithm found in one model's latents.

    Parameters
    ----------
    model, algorithm : str
        Names.
    informed_by : str
        Labels the model was told, '' if none.
    latents : TrackArray
        The model's own space.
    clusters : np.ndarray [shape=(n,)], int
        One per track of the latents, in their order; -1 is noise.
    """

    model: str
    algorithm: str
    informed_by: str
    latents: TrackArray
    clusters: np.ndarray = field(repr=False)

    def row(self, truth: Truth) -> Row:
        """Its row of the table."""
        return {
            "model": self.model,
            "algorithm": self.algorithm,
            "informed_by": self.informed_by,
            "tracks": len(self.latents),
            "k": n_clusters(self.clusters),
            "common_space": truth.space,
            **internal(self.latents.values.reshape(len(self.latents), -1), self.clusters),
            **truth.scores(self.latents.track_id, self.clusters),
        }


def chance_rows(truth: Truth, track_id: np.ndarray, k: int, seed: int) -> list[Row]:
    """Rows of clusters drawn uniformly from k, the mean of 20 draws, and of one cluster for all."""
    n = len(track_id)
    head = {"model": CHANCE, "informed_by": "", "tracks": n, "common_space": truth.space}
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
    """Three numbers for k-means of every model; agreement with a label it was told ends in ``_told``."""
    short: dict[str, Any] = {}
    for row in rows:
        if row["algorithm"] == "kmeans":
            told = [f"{label}_ami" for label in row["informed_by"].split("_")]
            short[row["model"]] = {
                name + "_told" * (name in told): significant(row[name]) for name in SUMMARY
            }
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
    if any(row["informed_by"] for row in rows):
        text.append("* the model was told this label, so that the score is no evidence.")
    return "\n".join(text)


def _cell(row: Row, name: str) -> str:
    value = row.get(name)
    if value is None:
        return "-"
    if isinstance(value, float):
        value = f"{value:.0%}" if name == "coverage" else f"{decimals(value, 3):.3f}"
    told = any(label and name.startswith(label) for label in row["informed_by"].split("_"))
    return f"*{value}" if told else str(value)
