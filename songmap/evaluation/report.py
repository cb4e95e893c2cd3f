"""What is said of one clustering in the file of its model."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from songmap.evaluation.agreement import against, ami
from songmap.evaluation.internal import internal
from songmap.evaluation.validation import coverage, n_clusters


def report(points: np.ndarray, clusters: np.ndarray, labels: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Scores in the model's own space, and against each label by its name.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.
    labels : mapping of str to np.ndarray [shape=(n,)], str
        '' where unknown.
    """
    return {
        "clusters": n_clusters(clusters),
        "noise_share": 1 - (coverage(clusters) or 0.0),
        **internal(points, clusters),
        **{label: against(values, clusters) for label, values in labels.items()},
    }


def agreement(clusters: np.ndarray, labels: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """AMI of clusters (n,) with each label, as ``<label>_ami``. See `report`."""
    return {f"{label}_ami": ami(values, clusters) for label, values in labels.items()}
