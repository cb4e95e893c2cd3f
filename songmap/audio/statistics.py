"""What becomes of a spectrogram's frames: numbers per band, or a patch. Arrays are (bands, frames)."""

from collections.abc import Sequence

import numpy as np

from songmap.params import MfccStatistic

DELTA_WIDTH = 9  # frames
MEL_STATISTICS = ("mean", "std", "min", "max")


def delta(values: np.ndarray) -> np.ndarray:
    """Slope over time of the line fitted to nine frames around each, as `librosa.feature.delta`.

    The local estimate of Savitzky and Golay (1964) for order 1; the first and last frames take the slope of
    the first and last full window. Where there are fewer than nine frames the window is the longest odd
    number of them; one or two frames have slope 0.

    Parameters
    ----------
    values : np.ndarray [shape=(d, t)]
        Features over time.

    Returns
    -------
    np.ndarray [shape=(d, t)], per frame
    """
    n = values.shape[1]
    half = min(DELTA_WIDTH, n - 1 + n % 2) // 2
    if not half:
        return np.zeros_like(values)
    norm = sum(2 * k * k for k in range(1, half + 1))
    inner = sum(
        (k / norm) * (values[:, half + k : n - half + k] - values[:, half - k : n - half - k])
        for k in range(1, half + 1)
    )
    return np.pad(np.asarray(inner, values.dtype), ((0, 0), (half, half)), mode="edge")


def mfcc_statistics(mfcc: np.ndarray, windows: Sequence[int], which: Sequence[MfccStatistic]) -> np.ndarray:
    """Means and standard deviations over time of the coefficients and of their deltas.

    Parameters
    ----------
    mfcc : np.ndarray [shape=(n_mfcc, t)]
        Coefficients of all windows, one window after the other.
    windows : sequence of int
        Number of frames of each window; a delta stays within its window.
    which : sequence of MfccStatistic
        In the order wanted.

    Returns
    -------
    np.ndarray [shape=(len(which) * n_mfcc,)], float32
    """
    found = dict(zip(("mean", "std"), _moments(mfcc), strict=True))
    if any(name.startswith("delta") for name in which):
        slope = np.concatenate([delta(part) for part in split(mfcc, windows)], axis=1)
        found |= zip(("delta_mean", "delta_std"), _moments(slope), strict=True)
    return np.concatenate([found[name] for name in which]).astype(np.float32)


def mel_statistics(level: np.ndarray) -> np.ndarray:
    """Mean, standard deviation, minimum and maximum of each band. Shape (4 * n_mels,), float32, dB."""
    return np.concatenate([*_moments(level), level.min(axis=1), level.max(axis=1)]).astype(np.float32)


def _moments(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each row."""
    mean = values.mean(axis=1)
    centred = values - mean[:, np.newaxis]
    return mean, np.sqrt(np.vecdot(centred, centred) / values.shape[1])


def names(what: str, n: int, statistics: Sequence[str]) -> list[str]:
    """Names of `n` numbered features under each statistic: ``mfcc1_mean``, ``mfcc2_mean``, ..."""
    return [f"{what}{i}_{statistic}" for statistic in statistics for i in range(1, n + 1)]


def split(values: np.ndarray, windows: Sequence[int]) -> list[np.ndarray]:
    """The frames of each window; `windows` are their numbers. Shapes (bands, frames of the window)."""
    return np.split(values, np.cumsum(windows[:-1]), axis=1)


def spread(values: np.ndarray, count: int, frames: int) -> np.ndarray:
    """Patches spread evenly over a spectrogram, each in the middle of its share: a single one in the middle.

    Where the shares are shorter than a patch the first patch begins at the start, the last ends at the end,
    and they overlap. A spectrogram shorter than a patch is repeated to fill it.

    Parameters
    ----------
    values : np.ndarray [shape=(bands, t)]
        Frames.
    count, frames : int > 0 [scalar]
        Patches wanted, and the length of each.

    Returns
    -------
    np.ndarray [shape=(count, bands, frames)]
    """
    n = values.shape[1]
    if n < frames:
        values, n = np.tile(values, (1, -(-frames // n)))[:, :frames], frames
    first = max(0, n // count - frames) // 2
    span = n - frames - 2 * first
    starts = [first + i * span // max(1, count - 1) for i in range(count)]
    return np.stack([values[:, start : start + frames] for start in starts])


def patches(values: np.ndarray, windows: Sequence[int], excerpts: int, count: int, frames: int) -> np.ndarray:
    """Patches of each window; where there are fewer windows than excerpts, they are repeated.

    Parameters
    ----------
    values : np.ndarray [shape=(bands, t)]
        Frames of all windows, one window after the other.
    windows : sequence of int
        Number of frames of each window.
    excerpts : int > 0 [scalar]
        Windows wanted.
    count, frames : int > 0 [scalar]
        Patches of each window, and the length of each: see `spread`.

    Returns
    -------
    np.ndarray [shape=(excerpts * count, bands, frames)]
        Window after window.
    """
    parts = [spread(part, count, frames) for part in split(values, windows)]
    return np.concatenate([parts[i % len(parts)] for i in range(excerpts)])
