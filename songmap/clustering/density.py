"""Clusters as dense regions: DBSCAN and HDBSCAN. What lies between is noise, -1.

References
----------
- DBSCAN: Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters", KDD 1996.
- HDBSCAN: Campello, Moulavi & Sander, "Density-based clustering based on hierarchical density estimates",
  PAKDD 2013.
- Knee: Satopää, Albrecht, Irwin & Raghavan, "Finding a 'kneedle' in a haystack", ICDCSW 2011.
"""

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.neighbors import NearestNeighbors

from songmap.clustering.knee import knee
from songmap.clustering.labeling import Labeling, Settings, by_size
from songmap.clustering.points import checked

ROUNDING = 1e-7  # a distance below this, relative to the farthest point, is the rounding error of 0
CORE_SHARE = 90  # percent of the points that are core points where the curve has no knee


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


def hdbscan(points: np.ndarray, settings: Settings) -> Labeling:
    """HDBSCAN (scikit-learn), clusters by excess of mass.

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
    far = np.abs(values).max() or 1.0
    model = HDBSCAN(min_cluster_size=size, min_samples=min(settings.min_samples, len(values)), copy=True)
    return Labeling(by_size(model.fit_predict(values / far)))


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
        usual = float(np.percentile(distances, CORE_SHARE))
        return _just_above(max(least, usual)), f"{CORE_SHARE}th percentile"
    return _just_above(max(least, float(distances[at]))), "knee"


def _just_above(distance: float) -> float:
    """A radius that still holds the point at this distance when the distance is computed another way."""
    return distance * (1 + 10 * ROUNDING)
