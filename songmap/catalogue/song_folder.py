"""From a song folder to its usable tracks and the list of what was refused.

The folder's tracks.csv is read, or its audio files are found by walking. Every file that a track names is
opened and checked; what fails costs one track, or one part of it, never the run.
"""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from songmap.catalogue import text
from songmap.catalogue.checks import Folder
from songmap.catalogue.entries import Entry, RefusedError, Rejection, Track, rejection
from songmap.catalogue.examine import examine
from songmap.catalogue.table import read_table
from songmap.catalogue.walk import walk
from songmap.errors import DataError
from songmap.processes import available

TABLE = "tracks.csv"


@dataclass(frozen=True)
class Catalogue:
    """The usable tracks, sorted by id, the names of their feature columns, and what was refused."""

    tracks: list[Track]
    features: list[str]
    rejected: list[Rejection]

    def counts(self) -> dict[str, int | float | dict[str, int]]:
        """How many tracks are usable, what they bring, and how many refusals there are of each kind."""
        kinds = sorted(Counter(item.kind for item in self.rejected).items())
        return {
            "tracks": len(self.tracks),
            "with_audio": sum(bool(track.path) for track in self.tracks),
            "with_lyrics": sum(bool(track.lyrics) for track in self.tracks),
            "with_mel": sum(bool(track.mel) for track in self.tracks),
            "with_features": sum(track.features is not None for track in self.tracks),
            "genres": len({track.genre for track in self.tracks} - {""}),
            "languages": len({track.language for track in self.tracks} - {""}),
            "hours": round(sum(track.duration or 0 for track in self.tracks) / 3600, 3),
            "rejected": {"total": len(self.rejected), **dict(kinds)},
        }


def read_song_folder(root: Path) -> Catalogue:
    """Read and check a song folder.

    Parameters
    ----------
    root : Path
        A directory with a tracks.csv, or with audio files in any depth.

    Returns
    -------
    Catalogue
        At least one track. What was refused is in the order of the folder's rows or paths.

    Raises
    ------
    DataError
        If the folder is absent or empty, its table has no usable header or no rows, or no track is usable.
    """
    if not root.is_dir():
        state = "is not a folder" if root.exists() else "does not exist"
        raise DataError(f"song folder {root} {state}")
    is_table = (root / TABLE).is_symlink() or (root / TABLE).exists()
    if is_table and not _inside(root / TABLE, root):
        raise DataError(f"{root / TABLE} must be a file in the song folder")
    items, features = read_table(root / TABLE) if is_table else (walk(root), [])
    if not items:
        state = f"holds neither {TABLE} nor audio files" if any(root.iterdir()) else "is empty"
        raise DataError(f"song folder {root} {state}")
    tracks, rejected = _examine_all(root, _without_repeated_ids(items), features)
    if not tracks:
        first = rejected[0]
        name = text.quoted(first.path or first.track_id)
        raise DataError(f"song folder {root}: none of {len(items)} tracks is usable; {name}: {first.reason}")
    return Catalogue(sorted(tracks, key=lambda track: track.track_id), features, rejected)


def _inside(path: Path, folder: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _without_repeated_ids(items: Iterable[Entry | Rejection]) -> list[Entry | Rejection]:
    """The items; an entry whose id an earlier one has is rejected."""
    seen: set[str] = set()
    kept: list[Entry | Rejection] = []
    for item in items:
        if isinstance(item, Entry) and item.track_id in seen:
            repeated = RefusedError(
                "duplicate track_id", f"{text.quoted(item.track_id)} is an earlier track's"
            )
            kept.append(rejection(item, "track", repeated))
            continue
        if isinstance(item, Entry):
            seen.add(item.track_id)
        kept.append(item)
    return kept


def _examine_all(
    root: Path, items: list[Entry | Rejection], features: list[str]
) -> tuple[list[Track], list[Rejection]]:
    """Check every entry, several at a time; the results keep the order of `items`."""
    folder = Folder(root)

    def one(item: Entry | Rejection) -> tuple[Track | None, list[Rejection]]:
        return (None, [item]) if isinstance(item, Rejection) else examine(folder, item, features)

    tracks: list[Track] = []
    rejected: list[Rejection] = []
    first_with: dict[str, str] = {}
    with ThreadPoolExecutor(available()) as pool:
        for track, refusals in tqdm(
            pool.map(one, items), total=len(items), desc="checking tracks", unit="track", disable=None
        ):
            if track and track.sha256 in first_with:
                same = RefusedError(
                    "duplicate audio", f"same bytes as {text.quoted(first_with[track.sha256])}"
                )
                twin = Entry(track.track_id, track.path)
                rejected.append(rejection(twin, "track", same))
                continue
            if track:
                tracks.append(track)
                if track.sha256:
                    first_with[track.sha256] = track.track_id
            rejected += refusals
    return tracks, rejected
