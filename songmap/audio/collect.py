"""Many tracks: their features as arrays with track ids, and a row for each track that failed."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from songmap.audio import statistics
from songmap.audio.extract import Extractor, Features, Source
from songmap.audio.parallel import Died, in_order
from songmap.params import Audio
from songmap.tracks import TrackArray

DIED = "the process that read it died: not enough memory, or a fault of the decoder"


@dataclass(frozen=True)
class Collection:
    """Features of a catalogue.

    Parameters
    ----------
    arrays : dict of str to TrackArray
        ``mfcc`` (n, s * n_mfcc), ``mel_stats`` (n, 4 * n_mels) and ``mel`` (n, 1, mel.n_mels, mel.frames),
        float32.
    rejected : list of dict
        ``path``, ``track_id``, ``what`` and ``reason`` of each track that failed.
    seconds : float [scalar], seconds
        Sound analysed.
    origins : Counter
        Tracks by what their features came from: ``audio``, ``mel``.
    """

    arrays: dict[str, TrackArray]
    rejected: list[dict[str, str]]
    seconds: float
    origins: Counter


class Rows:
    """Rows of float32 in a nameless file, so that a catalogue larger than memory can be gathered."""

    def __init__(self, scratch: Path) -> None:
        self.file: Any = tempfile.TemporaryFile(dir=scratch)  # noqa: SIM115 - `array` maps it

    def append(self, row: np.ndarray) -> None:
        """Add a row; all have the same shape."""
        self.file.write(np.ascontiguousarray(row, np.float32).tobytes())
        self.shape = row.shape

    def array(self, n: int) -> np.ndarray:
        """The `n` rows as one array, mapped and not read. Shape (n, ...)."""
        self.file.flush()
        return np.memmap(self.file, np.float32, "r", shape=(n, *self.shape))


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
    ids: list[str] = []
    rejected: list[dict[str, str]] = []
    origins: Counter = Counter()
    seconds = 0.0
    rows = {name: Rows(scratch) for name in ("mfcc", "mel_stats", "mel")}
    results = in_order(extractor, sources, processes)
    progress = tqdm(results, desc="audio", total=len(sources), unit="track")
    for source, result in zip(sources, progress, strict=True):
        if isinstance(result, Features):
            ids.append(source.track_id)
            origins[source.what] += 1
            seconds += result.seconds
            for name, row in rows.items():
                row.append(getattr(result, name))
        else:
            reason = DIED if isinstance(result, Died) else result.reason
            rejected.append(
                {"path": source.file, "track_id": source.track_id, "what": source.what, "reason": reason}
            )
    return Collection(_arrays(ids, rows, extractor.audio), rejected, seconds, origins)


def _arrays(ids: list[str], rows: dict[str, Rows], audio: Audio) -> dict[str, TrackArray]:
    if not ids:
        return dict.fromkeys(rows, TrackArray.empty("no track's sound could be read"))
    names = {
        "mfcc": statistics.names("mfcc", audio.n_mfcc, audio.mfcc_statistics),
        "mel_stats": statistics.names("mel", audio.n_mels, statistics.MEL_STATISTICS),
    }
    return {
        name: TrackArray(np.array(ids), row.array(len(ids)), np.array(names.get(name, []), dtype=str))
        for name, row in rows.items()
    }
