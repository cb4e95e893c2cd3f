"""Genres and languages from a table of their own, written into the tracks.csv of a song folder."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from songmap.catalogue import text
from songmap.catalogue.entries import Entry
from songmap.catalogue.song_folder import TABLE
from songmap.catalogue.tags import read_tags
from songmap.catalogue.walk import walk
from songmap.errors import DataError
from songmap.importers.delimited import Delimited, read_delimited
from songmap.importers.staging import Outcome, Skipped
from songmap.importers.table import Tracks, alone, read_tracks, write_tracks

KEYS = ("track_id", "path", "file")
LABELS = ("genre", "language")
_AMBIGUOUS = "is ambiguous"
_WALKED = ("path", "title", "artist", "album", "genre", "language", "lyrics")


def add_labels(folder: Path, *, file: Path) -> Outcome:
    """Add genre and language to the tracks of a song folder, or replace them.

    A row names its track by id, else by path. A path or file may be the end of one that only one track has,
    else an id; an id may lack the leading zeros that spreadsheets drop. An empty field changes nothing.
    All else in tracks.csv stays as it is; a folder without one gets it.

    Parameters
    ----------
    folder : Path
        The song folder.
    file : Path
        A table with track_id, path or file, and genre, language or both.

    Returns
    -------
    Outcome
        Rows that name no track, or more than one, and rows that contradict an earlier one were left out.

    Raises
    ------
    DataError
        If the folder does not exist or its tracks.csv is broken, the table cannot be read or lacks a column,
        no row names a track, or another process adds labels to the folder.
    """
    with alone(folder):
        return _add(folder, file)


def _add(folder: Path, file: Path) -> Outcome:
    there = read_tracks(folder)
    tracks = there or _walked(folder)
    table = read_delimited(file, (), (*KEYS, *LABELS))
    for names in (KEYS, LABELS):
        if not set(names) & set(table.header):
            raise DataError(f"{file}: no column is called {' or '.join(names)}")
    labels, skipped = _labels(table, tracks)
    if not labels:
        ids = [text.quoted(entry.track_id) for entry in tracks.entries if entry][:3]
        hint = f"whose ids are like {', '.join(ids)}" if ids else "whose rows are all broken"
        first = next((item for item in skipped if _AMBIGUOUS in item.reason), None)
        why = f" ({first.what}: {first.reason})" if first else ""
        raise DataError(f"{file}: no row gives a label to a track of {folder}{why}, {hint}")
    _write(folder, tracks, labels)
    notes = [*table.notes, f"tracks that the table gives labels: {len(labels):,} of {len(tracks.rows):,}"]
    if there is None:
        notes.append(f"{TABLE} was written: from now on it alone says which songs there are")
    return Outcome(len(tracks.rows), skipped, notes)


def _walked(folder: Path) -> Tracks:
    """The table of a folder that has none, with what the reader finds in its tags."""
    entries = [item for item in walk(folder) if isinstance(item, Entry)]
    if not entries:
        raise DataError(f"song folder {folder} holds neither {TABLE} nor audio files")
    rows = []
    for entry in entries:
        tags = read_tags(folder / entry.path)
        row = {name: text.label(tags.get(name, "")) for name in _WALKED}
        row |= {"path": entry.path, "lyrics": entry.lyrics or text.lyrics(tags.get("lyrics", ""))}
        rows.append([row[name] for name in _WALKED])
    return Tracks(list(_WALKED), rows, list(entries))


def _labels(table: Delimited, tracks: Tracks) -> tuple[dict[int, dict[str, str]], list[Skipped]]:
    """The labels of each row of tracks.csv that has some, and rows of the table that were left out."""
    names = _names(tracks.entries)
    labels: dict[int, dict[str, str]] = defaultdict(dict)
    skipped = []
    for line, row in table.rows():
        given = {name: text.label(row.get(name, "")) for name in LABELS}
        try:
            track = _find({name: row[name] for name in KEYS if row.get(name, "").strip()}, names)
            for name, value in given.items():
                earlier = labels[track].get(name) if track in labels else None
                if value and earlier not in (None, value):
                    raise DataError(
                        f"contradicts an earlier row, whose {name} is {text.quoted(str(earlier))}"
                    )
        except DataError as error:
            skipped.append(Skipped(f"line {line}", str(error)))
            continue
        if any(given.values()):
            labels[track] |= {name: value for name, value in given.items() if value}
    return dict(labels), [*table.skipped, *skipped]


def _names(entries: Sequence[Entry | None]) -> dict[str, list[Mapping[str, set[int]]]]:
    """For each column that names a track, where to look the name up, in order: the tracks called so."""
    ids: dict[str, set[int]] = {}
    paths: dict[str, set[int]] = {}
    numbers: dict[str, set[int]] = defaultdict(set)
    ends: dict[str, set[int]] = defaultdict(set)
    for track, entry in enumerate(entries):
        if entry:
            ids.setdefault(text.label(entry.track_id), {track})
        if entry and entry.path:
            paths.setdefault(_path(entry.path), {track})
            parts = PurePosixPath(_path(entry.path)).parts
            for start in range(1, len(parts)):
                ends["/".join(parts[start:])].add(track)
    for name, tracks in ids.items():
        if name.isascii() and name.isdigit():
            numbers[str(int(name))] |= tracks
    return {"track_id": [ids, numbers], "path": [paths, ends, ids], "file": [paths, ends, ids]}


def _path(name: str) -> str:
    return str(PurePosixPath(text.label(name)))


def _find(keys: Mapping[str, str], names: Mapping[str, Sequence[Mapping[str, set[int]]]]) -> int:
    """The row of tracks.csv that the first key to do so names alone; raises `DataError` if none does."""
    if not keys:
        raise DataError(f"names no track: {', '.join(KEYS)} are empty")
    several = 0
    for column, key in keys.items():
        name = text.label(key) if column == "track_id" else _path(key)
        for tracks in names[column]:
            found = tracks.get(name, set())
            if len(found) == 1:
                return next(iter(found))
            several = several or len(found)
    first = text.quoted(next(iter(keys.values())))
    if several:
        raise DataError(f"{first} {_AMBIGUOUS}: {several} tracks are called so; give the path")
    raise DataError(f"no track is called {first}")


def _write(folder: Path, tracks: Tracks, labels: Mapping[int, Mapping[str, str]]) -> None:
    for name in LABELS:
        for number, given in labels.items():
            if name in given:
                column = tracks.column(name)
                tracks.rows[number][column] = given[name]
    write_tracks(folder, tracks)
