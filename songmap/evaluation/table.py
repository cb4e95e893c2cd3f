"""One table of all clusterings: a row for each algorithm on each model, and rows of chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from songmap.degenerate import degenerate
from songmap.evaluation import artists
from songmap.evaluation.agreement import AGAINST, against
from songmap.evaluation.artists import artist_effect
from songmap.evaluation.chance import mean_scores, one_cluster
from songmap.evaluation.common import common_scores
from songmap.evaluation.informed import LABELS
from songmap.evaluation.internal import NAMES, internal
from songmap.evaluation.resampling import interval, p_value
from songmap.evaluation.validation import coverage, n_clusters
from songmap.tracks import TrackArray

CHANCE = "chance"
LABEL_SCORES = (*AGAINST, "tracks", "unlabeled")
SPREAD = ("silhouette", "common_silhouette", *(f"{label}_ami" for label in LABELS))
COUNTS = (
    *("tracks", "common_tracks"),
    *(f"{label}_{name}" for label in LABELS for name in ("tracks", "unlabeled")),
)
COLUMNS = [
    "model", "algorithm", "informed_by", "collapsed", "degenerate", "seeds", "tracks", "k", "coverage",
    *NAMES,
    "common_space", "common_tracks", *(f"common_{name}" for name in NAMES),
    *(f"{label}_{name}" for label in LABELS for name in LABEL_SCORES),
    *(f"{name}_sd" for name in SPREAD),
    *(f"{label}_ami_{name}" for label in LABELS for name in ("low", "high", "p")),
    *artists.COLUMNS,
]  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Truth:
    """What every clustering is held against.

    Parameters
    ----------
    labels : mapping of str to TrackArray
        genre and language: a label (n,) for every track, '' where unknown.
    artists : TrackArray
        As well the artist of every track.
    space : str
        Name of the common space.
    common : TrackArray
        Its points.
    seed : int >= 0
        Of subsamples and permutations.
    """

    labels: Mapping[str, TrackArray]
    artists: TrackArray
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

        Counts, and for k-means the 95 % interval and p-value of AMI and the artist effect, are those of the
        first run. Degenerate is what any run is.
        """
        runs = [self._run(truth, i) for i in range(self.clusters.shape[1])]
        return dict.fromkeys(COLUMNS) | {
            "model": self.model,
            "algorithm": self.algorithm,
            "informed_by": self.informed_by,
            "collapsed": "yes" if self.collapsed else "",
            "degenerate": max(map(degenerate, self.clusters.T), default="", key=bool),
            "seeds": len(runs),
            "common_space": truth.space,
            **{name: _mean([run[name] for run in runs]) for name in runs[0] if name not in COUNTS},
            **{name: runs[0][name] for name in COUNTS},
            **{f"{name}_sd": _deviation([run[name] for run in runs]) for name in SPREAD},
            **self._trust(truth),
        }

    def _trust(self, truth: Truth) -> Row:
        """How far the agreement of k-means can be trusted; nothing for other algorithms."""
        row: Row = {}
        if self.algorithm != "kmeans":
            return row
        clusters = self.clusters[:, 0]
        labels = {label: known.rows(self.latents.track_id) for label, known in truth.labels.items()}
        for label, known in labels.items():
            found = interval(known, clusters, truth.seed)
            row[f"{label}_ami_low"] = found and found.low
            row[f"{label}_ami_high"] = found and found.high
            row[f"{label}_ami_p"] = p_value(known, clusters, truth.seed)
        named = truth.artists.rows(self.latents.track_id)
        return row | artist_effect(named, clusters, labels, truth.seed)

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
        "model": CHANCE, "informed_by": "", "collapsed": "", "degenerate": "",
        "tracks": n, "common_space": truth.space,
    }  # fmt: skip
    drawn = mean_scores(lambda clusters: truth.scores(track_id, clusters), n, k, seed)
    counts = {name: int(drawn[name]) for name in drawn if name in COUNTS}
    one = one_cluster(n)
    return [
        {**head, "algorithm": "random", "k": k, **drawn, **counts},
        {
            **head, "algorithm": "majority", "degenerate": degenerate(one), "k": 1,
            **truth.scores(track_id, one),
        },
    ]  # fmt: skip
