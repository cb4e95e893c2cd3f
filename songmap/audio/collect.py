"""Many tracks: their features as arrays with track ids, and a row for each track that failed."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from songmap.audio import descriptors, statistics
from songmap.audio.extract import Extractor, Features, Source
from songmap.audio.parallel import in_order
from songmap.params import Audio
from songmap.tracks import TrackArray


@dataclass(frozen=True)
class Collection:
    """Features of a catalogue.

    Parameters
    ----------
    arrays : dict of str to TrackArray
        ``mfcc`` (n, s * n_mfcc), ``mel_stats`` (n, 4 * n_mels), ``mel`` (n, excerpts * mel.patches,
        mel.n_mels, mel.frames) and ``descriptors`` (m, s * n_mfcc + d), float32. Descriptors need sound: m of
        the n tracks have some.
    rejected : list of dict
        ``path``, ``track_id``, ``what`` and ``reason`` of each track that failed.
    seconds : float [scalar], seconds
        Sound analysed.
    origins : Counter
        Tracks by what their features came from: ``audio``, ``mel``.
    not_stored : int
        Tracks whose analysis the store could not keep.
    """

    arrays: dict[str, TrackArray]
    rejected: list[dict[str, str]]
    seconds: float
    origins: Counter
    not_stored: int = 0


class Rows:
    """Rows of float32 in a nameless file, so that a catalogue larger than memory can be gathered."""

    def __init__(self, scratch: Path) -> None:
        self.file: Any = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - `array` maps it
        self.ids: list[str] = []

    def append(self, track_id: str, row: np.ndarray) -> None:
        """Add a track's row; all have the same shape."""
        self.file.write(np.ascontiguousarray(row, np.float32).tobytes())
        self.ids.append(track_id)
        self.shape = row.shape

    def array(self, names: list[str], otherwise: str) -> TrackArray:
        """The rows as one array, mapped and not read; without rows, the note `otherwise`."""
        if not self.ids:
            return TrackArray.empty(otherwise)
        self.file.flush()
        values = np.memmap(self.file, np.float32, "r", shape=(len(self.ids), *self.shape))
        return TrackArray(np.array(self.ids), values, np.array(names, dtype=str))


def collect(extractor: Extractor, sources: Sequence[Source], processes: int, scratch: Path) -> Collection:
    """Extract the features of `sources`, in their order, whatever the number of processes.

    Parameters
    ----------
    extractor : Extractor
        What each process runs.
    sources : sequence of Source
        Tracks with sound.
    processes : int > 0 [scalar]
        Processes to use.
    scratch : Path
        A directory with room for all features.

    Returns
    -------
    Collection
        Arrays without rows, and a note, where no track could be read.
    """
    names = _names(extractor.audio)
    rows = {name: Rows(scratch) for name in names}
    rejected: list[dict[str, str]] = []
    origins: Counter = Counter()
    seconds, not_stored = 0.0, 0
    results = in_order(extractor, sources, processes)
    progress = tqdm(results, desc="audio", total=len(sources), unit="track")
    for source, result in zip(sources, progress, strict=True):
        if isinstance(result, Features):
            origins[source.what] += 1
            seconds += result.seconds
            not_stored += not result.stored
            for name, array in rows.items():
                if (row := getattr(result, name)) is not None:
                    array.append(source.track_id, row)
        else:
            named = {"path": source.file, "track_id": source.track_id, "what": source.what}
            rejected.append(named | {"reason": result.reason})
    note = "no track's sound could be read"
    notes = {"descriptors": "descriptors need sound, not ready-made mel spectrograms"} if origins else {}
    arrays = {name: array.array(names[name], notes.get(name, note)) for name, array in rows.items()}
    return Collection(arrays, rejected, seconds, origins, not_stored)


def _names(audio: Audio) -> dict[str, list[str]]:
    """Names of the columns of each array; a patch has none."""
    mfcc = statistics.names("mfcc", audio.n_mfcc, audio.mfcc_statistics)
    return {
        "mfcc": mfcc,
        "mel_stats": statistics.names("mel", audio.n_mels, statistics.MEL_STATISTICS),
        "mel": [],
        "descriptors": mfcc + descriptors.names(audio.descriptors),
    }
