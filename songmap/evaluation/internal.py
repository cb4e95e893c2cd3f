"""How compact and separate clusters are, without labels.

Conventions
-----------
- Scores are over the points that are not noise (-1); read them beside the coverage. ``silhouette_all`` needs
  no such care: there every noise point counts as 0, as in scikit-learn a cluster of one does.
- They are invariant to shift and scale, not to the choice of space: compare them within one space only.
- **An undefined score is None**, JSON's null; never a number that reads like a result:

  ==============================================  ====================================================
  case                                            answer
  ==============================================  ====================================================
  no point, all noise, or one cluster             None
  every point its own cluster                     None
  all points identical                            None
  no point varies within its cluster              Calinski-Harabasz None (division by 0)
  two centroids coincide                          Davies-Bouldin None (division by 0)
  a NaN or infinite point, a length that differs  `DataError`
  ==============================================  ====================================================

Formulas
--------
- silhouette: mean of (b - a) / max(a, b), a the mean distance of a point to its own cluster, b to the
  nearest other one. In [-1, 1], more is better. Above 5,000 points, of a sample of as many.
- Calinski-Harabasz: (B / (k - 1)) / (W / (n - k)), B and W the squared distances between and within. At
  least 0, more is better.
- Davies-Bouldin: mean over clusters i of max_j (s_i + s_j) / d_ij, s the mean distance to the centroid, d
  the distance of centroids. At least 0, less is better.

References
----------
Rousseeuw, J. Comput. Appl. Math. 20, 1987. Caliński & Harabasz, Comm. in Statistics 3(1), 1974. Davies &
Bouldin, IEEE TPAMI 1(2), 1979. Computed by scikit-learn.
"""

import numpy as np
from scipy.spatial.distance import pdist
from sklearn import metrics

from songmap.evaluation.validation import (
    NOISE,
    ZERO,
    Score,
    clean,
    coverage,
    validate_clusters,
    validate_points,
)

SILHOUETTE_SAMPLE = 5000


def silhouette(points: np.ndarray, clusters: np.ndarray) -> Score:
    """Mean silhouette, -1 to 1, more is better.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.
    """
    if (found := _comparable(points, clusters)) is None:
        return None
    values, names = found
    if len(values) > SILHOUETTE_SAMPLE:
        rows = np.random.default_rng(0).choice(len(values), SILHOUETTE_SAMPLE, replace=False)
        values, names = values[rows], names[rows]
        if not 1 < len(np.unique(names)) < len(names):
            return None
    return clean(metrics.silhouette_score(values, names))


def calinski_harabasz(points: np.ndarray, clusters: np.ndarray) -> Score:
    """Variance between over variance within clusters, at least 0, more is better. See `silhouette`."""
    if (found := _comparable(points, clusters)) is None:
        return None
    values, names = found
    first = np.unique(names, return_index=True)[1]
    if (values == values[first][names]).all():
        return None
    return clean(metrics.calinski_harabasz_score(values, names))


def davies_bouldin(points: np.ndarray, clusters: np.ndarray) -> Score:
    """Likeness of each cluster to its most like, at least 0, less is better. See `silhouette`."""
    if (found := _comparable(points, clusters)) is None:
        return None
    values, names = found
    centroids = np.zeros((names.max() + 1, values.shape[1]))
    np.add.at(centroids, names, values)
    centroids /= np.bincount(names)[:, None]
    if pdist(centroids).min() <= ZERO:
        return None
    return clean(metrics.davies_bouldin_score(values, names))


INTERNAL = {
    "silhouette": silhouette,
    "calinski_harabasz": calinski_harabasz,
    "davies_bouldin": davies_bouldin,
}


NAMES = ("silhouette", "silhouette_all", "calinski_harabasz", "davies_bouldin")


def internal(points: np.ndarray, clusters: np.ndarray) -> dict[str, Score]:
    """The scores that need no labels, by `NAMES`; silhouette_all is the silhouette times the coverage."""
    scores = {name: score(points, clusters) for name, score in INTERNAL.items()}
    within, share = scores["silhouette"], coverage(clusters)
    scores["silhouette_all"] = None if within is None or share is None else within * share
    return {name: scores[name] for name in NAMES}


def _comparable(points: np.ndarray, clusters: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Points in a cluster at unit scale, and clusters from 0; None unless there are 2 to n - 1."""
    values = validate_points(points)
    names = validate_clusters(clusters, len(values))
    values = values[names != NOISE]
    unique, names = np.unique(names[names != NOISE], return_inverse=True)
    if not 1 < len(unique) < len(values) or (values == values[0]).all():
        return None
    values = values / np.abs(values).max()
    values = values - values.mean(axis=0)
    return values / np.abs(values).max(), names
