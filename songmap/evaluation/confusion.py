"""Labels beside clusters, as a confusion matrix shows them."""

from collections.abc import Iterator

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics.cluster import contingency_matrix

from songmap.evaluation.validation import NOISE, validate_clusters

COLUMNS = ("actual", "predicted")
MOST = 5000  # rows of a file; of more tracks, every so many-th


def confusion_rows(labels: np.ndarray, clusters: np.ndarray, told: bool = False) -> list[dict[str, str]]:
    """A row per track: its label, and the label that its cluster stands for.

    Each label is matched to at most one cluster so that most tracks are predicted rightly (the assignment
    problem; Kuhn, Naval Research Logistics 2, 1955), as for the accuracy.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], str
        '' where unknown; such tracks are left out.
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.
    told : bool
        Whether the model was told these labels: what is predicted ends in ``(told)``.

    Returns
    -------
    list of dict
        actual and predicted, sorted: a label, ``cluster 7`` where no label is left for it, or ``noise``.
        At most `MOST`, evenly spaced. In a label < is a look-alike, as ``dvc plots show`` writes it into a
        script.
    """
    named, values = np.asarray(labels, dtype=str), validate_clusters(clusters, len(labels))
    known = named != ""
    named, values = named[known], values[known]
    names = dict(_matched(named[values != NOISE], values[values != NOISE])) | {NOISE: "noise"}
    mark = " (told)" if told else ""
    pairs = [
        (_harmless(label), _harmless(names.get(cluster, f"cluster {cluster}")) + mark)
        for label, cluster in zip(named.tolist(), values.tolist(), strict=True)
    ]
    ordered = sorted(pairs)
    step = max(1.0, len(pairs) / MOST)
    kept = [int(i * step) for i in range(min(len(pairs), MOST))]
    return [dict(zip(COLUMNS, ordered[i], strict=True)) for i in kept]


def _matched(labels: np.ndarray, clusters: np.ndarray) -> Iterator[tuple[int, str]]:
    """Each matched cluster and its label."""
    if len(labels):
        classes, found = np.unique(labels), np.unique(clusters)
        rows, columns = linear_sum_assignment(contingency_matrix(labels, clusters), maximize=True)
        for row, column in zip(rows, columns, strict=True):
            yield int(found[column]), str(classes[row])


def _harmless(label: str) -> str:
    return label.replace("<", "‹")
