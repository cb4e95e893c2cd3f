"""What speaks for each number of clusters: four criteria that need no labels, in one table.

References
----------
- Silhouette: Rousseeuw, "Silhouettes: a graphical aid to the interpretation and validation of cluster
  analysis", J. Comput. Appl. Math. 20, 1987 (scikit-learn).
- Elbow, gap statistic, stability: see `songmap.clustering.knee`, `gap` and `stability`.
"""

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import pairwise_distances, silhouette_score
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from songmap.clustering.gap import Gap, best_of, gap_statistic
from songmap.clustering.knee import knee
from songmap.clustering.points import checked, distinct
from songmap.clustering.stability import DRAWS, stability
from songmap.degenerate import degenerate

SAMPLE = 2000  # points that stand for all where there are more
STARTS = 60  # of k-means: with ten, the gap sees whether k or k + 1 had the luckier start (see `gap`)
COLUMNS = (
    *("k", "inertia", "silhouette", "gap", "gap_error", "stability", "stability_sd"),
    *("largest_share", "degenerate"),
)


@dataclass(frozen=True, eq=False)
class Criteria:
    """What k-means with k in 1..k_max is worth.

    Parameters
    ----------
    inertia : np.ndarray [shape=(k_max,)]
        Sum of squared distances to the centres.
    silhouette : np.ndarray [shape=(k_max,)], -1 to 1
        Mean over the points; NaN where undefined, as for one cluster.
    gap : Gap
    stability, stability_sd : np.ndarray [shape=(k_max,)]
        Adjusted Rand index between halves, see `songmap.clustering.stability`.
    largest : np.ndarray [shape=(k_max,)], 0 to 1
        Share of the points in the largest cluster.
    degenerate : list of str
        Why a k is no answer, see `songmap.degenerate`.
    """

    inertia: np.ndarray
    silhouette: np.ndarray
    gap: Gap
    stability: np.ndarray
    stability_sd: np.ndarray
    largest: np.ndarray
    degenerate: list[str]

    def usable(self, k: int | None) -> bool:
        """Whether k is a number of clusters that can be recommended."""
        return k is not None and not self.degenerate[k - 1]

    def elbow(self) -> int | None:
        """The k at which the inertia bends most, if it is usable."""
        found = knee(np.arange(1, len(self.inertia) + 1), self.inertia, "decreasing")
        return found if self.usable(found) else None

    def best_silhouette(self) -> int | None:
        """The usable k with the best silhouette, the first of equals."""
        values = self._where_usable(self.silhouette)
        return None if np.isnan(values).all() else int(np.nanargmax(values)) + 1

    def last_stable(self) -> int | None:
        """The largest usable k whose stability is within one standard error of the best."""
        values = self._where_usable(self.stability)
        if np.isnan(values).all():
            return None
        best = int(np.nanargmax(values))
        enough = values >= values[best] - np.nan_to_num(self.stability_sd[best]) / math.sqrt(DRAWS)
        return int(np.flatnonzero(enough)[-1]) + 1

    def rows(self) -> list[dict[str, Any]]:
        """The table, by `COLUMNS`; None where a criterion is undefined."""
        columns = (
            *(self.inertia, self.silhouette, self.gap.gap, self.gap.error, self.stability),
            *(self.stability_sd, self.largest),
        )
        numbers = [[None if math.isnan(v) else v for v in column.tolist()] for column in columns]
        lines = zip(range(1, len(self.inertia) + 1), *numbers, self.degenerate, strict=True)
        return [dict(zip(COLUMNS, line, strict=True)) for line in lines]

    def _where_usable(self, values: np.ndarray) -> np.ndarray:
        return np.where([not why for why in self.degenerate], values, np.nan)


def sample(points: np.ndarray, seed: int) -> np.ndarray:
    """The points, or 2,000 of them drawn without replacement, in their order."""
    if len(points) <= SAMPLE:
        return points
    return points[np.sort(np.random.default_rng(seed).choice(len(points), SAMPLE, replace=False))]


def criteria(points: np.ndarray, k_max: int, seed: int) -> Criteria | None:
    """Measure every k from 1 to k_max, or to one less than the points, or to as many as differ.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values. A sample keeps it short: time and memory grow with n squared, see `sample`.
    k_max : int > 2
        The largest k.
    seed : int >= 0
        Seed of all that is random.

    Returns
    -------
    Criteria or None
        None where there is no k above 2 to measure.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    k_max = min(k_max, len(values) - 1, distinct(values))
    if k_max < 3:
        return None
    with threadpool_limits(1):
        ks = tqdm(range(1, k_max + 1), desc="k-means", delay=1, leave=False, file=sys.stderr)
        fits = [best_of(values, k, seed, STARTS) for k in ks]
        inertia = np.array([fit.inertia_ for fit in fits])
        labels = [fit.labels_ for fit in fits]
        distances = pairwise_distances(values)
        return Criteria(
            inertia,
            np.array([_silhouette(distances, found) for found in labels]),
            gap_statistic(values, inertia, seed),
            *stability(values, k_max, seed),
            np.array([np.bincount(found).max() / len(found) for found in labels]),
            [degenerate(found) for found in labels],
        )


def _silhouette(distances: np.ndarray, labels: np.ndarray) -> float:
    if not 1 < len(np.unique(labels)) < len(labels):
        return math.nan
    return float(silhouette_score(distances, labels, metric="precomputed"))
