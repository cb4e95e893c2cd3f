"""A person's own folder of music: files are linked or converted, and described by their tags and lyrics."""

import os
import re
import shutil
import string
from dataclasses import replace as changed
from pathlib import Path, PurePosixPath

from songmap.catalogue import checks, text
from songmap.catalogue.entries import Entry, Rejection
from songmap.catalogue.table import LABELS
from songmap.catalogue.tags import read_tags
from songmap.catalogue.walk import NATIVE, walk
from songmap.errors import DataError
from songmap.files import atomic
from songmap.importers import fields
from songmap.importers.convert import CONVERTED, convert
from songmap.importers.delimited import decoded
from songmap.importers.names import folders, safe_path, shown, unique
from songmap.importers.programs import FULL, in_threads
from songmap.importers.staging import RECIPE, Outcome, Skipped, staged, write_folder

_LYRICS_LIMIT = 2 * checks.LYRICS_LIMIT + 3  # bytes of UTF-16 that may be no more than 1 MiB of UTF-8
_SAME_TIME = 2.0  # seconds; FAT keeps even ones only
_NUMBERED = re.compile(r"(?:\(\d+\))*(?:\d+$)?")  # ID3's genre numbers, before or instead of a name
_SEPARATORS = re.compile(r"[;,/|\\\0]")


def import_folder(dest: Path, *, source: Path, copy: bool = False, replace: bool = False) -> Outcome:
    """Make a song folder of the music below a folder.

    A track's id is its path below `source`. Lyrics are those of a .txt or .lrc with the file's name, else
    those in its tags. The folder is the same wherever the music lies. Files that are linked, copied or
    converted already stay, unless the source changed since.

    Parameters
    ----------
    dest : Path
        The song folder to make.
    source : Path
        Where the music is.
    copy : bool
        Whether to copy files rather than link them.
    replace : bool
        Whether an earlier import at `dest` may be replaced.

    Returns
    -------
    Outcome
        What was left out is in the order of its paths.

    Raises
    ------
    DataError
        If `source` is no folder, holds no music, or lies in `dest` or around it; if `dest` may not be
        written.
    OSError
        If the disk is full.
    """
    root = _source(source, dest.resolve())
    with staged(dest, {"kind": "folder", "copy": copy}, replace=replace) as folder:
        found = walk(root, NATIVE | CONVERTED)
        if not found:
            raise DataError(f"{source} holds no music, such as .mp3, .flac, .ogg, .wav and .m4a")
        songs = _named([item for item in found if isinstance(item, Entry)])
        results = in_threads(lambda song: _import(root, folder, song, copy), songs, "importing", "file")
        rows = [row for row, _ in results if row]
        skipped = [Skipped(shown(item.path), item.reason) for item in found if isinstance(item, Rejection)]
        skipped += [item for _, items in results for item in items]
        skipped.sort(key=lambda item: item.what)
        _remove_others(folder, {RECIPE} | {row[column] for row in rows for column in ("path", "lyrics")})
        write_folder(folder, rows, skipped)
    return Outcome(len(rows), skipped)


def genre(tag: str) -> str:
    """The first genre that a tag names: 'Rock' for '(17)Rock; Pop'; '' where it is but a number."""
    names = (text.label(name) for name in _SEPARATORS.split(_NUMBERED.sub("", tag.strip(), count=1)))
    name = next(filter(None, names), "")
    return string.capwords(name) if name.islower() else name


def _source(source: Path, dest: Path) -> Path:
    """The folder without links, if one may import it to `dest`."""
    if not source.is_dir():
        state = "is not a folder" if source.exists() else "does not exist"
        raise DataError(f"{source} {state}: give the folder that holds your music")
    root = source.resolve()
    for folder in (dest, *(dest.with_name(f".{dest.name}.{state}") for state in ("importing", "replaced"))):
        if root.is_relative_to(folder) or folder.is_relative_to(root):
            raise DataError(f"{folder} and {root}: one lies in the other; give a song folder elsewhere")
    return root


def _named(songs: list[Entry]) -> list[Entry]:
    """The songs, each with an id that can be a path beside those of all others."""
    paths = [safe_path(song.path) for song in songs]
    taken = folders(paths)
    return [changed(song, track_id=unique(path, taken)) for song, path in zip(songs, paths, strict=True)]


