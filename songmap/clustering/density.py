"""Clusters as dense regions: DBSCAN and HDBSCAN. What lies between is noise, -1.

References
----------
- DBSCAN: Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters", KDD 1996.
- HDBSCAN: Campello, Moulavi & Sander, "Density-based clustering based on hierarchical density estimates",
  PAKDD 2013.
"""

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN

from songmap.clustering.labeling import Labeling, Settings, by_size
from songmap.clustering.points import checked
from songmap.clustering.radius import choose_eps, eps_of_core
from songmap.clustering.spanning import cut, neighbours, spanning_tree

PAIRS = 5_000  # points; scikit-learn's DBSCAN keeps all pairs within eps, which may be nearly all there are
SEARCHED = 10_000  # points; of more, the spanning tree is there sooner


def dbscan(points: np.ndarray, settings: Settings) -> Labeling:
    """DBSCAN (scikit-learn) with eps from the points themselves, see `songmap.clustering.radius`.

    Above 5,000 points a cut of the `spanning_tree`, which finds the same.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    settings : Settings
        Its min_samples and core count.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    if settings.core is None:
        eps, how = choose_eps(values, settings.min_samples)
    else:
        eps, how = eps_of_core(values, settings.min_samples, settings.core), "sweep"
    if len(values) <= PAIRS:
        labels = DBSCAN(eps=eps, min_samples=settings.min_samples).fit_predict(values)
    else:
        distances, indices = neighbours(values, settings.min_samples)
        tree = spanning_tree(values, distances[:, -1])
        labels = cut(tree, distances, indices, eps, settings.min_samples)
    return Labeling(by_size(labels), {"eps": eps, "eps_from": how})


def hdbscan(points: np.ndarray, settings: Settings) -> Labeling:
    """HDBSCAN (scikit-learn), clusters by excess of mass; above 10,000 points from a `spanning_tree`.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    settings : Settings
        Its min_samples and min_cluster_size count; fewer points than a cluster needs are all noise.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    size = max(2, settings.min_cluster_size)
    if len(values) < size:
        return Labeling(np.full(len(values), -1))
    values /= np.abs(values).max() or 1.0
    min_samples = min(settings.min_samples, len(values))
    if len(values) <= SEARCHED:
        labels = HDBSCAN(size, min_samples, copy=True).fit_predict(values)
    else:  # a min_samples of 1 leaves the tree's edges as they are
        tree = spanning_tree(values, neighbours(values, min_samples)[0][:, -1])
        labels = HDBSCAN(size, 1, metric="precomputed", copy=True).fit_predict(tree)
    return Labeling(by_size(labels))
