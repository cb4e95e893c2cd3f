"""How many clusters, from the points alone."""

import sys
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.metrics import silhouette_score
from tqdm import tqdm

from songmap.clustering.centroids import fit_kmeans
from songmap.clustering.knee import knee
from songmap.clustering.points import checked, distinct

SILHOUETTE_SAMPLE = 5000  # points: at 25,000 x 32 it takes 0.2 s for 6.9 s and is off by 0.002


@dataclass(frozen=True)
class Choice:
    """A number of clusters.

    Parameters
    ----------
    k : int > 0
        At most the number of distinct points.
    how : str
        ``given``; ``distinct points`` if fewer points differ than clusters were asked for; ``elbow`` or
        ``silhouette`` where k was to be found; ``too few points`` to look for it.
    """

    k: int
    how: str


def choose_k(points: np.ndarray, k: int | Literal["auto"], k_max: int, seed: int) -> Choice:
    """The k asked for, as far as there are points for it, or the one that the points suggest.

    With ``auto``, the elbow of the inertia of k-means over 1..k_max. One cluster anchors the curve, so
    that two can be its elbow, and is never the answer. A curve without elbow leaves it to the best
    silhouette over 2..k_max.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    k : int > 0 or "auto"
        Clusters asked for.
    k_max : int > 2
        The largest k that auto considers; never above n - 1.
    seed : int >= 0
        Seed of k-means.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    most = distinct(values)
    if k != "auto":
        return Choice(k, "given") if k <= most else Choice(most, "distinct points")
    upper = min(k_max, len(values) - 1, most)
    if upper < 3:
        return Choice(max(1, upper), "too few points")
    ks = np.arange(1, upper + 1)
    fits = [
        fit_kmeans(values, int(k), seed)
        for k in tqdm(ks, desc="k-means", delay=1, leave=False, file=sys.stderr)
    ]
    elbow = knee(ks, np.array([fit.inertia_ for fit in fits]), "decreasing")
    if elbow is not None and elbow >= 2:
        return Choice(elbow, "elbow")
    scores = [_silhouette(values, fit.labels_, seed) for fit in fits[1:]]
    return Choice(int(np.argmax(scores)) + 2, "silhouette")


def _silhouette(points: np.ndarray, labels: np.ndarray, seed: int) -> float:
    """Mean silhouette of a sample, -1 where it is undefined."""
    rows = np.arange(len(points))
    if len(rows) > SILHOUETTE_SAMPLE:
        rows = np.random.default_rng(seed).choice(rows, SILHOUETTE_SAMPLE, replace=False)
    if not 1 < len(np.unique(labels[rows])) < len(rows):
        return -1.0
    return float(silhouette_score(points[rows], labels[rows]))
