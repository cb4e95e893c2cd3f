"""One track: from its file, or from what the store keeps of it, to its features."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

from songmap.audio import analysis, descriptors, spectrum, statistics
from songmap.audio.keys import key
from songmap.errors import DataError
from songmap.params import Audio
from songmap.store import Store


@dataclass(frozen=True)
class Source:
    """Where a track's sound is: a sound file, or else (`path` empty) a ready-made mel spectrogram.

    Parameters
    ----------
    track_id : str
        The track.
    path, mel : str
        Files, relative to the song folder.
    sha256 : str
        Hexadecimal digest of the file that is read; without one nothing is stored.
    """

    track_id: str
    path: str
    mel: str = ""
    sha256: str = ""

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
    mel : np.ndarray [shape=(excerpts * mel.patches, mel.n_mels, mel.frames)], float32, dB
        Log-mel patches, spread over each excerpt; one lies in its middle.
    descriptors : np.ndarray [shape=(s * n_mfcc + d,)], float32, or None
        `mfcc`, and the d values of the descriptors chosen; None of a ready-made mel spectrogram.
    seconds : float [scalar], seconds
        Length of all excerpts.
    stored : bool
        False where the store could not keep what was computed.
    """

    mfcc: np.ndarray
    mel_stats: np.ndarray
    mel: np.ndarray
    descriptors: np.ndarray | None
    seconds: float
    stored: bool


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
    shared : Shared or None
        Filters of the descriptors, where some are asked for.
    store : Store or None
        Where analyses are looked up and kept.
    as_of : float [scalar], seconds since the epoch
        When the sources' digests were taken: a file that changed later is digested again.
    """

    root: Path
    audio: Audio
    weights: csr_array
    basis: np.ndarray
    shared: descriptors.Shared | None
    store: Store | None
    as_of: float

    def __call__(self, source: Source) -> Features | Failure:
        """Features of one track, or why it has none."""
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                kept, stored = self._analysis(source)
                return self._features(kept, source.what, stored)
        except DataError as error:
            return Failure(str(error))
        except MemoryError:
            return Failure("there is not enough memory for its excerpts")

    def _analysis(self, source: Source) -> tuple[dict[str, np.ndarray], bool]:
        """The track's analysis, from the store where it is complete there, and whether it is kept there."""
        path = self.root / source.file
        digest = key(path, source.sha256, self.as_of)
        kept = self.store.get(digest) if self.store else None
        shared = self.shared if source.path else None
        if kept and analysis.is_whole(kept, self.audio) and (shared is None or "series" in kept):
            return kept, True
        if source.path:
            kept = analysis.analyse(path, self.audio, self.weights, shared)
        else:
            kept = analysis.analyse_mel(path, self.audio)
        if self.store is None:
            return kept, True
        return kept, self.store.put(key(path, source.sha256, -math.inf), kept)  # of what is there by now

    def _features(self, kept: dict[str, np.ndarray], what: str, stored: bool) -> Features:
        audio = self.audio
        level, coarse = analysis.levels(kept, audio.n_mels)
        windows = kept["windows"].tolist()
        mfcc = statistics.mfcc_statistics(self.basis @ level, windows, audio.mfcc_statistics)
        mel = statistics.patches(coarse, windows, audio.excerpts, audio.mel.patches, audio.mel.frames)
        vector = mfcc if what == "audio" else None
        if vector is not None and audio.descriptors:
            rate = audio.sample_rate / audio.hop_length
            chosen = (audio.descriptors, rate, audio.key_invariant)
            vector = np.concatenate([mfcc, descriptors.describe(kept["series"], level, windows, *chosen)])
        if vector is not None and not np.isfinite(vector).all():
            raise DataError(analysis.BEYOND)
        return Features(mfcc, statistics.mel_statistics(level), mel, vector, float(kept["seconds"]), stored)


def extractor(
    root: Path | str, audio: Audio, cache: Path | None = None, as_of: float = math.inf
) -> Extractor:
    """Compute what all tracks share. Takes seconds, as librosa is imported.

    Parameters
    ----------
    root : Path or str
        What the sources' paths are relative to.
    audio : Audio
        Parameters of the analysis.
    cache : Path, optional
        Root of the store; without it nothing is stored.
    as_of : float [scalar], seconds since the epoch
        When the sources' digests were taken.

    Returns
    -------
    Extractor
    """
    return Extractor(
        Path(root),
        audio,
        analysis.weights(audio),
        spectrum.cepstral_basis(audio.n_mfcc, audio.n_mels),
        descriptors.shared(audio.sample_rate, audio.n_fft) if audio.descriptors else None,
        Store(cache, analysis.recipe(audio)) if cache else None,
        as_of,
    )
