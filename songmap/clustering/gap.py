"""The gap statistic: how much tighter the clusters are than those of points that have none.

References
----------
Tibshirani, Walther & Hastie, "Estimating the number of clusters in a data set via the gap statistic", JRSS B
63(2), 2001.
"""

import sys
import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from tqdm import tqdm

REFERENCES = 30  # with ten their spread, and with it the rule, still depends on the seed
STARTS = 3  # of k-means of a reference: one alone would add its own luck to the spread. The points have more,
# which lifts their gap where k-means is hard, by an error or two


@dataclass(frozen=True, eq=False)
class Gap:
    """The statistic of each k in 1..k_max.

    Parameters
    ----------
    gap : np.ndarray [shape=(k_max,)]
        Mean of log W_k over the references, less log W_k of the points, in nats (equation 3).
    error : np.ndarray [shape=(k_max,)]
        Its error s_k: the standard deviation over B references, times sqrt(1 + 1/B).
    """

    gap: np.ndarray
    error: np.ndarray

    def one_cluster(self) -> bool:
        """Whether no k exceeds the gap of one cluster by more than its error."""
        return bool((self.gap[1:] - self.error[1:] <= self.gap[0]).all())

    def preferred(self) -> np.ndarray:
        """Each k that k + 1 does not exceed by more than its error, where the gap has made half its rise.

        The paper takes the first such k of all. Where clusters lie in groups, the gap dips on its way up,
        and the first dip is no answer: hence the half.

        Returns
        -------
        np.ndarray [shape=(m,)], int
            Ascending; empty where the gap rises to the last k.
        """
        held = self.gap[:-1] >= self.gap[1:] - self.error[1:]
        high = self.gap[:-1] >= (self.gap[0] + self.gap.max()) / 2
        return np.flatnonzero(held & high) + 1


def gap_statistic(points: np.ndarray, inertia: np.ndarray, seed: int) -> Gap:
    """Compare k-means of the points with k-means of uniform points in a box along their principal axes.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Centred, more than k_max of them distinct.
    inertia : np.ndarray [shape=(k_max,)]
        Of k-means of the points with k from 1: for squared distances it is the paper's W_k (equation 2).
    seed : int >= 0
        Seed of the references.
    """
    rng = np.random.default_rng(seed)
    along = points @ np.linalg.svd(points, full_matrices=False)[2].T  # (n, min(n, d)); section 4, choice (b)
    low, high = along.min(axis=0), along.max(axis=0)
    logs = np.empty((REFERENCES, len(inertia)))
    for i in tqdm(range(REFERENCES), desc="gap statistic", delay=1, leave=False, file=sys.stderr):
        uniform = rng.uniform(low, high, size=along.shape)
        logs[i] = [np.log(best_of(uniform, k, seed, STARTS).inertia_) for k in range(1, len(inertia) + 1)]
    least = np.finfo(float).eps * inertia[0]  # the inertia of k stacks of equal points is 0
    return Gap(
        logs.mean(axis=0) - np.log(np.maximum(inertia, least)),
        logs.std(axis=0) * np.sqrt(1 + 1 / REFERENCES),
    )


def best_of(points: np.ndarray, k: int, seed: int, starts: int) -> KMeans:
    """k-means, the best of so many k-means++ starts. Duplicates among the centres are no error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=starts, random_state=seed).fit(points)
