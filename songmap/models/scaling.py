"""Scalers: what is subtracted and divided before a model sees a value, kept with the model."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scaler:
    """``(x - mean) / scale``; both broadcast against the values of one track."""

    mean: np.ndarray
    scale: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Scale values of shape (n, ...); float32."""
        return ((values - self.mean) / self.scale).astype(np.float32)

    def invert(self, values: np.ndarray) -> np.ndarray:
        """Undo `apply`."""
        return (values * self.scale + self.mean).astype(np.float32)


def standard(values: np.ndarray) -> Scaler:
    """Zero mean and unit variance of every column, or of every band of a mel patch.

    Parameters
    ----------
    values : np.ndarray [shape=(n, d) or (n, 1, bands, frames)]

    Notes
    -----
    A column that never varies keeps the scale 1: it becomes zero, not infinite.
    """
    over = (0,) if values.ndim == 2 else (0, 3)
    values = values.astype(np.float64)
    return _scaler(values.mean(axis=over, keepdims=True)[0], values.std(axis=over, keepdims=True)[0])


def isotropic(values: np.ndarray) -> Scaler:
    """Zero mean, and one scale for all columns that makes their mean variance 1.

    For embeddings of texts, whose cosine a scale per column would distort. Values of shape (n, d).
    """
    values = values.astype(np.float64)
    return _scaler(values.mean(axis=0), np.sqrt(values.var(axis=0).mean(keepdims=True)))


def _scaler(mean: np.ndarray, scale: np.ndarray) -> Scaler:
    rounding = 1e-7 * np.abs(mean) if scale.shape == mean.shape else 1e-7 * np.abs(mean).max(initial=0.0)
    scale = np.where(scale <= rounding, 1.0, scale)
    return Scaler(mean.astype(np.float32), scale.astype(np.float32))
