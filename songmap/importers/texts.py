"""The lyrics of a song folder: which tracks have some, and a new text for one that has none.

With a tracks.csv, texts are files in lyrics/ that its column `lyrics` names. Without one, each lies beside
its audio file. Nothing that is there is ever replaced, and nothing is written outside the folder.
"""

import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from songmap.catalogue import checks, text
from songmap.catalogue.entries import Entry, RefusedError
from songmap.catalogue.song_folder import TABLE
from songmap.catalogue.table import LABELS
from songmap.catalogue.tags import read_tags
from songmap.catalogue.walk import LYRICS, walk
from songmap.errors import DataError
from songmap.files import atomic
from songmap.importers.names import safe_path, unique
from songmap.importers.programs import FULL
from songmap.importers.table import read_tracks, write_tracks

TEXTS = "lyrics"  # the folder's folder for texts, where it has a tracks.csv
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class PassingError(DataError):
    """A song's lyrics could not be had or kept; another time they may be."""


class Texts:
    """A folder's lyrics.

    Parameters
    ----------
    folder : Path
        The song folder.

    Raises
    ------
    DataError
        If its tracks.csv is broken, or its lyrics/ is no folder within it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._files = folder, checks.Folder(folder)
        self._version, self._table = _version(folder), read_tracks(folder)
        texts = folder / TEXTS
        if os.path.lexists(texts) and not (texts.is_dir() and self._is_inside(texts)):
            raise DataError(f"{texts} must be a folder in the song folder")

    @property
    def has_table(self) -> bool:
        """Whether tracks.csv says which tracks there are."""
        return self._table is not None

    def entries(self) -> Iterator[Entry]:
        """The folder's tracks as the catalogue reads them: the first of each id, with its tags."""
        seen: set[str] = set()
        found = walk(self.folder) if self._table is None else self._table.entries
        for item in tqdm(found, desc="reading tags", unit="file", disable=True if self.has_table else None):
            if not isinstance(item, Entry) or item.track_id in seen:
                continue
            seen.add(item.track_id)
            tags = read_tags(self.folder / item.path) if item.tagged else {}
            labels = item.labels | {name: text.label(tags[name]) for name in LABELS if name in tags}
            yield replace(item, labels=labels, lyrics=item.lyrics or text.lyrics(tags.get("lyrics", "")))

    def audio(self, path: str) -> Path:
        """The audio file of a relative path.

        Raises
        ------
        PassingError
            If it is missing or outside the folder.
        """
        try:
            return self._files.find(path)
        except RefusedError as refused:
            raise PassingError(str(refused)) from refused

    def place(self, track_id: str, path: str, words: str) -> Path | None:
        """Where a track's words go: a file that is not there, or has these words; None if it has lyrics now.

        Raises
        ------
        DataError
            If tracks.csv came or went meanwhile, or is broken now.
        """
        self._look_again()
        if self._table is None:
            return self._beside(self.audio(path))
        row = self._row(track_id)
        if row < 0 or self._table.rows[row][self._table.column("lyrics")].strip():
            return None
        name, taken = safe_path(track_id.replace("/", "-")), set[str]()
        there = _names(self.folder / TEXTS)
        while True:
            target = self.folder / TEXTS / unique(f"{name}.txt", taken)
            if target.name in there:
                is_free = _is_plain(target) and target.read_bytes() == words.encode()
            else:  # nor under a name in another case, which a disk may take for the same
                is_free = not (os.path.lexists(target) or target.name.casefold() in map(str.casefold, there))
            if is_free:
                return target

    def write(self, track_id: str, target: Path, words: str) -> None:
        """Write a track's words where `place` said, and name them in tracks.csv.

        Raises
        ------
        PassingError
            If this one file cannot be written.
        OSError
            If none can, the disk being full or read-only.
        """
        if not target.exists():
            self._write_new(target, words.encode())
        if self._table is not None:
            relative = target.relative_to(self.folder).as_posix()
            self._table.rows[self._row(track_id)][self._table.column("lyrics")] = relative
            write_tracks(self.folder, self._table)
            self._version = _version(self.folder)

    def _look_again(self) -> None:
        """Read tracks.csv once more if somebody changed it meanwhile."""
        version = _version(self.folder)
        if (version is None) != (self._version is None):
            raise DataError(f"{self.folder / TABLE} came or went meanwhile: type the same command again")
        if version != self._version:
            self._table, self._version = read_tracks(self.folder), version

    def _row(self, track_id: str) -> int:
        """The track's row in tracks.csv, -1 where it has none."""
        entries = self._table.entries if self._table else []
        return next((row for row, entry in enumerate(entries) if entry and entry.track_id == track_id), -1)

    def _beside(self, audio: Path) -> Path | None:
        """The text file beside a sound; None if there is one, however its name is spelt."""
        stem = unicodedata.normalize("NFC", audio.stem)
        for other in audio.parent.iterdir():
            if other.suffix.lower() in LYRICS and unicodedata.normalize("NFC", other.stem) == stem:
                return None
        return audio.with_suffix(".txt")

    def _write_new(self, target: Path, data: bytes) -> None:
        name = text.quoted(target.name)
        try:
            if not self._is_inside(target.parent):
                raise PassingError(f"{name} would lie outside the song folder")
            with atomic(target) as temporary:
                temporary.write_bytes(data)
                if os.path.lexists(target):
                    raise PassingError(f"{name} is there meanwhile")
        except OSError as error:
            if error.errno in FULL:
                raise
            raise PassingError(f"{name} cannot be written: {error.strerror}") from error

    def _is_inside(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.folder.resolve())


def plain(words: str) -> str:
    r"""The words in NFC, `\n` at the end of each line, without control characters; all else as it stands."""
    lines = unicodedata.normalize("NFC", words).splitlines()
    return "\n".join(_CONTROL.sub("", line) for line in lines).strip() + "\n"


def unfit(words: str) -> str:
    """Why words are no lyrics that the catalogue takes; '' where they are."""
    if len(words.encode()) > checks.LYRICS_LIMIT:
        return f"more than {checks.LYRICS_LIMIT} bytes"
    return "" if text.lyrics(words) else "no letter"


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _names(folder: Path) -> set[str]:
    """What a folder holds, in NFC; nothing where there is none."""
    return (
        {unicodedata.normalize("NFC", path.name) for path in folder.iterdir()} if folder.is_dir() else set()
    )


def _version(folder: Path) -> tuple[int, int, int] | None:
    """What tells one state of tracks.csv from another; None without one."""
    try:
        found = (folder / TABLE).stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
