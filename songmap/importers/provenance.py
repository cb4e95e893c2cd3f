"""lyrics_sources.csv of a song folder: where each track's lyrics came from, and what was asked in vain."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from songmap.catalogue.text import label
from songmap.errors import DataError
from songmap.files import read_csv, write_csv

SOURCES = "lyrics_sources.csv"
KEYS = ("track_id", "path", "source", "when", "outcome")
COLUMNS = (*KEYS, "lyrics", "similarity", "language", "asked", "detail")
GENIUS, TRANSCRIPTION = "genius", "transcription"

FOUND, NO_MATCH, NO_LYRICS = "found", "no match", "no lyrics"
INSTRUMENTAL, NO_SPEECH = "instrumental", "no speech"
NO_TITLE, NO_AUDIO, FAILED = "no title", "no audio", "failed"
SETTLED = frozenset({FOUND, NO_MATCH, NO_LYRICS, INSTRUMENTAL, NO_SPEECH})
WRITING = "writing"  # what an interrupt leaves of a text that was being written


@dataclass(frozen=True)
class Song:
    """A track without lyrics, as the folder describes it.

    Parameters
    ----------
    track_id : str
        Its id.
    path : str
        Its audio file relative to the folder; '' without one.
    title, artist : str
        '' where they are not known; without a title, the file's name is one.
    """

    track_id: str
    path: str
    title: str
    artist: str

    @property
    def name(self) -> str:
        """What to call it: 'Artist - Title', else its id."""
        return " - ".join(filter(None, (self.artist, self.title))) or self.track_id


@dataclass(frozen=True)
class Answer:
    """What a source says of a song.

    Parameters
    ----------
    outcome : str
        One of the outcomes above.
    text : str
        The words, where they were found.
    detail : str
        One line: the address of the words, the model that heard them, or the reason why there are none.
    similarity : float or None
        Of title and artist, from 0 to 1; None where they were not compared.
    language : str
        ISO 639-1, as the source gives it; '' where it does not.
    """

    outcome: str
    text: str = ""
    detail: str = ""
    similarity: float | None = None
    language: str = ""


class Provenance:
    """The record of a folder: a row for each track and source, written whole at every change.

    Parameters
    ----------
    folder : Path
        The song folder.

    Raises
    ------
    DataError
        If there is a record that cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / SOURCES
        self._rows = {(row["track_id"], row["source"]): row for row in _read(self._path)}
        extra = [name for row in self._rows.values() for name in row if name not in COLUMNS]
        self._columns = [*COLUMNS, *dict.fromkeys(extra)]

    def is_settled(self, song: Song, source: str) -> bool:
        """Whether the source has answered for good, unless the song's title or artist changed since.

        A song that is instrumental by one source is so for all.
        """
        row = self._rows.get((song.track_id, source), {})
        if row.get("outcome") in SETTLED and row.get("asked", "") == _asked(song, source):
            return True
        return any(
            self._rows.get((song.track_id, other), {}).get("outcome") == INSTRUMENTAL
            for other in (GENIUS, TRANSCRIPTION)
            if other != source
        )

    def has_failed(self, song: Song, source: str) -> bool:
        """Whether the source gave no answer when it was last asked."""
        return self._rows.get((song.track_id, source), {}).get("outcome") == FAILED

    def record(self, song: Song, source: str, answer: Answer, lyrics: str = "") -> None:
        """Write what came out for a song; `lyrics` is where its text is, relative to the folder."""
        similarity = "" if answer.similarity is None else f"{answer.similarity:.3f}"
        self._rows[song.track_id, source] = self._rows.get((song.track_id, source), {}) | {
            "track_id": song.track_id,
            "path": song.path,
            "source": source,
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "outcome": answer.outcome,
            "lyrics": lyrics,
            "similarity": similarity,
            "language": answer.language,
            "asked": _asked(song, source),
            "detail": label(answer.detail),
        }
        self._write()

    def put_right(self, lyrics: Mapping[str, str]) -> None:
        """Finish what an interrupt left: a text that was being written is found if its track names it.

        Parameters
        ----------
        lyrics : mapping
            What the folder says, by track_id: relative paths of lyrics files, or words.
        """
        begun = [row for row in self._rows.values() if row["outcome"] == WRITING]
        for row in begun:
            is_there = row.get("lyrics") and lyrics.get(row["track_id"], "").strip() == row["lyrics"]
            row["outcome"] = FOUND if is_there else FAILED
        if begun:
            self._write()

    def _write(self) -> None:
        write_csv(self._path, self._columns, list(self._rows.values()))


def _asked(song: Song, source: str) -> str:
    return song.name if source == GENIUS else ""


def _read(path: Path) -> list[dict[str, str]]:
    if path.is_symlink():
        raise DataError(f"{path} is a link, must be a file in the song folder")
    if not path.exists():
        return []
    if not path.is_file():
        raise DataError(f"{path} cannot be read: no regular file; mend it or delete it")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header = next(csv.reader(file), [])
        rows = read_csv(path)
    except DataError as error:
        raise DataError(f"{error}; mend it or delete it") from error
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"{path} cannot be read: {reason}; mend it or delete it") from error
    if not set(KEYS) <= set(header):
        raise DataError(f"{path} lacks one of the columns {', '.join(KEYS)}; mend it or delete it")
    return rows
