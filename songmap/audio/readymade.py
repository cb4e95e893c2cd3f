"""Mel spectrograms that a catalogue brings ready-made, in place of sound."""

from pathlib import Path
from tokenize import TokenError

import numpy as np

from songmap.audio.decode import excerpt_starts
from songmap.errors import DataError

MOST_BANDS = 4096


def read_mel(path: Path | str, frames: int, count: int, position: float) -> list[np.ndarray]:
    """Read excerpts of a mel spectrogram as power.

    Nothing in the file tells its unit: where any value of it is negative it is taken to be in dB, else to be
    power. Nor does it tell its hop: the caller says how many frames an excerpt has.

    Parameters
    ----------
    path : Path or str
        A .npy file, (bands, frames), real numbers.
    frames : int > 0 [scalar]
        Length of an excerpt.
    count : int > 0 [scalar]
        Excerpts. A spectrogram that is not longer than one has only one, the whole.
    position : float in [0, 1] [scalar]
        Excerpt i lies at (i + position) / count of the spectrogram, where 0 is at its start and 1 at its end.

    Returns
    -------
    list of np.ndarray [shape=(bands, <= frames)], float32, >= 0 or NaN where the file has NaN

    Raises
    ------
    DataError
        Why the file is no mel spectrogram; the text leaves out the path.
    """
    try:
        mel = np.lib.format.open_memmap(path, mode="r")
    except OSError as error:
        raise DataError(f"cannot be opened: {error.strerror or error}") from error
    except (ValueError, EOFError, TypeError, OverflowError, MemoryError, RecursionError, TokenError) as error:
        raise DataError(f"is not a whole .npy array of numbers: {error}") from error
    if mel.ndim != 2 or 0 in mel.shape or len(mel) > MOST_BANDS or mel.dtype.kind not in "fiu":
        raise DataError(f"has shape {mel.shape} of {mel.dtype}: must be bands x frames of real numbers")
    starts = excerpt_starts(max(0, mel.shape[1] - frames), count, position)
    excerpts = [np.array(mel[:, start : start + frames], np.float32) for start in starts]
    return [np.float32(10) ** (excerpt / 10) for excerpt in excerpts] if mel.min() < 0 else excerpts


def resize_bands(power: np.ndarray, bands: int) -> np.ndarray:
    """Bring the band axis to another number of bands, both taken as equal steps of the same mel scale.

    A new band is the mean of the power over the stretch that it covers: with Slaney's filters, normalised by
    area, band power is a density, so that a level stays what it was and so does the mean over all bands.

    Parameters
    ----------
    power : np.ndarray [shape=(b, t)]
        Band power.
    bands : int > 0 [scalar]
        Bands wanted.

    Returns
    -------
    np.ndarray [shape=(bands, t)], float32
    """
    n = power.shape[0]
    if n == bands:
        return power.astype(np.float32)
    edges = np.linspace(0, n, bands + 1)
    # share of each old band below each new edge
    cumulative = np.clip(edges[:, np.newaxis] - np.arange(n), 0, 1)
    return (np.diff(cumulative, axis=0) * (bands / n)).astype(np.float32) @ power.astype(np.float32)
