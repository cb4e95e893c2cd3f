"""Mel spectrograms and cepstra, equal to librosa's defaults and several times sooner.

Conventions are those of librosa 0.11: frames of `n_fft` samples under a periodic Hann window, centred on
multiples of `hop_length` with zeros beyond the ends; power; Slaney's mel scale and normalisation; decibels
re 1, the quietest at most 80 dB below the loudest; an orthonormal DCT-II. Bands run along the first axis,
frames along the second.
"""

from collections.abc import Callable

import numpy as np
import scipy.fft
from scipy.sparse import csr_array

FLOOR = 1e-10  # power: -100 dB
RANGE = 80.0  # dB below the loudest value of a spectrogram
BLOCK = 2**18  # samples transformed at a time, so that the spectra stay in the cache


def mel_weights(sample_rate: int, n_fft: int, n_mels: int) -> np.ndarray:
    """Slaney's triangular filters from `librosa.filters.mel`. Shape (n_mels, 1 + n_fft // 2), float32."""
    import librosa.filters  # seconds: the parent process alone pays them

    return librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels)


def cepstral_basis(n_mfcc: int, n_mels: int) -> np.ndarray:
    """First rows of the orthonormal DCT-II as a matrix. Shape (n_mfcc, n_mels), float32."""
    basis = scipy.fft.dct(np.eye(n_mels), axis=0, norm="ortho")
    return np.ascontiguousarray(basis[:n_mfcc], dtype=np.float32)


def hann(n_fft: int) -> np.ndarray:
    """Periodic Hann window. Shape (n_fft,), float32."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


def mel_power(
    y: np.ndarray,
    weights: csr_array,
    n_fft: int,
    hop_length: int,
    also: Callable[[np.ndarray, np.ndarray], None] | None = None,
) -> np.ndarray:
    """Power of `y` in frequency bands.

    Parameters
    ----------
    y : np.ndarray [shape=(n,)], float32
        Samples.
    weights : csr_array [shape=(bands, 1 + n_fft // 2)], float32
        Filters, of one filterbank or of several stacked: they share the transform.
    n_fft, hop_length : int > 0 [scalar], samples
        Length of a frame and distance between frames.
    also : callable, optional
        What else is made of the same transform: called with the power (1 + n_fft // 2, t) and the frames
        without a window (n_fft, t) of one stretch after the other.

    Returns
    -------
    np.ndarray [shape=(bands, 1 + n // hop_length)], float32, >= 0
    """
    padded = np.pad(y, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length].T  # (n_fft, t)
    window = hann(n_fft)[:, np.newaxis]
    power = np.empty((weights.shape[0], frames.shape[1]), np.float32)
    step = max(1, BLOCK // n_fft)
    for start in range(0, frames.shape[1], step):
        block = slice(start, start + step)
        spectrum = scipy.fft.rfft(frames[:, block] * window, axis=0, overwrite_x=True)
        density = spectrum.real**2 + spectrum.imag**2
        power[:, block] = weights @ density
        if also is not None:
            also(density, frames[:, block])
    return power


def decibels(power: np.ndarray) -> np.ndarray:
    """Power in dB re 1, at least -100 and at most 80 below the largest; as `librosa.power_to_db`.

    Shape and dtype of `power`. Digital silence is -100 dB.
    """
    level = np.log(np.maximum(power, FLOOR))  # NumPy's log10 of float32 takes six times as long
    level *= 10 / np.log(10)
    return np.maximum(level, level.max() - RANGE, out=level)
