"""What every score asks of a clustering and of its points.

A clustering is one integer per point. Names do not matter. Noise is -1 and no cluster.
"""

import math

import numpy as np

from songmap.errors import DataError

NOISE = -1
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


def clean(score: float) -> Score:
    """0 instead of its rounding error; None instead of a quotient that overflowed."""
    if not math.isfinite(score):
        return None
    return 0.0 if abs(score) < ZERO else float(score)
