"""Points whose clusters are known."""

import numpy as np


def blobs(k: int, n: int = 40, d: int = 10, apart: float = 15.0, seed: int = 0) -> np.ndarray:
    """k Gaussian blobs of n points each; the centres are equally far from each other, k at most d."""
    rng = np.random.default_rng(seed)
    return np.repeat(apart * np.eye(k, d), n, axis=0) + rng.normal(size=(k * n, d))


def grid(n: int = 40, apart: float = 10.0, seed: int = 0) -> np.ndarray:
    """Ten blobs in the plane, in rows of four, four and two."""
    rng = np.random.default_rng(seed)
    centres = apart * np.array([(i % 4, i // 4) for i in range(10)])
    return np.repeat(centres, n, axis=0) + rng.normal(size=(10 * n, 2))
