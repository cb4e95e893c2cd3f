"""What is computed from a file and kept: its log-mel spectrum, and rows of descriptors per frame.

Everything that features are made of later follows from it. Thus parameters that it does not depend on, such
as the number of MFCC, change nothing that is kept.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.sparse import csr_array

from songmap import sound
from songmap.audio import decode, descriptors, readymade, spectrum
from songmap.audio.keys import provenance
from songmap.errors import DataError
from songmap.params import Audio

BEYOND = "has values that are NaN, infinite or beyond any loudness"
STEPS = 65_535  # between the lowest and the highest level of a band: 0.0006 dB off at most


def recipe(audio: Audio) -> dict[str, Any]:
    """All that an analysis depends on besides the file: parameters, our code, and the libraries."""
    parameters = ("seconds", "excerpts", "position", "sample_rate", "n_fft", "hop_length", "n_mels")
    return {
        **{name: getattr(audio, name) for name in parameters},
        "mel.n_mels": audio.mel.n_mels,
        **provenance(sys.modules[__name__], sound, decode, spectrum, readymade, descriptors),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "librosa": version("librosa"),
    }


def weights(audio: Audio) -> csr_array:
    """Filterbanks of `n_mels` and of `mel.n_mels` bands, stacked. Shape (both, 1 + n_fft // 2), float32."""
    bands = (audio.n_mels, audio.mel.n_mels)
    return csr_array(np.concatenate([spectrum.mel_weights(audio.sample_rate, audio.n_fft, n) for n in bands]))


def analyse(
    path: Path, audio: Audio, banks: csr_array, shared: descriptors.Shared | None
) -> dict[str, np.ndarray]:
    """Decode a file once and transform it once.

    Parameters
    ----------
    path : Path
        A sound file.
    audio : Audio
        Parameters of the analysis.
    banks : csr_array [shape=(n_mels + mel.n_mels, 1 + n_fft // 2)], float32
        From `weights`.
    shared : Shared or None
        What `songmap.audio.descriptors` shares; None where none are asked for.

    Returns
    -------
    dict of str to np.ndarray
        ``steps`` (n_mels + mel.n_mels, t), uint16, and ``range`` (n_mels + mel.n_mels, 2), float32, dB: see
        `levels`. ``windows``, int64: number of frames of each excerpt. ``seconds``, float64: length of all
        excerpts. With `shared`, ``series`` (len(SERIES), t), float32.

    Raises
    ------
    DataError
        Why the file cannot be read, or if it has values that are no sound; the text leaves out the path.
    """
    seconds = 0.0
    power: list[np.ndarray] = []
    series: list[np.ndarray] = []

    def describe(density: np.ndarray, frames: np.ndarray) -> None:
        if shared is not None:
            series.append(descriptors.series(density, frames, shared))

    rate = audio.sample_rate
    for y, _ in decode.read_excerpts(path, audio.seconds, audio.excerpts, audio.position, rate):
        seconds += len(y) / rate
        power.append(spectrum.mel_power(y, banks, audio.n_fft, audio.hop_length, describe))
    kept = _kept(power, audio.n_mels, seconds)
    if series:
        kept["series"] = np.concatenate(series, axis=1)
        if not np.isfinite(kept["series"]).all():
            raise DataError(BEYOND)
    return kept


def is_whole(kept: dict[str, np.ndarray], audio: Audio) -> bool:
    """Whether arrays from a store are what `analyse` or `analyse_mel` gives with these parameters."""
    forms = {"steps": ("u2", 2), "range": ("f4", 2), "windows": ("i8", 1), "seconds": ("f8", 0)}
    forms |= {"series": ("f4", 2)} if "series" in kept else {}
    if {name: (array.dtype.str[1:], array.ndim) for name, array in kept.items()} != forms:
        return False
    bands, frames = audio.n_mels + audio.mel.n_mels, kept["steps"].shape[1]
    windows = kept["windows"]
    return (
        kept["steps"].shape[0] == bands
        and kept["range"].shape == (bands, 2)
        and 0 < len(windows) <= audio.excerpts
        and bool((windows > 0).all())
        and int(windows.sum()) == frames
        and ("series" not in kept or kept["series"].shape == (len(descriptors.SERIES), frames))
        and all(np.isfinite(kept[name]).all() for name in kept)
    )


def analyse_mel(path: Path, audio: Audio) -> dict[str, np.ndarray]:
    """What `analyse` gives, without ``series``, from a mel spectrogram that is taken to have the same hop."""
    rate = audio.sample_rate / audio.hop_length
    excerpts = readymade.read_mel(path, 1 + int(audio.seconds * rate), audio.excerpts, audio.position)
    bands = (audio.n_mels, audio.mel.n_mels)
    power = [np.concatenate([readymade.resize_bands(part, n) for n in bands]) for part in excerpts]
    return _kept(power, audio.n_mels, sum(part.shape[1] for part in excerpts) / rate)


def levels(kept: dict[str, np.ndarray], n_mels: int) -> tuple[np.ndarray, np.ndarray]:
    """Log-mel spectra of all excerpts, one after the other.

    Levels are kept as steps between the lowest and the highest of each band. What comes from a store and
    what does not go through them alike.

    Parameters
    ----------
    kept : dict of str to np.ndarray
        What `analyse` gave.
    n_mels : int > 0 [scalar]
        Bands of the first spectrum.

    Returns
    -------
    level, patch : np.ndarray [shape=(n_mels, t)] and [shape=(mel.n_mels, t)], float32, dB
        The quietest at most 80 dB below the loudest of all excerpts.
    """
    low, high = kept["range"][:, :1], kept["range"][:, 1:]
    level = low + kept["steps"] * ((high - low) / np.float32(STEPS))
    return level[:n_mels], level[n_mels:]


def _kept(power: list[np.ndarray], n_mels: int, seconds: float) -> dict[str, np.ndarray]:
    joined = np.concatenate(power, axis=1) if len(power) > 1 else power[0]
    level = np.concatenate([spectrum.decibels(joined[:n_mels]), spectrum.decibels(joined[n_mels:])])
    low, high = level.min(axis=1, keepdims=True), level.max(axis=1, keepdims=True)
    if not np.isfinite(high).all():
        raise DataError(BEYOND)
    level -= low
    level *= np.float32(STEPS) / np.where(high > low, high - low, 1)
    return {
        "steps": np.rint(level, out=level).astype(np.uint16),
        "range": np.concatenate([low, high], axis=1),
        "windows": np.array([part.shape[1] for part in power]),
        "seconds": np.array(seconds),
    }
