"""Small song folders for tests of what completes them."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile as sf

from songmap.files import read_csv
from songmap.importers.completion import Completion, completing
from songmap.importers.provenance import FOUND, GENIUS, SOURCES, Answer, Song

HEADER = ["track_id", "path", "title", "artist", "mood"]
ROWS = [
    ["one", "a/1.wav", "First", "Ann", 'glad, "very" '],
    ["two", "a/2.wav", "Second", "Ben", ""],
    ["three", "b/3.wav", "Third", "", "\tx"],
]


def sound(path: Path, seed: int = 0) -> Path:
    """Write a sound of little more than a second that the catalogue takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, 0.3 * np.random.default_rng(seed).standard_normal(9_000), 8_000)
    return path


def table(folder: Path, header: list[str], *rows: list[str]) -> Path:
    """Write tracks.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tracks.csv").open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([header, *rows])
    return folder


def tabled(folder: Path) -> Path:
    """A folder of three songs that a tracks.csv describes."""
    for seed, row in enumerate(ROWS):
        sound(folder / row[1], seed)
    return table(folder, HEADER, *ROWS)


def read(folder: Path) -> list[list[str]]:
    """The fields of tracks.csv."""
    text = (folder / "tracks.csv").read_bytes().decode("utf-8", "surrogateescape")
    return list(csv.reader(io.StringIO(text, newline="")))


def sources(folder: Path) -> dict[str, dict[str, str]]:
    """The rows of lyrics_sources.csv by track."""
    return {row["track_id"]: row for row in read_csv(folder / SOURCES)}


def words(song: Song) -> Answer:
    """The answer for a song of which everything is known."""
    return Answer(FOUND, f"words of {song.title}\n\nla la", "https://x.example/1", 0.9375, "en")


def complete(
    folder: Path, ask: Callable[[Song], Answer] = words, source: str = GENIUS, *, retry: bool = False
) -> Completion:
    """Complete a folder; gives what is known afterwards."""
    with completing(folder, source, retry=retry) as completion:
        completion.run(ask, "asking")
    return completion
