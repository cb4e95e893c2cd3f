"""What the page knows of every song, whatever the model: names, first lines, labels, features, its file."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import numpy as np

from songmap.report.pack import categories, quantised
from songmap.tracks import TrackArray

LABELS = {"genre": "genre", "language": "language", "artist": "artist", "album": "album"}
LINES, WIDTH = 3, 90  # of the lyrics that are shown: lines, and characters of each
UP = "../"  # from the page's folder to the root of the repository

Row = Mapping[str, str]


def songs(
    tracks: Sequence[Row], texts: Sequence[Row], sources: Sequence[Row], dataset: str
) -> dict[str, Any]:
    """Lists with one entry per track, in the order of the tracks, and labels to colour them by.

    Parameters
    ----------
    tracks : sequence of mapping
        ``track_id``, ``title``, ``artist`` and other labels.
    texts : sequence of mapping
        ``track_id``, ``text`` and ``language``: cleaned lyrics, of the tracks that have some.
    sources : sequence of mapping
        ``track_id`` and ``path`` of the sound within the song folder, '' where there is none.
    dataset : str
        The song folder: absolute, or relative to the folder that holds ``plots``.

    Returns
    -------
    dict
        ``title``, ``artist``, ``lines`` (the first of the lyrics) and ``path``; ``base``: the folder's URL,
        which ends in /; ``labels`` by name, see `songmap.report.pack.categories`.
    """
    words = {row["track_id"]: row for row in texts}
    paths = {row["track_id"]: row["path"] for row in sources}
    ids = [row["track_id"] for row in tracks]
    labels = {name: [row.get(column) or "" for row in tracks] for name, column in LABELS.items()}
    labels["language of the words"] = [words.get(i, {}).get("language", "") for i in ids]
    return {
        "title": [row.get("title") or row["track_id"] for row in tracks],
        "artist": labels["artist"],
        "lines": [first_lines(words.get(i, {}).get("text", "")) for i in ids],
        "path": [paths.get(i, "") for i in ids],
        "base": base(dataset),
        "labels": {name: categories(values) for name, values in labels.items() if any(values)},
    }


def first_lines(text: str) -> str:
    """The first lines that are not blank, each cut to what fits."""
    lines = [line.strip() for line in text.splitlines() if line.strip()][:LINES]
    return "\n".join(line if len(line) <= WIDTH else line[: WIDTH - 1].rstrip() + "…" for line in lines)


def base(dataset: str) -> str:
    """URL of the song folder as seen from the page; ends in /."""
    folder = Path(dataset)
    if folder.is_absolute():
        return folder.as_uri().rstrip("/") + "/"
    return UP + quote(str(PurePosixPath(folder.as_posix()))) + "/"


def features(track_id: Sequence[str], arrays: Sequence[TrackArray]) -> list[dict[str, Any]]:
    """Every named column of the arrays, quantised, ``name`` beside it; MFCC come last.

    Parameters
    ----------
    track_id : sequence of str
        The tracks of the page, in its order.
    arrays : sequence of TrackArray [values shape=(m, d)]
        Features, of any of the tracks.
    """
    order = {track: i for i, track in enumerate(track_id)}
    found: list[dict[str, Any]] = []
    for array in arrays:
        known = np.array([track in order for track in array.track_id], dtype=bool)
        rows = [order[track] for track in array.track_id[known]]
        for name, column in zip(array.names.tolist(), array.values[known].T, strict=False):
            values = np.full(len(track_id), np.nan)
            values[rows] = column
            found.append({"name": name, **quantised(values)})
    return sorted(found, key=lambda feature: feature["name"].startswith("mfcc"))
