"""Latent spaces between the stages: reading one, and which of its units live."""

from pathlib import Path

import numpy as np

from songmap.errors import DataError
from songmap.tracks import TrackArray

ACTIVE = 0.01  # variance of a unit's posterior means above which it is active


def load_latents(path: Path | str) -> TrackArray:
    """Read the latents of a model.

    Returns
    -------
    TrackArray [values shape=(n, runs, d)], float
        No tracks, and a note that says why, where the model was left out.

    Raises
    ------
    DataError
        If the file is absent or damaged, or holds no latents.
    """
    if not Path(path).exists():
        raise DataError(f"{path}: there are no such latents; dvc repro makes them")
    latents = TrackArray.load(path)
    shape, dtype = latents.values.shape, latents.values.dtype
    if len(latents) and not (np.issubdtype(dtype, np.floating) and len(shape) == 3 and min(shape) > 0):
        raise DataError(
            f"{path} holds no latents: {dtype} of shape {shape}, must be floats of (tracks, runs, units)"
        )
    return latents


def active(means: np.ndarray) -> np.ndarray:
    """Units of posterior means (n, d) that vary over tracks: shape (d,), bool.

    Burda et al. 2016, arXiv:1509.00519, section 4.1.2.
    """
    return means.var(axis=0, dtype=np.float64) > ACTIVE
