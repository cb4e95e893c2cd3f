"""How well clusters agree with labels that nobody clustered by.

Conventions
-----------
- Scores are over the points that are neither noise (-1) nor unlabeled (''). Dropping the hard points
  flatters, so read them beside the coverage, the share of points that are not noise. ``ami_all`` needs no
  such care: there noise counts as one more cluster and no point is dropped. (As one cluster, not as
  singletons: singletons are pure, so that noise would raise the purity.)
- **An undefined score is None**, JSON's null; never a number that reads like a result:

  ==============================================  ====================================================
  case                                            answer
  ==============================================  ====================================================
  no point                                        None
  all noise                                       None, but for ami_all 0
  one cluster                                     NMI, AMI, ARI, homogeneity 0; completeness 1;
                                                  purity and accuracy the share of the largest class
  every point its own cluster                     AMI, ARI 0; purity and homogeneity 1 (their known flaw)
  fewer than two labels occur                     None
  every point its own label                       AMI and ARI None (all clusterings agree by chance alone)
  a length that differs                           `DataError`
  ==============================================  ====================================================

Formulas
--------
C the clusters, L the labels, I mutual information, H entropy.

- homogeneity: I(C, L) / H(L), 1 where each cluster holds one label only; completeness: I(C, L) / H(C), 1
  where each label lies in one cluster. In [0, 1].
- NMI: I(C, L) / ((H(C) + H(L)) / 2), which is also the V-measure, the harmonic mean of homogeneity and
  completeness. In [0, 1]; rises with the number of clusters by chance alone.
- AMI: (I - E[I]) / ((H(C) + H(L)) / 2 - E[I]), E over random labelings with the same sizes. 0 by chance,
  at most 1.
- ARI: (RI - E[RI]) / (max RI - E[RI]), RI the share of pairs on which both agree. 0 by chance, at most 1.
- purity: the share of points whose label is the commonest in their cluster. In (0, 1]; at least the share
  of the commonest label, and rises with the number of clusters.
- accuracy: the share of points whose label is the one matched to their cluster, each label matched to at
  most one cluster so that the share is largest (the assignment problem). In (0, 1].

References
----------
Hubert & Arabie, J. of Classification 2, 1985. Vinh, Epps & Bailey, JMLR 11, 2010. Rosenberg & Hirschberg,
V-measure, EMNLP-CoNLL 2007. Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, section
16.3. Kuhn, The Hungarian method, Naval Research Logistics 2, 1955. Computed by scikit-learn and SciPy.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

from songmap.evaluation.validation import NOISE, Score, clean, validate_clusters


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


def homogeneity(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """How far each cluster holds one label only, 0 to 1. See `nmi`."""
    return _agreement(metrics.homogeneity_score, labels, clusters)


def completeness(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """How far each label lies in one cluster, 0 to 1. See `nmi`."""
    return _agreement(metrics.completeness_score, labels, clusters)


def accuracy(labels: np.ndarray, clusters: np.ndarray) -> Score:
    """Share of points whose label is the one matched to their cluster, 0 to 1. See `nmi`."""
    return _agreement(_accuracy, labels, clusters)


AGAINST = {
    "nmi": nmi,
    "ami": ami,
    "ari": ari,
    "homogeneity": homogeneity,
    "completeness": completeness,
    "purity": purity,
    "accuracy": accuracy,
    "ami_all": ami_all,
}


def against(labels: np.ndarray, clusters: np.ndarray) -> dict[str, Any]:
    """The scores against labels by name; ``tracks`` they are over, and how many are ``unlabeled``."""
    named, values = np.asarray(labels, dtype=str), validate_clusters(clusters, len(labels))
    scores: dict[str, Any] = {name: score(named, values) for name, score in AGAINST.items()}
    scores["tracks"] = int(np.sum((named != "") & (values != NOISE)))
    scores["unlabeled"] = int(np.sum(named == ""))
    return scores


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
    return clean(score(named[kept], values[kept]))


def _purity(labels: np.ndarray, clusters: np.ndarray) -> float:
    return contingency_matrix(labels, clusters, sparse=True).max(axis=0).sum() / len(labels)


def _accuracy(labels: np.ndarray, clusters: np.ndarray) -> float:
    counts = contingency_matrix(labels, clusters)
    return counts[linear_sum_assignment(counts, maximize=True)].sum() / len(labels)
