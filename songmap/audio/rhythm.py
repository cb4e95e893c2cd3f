"""Onsets, tempo and the clarity of the pulse, from a log-mel spectrum."""

from collections.abc import Sequence

import numpy as np
import scipy.fft
from scipy.ndimage import maximum_filter1d, uniform_filter1d

ONSET = ("onset_mean", "onset_std", "onset_rate")
TEMPO = ("tempo_log2", "pulse_clarity")

NEAREST = 0.03  # seconds: an onset is the largest value so far around
AROUND = 0.1  # seconds: and lies above the mean so far around ...
ABOVE = 0.07  # ... by this share of the largest of the window
FAINT = 1.0  # dB: the largest of a window counts as no less
STILL = 0.01  # dB: an envelope that varies by less has no pulse
LIKELIEST = 120.0  # beats per minute: centre of the prior
SPREAD = 0.7  # octaves: its standard deviation; librosa has 1
FASTEST, SLOWEST = 320.0, 30.0  # beats per minute


def onset_strengths(level: np.ndarray, windows: Sequence[int]) -> list[np.ndarray]:
    """Onset strength over time: how much the level rises from the frame before, averaged over bands.

    As `librosa.onset.onset_strength(S=level, center=False)`: a rise stands at the frame that rises, where
    librosa's default shifts it by half a frame's length. Each window starts at 0.

    Parameters
    ----------
    level : np.ndarray [shape=(bands, t)], dB
        Log-mel spectrum of all windows, one after the other.
    windows : sequence of int
        Number of frames of each window.

    Returns
    -------
    list of np.ndarray [shape=(t of the window,)], dB per frame, >= 0
    """
    rise = np.maximum(np.diff(level, axis=1, prepend=level[:, :1]), 0).mean(axis=0, dtype=np.float64)
    starts = np.cumsum([0, *windows[:-1]])
    rise[starts] = 0
    return np.split(rise, starts[1:])


def onset_statistics(envelopes: Sequence[np.ndarray], frame_rate: float) -> tuple[float, float, float]:
    """Mean and standard deviation of the onset strength in dB per frame, and onsets per second.

    Onsets are peaks as those of `librosa.onset.onset_detect`, with the same thresholds: the largest value
    within 30 ms, above the mean within 100 ms by 7 % of the largest of the window.
    """
    every = np.concatenate(envelopes)
    count = sum(_peaks(envelope, frame_rate) for envelope in envelopes)
    return float(every.mean()), float(every.std()), count * frame_rate / len(every)


def _peaks(envelope: np.ndarray, frame_rate: float) -> int:
    near, around = (2 * max(1, round(width * frame_rate)) + 1 for width in (NEAREST, AROUND))
    largest = envelope == maximum_filter1d(envelope, near, mode="constant")
    mean = uniform_filter1d(envelope, around, mode="constant")
    return int((largest & (envelope > mean + ABOVE * max(envelope.max(), FAINT))).sum())


def tempo(envelopes: Sequence[np.ndarray], frame_rate: float) -> tuple[float, float]:
    """Tempo and the clarity of the pulse, from the autocorrelation of the onset strength.

    The autocorrelation is summed over windows and weighted by a log-normal prior around 120 beats per minute
    (Ellis 2007, Beat tracking by dynamic programming; `librosa.feature.tempo`). As with any such prior, half
    the tempo is found where it lies nearer to 120: from 170 on.

    Parameters
    ----------
    envelopes : sequence of np.ndarray [shape=(t,)]
        Onset strength of each window.
    frame_rate : float > 0 [scalar], Hz
        Frames per second.

    Returns
    -------
    tempo : float, log2 of beats per minute
        That of 120 where there is no pulse: silence, a steady sound, too few frames.
    clarity : float in [0, 1]
        Autocorrelation at the beat over that at lag 0 (Lartillot et al. 2008); 0 where there is no pulse.
    """
    nothing = float(np.log2(LIKELIEST)), 0.0
    first, last = int(np.ceil(60 / FASTEST * frame_rate)), int(60 / SLOWEST * frame_rate)
    correlation = np.sum([_autocorrelation(envelope, last + 2) for envelope in envelopes], axis=0)
    frames = sum(len(envelope) for envelope in envelopes)
    if first > last or correlation[0] < frames * STILL**2:
        return nothing
    correlation = correlation / correlation[0]
    lags = np.arange(first, last + 1)
    prior = np.exp(-0.5 * (np.log2(60 * frame_rate / lags / LIKELIEST) / SPREAD) ** 2)
    best = int(lags[(np.maximum(correlation[lags], 0) * prior).argmax()])
    if correlation[best] <= 0:
        return nothing
    period = best + _offset(correlation[best - 1 : best + 2])
    return float(np.log2(60 * frame_rate / period)), float(min(correlation[best], 1))


def _autocorrelation(envelope: np.ndarray, lags: int) -> np.ndarray:
    """Of the envelope without its mean, at lags 0, 1, ... and 0 beyond its length. Shape (lags,)."""
    n = scipy.fft.next_fast_len(len(envelope) + lags, real=True)
    spectrum = scipy.fft.rfft(envelope - envelope.mean(), n)
    return scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, n)[:lags]


def _offset(values: np.ndarray) -> float:
    """Where between -1/2 and 1/2 the parabola through three equidistant values has its peak."""
    left, middle, right = values
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0
