"""An order of songs in which each is close to the next."""

import numpy as np
from scipy.spatial.distance import cdist

from songmap.errors import DataError

MOST = 2000  # songs: all their distances are 32 MB
ROUNDS = 30  # of improvement at most
GAIN = 1e-9  # of the mean distance: what a swap must save, so that rounding never cycles


def smooth(points: np.ndarray) -> np.ndarray:
    """Order points along a short path from their medoid.

    From the medoid always to the nearest point that is left (nearest neighbour), then pieces of the path are
    turned round as long as that shortens it (2-opt; Croes, "A method for solving traveling-salesman
    problems", Operations Research 6(6), 1958). The start stays.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite; at most 2,000.

    Returns
    -------
    np.ndarray [shape=(n,)], int
        Positions in `points`.

    Raises
    ------
    DataError
        If there are more points than that.
    """
    if len(points) > MOST:
        raise DataError(f"{len(points):,} songs to order: at most {MOST:,}")
    if len(points) < 3:
        return np.arange(len(points))
    distance = cdist(points.astype(np.float64), points.astype(np.float64))
    return _two_opt(_greedy(distance), distance)


def _greedy(distance: np.ndarray) -> np.ndarray:
    n = len(distance)
    path = np.empty(n, dtype=int)
    path[0] = distance.sum(axis=1).argmin()
    left = np.ones(n, dtype=bool)
    for i in range(1, n):
        left[path[i - 1]] = False
        path[i] = np.where(left, distance[path[i - 1]], np.inf).argmin()
    return path


def _two_opt(path: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Turn the piece from i to j round where the two joints get shorter; the last piece has one joint."""
    least = GAIN * float(distance.mean())
    for _ in range(ROUNDS):
        improved = False
        for i in range(1, len(path) - 1):
            before, ends = path[i - 1], path[i + 1 :]  # j = i + 1, ...
            gain = distance[before, path[i]] - distance[before, ends]
            gain[:-1] += distance[ends[:-1], ends[1:]] - distance[path[i], ends[1:]]
            best = int(gain.argmax())
            if gain[best] > least:
                path[i : i + best + 2] = path[i : i + best + 2][::-1].copy()
                improved = True
        if not improved:
            break
    return path
