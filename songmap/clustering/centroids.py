"""Clusters around centres: k-means and Gaussian mixtures.

References
----------
- k-means++: Arthur & Vassilvitskii, "k-means++: The advantages of careful seeding", SODA 2007.
- Mini-batches: Sculley, "Web-scale k-means clustering", WWW 2010.
- Gaussian mixture: Dempster, Laird & Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
  JRSS B 39(1), 1977.
"""

import warnings

import numpy as np
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from songmap.clustering.labeling import Labeling, Settings, by_size
from songmap.clustering.points import checked, distinct

WHOLE = 50_000  # points; above, k-means takes mini-batches
BATCH = 4096
ROUNDS = 3000  # of moving centres; 50,000 points may take more than scikit-learn's 300
FULL = 10  # points per free number of a covariance matrix; with fewer, covariances are diagonal


def fit_kmeans(points: np.ndarray, k: int, seed: int) -> KMeans:
    """k-means, the best of ten k-means++ starts, on one thread: threads add floats in any order.

    Above 50,000 points the starts are of mini-batches. It ends where nothing moves: every point is in the
    cluster of its nearest centre, and every centre is the mean of its cluster. A warning that fewer than k
    centres differ is dropped: the labels say so.
    """
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        if len(points) <= WHOLE:
            return KMeans(k, n_init=10, tol=0, max_iter=ROUNDS, random_state=seed).fit(points)
        start = MiniBatchKMeans(k, batch_size=BATCH, n_init=10, random_state=seed).fit(points)
        centres = start.cluster_centers_
        return KMeans(k, init=centres, n_init=1, tol=0, max_iter=ROUNDS, random_state=seed).fit(points)


def kmeans(points: np.ndarray, settings: Settings) -> Labeling:
    """k-means (scikit-learn).

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
    return Labeling(by_size(fit_kmeans(values, k, settings.seed).labels_))


def gaussian_mixture(points: np.ndarray, settings: Settings) -> Labeling:
    """The most probable component of a Gaussian mixture (scikit-learn).

    Covariances are full where there are ten points and more for each of their numbers, else diagonal. A
    component that is nobody's most probable one is no cluster.

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
    values = values / (np.sqrt(np.square(values).mean()) or 1.0)
    k, d = min(settings.k, distinct(values)), values.shape[1]
    if k == 1:
        return Labeling(np.zeros(len(values), dtype=int))
    kind = "full" if len(values) >= FULL * k * d * (d + 1) / 2 else "diag"
    model = GaussianMixture(k, covariance_type=kind, reg_covar=1e-4, random_state=settings.seed)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        labels = model.fit_predict(values)
    return Labeling(by_size(labels), {"covariance": kind})
