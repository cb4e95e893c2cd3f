"""Which of two models agrees better with a label, and how sure that is.

Of every two models, the difference of the AMI of their k-means clusters, of the first run each, over the
tracks that both have, with its 95 % interval from subsamples that both share: tracks that are hard for both
cancel out, so that it is narrower than two intervals side by side suggest. Intervals are of one difference
each: of 100 pairs of equal models about 5 exclude 0 by chance. `songmap.evaluation.resampling` says what
they mean.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np

from songmap.evaluation.resampling import subsampled
from songmap.tracks import TrackArray

COLUMNS = ("label", "model", "other", "tracks", "difference", "low", "high", "told")

Row = dict[str, Any]
Pair = tuple[int, int]


def differences(
    labels: Mapping[str, TrackArray],
    clusterings: Mapping[str, TrackArray],
    told: Mapping[str, str],
    seed: int,
) -> list[Row]:
    """A row for every label and every two models: AMI of the first less that of the other.

    Parameters
    ----------
    labels : mapping of str to TrackArray [values shape=(n,)], str
        genre and language of every track, '' where unknown.
    clusterings : mapping of str to TrackArray [values shape=(m,)], int
        Clusters of a model's tracks, all of them known; -1 is noise.
    told : mapping of str to str
        Labels each model was told, joined by _.
    seed : int >= 0

    Returns
    -------
    list of dict
        Keys as `COLUMNS`, a number None where it is undefined; told: which of the two were told this label.
    """
    return [
        {"label": label} | row
        for label, known in labels.items()
        for row in _of_label(label, known, clusterings, told, seed)
    ]


def _of_label(
    label: str, known: TrackArray, clusterings: Mapping[str, TrackArray], told: Mapping[str, str], seed: int
) -> list[Row]:
    place = {track: i for i, track in enumerate(known.track_id.tolist())}
    clusters = np.zeros((len(clusterings), len(known)), dtype=np.int64)
    has = np.zeros(clusters.shape, dtype=bool)
    for i, found in enumerate(clusterings.values()):
        rows = [place[track] for track in found.track_id.tolist()]
        clusters[i, rows], has[i, rows] = found.values, True
    numbers = _numbers(known.values, clusters, has & (known.values != ""), seed)
    names = list(clusterings)
    return [
        {
            "model": names[one],
            "other": names[other],
            **row,
            "told": " ".join(names[i] for i in (one, other) if label in told[names[i]].split("_")),
        }
        for (one, other), row in sorted(numbers.items())
    ]


def _numbers(labels: np.ndarray, clusters: np.ndarray, has: np.ndarray, seed: int) -> dict[Pair, Row]:
    """Numbers of every pair; each model is scored once per set of tracks that it shares with others.

    Labels (n,), clusters (models, n), and which tracks have both (models, n).
    """
    sharing: dict[bytes, list[Pair]] = {}
    for one, other in combinations(range(len(clusters)), 2):
        sharing.setdefault((has[one] & has[other]).tobytes(), []).append((one, other))
    numbers: dict[Pair, Row] = {}
    for shared, pairs in sharing.items():
        some = np.frombuffer(shared, dtype=bool)
        models = sorted({model for pair in pairs for model in pair})
        scores = subsampled(labels[some], [clusters[model][some] for model in models], seed)
        of = dict(zip(models, scores, strict=True))
        for pair in pairs:
            first, second = (of[model] for model in pair)
            found = (first - second).interval() if first and second else None
            numbers[pair] = {
                "tracks": int(some.sum()),
                "difference": found and found.value,
                "low": found and found.low,
                "high": found and found.high,
            }
    return numbers
