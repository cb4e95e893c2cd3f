"""How good a clustering is: by itself, and against labels.

Conventions
-----------
- A clustering is one integer per point. Names do not matter. **Noise is -1** and no cluster.
- **Internal scores** (silhouette, Calinski-Harabasz, Davies-Bouldin) are over the points that are not noise.
  They are invariant to shift and scale, not to the choice of space: compare them within one space only.
- **Label scores** (NMI, AMI, ARI, purity) are over the points that are neither noise nor unlabeled ('').
  Dropping the hard points flatters, so read them beside the *coverage*, the share of points that are not
  noise. ``ami_all`` needs no such care: there noise counts as one more cluster and no point is dropped. (As
  one cluster, not as singletons: singletons are pure, so that noise would raise the purity.)
- **An undefined score is None**, JSON's null; never a number that reads like a result:

  ==============================================  ====================================================
  case                                            answer
  ==============================================  ====================================================
  no point, or all noise                          None, but for ami_all 0; coverage 0 (None without points)
  one cluster                                     internal None; NMI, AMI, ARI 0; purity the largest class
  every point its own cluster                     internal None; AMI, ARI 0; purity 1 (its known flaw)
  all points identical                            internal None
  no point varies within its cluster              Calinski-Harabasz None (division by 0)
  two centroids coincide                          Davies-Bouldin None (division by 0)
  fewer than two labels occur                     label scores None
  every point its own label                       AMI and ARI None (all clusterings agree by chance alone)
  a NaN or infinite point, a length that differs  `DataError`
  ==============================================  ====================================================

Formulas
--------
- silhouette: mean of (b - a) / max(a, b), a the mean distance of a point to its own cluster, b to the
  nearest other one. In [-1, 1], more is better. Above 5,000 points, of a sample (off by about 0.002).
- Calinski-Harabasz: (B / (k - 1)) / (W / (n - k)), B and W the squared distances between and within. At
  least 0, more is better.
- Davies-Bouldin: mean over clusters i of max_j (s_i + s_j) / d_ij, s the mean distance to the centroid, d
  the distance of centroids. At least 0, less is better.
- NMI: I(C, L) / ((H(C) + H(L)) / 2). In [0, 1]; rises with the number of clusters by chance alone.
- AMI: (I - E[I]) / ((H(C) + H(L)) / 2 - E[I]), E over random labelings with the same sizes. 0 by chance,
  at most 1.
- ARI: (RI - E[RI]) / (max RI - E[RI]), RI the share of pairs on which both agree. 0 by chance, at most 1.
- purity: the share of points whose label is the commonest in their cluster. In (0, 1]; at least the share
  of the commonest label, and rises with the number of clusters.

References
----------
Rousseeuw, J. Comput. Appl. Math. 20, 1987. Caliński & Harabasz, Comm. in Statistics 3(1), 1974. Davies &
Bouldin, IEEE TPAMI 1(2), 1979. Hubert & Arabie, J. of Classification 2, 1985. Vinh, Epps & Bailey, JMLR 11,
2010. Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, section 16.3. Computed by
scikit-learn.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial.distance import pdist
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

from songmap.errors import DataError

NOISE = -1
SILHOUETTE_SAMPLE = 5000
ZERO = 1e-12  # rounding error of a score that is exactly 0

Score = float | None


def validate_clusters(clusters: np.ndarray, n: int) -> np.ndarray:
    """Refuse a clustering that is not one integer of at least -1 per point.

    Raises
    ------
    DataError
        If the shape is not (n,), the type no integer or a value below -1.
    """
    values = np.asarray(clusters)
    if values.shape != (n,):
        raise DataError(f"clusters of shape {values.shape} for {n} points: must be one each")
    if len(values) and not np.issubdtype(values.dtype, np.integer):
        raise DataError(f"clusters of type {values.dtype}: must be integers, -1 for noise")
    if len(values) and values.min() < NOISE:
        raise DataError(f"cluster {values.min()}: must be at least -1")
    return values.astype(np.int64)


def validate_points(points: np.ndarray) -> np.ndarray:
    """Refuse points that are not (n, d) and finite.

    Raises
    ------
    DataError
        If the shape is not (n, d), or a value is NaN or infinite.
    """
    values = np.asarray(points, dtype=np.float64)
    if values.ndim != 2:
        raise DataError(f"points of shape {values.shape}: must be (n, d)")
    if not np.isfinite(values).all():
        raise DataError(
            f"point {int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])} is NaN or infinite"
        )
    return values


def coverage(clusters: np.ndarray) -> Score:
    """Share of the points that are not noise, 0 to 1. None without points."""
    values = validate_clusters(clusters, len(clusters))
    return float(np.mean(values != NOISE)) if len(values) else None


def n_clusters(clusters: np.ndarray) -> int:
    """Number of clusters, noise not counted."""
    values = validate_clusters(clusters, len(clusters))
    return len(np.unique(values[values != NOISE]))


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
    return _clean(metrics.silhouette_score(values, names))


def calinski_harabasz(points: np.ndarray, clusters: np.ndarray) -> Score:
    """Variance between over variance within clusters, at least 0, more is better. See `silhouette`."""
    if (found := _comparable(points, clusters)) is None:
        return None
    values, names = found
    first = np.unique(names, return_index=True)[1]
    if (values == values[first][names]).all():
        return None
    return _clean(metrics.calinski_harabasz_score(values, names))


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
    return _clean(metrics.davies_bouldin_score(values, names))


def nmi(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """Normalised mutual information, 0 to 1.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], str
        '' for an unlabeled point.
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.
    """
    return _agreement(metrics.normalized_mutual_info_score, labels, clusters)


def ami(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """Mutual information adjusted for chance, 0 by chance, at most 1. See `nmi`."""
    return _agreement(metrics.adjusted_mutual_info_score, labels, clusters, adjusted=True)


def ami_all(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """`ami` with noise as one more cluster, so that no labeled point is dropped."""
    values = validate_clusters(clusters, len(labels))
    return ami(labels, np.where(values == NOISE, values.max(initial=NOISE) + 1, values))


def ari(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """Rand index adjusted for chance, 0 by chance, at most 1. See `nmi`."""
    return _agreement(metrics.adjusted_rand_score, labels, clusters, adjusted=True)


def purity(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """Share of points whose label is the commonest in their cluster, 0 to 1. See `nmi`."""
    return _agreement(_purity, labels, clusters)


INTERNAL = {
    "silhouette": silhouette,
    "calinski_harabasz": calinski_harabasz,
    "davies_bouldin": davies_bouldin,
}
AGAINST = {"nmi": nmi, "ami": ami, "ari": ari, "purity": purity, "ami_all": ami_all}


def internal(points: np.ndarray, clusters: np.ndarray) -> dict[str, Score]:
    """The three scores that need no labels, by name."""
    return {name: score(points, clusters) for name, score in INTERNAL.items()}


def against(labels: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    """The scores against labels by name; ``tracks`` they are over, and how many are ``unlabeled``."""
    named, values = np.asarray(labels, dtype=str), validate_clusters(clusters, len(labels))
    scores: dict[str, Any] = {name: score(named, values) for name, score in AGAINST.items()}
    scores["tracks"] = int(np.sum((named != "") & (values != NOISE)))
    scores["unlabeled"] = int(np.sum(named == ""))
    return scores


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


def _agreement(
    score: Callable[[Any, Any], float], labels: np.ndarray, clusters: np.ndarray, adjusted: bool = False
) -> Score:
    """`score` over the points that are labeled and in a cluster; None where it is undefined."""
    named = np.asarray(labels, dtype=str)
    values = validate_clusters(clusters, len(named))
    kept = (named != "") & (values != NOISE)
    classes = len(np.unique(named[kept]))
    if classes < 2 or (adjusted and classes == kept.sum()):
        return None
    return _clean(score(named[kept], values[kept]))


def _purity(labels: np.ndarray, clusters: np.ndarray) -> float:
    return contingency_matrix(labels, clusters, sparse=True).max(axis=0).sum() / len(labels)


def _clean(score: float) -> Score:
    """0 instead of its rounding error; None instead of a quotient that overflowed."""
    if not math.isfinite(score):
        return None
    return 0.0 if abs(score) < ZERO else float(score)
