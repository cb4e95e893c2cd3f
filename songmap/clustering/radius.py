"""The radius of DBSCAN, from how far each point is from its min_samples-th neighbour.

References
----------
- k-distance curve: Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters", KDD
  1996, section 4.2: a point is a core point where its distance is at most eps.
- Knee: Satopää, Albrecht, Irwin & Raghavan, "Finding a 'kneedle' in a haystack", ICDCSW 2011.
"""

from collections.abc import Iterable

import numpy as np
from sklearn.neighbors import NearestNeighbors

from songmap.clustering.knee import knee

ROUNDED = 1e-6  # a share in a file has six digits: 1/6 that became 0.166667 is still 40 of 240 points
ROUNDING = 1e-7  # a distance below this, relative to the farthest point, is the rounding error of 0
CORE_SHARE = 90  # percent of the points that are core points where the curve has no knee


def choose_eps(points: np.ndarray, min_samples: int) -> tuple[float, str]:
    """Radius at the knee of the sorted distances to the `min_samples`-th point, itself included.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Centred and finite.
    min_samples : int > 0
        One counts as two: the distance to the point itself tells nothing.

    Returns
    -------
    eps : float > 0
        In the unit of the points.
    how : str
        ``knee``; ``90th percentile`` where the curve has no knee, which makes nine points in ten core
        points; ``equal distances``, ``duplicates`` (every distance is 0, but not all points are the
        same) or ``identical points`` where there is no curve.
    """
    far = _farthest(points)
    if far == 0:
        return 1.0, "identical points"
    distances = k_distances(points, min_samples)
    least = float(distances[distances > ROUNDING * far].min(initial=np.inf))
    if np.isinf(least):
        return 10 * ROUNDING * far, "duplicates"
    if np.ptp(distances) <= ROUNDING * far:
        return _just_above(least), "equal distances"
    at = knee(np.arange(len(points)), distances, "increasing")
    if at is None:
        usual = float(np.percentile(distances, CORE_SHARE))
        return _just_above(max(least, usual)), f"{CORE_SHARE}th percentile"
    return _just_above(max(least, float(distances[at]))), "knee"


def eps_of_core(points: np.ndarray, min_samples: int, core: float) -> float:
    """Smallest radius that makes this share of the points core points.

    A share, unlike a distance, means the same in the latents of another run.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Centred and finite.
    min_samples : int > 0
        As for `choose_eps`.
    core : float, above 0 to 1
        Share of the points; what six digits cannot tell from a smaller share counts as that.

    Returns
    -------
    float > 0
        In the unit of the points.
    """
    return eps_of_cores(points, min_samples, [core])[0]


def eps_of_cores(points: np.ndarray, min_samples: int, cores: Iterable[float]) -> list[float]:
    """`eps_of_core` of several shares, from one search for neighbours."""
    distances, least = k_distances(points, min_samples), 10 * ROUNDING * _farthest(points)
    places = [max(0, int(np.ceil((core - ROUNDED) * len(distances))) - 1) for core in cores]
    return [_just_above(max(float(distances[at]), least)) or 1.0 for at in places]


def k_distances(points: np.ndarray, min_samples: int) -> np.ndarray:
    """Distance of each point to its `min_samples`-th nearest, itself included. Shape (n,), ascending."""
    search = NearestNeighbors(n_neighbors=min(max(min_samples, 2), len(points))).fit(points)
    return np.sort(search.kneighbors(points)[0][:, -1])


def _farthest(points: np.ndarray) -> float:
    return float(np.linalg.norm(points - points.mean(axis=0), axis=1).max())


def _just_above(distance: float) -> float:
    """A radius that still holds the point at this distance when the distance is computed another way."""
    return distance * (1 + 10 * ROUNDING)
