"""Stability: whether k clusters of one half of the points are those of the other half.

References
----------
- Lange, Roth, Braun & Buhmann, "Stability-based validation of clustering solutions", Neural Computation
  16(6), 2004: a solution of one half is extended to the other by a classifier, here the nearest centre.
- Ben-Hur, Elisseeff & Guyon, "A stability based method for discovering structure in clustered data", Pacific
  Symposium on Biocomputing 2002.
- Hubert & Arabie, "Comparing partitions", Journal of Classification 2, 1985: the adjusted Rand index, 0 by
  chance for any k.
"""

import sys
import warnings

import numpy as np
from sklearn.metrics import adjusted_rand_score
from tqdm import tqdm

from songmap.clustering.gap import best_of
from songmap.clustering.points import distinct

DRAWS = 10
STARTS = 3  # of k-means of a half


def stability(points: np.ndarray, k_max: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Agreement of k-means of two random halves, each extended to all points, over ten draws.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        At least two.
    k_max : int > 0
        The largest k.
    seed : int >= 0
        Seed of the halves.

    Returns
    -------
    mean, sd : np.ndarray [shape=(k_max,)], at most 1
        Adjusted Rand index for k from 1 and its standard deviation over draws (n - 1 in the divisor); NaN
        for one cluster, which is stable whatever the points, and where a half has fewer distinct points than
        clusters.
    """
    rng = np.random.default_rng(seed)
    agreement = np.full((DRAWS, k_max), np.nan)
    for i in tqdm(range(DRAWS), desc="stability", delay=1, leave=False, file=sys.stderr):
        order = rng.permutation(len(points))
        halves = [points[part] for part in np.array_split(order, 2)]
        most = min(k_max, *(distinct(half) for half in halves))
        for k in range(2, most + 1):
            one, other = (best_of(half, k, seed, STARTS).predict(points) for half in halves)
            agreement[i, k - 1] = adjusted_rand_score(one, other)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no draw, or one alone, has no mean or spread
        return np.nanmean(agreement, axis=0), np.nanstd(agreement, axis=0, ddof=1)
