"""Sound from log-mel levels: the power of each frequency first, then phases that agree with it.

Conventions are those of `songmap.audio.spectrum`. The power follows from multiplicative updates (Lee & Seung
2001, "Algorithms for non-negative matrix factorization", eq. 5, with the filterbank as the fixed factor):
they fit ratios, so that a quiet band counts as much as a loud one. The phases are those of Griffin & Lim
(1984), found by the fast version of Perraudin et al. (2013).
"""

from pathlib import Path

import numpy as np
import soundfile as sf
from scipy.sparse import csr_array

from songmap.audio.spectrum import FLOOR, RANGE, mel_weights
from songmap.files import atomic
from songmap.params import Audio

LOUDEST = 100.0  # dB: a level beyond it is no sound
UPDATES = 30  # of the power; levels are then 0.1 dB off
ITERATIONS = 32  # of the phases
PEAK = 0.89  # of full scale: -1 dB
FADE, PAUSE = 0.01, 0.15  # seconds


def power(level: np.ndarray, sample_rate: int, n_fft: int) -> np.ndarray:
    """Power of each frequency under which the filterbank gives the levels.

    Parameters
    ----------
    level : np.ndarray [shape=(n_mels, t)], dB
        Log-mel spectrum. What lies more than 80 dB below its loudest value is raised to there.
    sample_rate : int > 0 [scalar], Hz
    n_fft : int > 0 [scalar], samples

    Returns
    -------
    np.ndarray [shape=(1 + n_fft // 2, t)], float32, >= 0
        0 where no filter reaches.
    """
    dense = mel_weights(sample_rate, n_fft, len(level))
    forward, back = csr_array(dense), csr_array(dense.T)
    reach = dense.sum(axis=0, dtype=np.float32)[:, np.newaxis]  # (bins, 1)
    reach = np.divide(1, reach, out=np.zeros_like(reach), where=reach > 0)
    level = np.minimum(level, LOUDEST).astype(np.float32)
    target = np.maximum(np.float32(10) ** (np.maximum(level, level.max() - RANGE) / 10), np.float32(FLOOR))
    area = np.maximum(dense.sum(axis=1, keepdims=True), np.float32(FLOOR))
    found = reach * (back @ (target / area))
    for _ in range(UPDATES):
        found *= reach * (back @ (target / np.maximum(forward @ found, np.float32(FLOOR))))
    return found


def sounds(levels: np.ndarray, audio: Audio, seed: int) -> np.ndarray:
    """Sounds whose log-mel spectra are near the levels.

    Parameters
    ----------
    levels : np.ndarray [shape=(k, n_mels, t)], dB
        Log-mel patches, one per sound.
    audio : Audio
        Of the analysis: its sample rate, n_fft and hop length.
    seed : int >= 0 [scalar]
        Of the phases to start from.

    Returns
    -------
    np.ndarray [shape=(k, hop_length * (t - 1))], float32
        As loud as the levels say. The same levels and seed give the same samples.
    """
    from librosa import griffinlim  # takes seconds, and only the sounds need it

    magnitude = np.sqrt(np.stack([power(level, audio.sample_rate, audio.n_fft) for level in levels]))
    return griffinlim(
        magnitude, n_iter=ITERATIONS, n_fft=audio.n_fft, hop_length=audio.hop_length, random_state=seed
    )


def sequence(levels: np.ndarray, audio: Audio, seconds: float, seed: int) -> np.ndarray:
    """The middle of each of several patches as sound, one after the other.

    Parameters
    ----------
    levels : np.ndarray [shape=(k, n_mels, t)], dB
        Log-mel patches.
    audio : Audio
        As in `sounds`.
    seconds : float > 0 [scalar], seconds
        Of each patch, or all of it where it is shorter; one hop at least.
    seed : int >= 0 [scalar]

    Returns
    -------
    np.ndarray [shape=(m,)], float32, -0.89 to 0.89
        See `joined`.
    """
    frames = 1 + max(1, round(seconds * audio.sample_rate / audio.hop_length))
    frames = min(frames, levels.shape[2])
    start = (levels.shape[2] - frames) // 2
    return joined(sounds(levels[:, :, start : start + frames], audio, seed), audio.sample_rate)


def joined(parts: np.ndarray, sample_rate: int) -> np.ndarray:
    """One sound after the other, with soft ends and pauses, the loudest sample just below full scale.

    Parameters
    ----------
    parts : np.ndarray [shape=(k, n)]
        Sounds; what is louder among them stays so.
    sample_rate : int > 0 [scalar], Hz

    Returns
    -------
    np.ndarray [shape=(m,)], float32, -0.89 to 0.89
        Silence stays silent.
    """
    n = parts.shape[1]
    ramp = np.minimum(np.arange(n), np.arange(n)[::-1]) / max(1.0, FADE * sample_rate)
    soft = parts * np.minimum(ramp, 1.0)
    pause = np.zeros((len(parts), round(PAUSE * sample_rate)))
    whole = np.concatenate([soft, pause], axis=1).ravel()
    whole = whole[: len(whole) - pause.shape[1]]
    loudest = np.abs(whole).max(initial=0.0)
    return (whole * (PEAK / loudest if loudest > 0 else 1.0)).astype(np.float32)


def write_wav(path: Path | str, y: np.ndarray, sample_rate: int) -> None:
    """Write samples (n,), -1 to 1, as 16-bit WAV, whole or not at all; same samples, same bytes."""
    with atomic(path) as temporary:
        sf.write(temporary, y, sample_rate, subtype="PCM_16", format="WAV")
