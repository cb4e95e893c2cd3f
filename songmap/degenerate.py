"""When a clustering says nothing: nearly all tracks in one cluster, or most of them in none."""

import numpy as np

GIANT = 0.9  # share of the clustered tracks above which one cluster is the whole collection
NOISE = 0.5  # share of all tracks above which what is left stands for few of them


def degenerate(clusters: np.ndarray) -> str:
    """Why a clustering is no answer, whatever its scores: silhouettes rise with both faults.

    Parameters
    ----------
    clusters : np.ndarray [shape=(n,)], int
        Cluster of each track; -1 is noise.

    Returns
    -------
    str
        ``mostly noise`` if more than half of the tracks are in no cluster; ``one cluster`` if there is no
        second; ``one giant cluster`` if more than 90 % of the tracks in clusters are in the largest;
        '' if none of these holds.
    """
    clusters = np.asarray(clusters)
    sizes = np.unique(clusters[clusters >= 0], return_counts=True)[1]
    clustered = int(sizes.sum())
    if len(clusters) - clustered > NOISE * len(clusters):
        return "mostly noise"
    if len(sizes) < 2:
        return "one cluster"
    return "one giant cluster" if sizes.max() > GIANT * clustered else ""
