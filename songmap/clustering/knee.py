"""The knee of a curve (Satopää et al. 2011, by the package kneed)."""

import warnings
from typing import Literal

import numpy as np
from kneed import KneeLocator


def knee(x: np.ndarray, y: np.ndarray, direction: Literal["increasing", "decreasing"]) -> int | None:
    """Where a convex curve bends most.

    Parameters
    ----------
    x : np.ndarray [shape=(n,)], int
        Ascending.
    y : np.ndarray [shape=(n,)]
        Monotonic in the `direction`.

    Returns
    -------
    int or None
        The x of the knee; None where there is none, as on a straight line or fewer than three points.
    """
    if len(x) < 3 or np.ptp(y) == 0:
        return None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No knee/elbow found")
        found = KneeLocator(x, y, curve="convex", direction=direction).knee
    return None if found is None else int(found)
