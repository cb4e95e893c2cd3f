"""One track: from its file to its features."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from scipy.sparse import csr_array

from songmap.audio import spectrum, statistics
from songmap.audio.decode import read_excerpt
from songmap.audio.readymade import read_mel, resize_bands
from songmap.errors import DataError
from songmap.params import Audio


@dataclass(frozen=True)
class Source:
    """Where a track's sound is: a sound file, or else (`path` empty) a ready-made mel spectrogram."""

    track_id: str
    path: str
    mel: str = ""

    @property
    def what(self) -> str:
        """``audio`` or ``mel``: which of the two is read. A track that brings both is read from its sound."""
        return "audio" if self.path else "mel"

    @property
    def file(self) -> str:
        """The path that is read."""
        return self.path or self.mel


@dataclass(frozen=True)
class Features:
    """Features of one track.

    Parameters
    ----------
    mfcc : np.ndarray [shape=(s * n_mfcc,)], float32
        The s statistics of the MFCC and of their deltas that are asked for.
    mel_stats : np.ndarray [shape=(4 * n_mels,)], float32, dB
        Statistics of the log-mel bands.
    mel : np.ndarray [shape=(1, mel.n_mels, mel.frames)], float32, dB
        Log-mel patch from the middle of the excerpt.
    seconds : float [scalar], seconds
        Length of the excerpt.
    """

    mfcc: np.ndarray
    mel_stats: np.ndarray
    mel: np.ndarray
    seconds: float


@dataclass(frozen=True)
class Failure:
    """Why a track has no features."""

    reason: str


@dataclass(frozen=True)
class Extractor:
    """Reads a track and describes it. Made once by `extractor`; pickled to the processes that use it.

    Parameters
    ----------
    root : Path
        What the sources' paths are relative to.
    audio : Audio
        Parameters of the analysis.
    weights : csr_array [shape=(n_mels + mel.n_mels, 1 + n_fft // 2)], float32
        The filterbanks of the statistics and of the patch, stacked.
    basis : np.ndarray [shape=(n_mfcc, n_mels)], float32
        Rows of the DCT.
    """

    root: Path
    audio: Audio
    weights: csr_array
    basis: np.ndarray

    def __call__(self, source: Source) -> Features | Failure:
        """Features of one track, or why it has none."""
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                return self._from_audio(source.path) if source.path else self._from_mel(source.mel)
        except DataError as error:
            return Failure(str(error))
        except MemoryError:
            return Failure("there is not enough memory for its excerpt")

    def _from_audio(self, path: str) -> Features:
        audio = self.audio
        y, rate = read_excerpt(self.root / path, audio.seconds, audio.position)
        seconds = len(y) / rate
        if rate != audio.sample_rate:
            y = soxr.resample(y, rate, audio.sample_rate, quality="HQ")
        power = spectrum.mel_power(y, self.weights, audio.n_fft, audio.hop_length)
        return self._features(power[: audio.n_mels], power[audio.n_mels :], seconds)

    def _from_mel(self, path: str) -> Features:
        audio = self.audio
        rate = audio.sample_rate / audio.hop_length  # frames per second, which the file is taken to have
        power = read_mel(self.root / path, 1 + int(audio.seconds * rate), audio.position)
        bands = resize_bands(power, audio.n_mels), resize_bands(power, audio.mel.n_mels)
        return self._features(*bands, power.shape[1] / rate)

    def _features(self, power: np.ndarray, coarse: np.ndarray, seconds: float) -> Features:
        """Features from the power in the bands of the statistics and in those of the patch."""
        level = spectrum.decibels(power)
        mfcc = statistics.mfcc_statistics(self.basis @ level, self.audio.mfcc_statistics)
        mel_stats = statistics.mel_statistics(level)
        mel = statistics.middle(spectrum.decibels(coarse), self.audio.mel.frames)[np.newaxis]
        if not all(np.isfinite(values).all() for values in (mfcc, mel_stats, mel)):
            raise DataError("has values that are NaN, infinite or beyond any loudness")
        return Features(mfcc, mel_stats, np.ascontiguousarray(mel), seconds)


def extractor(root: Path | str, audio: Audio) -> Extractor:
    """Compute what all tracks share: filterbanks and the DCT. Takes seconds, as librosa is imported."""
    banks = [
        spectrum.mel_weights(audio.sample_rate, audio.n_fft, n) for n in (audio.n_mels, audio.mel.n_mels)
    ]
    weights = csr_array(np.concatenate(banks))
    return Extractor(Path(root), audio, weights, spectrum.cepstral_basis(audio.n_mfcc, audio.n_mels))
