"""Lyrics read aloud by espeak-ng, in the language of each song."""

import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from songmap.catalogue import checks, text
from songmap.errors import DataError
from songmap.files import atomic
from songmap.importers import fields
from songmap.importers.delimited import Delimited, read_delimited
from songmap.importers.names import safe_path, unique
from songmap.importers.programs import call, failure, in_threads
from songmap.importers.staging import Outcome, Skipped, staged, write_folder
from songmap.importers.voices import Speaker, speaker, voices

LONGEST = 3600.0  # seconds
_CHARACTERS = 40  # per second, more than anybody speaks
_TIME_LIMIT = 300.0  # seconds; far more than an hour of speech takes
_LINE = "1000"  # characters; shorter lines end with a pause
_MARKUP = re.compile(r"<[^<>\n]*>|\[[^\[\]\n]*\]")  # tags, and remarks such as [Chorus]
_BRACKETS = str.maketrans("<>[]", "    ")  # [[ begins phonemes


@dataclass(frozen=True)
class Song:
    """A row of tracks.csv, and who speaks what of it."""

    row: dict[str, str]
    speaker: Speaker
    words: str


def import_speech(
    dest: Path, *, file: Path, voice: str = "", seconds: float = 60.0, replace: bool = False
) -> Outcome:
    """Make a song folder of spoken lyrics.

    Parameters
    ----------
    dest : Path
        The song folder to make.
    file : Path
        A table with the columns track_name and lyrics; genre, language, artist and track_id if there are.
    voice : str
        Language of the songs that have none, by code or name; '' leaves them out.
    seconds : float [scalar], 1 to 3600
        Of speech per song, at most.
    replace : bool
        Whether an earlier import at `dest` may be replaced.

    Returns
    -------
    Outcome
        Broken rows were left out first, then songs in the order of the table.

    Raises
    ------
    DataError
        If espeak-ng is not installed, `voice` is no language that it speaks, the table cannot be read or
        lacks a column, no song is left, or `dest` may not be written.
    OSError
        If the disk is full.
    """
    if not 1 <= seconds <= LONGEST:
        raise DataError(f"seconds {seconds:g}: must be from 1 to {LONGEST:g}")
    known = voices()
    default = speaker(voice, known) if voice else None
    table = read_delimited(file, ("track_name", "lyrics"), ("genre", "language", "artist", "track_id"))
    recipe = {"kind": "speech", "sha256": checks.sha256(file), "voice": voice, "seconds": float(seconds)}
    with staged(dest, recipe, replace=replace) as folder:
        songs, unusable = _songs(table, known, default, int(seconds * _CHARACTERS))
        problems = in_threads(lambda song: _speak(song, folder, seconds), songs, "speaking", "song")
        rows = [song.row for song, problem in zip(songs, problems, strict=True) if not problem]
        skipped = [*table.skipped, *unusable, *filter(None, problems)]
        write_folder(folder, rows, skipped)
    return Outcome(len(rows), skipped, [*table.notes, *_notes(songs)])


def _songs(
    table: Delimited, known: Mapping[str, str], default: Speaker | None, length: int
) -> tuple[list[Song], list[Skipped]]:
    """The songs that can be spoken, of at most `length` characters each, and why others cannot."""
    songs, skipped = [], []
    ids: set[str] = set()
    files: set[str] = set()
    for line, row in table.rows():
        try:
            track_id = _track_id(line, row)
            if track_id in ids:
                raise DataError(f"track_id {text.quoted(track_id)} is an earlier row's")
            song = _song(track_id, row, _speaker(row.get("language", ""), known, default), length)
        except DataError as error:
            skipped.append(Skipped(f"line {line}", str(error)))
            continue
        ids.add(track_id)
        name = safe_path(track_id.replace("/", "-"))
        song.row["path"] = f"audio/{unique(f'{name}.flac', files)}"
        songs.append(song)
    return songs, skipped


def _track_id(line: int, row: Mapping[str, str]) -> str:
    """The row's id, else its line and the first words of its name."""
    if row.get("track_id", "").strip():
        return fields.track_id(row["track_id"])
    return "-".join([f"{line:05d}", *text.label(row["track_name"])[:60].split()])


def _speaker(language: str, known: Mapping[str, str], default: Speaker | None) -> Speaker:
    if language.strip():
        return speaker(language, known)
    if default is None:
        raise DataError("no language: give one in the table, or --voice for all songs without")
    return default


def _song(track_id: str, row: Mapping[str, str], speaker: Speaker, length: int) -> Song:
    lyrics = fields.words(row["lyrics"])
    words = _MARKUP.sub(" ", text.lyrics(html.unescape(lyrics))).translate(_BRACKETS)[:length]
    if not any(character.isalpha() for character in words):
        raise DataError("no words to speak")
    labels = {name: text.label(row.get(name, "")) for name in ("artist", "genre")}
    labels |= {"title": text.label(row["track_name"]), "language": speaker.language}
    return Song({"track_id": track_id, **labels, "lyrics": lyrics}, speaker, words)


def _speak(song: Song, folder: Path, seconds: float) -> Skipped | None:
    """Write a song's speech unless that is done; why it could not be."""
    target = folder / song.row["path"]
    if target.is_file():
        return None
    try:
        samples, rate = _speech(song.words, song.speaker.voice, seconds)
    except DataError as error:
        return Skipped(song.row["track_id"], str(error))
    sound = io.BytesIO()  # so that a full disk is an OSError
    sf.write(sound, samples, rate, subtype="PCM_16", format="FLAC")
    with atomic(target) as temporary:
        temporary.write_bytes(sound.getvalue())
    return None


def _speech(words: str, voice: str, seconds: float) -> tuple[np.ndarray, int]:
    """Samples, int16 of shape (n,), and their rate."""
    arguments = ["espeak-ng", "-v", voice, "-b", "1", "-l", _LINE, "--stdin", "--stdout"]
    done = call(arguments, _TIME_LIMIT, words)
    if done.returncode:
        raise failure("espeak-ng", done.returncode, done.stderr.decode("utf-8", "replace"))
    try:
        samples, rate = sf.read(io.BytesIO(done.stdout), dtype="int16")
    except sf.SoundFileError:
        samples, rate = np.empty(0, np.int16), 1
    samples = samples[: int(seconds * rate)]
    if len(samples) < checks.SHORTEST * rate:
        raise DataError(f"speech of {len(samples) / rate:.2f} s, must be at least {checks.SHORTEST:g} s")
    if np.abs(samples.astype(int)).max() < checks.SILENCE * 2**15:
        raise DataError("espeak-ng spoke silence: the words are in no script that the voice reads")
    return samples, rate


def _notes(songs: list[Song]) -> list[str]:
    """Which languages have no voice of their own."""
    speakers = sorted({song.speaker for song in songs if song.speaker.is_close}, key=str)
    return [
        f"language {who.language!r} is read by the voice of a close one, {who.voice!r}" for who in speakers
    ]
