"""The table of Spotify's audio features and lyrics that Kaggle offers as spotify_songs.csv."""

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tqdm import tqdm

from songmap.catalogue import checks
from songmap.catalogue.entries import RefusedError
from songmap.catalogue.table import FEATURE
from songmap.catalogue.text import label, quoted
from songmap.importers.delimited import Delimited, read_delimited
from songmap.importers.fields import base_language, track_id, words
from songmap.importers.staging import Outcome, Skipped, staged, write_folder

RANGES = {
    "danceability": (0, 1),
    "energy": (0, 1),
    "key": (-1, 11),  # semitones above C; -1 where it is unknown
    "loudness": (-100, 20),  # dB
    "mode": (0, 1),
    "speechiness": (0, 1),
    "acousticness": (0, 1),
    "instrumentalness": (0, 1),
    "liveness": (0, 1),
    "valence": (0, 1),
    "tempo": (1, 1000),  # beats per minute; 0 in the table where it is unknown
    "duration_ms": (1000, 86_400_000),
}
WHOLE = ("key", "mode")
LABELS = {
    "title": "track_name",
    "artist": "track_artist",
    "album": "track_album_name",
    "language": "language",
}
UNUSED = (
    *("track_popularity", "track_album_id", "track_album_release_date"),
    *("playlist_name", "playlist_id", "playlist_subgenre"),
)
MISSING = frozenset({"", "NA", "NaN", "nan", "NULL", "null", "<NA>"})  # as R and pandas write it


def import_spotify(dest: Path, *, file: Path, replace: bool = False) -> Outcome:
    """Make a song folder of Spotify's features and lyrics.

    The twelve audio columns become thirteen features: the key, a place on a circle, becomes its sine and
    cosine, both 0 where it is unknown. Rows with the same track_id become one track: of each column the first
    value that is not missing, and the genre that most of the rows have. A track with a number that is missing
    or out of range keeps its lyrics and loses its features.

    Parameters
    ----------
    dest : Path
        The song folder to make.
    file : Path
        The table; it needs the columns track_id and those of `RANGES`.
    replace : bool
        Whether an earlier import at `dest` may be replaced.

    Returns
    -------
    Outcome
        What was left out: broken rows first, then tracks, in the order of the table.

    Raises
    ------
    DataError
        If the table cannot be read or lacks a column, no track is left, or `dest` may not be written.
    """
    table = read_delimited(
        file, ("track_id", *RANGES), ("lyrics", "playlist_genre", *LABELS.values(), *UNUSED)
    )
    with staged(dest, {"kind": "spotify", "sha256": checks.sha256(file)}, replace=replace) as folder:
        groups, skipped = _grouped(table)
        rows = []
        for name, group in groups.items():
            row, problems = _track(name, group)
            if row:
                rows.append(row)
            if problems:
                skipped.append(Skipped(name, "; ".join(problems)))
        write_folder(folder, rows, skipped)
    return Outcome(len(rows), skipped, _notes(table, groups))


def _grouped(table: Delimited) -> tuple[dict[str, list[dict[str, str]]], list[Skipped]]:
    """The rows of each track, and the rows of none."""
    groups: dict[str, list[dict[str, str]]] = {}
    nameless = []
    for line, fields in tqdm(table.rows(), desc="Spotify", unit="row", disable=None):
        row = {name: "" if value.strip() in MISSING else value for name, value in fields.items()}
        try:
            groups.setdefault(track_id(row["track_id"]), []).append(row)
        except RefusedError as refused:
            nameless.append(Skipped(f"line {line}", str(refused)))
    return groups, [*table.skipped, *nameless]


def _track(name: str, group: list[dict[str, str]]) -> tuple[dict[str, Any] | None, list[str]]:
    """The row of tracks.csv, None where nothing is left of the track, and what was left out."""
    first = {column: next(filter(None, (row[column] for row in group)), "") for column in group[0]}
    problems = []
    numbers: dict[str, float] = {}
    lyrics = ""
    try:
        numbers = _features(first)
    except RefusedError as refused:
        problems.append(f"features left out: {refused}")
    try:
        lyrics = words(first.get("lyrics", ""))
    except RefusedError as refused:
        problems.append(str(refused))
    if not numbers and not lyrics:
        return None, [*problems, "nothing is left of the track"]
    row = {"track_id": name, "lyrics": lyrics, "genre": _most_frequent(group)}
    row |= {column: label(first.get(source, "")) for column, source in LABELS.items()}
    row["language"] = base_language(row["language"])
    return row | numbers, problems


def _most_frequent(group: list[dict[str, str]]) -> str:
    """The genre of most rows, the first of several; '' where none has one."""
    genres = Counter(label(row.get("playlist_genre", "")) for row in group)
    del genres[""]
    return max(genres, key=genres.__getitem__, default="")


def _features(row: Mapping[str, str]) -> dict[str, float]:
    numbers = {name: _number(name, row[name]) for name in RANGES}
    key = numbers.pop("key")
    angle = 2 * math.pi * key / 12
    sine, cosine = (math.sin(angle), math.cos(angle)) if key >= 0 else (0.0, 0.0)
    numbers |= {"key_sin": round(sine, 9), "key_cos": round(cosine, 9) + 0.0}  # no -0.0
    return {FEATURE + name: number for name, number in numbers.items()}


def _number(name: str, field: str) -> float:
    low, high = RANGES[name]
    if not field:
        raise RefusedError("missing number", name)
    try:
        number = float(field.replace(",", ".") if "." not in field else field)
    except ValueError:
        number = math.nan
    if not low <= number <= high or (name in WHOLE and number != round(number)):
        what = "a whole number" if name in WHOLE else "a number"
        raise RefusedError("bad number", f"{name}={quoted(field)}, must be {what} from {low} to {high}")
    return number


def _notes(table: Delimited, groups: Mapping[str, list]) -> list[str]:
    notes = list(table.notes)
    repeated = sum(len(group) - 1 for group in groups.values())
    if repeated:
        notes.append(f"rows that repeat an earlier track_id: {repeated:,}; their genres were counted")
    unknown = [quoted(name) for name in table.unknown if name]
    if unknown:
        notes.append(f"columns that are not used: {', '.join(unknown[:20])}")
    if "lyrics" not in table.header:
        notes.append("there is no column lyrics: the tracks have features alone")
    return notes
