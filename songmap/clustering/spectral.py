"""Spectral clustering: clusters as what a graph of nearest neighbours falls apart into.

References
----------
Ng, Jordan & Weiss, "On spectral clustering: analysis and an algorithm", NIPS 2001. Damle, Minden & Ying,
"Simple, direct and efficient multi-way spectral clustering", Information and Inference 8(1), 2019.
"""

import warnings

import numpy as np
from sklearn.cluster import SpectralClustering
from threadpoolctl import threadpool_limits

from songmap.clustering.labeling import Labeling, Settings, by_size
from songmap.clustering.points import checked, distinct

NEIGHBOURS = 15


def spectral(points: np.ndarray, settings: Settings) -> Labeling:
    """Spectral clustering (scikit-learn) of the graph of 15 nearest neighbours.

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
    if k == 1:
        return Labeling(np.zeros(len(values), dtype=int))
    if k == len(values):
        return Labeling(np.arange(len(values)))
    model = SpectralClustering(
        k,
        affinity="nearest_neighbors",
        n_neighbors=min(NEIGHBOURS, len(values)),
        assign_labels="cluster_qr",
        random_state=settings.seed,
    )
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        warnings.filterwarnings("ignore", "The spectral clustering API has changed")  # for a square array
        return Labeling(by_size(model.fit_predict(values / np.abs(values).max())))
