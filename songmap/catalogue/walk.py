"""A folder without tracks.csv: its audio files, in order, each with the lyrics file of the same name."""

import os
import unicodedata
from collections.abc import Collection
from pathlib import Path, PurePath

from songmap.catalogue.entries import Entry, RefusedError, Rejection, rejection
from songmap.catalogue.table import track_id_of
from songmap.sound import FFMPEG_SUFFIXES

NATIVE = frozenset({".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif"})
AUDIO = NATIVE | FFMPEG_SUFFIXES
LYRICS = (".txt", ".lrc")


def walk(folder: Path, suffixes: Collection[str] = AUDIO) -> list[Entry | Rejection]:
    """Find the audio files below a folder.

    Hidden files and folders are skipped; a linked folder is not followed but listed as rejected, and so is
    one that cannot be read.

    Parameters
    ----------
    folder : Path
        The song folder.
    suffixes : collection of str
        Those of audio files, in lower case and with the dot.

    Returns
    -------
    list of Entry or Rejection
        Sorted by path.
    """
    found: list[Entry | Rejection] = []

    def unreadable(error: OSError) -> None:
        refused = RefusedError("unreadable folder", str(error.strerror))
        path = PurePath(error.filename).relative_to(folder).as_posix()
        found.append(rejection(Entry(track_id="", path=path), "track", refused))

    for directory, folders, files in os.walk(folder, onerror=unreadable):
        inside = PurePath(directory).relative_to(folder)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [_linked(inside / name) for name in folders if _is_link(Path(directory, name))]
        sidecars = {_key(name): name for name in sorted(files, reverse=True) if _suffix(name) in LYRICS}
        for name in files:
            if _suffix(name) in suffixes and not name.startswith("."):
                found.append(_entry(inside, name, sidecars))
    return sorted(found, key=lambda item: item.path)


def _entry(inside: PurePath, name: str, sidecars: dict[tuple[str, str], str]) -> Entry:
    stem = _key(name)[0]
    words = next((sidecars[stem, suffix] for suffix in LYRICS if (stem, suffix) in sidecars), "")
    path = (inside / name).as_posix()
    return Entry(
        track_id=track_id_of(path),
        path=path,
        lyrics=(inside / words).as_posix() if words else "",
        tagged=True,
    )


def _linked(path: PurePath) -> Rejection:
    refused = RefusedError("linked folder", "links to folders are not followed; give the folder itself")
    return rejection(Entry(track_id="", path=path.as_posix()), "track", refused)


def _is_link(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:  # a path too long, which is then found to be unreadable
        return False


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def _key(name: str) -> tuple[str, str]:
    return unicodedata.normalize("NFC", PurePath(name).stem), _suffix(name)
