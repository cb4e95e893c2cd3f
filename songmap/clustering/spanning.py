"""The minimum spanning tree of many points under mutual reachability, from which HDBSCAN starts.

scikit-learn looks for it through a tree of boxes, which in more than a few dimensions visits every box for
every point. Here neighbours come from matrix products and the tree from Prim's algorithm, compiled by numba:
the same tree sooner (see ``benchmarks/clustering.py``), with memory for the points alone.

References
----------
- Mutual reachability: Campello, Moulavi & Sander, "Density-based clustering based on hierarchical density
  estimates", PAKDD 2013.
- Prim, "Shortest connection networks and some generalizations", Bell System Technical Journal 36, 1957.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.sparse import csr_array
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits


def spanning_tree(points: np.ndarray, min_samples: int) -> csr_array:
    """The minimum spanning tree of points; of trees that are as short, any one.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite, n at least 2.
    min_samples : int, 1 to n
        The core distance of a point is that of its `min_samples`-th neighbour, itself the first.

    Returns
    -------
    csr_array [shape=(n, n)]
        Symmetric; the n - 1 edges, each as long as the larger of their distance and their ends' core
        distances, and above 0, as a sparse 0 is no edge.
    """
    values = np.ascontiguousarray(points, dtype=np.float64)
    ends, lengths = _compiled()(values, _core_distances(values, min_samples))
    one, other = ends.T
    lengths = np.maximum(lengths, np.finfo(np.float64).tiny)
    both = (np.append(one, other), np.append(other, one))
    return csr_array((np.append(lengths, lengths), both), shape=(len(values), len(values)))


@cache
def _compiled() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    import numba  # takes a while, and few points do without

    return numba.njit(fastmath={"reassoc", "contract"})(_prim)


def _core_distances(points: np.ndarray, min_samples: int) -> np.ndarray:
    """The distances from the points themselves, as products of matrices blur small ones."""
    with threadpool_limits(1):
        search = NearestNeighbors(n_neighbors=min_samples, algorithm="brute").fit(points)
        farthest = search.kneighbors(points, return_distance=False)[:, -1]
    return np.linalg.norm(points - points[farthest], axis=1)


def _prim(points: np.ndarray, core: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends (n - 1, 2) and lengths (n - 1,) of the edges; points outside the tree stay together in memory."""
    outside, reach, names = points.copy(), core.copy(), np.arange(len(points))
    nearest, parent = np.full(len(points), np.inf), np.zeros(len(points), np.int64)
    ends, lengths = np.empty((len(points) - 1, 2), np.int64), np.empty(len(points) - 1)
    taken = 0
    for edge in range(len(lengths)):
        point, own, name = outside[taken].copy(), reach[taken], names[taken]
        last = len(lengths) - edge
        outside[taken], reach[taken], names[taken] = outside[last], reach[last], names[last]
        nearest[taken], parent[taken] = nearest[last], parent[last]
        shortest = np.inf
        for i in range(last):
            squared = 0.0
            for j in range(points.shape[1]):
                squared += (outside[i, j] - point[j]) ** 2
            length = max(np.sqrt(squared), own, reach[i])
            if length < nearest[i]:
                nearest[i], parent[i] = length, name
            if nearest[i] < shortest:
                shortest, taken = nearest[i], i
        ends[edge, 0], ends[edge, 1], lengths[edge] = parent[taken], names[taken], shortest
    return ends, lengths
