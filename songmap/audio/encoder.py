"""One embedding per track from a pretrained audio model, encoded once and kept."""

import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeGuard

import numpy as np
from tqdm import tqdm

from songmap import sound
from songmap.audio import decode, pretrained
from songmap.audio.keys import key, provenance
from songmap.audio.parallel import Died, in_order
from songmap.audio.pretrained import Pretrained, best_device, find, load
from songmap.errors import DataError
from songmap.params import Encoder
from songmap.processes import available
from songmap.store import Store
from songmap.tracks import TrackArray

Row = Mapping[str, str]


@dataclass(frozen=True)
class Windows:
    """Reads the windows of a track that a model hears. Pickled to the processes that use it.

    Parameters
    ----------
    root : Path
        What paths are relative to.
    seconds : float [scalar], seconds
        Length of a window.
    excerpts : int > 0 [scalar]
        Windows of a track; window i lies at (i + position) / excerpts of it.
    position : float in [0, 1] [scalar]
    rate : int > 0 [scalar], Hz
        The rate they are brought to.
    """

    root: Path
    seconds: float
    excerpts: int
    position: float
    rate: int

    @property
    def length(self) -> int:
        """Samples of a whole window."""
        return round(self.seconds * self.rate)

    def __call__(self, path: str) -> list[np.ndarray] | str:
        """The windows of one track, (<= length,) float32 each, or why there are none."""
        try:
            place = (self.seconds, self.excerpts, self.position, self.rate)
            windows = [self._whole(y) for y, _ in decode.read_excerpts(self.root / path, *place)]
        except DataError as error:
            return str(error)
        finite = all(np.isfinite(window).all() for window in windows)
        return windows if finite else "has samples that are NaN or infinite"

    def _whole(self, y: np.ndarray) -> np.ndarray:
        """A window at its length, of which the resampler may give a sample more or less."""
        missing = self.length - len(y)
        return np.append(y, y[-1:]) if missing == 1 else y[: self.length]


def embed(
    rows: Sequence[Row],
    root: Path | str,
    settings: Encoder,
    excerpts: int,
    position: float,
    cache: Path,
    as_of: float = math.inf,
) -> tuple[TrackArray, list[dict[str, str]]]:
    """Encode the sound of every track that has some.

    Parameters
    ----------
    rows : sequence of mapping
        ``track_id``, ``path`` and ``sha256`` of each track; the path is empty where it has no sound.
    root : Path or str
        What the paths are relative to.
    settings : Encoder
        The model; none for no embeddings.
    excerpts : int > 0 [scalar]
        Windows of `settings.seconds` whose embeddings are averaged. A shorter track has one, the whole track.
    position : float in [0, 1] [scalar]
        Where a window lies within its share of the track.
    cache : Path
        Root of the store that keeps what is encoded.
    as_of : float [scalar], seconds since the epoch
        When the rows' digests were taken.

    Returns
    -------
    embeddings : TrackArray
        float32, shape (n, d). The same machine gives the same bytes, whatever the store holds.
    rejected : list of dict
        ``path``, ``track_id``, ``what`` and ``reason`` of each track that failed.

    Raises
    ------
    DataError
        If the model cannot be found or loaded, or a batch exceeds the memory.
    """
    if settings.model == "none":
        return TrackArray.empty("encoder.model is none"), []
    heard = [row for row in rows if row["path"]]
    if not heard:
        return TrackArray.empty("this catalogue brings no sound"), []
    folder, device = find(settings), best_device()
    store = Store(cache, _recipe(folder, device, settings, excerpts, position))
    keys = {row["track_id"]: key(Path(root, row["path"]), row["sha256"], as_of) for row in heard}
    kept = {track_id: store.get(digest) for track_id, digest in keys.items()}
    vectors = {track_id: arrays["embedding"] for track_id, arrays in kept.items() if _is_whole(arrays)}
    missing = [row for row in heard if row["track_id"] not in vectors]
    rejected: list[dict[str, str]] = []
    if missing:
        model = load(folder, settings, device)
        reader = Windows(Path(root), settings.seconds, excerpts, position, model.rate)
        for row, result in _encode(missing, reader, model, settings.batch_size):
            track_id = row["track_id"]
            if isinstance(result, str):
                failed = {"path": row["path"], "track_id": track_id, "what": "audio", "reason": result}
                rejected.append(failed)
            else:
                decoded = key(Path(root, row["path"]), row["sha256"], -math.inf)
                store.put(decoded, {"embedding": result})
                vectors[track_id] = result
    if not vectors:
        return TrackArray.empty("no track's sound could be read"), rejected
    ids = [row["track_id"] for row in heard if row["track_id"] in vectors]
    return TrackArray(np.array(ids), np.stack([vectors[i] for i in ids])), rejected


