"""Spectral shape, harmony, dynamics and rhythm of a sound: a row of numbers per frame, then a vector.

The rows are those of librosa 0.11 with its default parameters, from the spectrum that every feature shares,
but for three: chroma assumes a tuning of 440 Hz and does not estimate one, contrast has no floor over the
whole track, and the signal is zero beyond its ends, for zero crossings as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from songmap.audio import rhythm
from songmap.audio.spectrum import decibels
from songmap.params import Descriptor

OCTAVES = 7  # bands of the contrast: up to 200 Hz, from there octaves, the last open
PITCH_CLASSES = 12
ROWS: dict[Descriptor, int] = {
    "centroid": 1,
    "bandwidth": 1,
    "rolloff": 1,
    "flatness": 1,
    "contrast": OCTAVES,
    "chroma": PITCH_CLASSES,
    "zero_crossings": 1,
    "rms": 1,
}
SERIES = tuple(f"{name}{i}" if n > 1 else str(name) for name, n in ROWS.items() for i in range(1, n + 1))
DYNAMICS = ("rms_db_mean", "rms_db_std", "rms_db_range")

ROLLOFF = 0.85  # share of the magnitude below the roll-off
CONTRAST = 0.02  # share of a band's bins that count as its peaks, and as its valleys
FLOOR = 1e-10  # of power in the flatness, of magnitude in the contrast, of a sample that has a sign


@dataclass(frozen=True)
class Shared:
    """What all frames of a sample rate and a frame length share. Made by `shared`.

    Parameters
    ----------
    frequency : np.ndarray [shape=(1 + n_fft // 2,)], float64, Hz
        Of each bin.
    chroma : np.ndarray [shape=(12, 1 + n_fft // 2)], float32
        Weight of each bin in each pitch class, from C.
    octaves : tuple of (int, int, int)
        First bin, end, and number of peaks and of valleys of each band of the contrast.
    """

    frequency: np.ndarray
    chroma: np.ndarray
    octaves: tuple[tuple[int, int, int], ...]


def shared(sample_rate: int, n_fft: int) -> Shared:
    """Frequencies, chroma filters of A4 = 440 Hz and octave bands. Takes seconds, as librosa is imported."""
    import librosa.filters

    frequency = np.arange(1 + n_fft // 2) * (sample_rate / n_fft)
    chroma = librosa.filters.chroma(sr=sample_rate, n_fft=n_fft, tuning=0.0)
    return Shared(frequency, chroma, _octaves(frequency, sample_rate / 2))


def _octaves(frequency: np.ndarray, nyquist: float) -> tuple[tuple[int, int, int], ...]:
    """Bins as `librosa.feature.spectral_contrast` deals them out; none to a band that has none."""
    edges = [0.0, *(200.0 * 2**k for k in range(OCTAVES))]
    last = max(k for k in range(OCTAVES) if edges[k] < nyquist)
    octaves = []
    for k, (low, high) in enumerate(pairwise(edges)):
        start, end = np.searchsorted(frequency, low), np.searchsorted(frequency, high, side="right")
        start, end = int(start - (k > 0)), int(len(frequency) if k == last else end)
        peaks = max(1, int(np.rint(CONTRAST * (end - start))))
        octaves.append((start, end - (k < last), peaks) if k <= last else (0, 0, 0))
    return tuple(octaves)


def series(power: np.ndarray, frames: np.ndarray, shared: Shared) -> np.ndarray:
    """Describe each frame.

    Parameters
    ----------
    power : np.ndarray [shape=(1 + n_fft // 2, t)], float32, >= 0
        Spectrum of the windowed frames.
    frames : np.ndarray [shape=(n_fft, t)], float32
        The same frames without a window.
    shared : Shared
        Of the same sample rate and `n_fft`.

    Returns
    -------
    np.ndarray [shape=(len(SERIES), t)], float32
        Spectral centroid, bandwidth and 85 % roll-off in Hz, of the magnitude; flatness of the power in
        [0, 1]; contrast of seven octaves in dB (Jiang et al. 2002); chroma, the strongest pitch class of a
        frame at 1; zero crossings per sample; and root mean square, full scale at 1.

    Notes
    -----
    Digital silence has flatness 1 and is 0 in all else. A band of the contrast without bins, as it lies
    beyond half the sample rate or between two bins, is 0. In the contrast librosa also lifts what lies 80 dB
    below the loudest frame of the track; here a magnitude of 1e-10 is the only floor.
    """
    magnitude = np.sqrt(power.T, order="C")  # (t, bins): a frame's bins lie side by side
    rows = [
        *_moments(magnitude, shared.frequency),
        _rolloff(magnitude, shared.frequency),
        _flatness(power),
        *(_contrast(magnitude[:, start:end], peaks) for start, end, peaks in shared.octaves),
        *_chroma(power, shared.chroma),
        _zero_crossings(frames.T),
        np.sqrt(np.vecdot(frames.T, frames.T) / len(frames)),
    ]
    return np.stack(rows).astype(np.float32, copy=False)


def _moments(magnitude: np.ndarray, frequency: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the frequency under the magnitude of each frame (t, bins)."""
    powers = np.stack([np.ones_like(frequency), frequency, frequency**2], axis=1)
    total, first, second = (magnitude.astype(np.float64) @ powers).T
    total = np.where(total > 0, total, 1)
    centroid = first / total
    return centroid, np.sqrt(np.maximum(second / total - centroid**2, 0))


def _rolloff(magnitude: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    below = np.cumsum(magnitude, axis=1)
    return frequency[(below >= ROLLOFF * below[:, -1:]).argmax(axis=1)]


def _flatness(power: np.ndarray) -> np.ndarray:
    power = np.maximum(power, FLOOR)
    return np.exp(np.log(power).mean(axis=0)) / power.mean(axis=0)


def _contrast(band: np.ndarray, peaks: int) -> np.ndarray:
    """Mean of the largest bins over the mean of the smallest, in dB, of each frame (t, bins of the band)."""
    if not band.shape[1]:
        return np.zeros(len(band))
    band = np.sort(band, axis=1)  # vectorised in NumPy 2, and sooner than a partition at both ends
    valley, peak = band[:, :peaks].mean(axis=1), band[:, -peaks:].mean(axis=1)
    return 10 * np.log10(np.maximum(peak, FLOOR) / np.maximum(valley, FLOOR))


def _chroma(power: np.ndarray, filters: np.ndarray) -> np.ndarray:
    chroma = filters @ power
    strongest = chroma.max(axis=0)
    return chroma / np.where(strongest > 0, strongest, 1)


def _zero_crossings(frames: np.ndarray) -> np.ndarray:
    """Share of the samples of each frame (t, n_fft) whose sign is not that of the sample before."""
    negative = frames < -FLOOR
    crossings = np.packbits(negative[:, 1:] != negative[:, :-1], axis=1)
    return np.bitwise_count(crossings).sum(axis=1) / frames.shape[1]


def describe(
    series: np.ndarray,
    level: np.ndarray,
    windows: Sequence[int],
    which: Sequence[Descriptor],
    frame_rate: float,
    key_invariant: bool,
) -> np.ndarray:
    """Describe a track by its frames.

    Parameters
    ----------
    series : np.ndarray [shape=(len(SERIES), t)]
        Rows of all windows, one window after the other.
    level : np.ndarray [shape=(bands, t)], dB
        Log-mel spectrum of the same frames.
    windows : sequence of int
        Number of frames of each window.
    which : sequence of Descriptor
        In the order wanted.
    frame_rate : float > 0 [scalar], Hz
        Frames per second.
    key_invariant : bool
        Whether chroma starts at its strongest pitch class and not at C, so that a transposition of the
        music changes nothing.

    Returns
    -------
    np.ndarray [shape=(len(names(which)),)], float32, finite where `series` and `level` are
        Mean and standard deviation over all frames of the rows chosen. With ``rms`` also mean, standard
        deviation and range from the 5th to the 95th percentile of its level in dB, the quietest at most
        80 dB below the loudest: the latter two do not depend on how loud the track is. With ``onset`` mean
        and standard deviation of the onset strength, and onsets per second; with ``tempo`` log2 of the
        beats per minute, and the clarity of the pulse in [0, 1]. See `songmap.audio.rhythm`.
    """
    parts: list[np.ndarray | Sequence[float]] = []
    envelopes = rhythm.onset_strengths(level, windows) if {"onset", "tempo"} & set(which) else []
    for name in which:
        if name == "onset":
            parts.append(rhythm.onset_statistics(envelopes, frame_rate))
        elif name == "tempo":
            parts.append(rhythm.tempo(envelopes, frame_rate))
        else:
            rows = series[_rows(name)]
            mean, std = rows.mean(axis=1, dtype=np.float64), rows.std(axis=1, dtype=np.float64)
            turn = -int(mean.argmax()) if name == "chroma" and key_invariant else 0
            parts += [np.roll(mean, turn), np.roll(std, turn)]
        if name == "rms":
            parts.append(_dynamics(series[_rows(name)]))
    return np.concatenate([np.zeros(0), *parts]).astype(np.float32)


def _rows(name: Descriptor) -> slice:
    start = sum(n for other, n in list(ROWS.items())[: list(ROWS).index(name)])
    return slice(start, start + ROWS[name])


def _dynamics(rms: np.ndarray) -> tuple[float, float, float]:
    level = decibels(np.square(rms, dtype=np.float64))
    low, high = np.percentile(level, [5, 95])
    return float(level.mean()), float(level.std()), float(high - low)


def names(which: Sequence[Descriptor]) -> list[str]:
    """Names of the values that `describe` gives, in their order. ``chroma1`` is C, or the strongest class."""
    result: list[str] = []
    for name in which:
        if name == "onset":
            result += rhythm.ONSET
        elif name == "tempo":
            result += rhythm.TEMPO
        else:
            result += [f"{row}_{statistic}" for statistic in ("mean", "std") for row in SERIES[_rows(name)]]
        if name == "rms":
            result += DYNAMICS
    return result
