"""Clusters by merging: Ward's method, and a consensus of many k-means.

References
----------
- Ward, "Hierarchical grouping to optimize an objective function", JASA 58(301), 1963.
- Co-association: Fred & Jain, "Combining multiple clusterings using evidence accumulation", IEEE TPAMI 27(6),
  2005.
- Of many points: Wu, Liu, Xiong, Cao & Chen, "K-means-based consensus clustering", IEEE TKDE 27(1), 2015.
"""

import warnings

import numpy as np
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import kneighbors_graph
from threadpoolctl import threadpool_limits

from songmap.clustering.centroids import fit_kmeans
from songmap.clustering.labeling import Labeling, Settings, by_size
from songmap.clustering.points import checked, distinct

WARD_EXACT = 10_000  # points; above, Ward's O(n^2) memory passes 0.4 GB and grows
WARD_NEIGHBOURS = 20
RUNS = 20
MATRIX = 5_000  # points whose co-associations are all compared


def agglomerative(points: np.ndarray, settings: Settings) -> Labeling:
    """Ward's method (scikit-learn); above 10,000 points only near neighbours may merge.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    settings : Settings
        Its k counts.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    if len(values) == 1:
        return Labeling(np.zeros(1, dtype=int))
    graph = kneighbors_graph(values, WARD_NEIGHBOURS) if len(values) > WARD_EXACT else None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the number of connected components")
        warnings.filterwarnings("ignore", "The symmetric non-negative hollow observation matrix")
        k = min(settings.k, distinct(values))
        model = AgglomerativeClustering(k, linkage="ward", connectivity=graph)
        return Labeling(by_size(model.fit_predict(values)))


def consensus(points: np.ndarray, settings: Settings) -> Labeling:
    """Clusters that twenty runs of k-means agree on.

    Two points are as near as the share of runs that put them together, and average linkage merges them. Above
    5,000 points, k-means of the runs' one-hot labels stands in for it.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    settings : Settings
        Its k counts, and its seed, from which the runs' seeds are drawn.

    Returns
    -------
    Labeling
        ``stability``: the mean share of runs that agree with a pair being together or apart, 0.5 to 1; of a
        sample above 5,000 points.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    k = min(settings.k, distinct(values))
    if len(values) == 1 or k == 1:
        return Labeling(np.zeros(len(values), dtype=int), {"stability": 1.0})
    rng = np.random.default_rng(settings.seed)
    seeds = rng.integers(2**31, size=RUNS)
    runs = np.stack([_one_start(values, k, int(seed)) for seed in seeds], axis=1)  # (n, runs)
    sample = runs if len(runs) <= MATRIX else runs[rng.permutation(len(runs))[:MATRIX]]
    together = _together(sample)
    pairs = together[np.triu_indices(len(together), 1)]
    stability = float(np.mean(np.maximum(pairs, 1 - pairs)))
    if len(values) <= MATRIX:
        model = AgglomerativeClustering(k, metric="precomputed", linkage="average")
        labels = model.fit_predict(1 - together)
    else:
        labels = fit_kmeans(_one_hot(runs), k, settings.seed).labels_
    return Labeling(by_size(labels), {"stability": stability})


def _one_start(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=1, random_state=seed).fit_predict(points)


def _together(runs: np.ndarray) -> np.ndarray:
    """Share of runs (n, runs) that put two points together. Shape (n, n)."""
    counts = np.zeros((len(runs), len(runs)), dtype=np.float32)
    for labels in runs.T:
        counts += labels[:, None] == labels
    return counts / runs.shape[1]


def _one_hot(runs: np.ndarray) -> np.ndarray:
    """The clusters of all runs side by side. Shape (n, runs * k)."""
    return np.concatenate([labels[:, None] == np.unique(labels) for labels in runs.T], axis=1).astype(
        np.float32
    )