def _is_whole(arrays: Mapping[str, np.ndarray] | None) -> TypeGuard[Mapping[str, np.ndarray]]:
    """Whether arrays from the store are one embedding."""
    if arrays is None or set(arrays) != {"embedding"}:
        return False
    vector = arrays["embedding"]
    return vector.dtype == np.float32 and vector.ndim == 1 and bool(np.isfinite(vector).all())


def _recipe(
    folder: Path, device: str, settings: Encoder, excerpts: int, position: float
) -> dict[str, object]:
    """Everything besides the sound that decides an embedding, to its last digit."""
    return {
        "model": pretrained.digest(folder),
        "seconds": settings.seconds,
        "excerpts": excerpts,
        "position": position,
        "batch_size": settings.batch_size,
        "device": device,
        **provenance(sys.modules[__name__], sound, decode, pretrained),
        **{name: version(name) for name in ("numpy", "torch", "transformers")},
    }


def _encode(
    rows: Sequence[Row], reader: Windows, model: Pretrained, batch_size: int
) -> Iterator[tuple[Row, np.ndarray | str]]:
    """Each row with its embedding (d,), or why it has none. Sound is read ahead by other processes."""
    results = in_order(reader, [row["path"] for row in rows], available())
    progress = tqdm(results, desc="embedding", total=len(rows), unit="track")
    group: list[tuple[Row, list[np.ndarray]]] = []
    for row, result in zip(rows, progress, strict=True):
        if isinstance(result, (str, Died)):
            yield row, result if isinstance(result, str) else result.reason
            continue
        group.append((row, result))
        if len(group) == batch_size:
            yield from _encode_group(group, reader.length, model, batch_size)
            group = []
    yield from _encode_group(group, reader.length, model, batch_size)


def _encode_group(
    group: Sequence[tuple[Row, list[np.ndarray]]], length: int, model: Pretrained, batch_size: int
) -> Iterator[tuple[Row, np.ndarray | str]]:
    """Means over the windows of each track."""
    vectors = _vectors([window for _, windows in group for window in windows], length, model, batch_size)
    start = 0
    for row, windows in group:
        mean = np.array(vectors[start : start + len(windows)]).mean(axis=0)
        start += len(windows)
        yield row, mean if np.isfinite(mean).all() else "its embedding is not finite"


def _vectors(
    windows: Sequence[np.ndarray], length: int, model: Pretrained, batch_size: int
) -> list[np.ndarray]:
    """The embedding of each window.

    Whole windows go in batches of one size, the last filled up, and shorter ones alone: the sums within a
    model, and so the last digits, depend on the shape of a batch, but not on what else is in it.
    """
    vectors: dict[int, np.ndarray] = {}
    whole = [i for i, window in enumerate(windows) if len(window) == length]
    for start in range(0, len(whole), batch_size):
        chosen = whole[start : start + batch_size]
        filling = [windows[chosen[0]]] * (batch_size - len(chosen))
        found = model([*(windows[i] for i in chosen), *filling])
        vectors |= zip(chosen, found, strict=False)
    for i, window in enumerate(windows):
        if i not in vectors:
            vectors[i] = model([window])[0]
    return [vectors[i] for i in range(len(windows))]
