"""One entry of a song folder: open what it names, and keep what is sound."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from songmap.catalogue import checks, text
from songmap.catalogue.entries import Entry, RefusedError, Rejection, Track, rejection
from songmap.catalogue.table import LABELS
from songmap.catalogue.tags import read_tags
from songmap.catalogue.walk import LYRICS

_LARGEST = float(np.finfo(np.float32).max)
_PATH_LENGTH = 1024  # characters; a longer field of lyrics is a text
_T = TypeVar("_T")


def examine(folder: checks.Folder, entry: Entry, features: list[str]) -> tuple[Track | None, list[Rejection]]:
    """Check everything an entry names.

    Parameters
    ----------
    folder, entry : checks.Folder, Entry
        Where the files are, and what is claimed of them.
    features : list of str
        Names of the feature columns, for messages.

    Returns
    -------
    track : Track or None
        None if its audio cannot be used, or nothing is left of it.
    rejected : list of Rejection
        What was refused: the track, or parts of one that stays.
    """
    try:
        track, embedded = _audio(folder, entry)
    except RefusedError as refused:
        return None, [rejection(entry, "track", refused)]
    refusals: list[tuple[str, RefusedError]] = []

    def part(what: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except RefusedError as refused:
            refusals.append((what, refused))
            return otherwise

    words = part("lyrics", lambda: _lyrics(folder, entry.lyrics or embedded), "")
    mel, digest = part("mel", lambda: _mel(folder, entry.mel), ("", ""))
    numbers = part("features", lambda: _numbers(entry.features, features), None)
    track = replace(track, lyrics=words, mel=mel, mel_sha256=digest, features=numbers)
    if track.path or words or mel or numbers:
        return track, [rejection(entry, what, refused) for what, refused in refusals]
    nothing = RefusedError(
        "nothing to use", f"{text.quoted(entry.track_id)} brings no audio, words or numbers"
    )
    return None, [rejection(entry, "track", refusals[0][1] if refusals else nothing)]


def _audio(folder: checks.Folder, entry: Entry) -> tuple[Track, str]:
    """The track with its audio and labels, and the lyrics its tags hold."""
    if not entry.path:
        return _labelled(Track(entry.track_id), entry.labels), ""
    found = folder.find(entry.path)
    digest = checks.sha256(found)
    seconds = checks.audio_duration(found)
    tags = read_tags(found) if entry.tagged else {}
    labels = entry.labels | {name: text.label(tags[name]) for name in LABELS if name in tags}
    track = Track(entry.track_id, folder.relative(found), digest, seconds)
    return _labelled(track, labels), tags.get("lyrics", "")


def _labelled(track: Track, labels: dict[str, str]) -> Track:
    title, artist, album, genre, language = (labels.get(name, "") for name in LABELS)
    return replace(track, title=title, artist=artist, album=album, genre=genre, language=language)


def _lyrics(folder: checks.Folder, field: str) -> str:
    """The cleaned text of a field that is a text or names a file."""
    name = field.strip()
    if name.lower().endswith(LYRICS) and len(name) <= _PATH_LENGTH and "\n" not in name:
        field = checks.read_lyrics(folder.find(name))
    else:
        checks.check_lyrics_size(len(field.encode("utf-8", "replace")))
    return text.lyrics(field)


def _mel(folder: checks.Folder, field: str) -> tuple[str, str]:
    """The path and digest of a mel spectrogram that was checked; two '' without one."""
    if not field:
        return "", ""
    found = folder.find(field)
    checks.check_mel(found)
    return folder.relative(found), checks.sha256(found)


def _numbers(fields: tuple[str, ...], names: list[str]) -> tuple[float, ...] | None:
    """The feature fields as numbers that float32 holds; None if all are empty."""
    if not any(field.strip() for field in fields):
        return None
    return tuple(_number(field, name) for field, name in zip(fields, names, strict=True))


def _number(field: str, name: str) -> float:
    if not field.strip():
        raise RefusedError("incomplete features", f"{text.quoted(name)} is empty and others are not")
    try:
        number = float(field)
    except ValueError:
        number = math.nan
    if not abs(number) <= _LARGEST:
        raise RefusedError("bad feature", f"{text.quoted(name)}={text.quoted(field)} is not a finite number")
    return number
