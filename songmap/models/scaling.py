"""Scalers: what is done to a value before a model sees it, kept with the model."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

QUANTILES = 1000  # at most, of a column
FAR = 20  # times the largest z-score fitted: up to there a power must not overflow
LARGEST = 80.0  # natural logarithm of what counts as no overflow, in float32

TEXTS = ("tfidf", "char", "sentence", "tfidf_centred", "char_centred", "sentence_centred")

Scale = Literal["zscore", "yeo_johnson", "quantile"]


@dataclass(frozen=True)
class Power:
    """The transform of Yeo & Johnson (2000) of z-scores, each column with its own power.

    Parameters
    ----------
    mean, scale : np.ndarray [shape=(d,)], float64
        Of the z-scores; infinite in a column that never varies, which becomes 0.
    power : np.ndarray [shape=(d,)], float64
        1 leaves a column as it is.
    """

    mean: np.ndarray
    scale: np.ndarray
    power: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Transform values (n, d); float64."""
        from scipy.stats import yeojohnson  # takes long, and most models are not bent

        z = (values - self.mean) / self.scale
        with np.errstate(over="ignore"):
            return np.stack([yeojohnson(x, power) for x, power in zip(z.T, self.power, strict=True)], axis=1)


@dataclass(frozen=True)
class Quantiles:
    """Normal scores by rank among the values fitted, each column on its own.

    Parameters
    ----------
    quantiles : np.ndarray [shape=(q, d)], float64
        In equal steps from the smallest value to the largest; all equal in a column that never varies,
        which becomes 0.
    """

    quantiles: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Transform values (n, d); float64. Nothing is further out than half a step of the quantiles."""
        tail = 0.5 / len(self.quantiles)
        share = [_share(x, known) for x, known in zip(values.T, self.quantiles.T, strict=True)]
        scores = ndtri(np.clip(np.stack(share, axis=1), tail, 1 - tail))
        return np.where(self.quantiles[0] < self.quantiles[-1], scores, 0.0)


def _share(x: np.ndarray, quantiles: np.ndarray) -> np.ndarray:
    """Share of a distribution that lies below each value (n,), given its quantiles (q,)."""
    x, steps = x.astype(np.float64), np.linspace(0, 1, len(quantiles))
    up, down = np.interp(x, quantiles, steps), np.interp(-x, -quantiles[::-1], -steps[::-1])
    inside = (quantiles[0] < x) & (x < quantiles[-1])
    return np.where(inside, (up - down) / 2, x >= quantiles[-1])  # where quantiles tie, up and down differ


@dataclass(frozen=True)
class Scaler:
    """``(x - mean) / scale``, of values or of what `bend` makes of them.

    `mean` and `scale` broadcast against the values of one track.
    """

    mean: np.ndarray
    scale: np.ndarray
    bend: Power | Quantiles | None = None

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Scale values of shape (n, ...); float32."""
        if self.bend is not None:
            values = self.bend.apply(values)
        scaled = values - self.mean
        scaled /= self.scale  # in place: patches of many tracks fill the memory
        return scaled.astype(np.float32, copy=False)

    def invert(self, values: np.ndarray) -> np.ndarray:
        """Undo `apply` where nothing is bent."""
        return (values * self.scale + self.mean).astype(np.float32, copy=False)


def fit_scaler(values: np.ndarray, source: str, scale: Scale) -> Scaler:
    """Fit a scaler to the tracks that have a modality.

    Parameters
    ----------
    values : np.ndarray [shape=(n, d) or (n, excerpts, bands, frames)]
    source : str
        What the values are, as a model names its inputs. Embeddings of texts (`TEXTS`) are scaled by one
        scale for all columns, anything else column by column.
    scale : Scale
        What columns become, of zero mean and unit variance each: ``zscore`` nothing else, ``yeo_johnson``
        bent by the power that makes their z-scores most nearly normal, ``quantile`` normal scores by rank.
        Mel patches are z-scores by band.

    Returns
    -------
    Scaler
    """
    if source in TEXTS:
        return isotropic(values)
    if values.ndim > 2 or scale == "zscore":
        return standard(values)
    bend = _power(values) if scale == "yeo_johnson" else _quantiles(values)
    after = standard(bend.apply(values))
    return Scaler(after.mean, after.scale, bend)


def standard(values: np.ndarray) -> Scaler:
    """Zero mean and unit variance of every column, or of every band of the mel patches.

    Parameters
    ----------
    values : np.ndarray [shape=(n, d) or (n, excerpts, bands, frames)]

    Notes
    -----
    A column that never varies keeps the scale 1: it becomes zero, not infinite.
    """
    if values.ndim == 2:
        return _scaler(values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64))
    bands = np.moveaxis(values, 2, 0)  # one after the other: a deviation takes as much memory as its values
    mean, std = (np.array([f(band, dtype=np.float64) for band in bands]) for f in (np.mean, np.std))
    return _scaler(mean[None, :, None], std[None, :, None])


def isotropic(values: np.ndarray) -> Scaler:
    """Zero mean, and one scale for all columns that makes their mean variance 1.

    For embeddings of texts, whose cosine a scale per column would distort. Values of shape (n, d).
    """
    values = values.astype(np.float64)
    return _scaler(values.mean(axis=0), np.sqrt(values.var(axis=0).mean(keepdims=True)))


def _scaler(mean: np.ndarray, scale: np.ndarray) -> Scaler:
    size = np.abs(mean) if scale.shape == mean.shape else np.abs(mean).max(initial=0.0)
    scale = np.where(_constant(size, scale), 1.0, scale)
    return Scaler(mean.astype(np.float32), scale.astype(np.float32))


def _constant(mean: np.ndarray, std: np.ndarray) -> np.ndarray:
    """Which columns vary by no more than the rounding of their values."""
    return std <= np.maximum(1e-7 * np.abs(mean), np.finfo(np.float32).tiny)


def _power(values: np.ndarray) -> Power:
    """Powers by maximum likelihood; 1 for columns that never vary, or whose power would overflow."""
    from sklearn.preprocessing import PowerTransformer

    mean, std = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    scale = np.where(_constant(mean, std), np.inf, std)
    z = (values - mean) / scale
    with np.errstate(all="ignore"):
        power = PowerTransformer(standardize=False).fit(z).lambdas_
    reach = np.log1p(FAR * np.abs(z).max(axis=0)) * (1 + np.abs(power - 1))  # NaN where the fit failed
    return Power(mean, scale, np.where(reach < LARGEST, power, 1.0))


def _quantiles(values: np.ndarray) -> Quantiles:
    from sklearn.preprocessing import QuantileTransformer

    values = values.astype(np.float64)
    count = min(QUANTILES, len(values))
    quantiles = QuantileTransformer(n_quantiles=count, subsample=None).fit(values).quantiles_
    constant = _constant(values.mean(axis=0), values.std(axis=0))
    return Quantiles(np.where(constant, quantiles[0], quantiles))
