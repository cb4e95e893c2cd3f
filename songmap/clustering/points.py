"""What every algorithm here asks of its points."""

import numpy as np

from songmap.errors import DataError


def checked(points: np.ndarray) -> np.ndarray:
    """Refuse what cannot be clustered, and centre the rest.

    Distances do not change when all points move together, but their rounding error does: far from the
    origin, squared norms cancel.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        One row per track, n and d at least 1.

    Returns
    -------
    np.ndarray [shape=(n, d)], float64
        The points with mean zero.

    Raises
    ------
    DataError
        If there are no points or no columns, or a value is NaN or infinite.
    """
    values = np.asarray(points, dtype=np.float64, order="C")  # the last bit of a sum depends on it
    if values.ndim != 2 or 0 in values.shape:
        raise DataError(f"points of shape {values.shape}: must be (n, d), n and d at least 1")
    if not np.isfinite(values).all():
        raise DataError(
            f"point {int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])} is NaN or infinite"
        )
    return values - values.mean(axis=0)


def distinct(points: np.ndarray) -> int:
    """Number of points that differ."""
    return len(np.unique(points, axis=0))
