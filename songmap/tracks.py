"""Arrays that travel with their track ids, so that nothing is ever joined by position."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from songmap.errors import DataError
from songmap.files import atomic


@dataclass(frozen=True, eq=False)
class TrackArray:
    """One row of values per track, beside the tracks' ids.

    A track that lacks the thing (a song without lyrics, say) has no row: absence is the mask.

    Parameters
    ----------
    track_id : np.ndarray [shape=(n,)], str
        Unique ids, in the order of the rows.
    values : np.ndarray [shape=(n, ...)]
        The rows; finite where they are floating point.
    names : np.ndarray [shape=(d,)], str
        Names of the columns where they have some, else empty.
    note : str
        Where there are no rows: why.

    Raises
    ------
    DataError
        If ids repeat, ids and rows differ in number, or a value is NaN or infinite.
    """

    track_id: np.ndarray
    values: np.ndarray
    names: np.ndarray = field(default_factory=lambda: np.array([], dtype=str))
    note: str = ""

    def __post_init__(self) -> None:
        ids = np.asarray(self.track_id, dtype=str)
        object.__setattr__(self, "track_id", ids)
        object.__setattr__(self, "names", np.asarray(self.names, dtype=str))
        if ids.ndim != 1 or len(ids) != len(self.values):
            raise DataError(f"{len(ids)} track ids for {len(self.values)} rows: must be one each")
        unique, counts = np.unique(ids, return_counts=True)
        if len(unique) < len(ids):
            raise DataError(f"track id {str(unique[counts > 1][0])!r} occurs more than once")
        if self.names.size and self.names.shape != self.values.shape[1:]:
            raise DataError(f"{self.names.size} column names for values of shape {self.values.shape}")
        if np.issubdtype(self.values.dtype, np.floating) and not np.isfinite(self.values).all():
            row = ~np.isfinite(self.values.reshape(len(ids), -1)).all(axis=1)
            raise DataError(f"track {str(ids[row][0])!r} has a value that is NaN or infinite")

    def __len__(self) -> int:
        return len(self.track_id)

    @classmethod
    def empty(cls, note: str) -> "TrackArray":
        """An array of no tracks, and why."""
        return cls(np.array([], dtype=str), np.zeros((0, 0), dtype=np.float32), note=note)

    @classmethod
    def load(cls, path: Path | str) -> "TrackArray":
        """Read what `save` wrote. Pickled objects are refused."""
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(data["track_id"], data["values"], data["names"], str(data["note"]))
        except (OSError, EOFError, KeyError, ValueError, BadZipFile, DataError) as error:
            raise DataError(f"{path} is not an array of tracks: {error}") from error

    def save(self, path: Path | str) -> None:
        """Write to `path` (.npz), whole or not at all; the same array gives the same bytes."""
        with atomic(path) as temporary, temporary.open("wb") as file:
            np.savez(
                file,
                track_id=self.track_id,
                values=self.values,
                names=self.names,
                note=np.array(self.note),
            )

    def rows(self, track_id: Sequence[str] | np.ndarray) -> np.ndarray:
        """Values of the given tracks, in the order given.

        Raises
        ------
        DataError
            If a track has no row here.
        """
        order = np.argsort(self.track_id)
        wanted = np.asarray(track_id, dtype=str)
        position = np.searchsorted(self.track_id, wanted, sorter=order)
        position = order[np.minimum(position, len(order) - 1)] if len(order) else position
        missing = wanted != self.track_id[position] if len(order) else np.ones(len(wanted), bool)
        if missing.any():
            raise DataError(
                f"track {str(wanted[missing][0])!r} has no row here, "
                f"nor have {missing.sum() - 1} of the {len(wanted)} asked for"
            )
        return self.values[position]

    def select(self, track_id: Sequence[str] | np.ndarray) -> "TrackArray":
        """The given tracks alone, in the order given; raises `DataError` where one has no row."""
        return TrackArray(np.asarray(track_id, dtype=str), self.rows(track_id), self.names, self.note)


def union(*arrays: TrackArray) -> np.ndarray:
    """Ids that occur in any of the arrays, in order of first appearance. Shape (n,)."""
    return np.array(list(dict.fromkeys(i for array in arrays for i in array.track_id)), dtype=str)
