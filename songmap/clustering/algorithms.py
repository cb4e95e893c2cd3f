"""Three ways to cluster points. Each is a function of points and settings that gives a `Labeling`.

Clusters are numbered from 0 by falling size, ties by first appearance; noise is -1. So the names do not
depend on the algorithm's inner order.

References
----------
- k-means++: Arthur & Vassilvitskii, "k-means++: The advantages of careful seeding", SODA 2007.
- Ward: Ward, "Hierarchical grouping to optimize an objective function", JASA 58(301), 1963.
- DBSCAN: Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters", KDD 1996.
- Knee: Satopää, Albrecht, Irwin & Raghavan, "Finding a 'kneedle' in a haystack", ICDCSW 2011.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors, kneighbors_graph
from threadpoolctl import threadpool_limits

from songmap.clustering.knee import knee
from songmap.clustering.points import checked, distinct

WARD_EXACT = 10_000  # points; above, Ward's O(n^2) memory passes 0.4 GB and grows
WARD_NEIGHBOURS = 20
ROUNDING = 1e-7  # a distance below this, relative to the farthest point, is the rounding error of 0
CORE_SHARE = 90  # percent of the points that are core points where the curve has no knee


@dataclass(frozen=True)
class Settings:
    """What the algorithms may use.

    Parameters
    ----------
    k : int > 0
        Number of clusters; where fewer points differ, it is their number.
    min_samples : int > 0
        Points, itself included, within eps of a core point of DBSCAN.
    seed : int >= 0
        Seed of the k-means++ starts.
    """

    k: int
    min_samples: int
    seed: int


@dataclass(frozen=True, eq=False)
class Labeling:
    """Clusters and what was chosen on the way.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], int
        Cluster of each point; -1 is noise.
    chosen : mapping
        What the algorithm chose by itself: DBSCAN's eps, and how.
    """

    labels: np.ndarray
    chosen: Mapping[str, float | str] = field(default_factory=dict)


def fit_kmeans(points: np.ndarray, k: int, seed: int) -> KMeans:
    """k-means, the best of ten k-means++ starts, on one thread: threads add floats in any order.

    A warning that fewer than k centres differ is dropped: the labels say so.
    """
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(k, n_init=10, random_state=seed).fit(points)


def kmeans(points: np.ndarray, settings: Settings) -> Labeling:
    """k-means (scikit-learn).

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    settings : Settings
        Its k and seed count.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    k = min(settings.k, distinct(values))
    return Labeling(by_size(fit_kmeans(values, k, settings.seed).labels_))


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


def dbscan(points: np.ndarray, settings: Settings) -> Labeling:
    """DBSCAN (scikit-learn) with eps from the points themselves, see `choose_eps`.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    settings : Settings
        Its min_samples counts.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    eps, how = choose_eps(values, settings.min_samples)
    labels = DBSCAN(eps=eps, min_samples=settings.min_samples).fit_predict(values)
    return Labeling(by_size(labels), {"eps": eps, "eps_from": how})


def choose_eps(points: np.ndarray, min_samples: int) -> tuple[float, str]:
    """Radius at the knee of the sorted distances to the `min_samples`-th point, itself included.

    A point is a core point where its distance is at most eps (Ester et al. 1996, section 4.2).

    Returns
    -------
    eps : float > 0
        In the unit of the points.
    how : str
        ``knee``; ``90th percentile`` where the curve has no knee, which makes nine points in ten core
        points; ``equal distances``, ``duplicates`` (every distance is 0, but not all points are the
        same) or ``identical points`` where there is no curve.
    """
    n = len(points)
    far = float(np.linalg.norm(points - points.mean(axis=0), axis=1).max())
    if far == 0:
        return 1.0, "identical points"
    search = NearestNeighbors(n_neighbors=min(max(min_samples, 2), n)).fit(points)
    distances = np.sort(search.kneighbors(points)[0][:, -1])
    least = float(distances[distances > ROUNDING * far].min(initial=np.inf))
    if np.isinf(least):
        return 10 * ROUNDING * far, "duplicates"
    if np.ptp(distances) <= ROUNDING * far:
        return _just_above(least), "equal distances"
    at = knee(np.arange(n), distances, "increasing")
    if at is None:
        return _just_above(
            max(least, float(np.percentile(distances, CORE_SHARE)))
        ), f"{CORE_SHARE}th percentile"
    return _just_above(max(least, float(distances[at]))), "knee"


def _just_above(distance: float) -> float:
    """A radius that still holds the point at this distance when the distance is computed another way."""
    return distance * (1 + 10 * ROUNDING)


def by_size(labels: np.ndarray) -> np.ndarray:
    """Number the clusters from 0 by falling size, ties by first appearance; -1 stays."""
    names, first, counts = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    renamed = np.full(int(names.max(initial=-1)) + 2, -1)
    renamed[names[order]] = np.arange(len(names))
    return renamed[labels]
