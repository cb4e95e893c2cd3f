"""Points as density sees them: neighbours, the tree that spans them by mutual reachability, and its cuts.

HDBSCAN starts from this tree, and to cut its edges above eps gives the clusters of DBSCAN, so that one tree
serves every eps. Memory is for the points and their neighbours alone, where scikit-learn's DBSCAN keeps all
pairs within eps. For the tree of many points scikit-learn looks through a tree of boxes, which in more than
a few dimensions visits every box for every point: Prim's algorithm, compiled by numba, is there sooner (see
``benchmarks/clustering.py``).

References
----------
- Mutual reachability: Campello, Moulavi & Sander, "Density-based clustering based on hierarchical density
  estimates", PAKDD 2013.
- Prim, "Shortest connection networks and some generalizations", Bell System Technical Journal 36, 1957.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

MATRIX = 2_000  # points; of more, compiling takes less than the distances of all pairs
NOISE = -1
LEAST = (
    1e-300  # length of an edge between equal points, as a sparse 0 is no edge; sums of its inverse are finite
)


def neighbours(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest points of each point, itself among them.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite.
    count : int > 0
        Of more than n, n are given.

    Returns
    -------
    distances : np.ndarray [shape=(n, min(count, n))]
        Ascending.
    indices : np.ndarray [shape=(n, min(count, n))], int
        Whose distances they are.
    """
    near = points - np.median(points, axis=0)  # to 0, where most are, whatever a few outliers do to the mean
    search = NearestNeighbors(n_neighbors=min(count, len(near))).fit(near)
    indices = search.kneighbors(near, return_distance=False)
    distances = np.empty(indices.shape)
    for column, others in zip(distances.T, indices.T, strict=True):
        column[:] = np.linalg.norm(near - near[others], axis=1)  # products of matrices blur small ones
    order = np.argsort(distances, axis=1)
    return np.take_along_axis(distances, order, axis=1), np.take_along_axis(indices, order, axis=1)


def spanning_tree(points: np.ndarray, core: np.ndarray) -> csr_array:
    """The minimum spanning tree of points by mutual reachability; of trees that are as short, any one.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite.
    core : np.ndarray [shape=(n,)], at least 0
        Core distance of each point: that of its min_samples-th neighbour, itself the first.

    Returns
    -------
    csr_array [shape=(n, n)]
        Symmetric; the n - 1 edges, each as long as the largest of their distance and the core distances of
        their ends, and above 0.
    """
    if len(points) <= MATRIX:
        lengths = np.maximum(cdist(points, points), np.maximum.outer(core, core))
        tree = minimum_spanning_tree(csr_array(np.maximum(lengths, LEAST)))
        return csr_array(tree + tree.T)
    ends, lengths = _compiled()(np.ascontiguousarray(points, dtype=np.float64), core)
    one, other = ends.T
    both = np.append(one, other), np.append(other, one)
    return csr_array((np.tile(np.maximum(lengths, LEAST), 2), both), shape=(len(points), len(points)))


def cut(
    tree: csr_array, distances: np.ndarray, indices: np.ndarray, eps: float, min_samples: int
) -> np.ndarray:
    """What DBSCAN finds, from the tree of the same min_samples.

    Parameters
    ----------
    tree : csr_array [shape=(n, n)]
        From `spanning_tree`.
    distances, indices : np.ndarray [shape=(n, m)]
        From `neighbours`, m at least min_samples, or n.
    eps : float > 0
        In the unit of the points.
    min_samples : int > 0

    Returns
    -------
    np.ndarray [shape=(n,)], int
        Clusters from 0, -1 is noise: as scikit-learn names them, a point on the border in the first of those
        whose core points it is near.
    """
    labels = np.full(len(distances), NOISE)
    if min_samples > len(distances):
        return labels
    core = distances[:, min_samples - 1] <= eps
    edges = coo_array(tree)
    near = edges.data <= eps
    within = csr_array((edges.data[near], (edges.row[near], edges.col[near])), shape=tree.shape)
    _, first, names = np.unique(connected_components(within)[1][core], return_index=True, return_inverse=True)
    labels[core] = np.argsort(np.argsort(first))[names]
    border = np.flatnonzero(~core)
    others = indices[border, :min_samples]
    reached = (distances[border, :min_samples] <= eps) & core[others]
    lowest = np.where(reached, labels[others], len(labels)).min(axis=1)
    labels[border] = np.where(lowest < len(labels), lowest, NOISE)
    return labels


@cache
def _compiled() -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    import numba  # takes a while, and few points do without

    return numba.njit(fastmath={"reassoc", "contract"})(_prim)


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
