"""How firmly each point belongs to its cluster.

References
----------
Simplified silhouette: Hruschka, Campello & de Castro, "Evolving clusters in gene-expression data",
Information Sciences 176(13), 2006.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from songmap.errors import DataError


@dataclass(frozen=True, eq=False)
class Centres:
    """The mean of each cluster, and how far from it its points lie.

    Parameters
    ----------
    means : np.ndarray [shape=(k, d)]
        Row c is the mean of cluster c.
    reach : np.ndarray [shape=(k,)]
        The distance from the mean within which 99 of 100 of the cluster's points lie.
    """

    means: np.ndarray
    reach: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, clusters: np.ndarray) -> "Centres":
        """Those of points (n, d) in clusters (n,), 0 to k - 1 without a gap; -1 is noise.

        Raises
        ------
        DataError
            If there is no cluster, or a number below the largest has no point.
        """
        counts = np.bincount(clusters[clusters >= 0])
        if not len(counts) or not counts.all():
            raise DataError(f"clusters of sizes {counts.tolist()}: must be numbered from 0 without a gap")
        values = np.asarray(points, dtype=np.float64)
        means = np.stack([values[clusters == c].mean(axis=0) for c in range(len(counts))])
        reach = [
            np.quantile(np.linalg.norm(values[clusters == c] - mean, axis=1), 0.99)
            for c, mean in enumerate(means)
        ]
        return cls(means, np.array(reach))

    def distances(self, points: np.ndarray) -> np.ndarray:
        """Of points (n, d) to every mean. Shape (n, k)."""
        return cdist(np.asarray(points, dtype=np.float64), self.means)


def nearest(distances: np.ndarray) -> np.ndarray:
    """Cluster of the nearest mean for distances (n, k). Shape (n,)."""
    return distances.argmin(axis=1)


def confidence(distances: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """One minus the distance to a point's own mean over that to the nearest other one.

    Parameters
    ----------
    distances : np.ndarray [shape=(n, k)]
        To every mean, see `Centres.distances`.
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.

    Returns
    -------
    np.ndarray [shape=(n,)], 0 to 1
        0 for noise, for a point nearer to another mean, and where all are as far; 1 for the only cluster.
    """
    result = np.zeros(len(clusters))
    inside = np.flatnonzero(clusters >= 0)
    own = distances[inside, clusters[inside]]
    others = distances[inside]
    others[np.arange(len(inside)), clusters[inside]] = np.inf
    other = others.min(axis=1, initial=np.inf)
    result[inside] = 1 - np.divide(own, other, out=np.ones(len(inside)), where=other > 0)
    return result.clip(0, 1)


def ranks(distances: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Place of each point in its cluster by distance to the mean, 1 the nearest; 0 for noise. Shape (n,)."""
    result = np.zeros(len(clusters), dtype=int)
    for c in range(distances.shape[1]):
        members = np.flatnonzero(clusters == c)
        result[members[np.argsort(distances[members, c], kind="stable")]] = np.arange(1, len(members) + 1)
    return result


def membership(points: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`confidence` and `ranks` of points (n, d) in the clusters (n,) that they make."""
    distances = Centres.of(points, clusters).distances(points)
    return confidence(distances, clusters), ranks(distances, clusters)
