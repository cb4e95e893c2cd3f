"""What every algorithm is given besides points, and what it gives.

Clusters are numbered from 0 by falling size, ties by first appearance; noise is -1. So the names do not
depend on the algorithm's inner order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Settings:
    """What the algorithms may use.

    Parameters
    ----------
    k : int > 0
        Number of clusters; where fewer points differ, it is their number.
    min_samples : int > 0
        Points, itself included, within eps of a core point of DBSCAN; what HDBSCAN smooths its density over.
    min_cluster_size : int > 1
        Points that make a cluster of HDBSCAN.
    seed : int >= 0
        Seed of whatever is random.
    core : float, above 0 to 1, or None
        Share of the points that DBSCAN's eps makes core points; None leaves eps to the k-distance curve.
    """

    k: int
    min_samples: int
    min_cluster_size: int
    seed: int
    core: float | None = None


@dataclass(frozen=True, eq=False)
class Labeling:
    """Clusters and what was chosen on the way.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], int
        Cluster of each point; -1 is noise.
    chosen : mapping
        What the algorithm found on the way: DBSCAN's eps, a mixture's covariance, a consensus's stability.
    """

    labels: np.ndarray
    chosen: Mapping[str, float | str] = field(default_factory=dict)


def by_size(labels: np.ndarray) -> np.ndarray:
    """Number the clusters from 0 by falling size, ties by first appearance; -1 stays."""
    names, first, counts = np.unique(labels[labels >= 0], return_index=True, return_counts=True)
    order = np.lexsort((first, -counts))
    renamed = np.full(int(names.max(initial=-1)) + 2, -1)
    renamed[names[order]] = np.arange(len(names))
    return renamed[labels]