def _import(
    root: Path, folder: Path, entry: Entry, copy: bool
) -> tuple[dict[str, str] | None, list[Skipped]]:
    """The row of a song whose files are in place, and what was left out of it."""
    name = shown(entry.path)
    try:
        path, tags = _place(root / entry.path, folder, entry.track_id, copy)
        lyrics, skipped = _lyrics(root, folder, entry, tags.get("lyrics", ""))
    except DataError as error:
        return None, [Skipped(name, str(error))]
    except OSError as error:
        if error.errno in FULL:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        return None, [Skipped(name, f"cannot be read or written: {error.strerror}")]
    labels = {label: text.label(tags.get(label, "")) for label in LABELS}
    labels["title"] = labels["title"] or PurePosixPath(entry.track_id).stem
    labels["genre"] = genre(tags.get("genre", ""))
    return {"track_id": entry.track_id, "path": path, **labels, "lyrics": lyrics}, skipped


def _place(file: Path, folder: Path, track_id: str, copy: bool) -> tuple[str, dict[str, str]]:
    """Link, copy or convert a file unless that is done; where its sound is, and the tags it has."""
    if not file.is_file():
        raise DataError("is not a file" if file.exists() else "links to a file that does not exist")
    with file.open("rb"):
        tags = read_tags(file)
    if file.suffix.lower() in NATIVE:
        path = f"audio/{track_id}"
        if copy or not _link(file, folder / path):
            _copy(file, folder / path)
        return path, tags
    path = f"converted/{track_id}-{checks.sha256(file)[:16]}.flac"  # which exists for these bytes alone
    if not (folder / path).is_file():
        convert(file, folder / path)
    return path, read_tags(folder / path) | tags


def _link(file: Path, target: Path) -> bool:
    """Whether the target is the file itself, linked now or before."""
    if target.is_file() and target.samefile(file):
        return True
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}")  # not `atomic`, which sets the mode, here the source's
    try:
        temporary.hardlink_to(file.resolve())
    except OSError:  # another disk, another owner, or a file system without links
        return False
    temporary.replace(target)
    return True


def _copy(file: Path, target: Path) -> None:
    source = file.stat()
    if target.is_file():
        found = target.stat()
        if found.st_size == source.st_size and abs(found.st_mtime - source.st_mtime) <= _SAME_TIME:
            return
    with atomic(target) as temporary:
        shutil.copyfile(file, temporary)
        os.utime(temporary, ns=(source.st_atime_ns, source.st_mtime_ns))


def _lyrics(root: Path, folder: Path, entry: Entry, embedded: str) -> tuple[str, list[Skipped]]:
    """Lyrics as tracks.csv has them: a file made of what lies beside the song, else the words in its tags."""
    skipped = []
    if entry.lyrics:
        path = f"lyrics/{entry.track_id}.txt"
        try:
            words = _read_lyrics(root, root / entry.lyrics)
            if text.lyrics(words):
                with atomic(folder / path) as temporary:
                    temporary.write_bytes(words.encode())
                return path, []
        except DataError as error:
            skipped.append(Skipped(shown(entry.lyrics), str(error)))
    try:
        return fields.words(text.lyrics(embedded)), skipped
    except DataError as error:
        return "", [*skipped, Skipped(shown(entry.path), f"lyrics in its tags: {error}")]


def _read_lyrics(root: Path, file: Path) -> str:
    """The text of a lyrics file of any common encoding."""
    if not file.is_file():
        raise DataError("is not a file")
    if not file.resolve().is_relative_to(root):
        raise DataError("links to a file outside the folder")
    try:
        with file.open("rb") as opened:
            data = opened.read(_LYRICS_LIMIT)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from error
    if len(data) == _LYRICS_LIMIT:
        checks.check_lyrics_size(len(data))
    words, _ = decoded(Path(shown(file.name)), data)
    if "\0" in words:
        raise DataError(f"is not text: it holds a NUL at character {words.index(chr(0))}")
    checks.check_lyrics_size(len(words.encode()))
    return words


def _remove_others(folder: Path, wanted: set[str]) -> None:
    """Remove what an interrupted import made of songs that the source has no longer, and its tables."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
