"""Tables of counts, from which AMI is had many times as fast as from labels and clusters.

The formula of AMI stands in `songmap.evaluation.agreement`. Its expected mutual information takes nearly all
of the time. For n points in r labels and c clusters it is about (r - 1)(c - 1) / 2n (the mean of the
likelihood-ratio statistic, chi-squared, over 2n), so that it hardly differs between subsamples of one size
but where a rare label is missed. From 1,000 points on, and where a cell of the table holds five or more on
the average, `amis_of` has it computed for a few of them, and scales the approximation of all by what it is
off for these: AMI is right within 0.001.
"""

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics.cluster import expected_mutual_information

from songmap.evaluation.validation import ZERO, Score, clean

SMALL, SPARSE = 1000, 5  # points, and points a cell, below which each table has its own expectation computed
EXACT = 10  # tables whose own stands for that of all, above


def contingency(labels: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """How many points have each label and each cluster.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], str
        Points whose label is '' are left out.
    clusters : np.ndarray [shape=(n,)], int
        Noise, -1, counts as one more cluster.

    Returns
    -------
    np.ndarray [shape=(labels, clusters)], int
    """
    kept = np.asarray(labels, dtype=str) != ""
    codes = [np.unique(values[kept], return_inverse=True)[1] for values in (labels, clusters)]
    shape = tuple(int(code.max(initial=-1)) + 1 for code in codes)
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, tuple(codes), 1)
    return counts


def ami_of(counts: np.ndarray) -> Score:
    """AMI of a contingency table (labels, clusters); as `ami_all`.

    None where fewer than two labels occur, or every point has its own.
    """
    score = float(amis_of(counts[None])[0]) if counts.size else np.nan
    return None if np.isnan(score) else clean(score)


def amis_of(tables: np.ndarray) -> np.ndarray:
    """AMI of subsamples of one size.

    Parameters
    ----------
    tables : np.ndarray [shape=(draws, labels, clusters)], int
        Contingency tables, all with the same sum.

    Returns
    -------
    np.ndarray [shape=(draws,)]
        NaN where fewer than two labels occur, or every point has its own.
    """
    n = int(tables[0].sum())
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    h_labels, h_clusters = entropy(rows), entropy(columns)
    classes = np.count_nonzero(rows, axis=1)
    defined = (classes > 1) & (classes < n)
    about = (classes - 1) * (np.count_nonzero(columns, axis=1) - 1) / (2 * n)
    is_dense = n >= max(SMALL, SPARSE * tables[0].size)
    some = np.flatnonzero(defined)[: EXACT if is_dense else None]
    exact = [expected_mutual_information(csr_matrix(_occupied(tables[i])), n) for i in some]
    expected = about * (np.sum(exact) / about[some].sum() if about[some].any() else 1.0)
    expected[some] = exact
    above = h_labels + h_clusters - entropy(tables) - expected
    scale = (h_labels + h_clusters) / 2 - expected
    scores = np.divide(above, scale, out=np.zeros(len(tables)), where=scale > ZERO)
    return np.where(defined, scores, np.nan)


def _occupied(table: np.ndarray) -> np.ndarray:
    return table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]


def entropy(counts: np.ndarray) -> np.ndarray:
    """Entropy in nats of distributions given as counts, one (...) in each row of (draws, ...)."""
    flat = counts.reshape(len(counts), -1).astype(np.float64)
    n = np.maximum(flat.sum(axis=1), 1)
    logs = np.log(flat, out=np.zeros_like(flat), where=flat > 0)
    return np.log(n) - (flat * logs).sum(axis=1) / n
