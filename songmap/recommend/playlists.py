"""Which songs of a cluster make a playlist, and in which order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from songmap.importers.spelling import normalised
from songmap.recommend.ordering import smooth
from songmap.tracks import TrackArray


@dataclass(frozen=True)
class Song:
    """A track that can be played.

    Parameters
    ----------
    track_id, title, artist : str
    path : str
        Its sound file.
    sha256 : str
        Of the file's content, '' if unknown.
    duration : float or None
        Seconds.
    cluster : int
        -1 for noise.
    confidence : float, 0 to 1
        How firmly it belongs to its cluster.
    """

    track_id: str
    title: str
    artist: str
    path: str
    sha256: str
    duration: float | None
    cluster: int
    confidence: float


@dataclass(frozen=True)
class Limits:
    """What a playlist may hold.

    Parameters
    ----------
    per_artist : int >= 0
        Songs of one artist at most; 0 for any number. Unknown artists are not counted.
    minimum : int > 0
        Songs below which a cluster gets no playlist.
    length : int > 0
        Songs at most.
    """

    per_artist: int
    minimum: int
    length: int


def playlists(
    songs: Sequence[Song], latents: TrackArray, limits: Limits
) -> tuple[dict[int, list[Song]], Counter[str]]:
    """A playlist for every cluster; of duplicates and of what is too much, the least confident go.

    Duplicates are files of the same content, and songs of the same artist and title by their words.

    Parameters
    ----------
    songs : sequence of Song
    latents : TrackArray [values shape=(n, d)]
        The space in which neighbours in a playlist are close. Every song has a row.
    limits : Limits

    Returns
    -------
    lists : dict of int to list of Song
        By cluster, without noise. The order is that of `songmap.recommend.ordering.smooth`.
    left_out : Counter
        Songs that are in none, by reason.
    """
    ranked = sorted(songs, key=lambda song: (-song.confidence, song.track_id))
    left_out = Counter({"noise": sum(song.cluster < 0 for song in songs)})
    firm = _distinct([song for song in ranked if song.cluster >= 0])
    left_out["duplicate"] = len(songs) - left_out["noise"] - len(firm)
    lists = {}
    for cluster in sorted({song.cluster for song in firm}):
        members = [song for song in firm if song.cluster == cluster]
        capped = _capped(members, limits.per_artist)
        left_out["artist's share"] += len(members) - len(capped)
        if len(capped) < limits.minimum:
            left_out["small cluster"] += len(capped)
            continue
        chosen = capped[: limits.length]
        left_out["beyond the length"] += len(capped) - len(chosen)
        points = latents.rows([song.track_id for song in chosen])
        lists[cluster] = [chosen[i] for i in smooth(np.asarray(points))]
    return lists, +left_out


def _distinct(songs: Sequence[Song]) -> list[Song]:
    """The first of each content, and of each artist and title where both are known."""
    seen: set[tuple[str, ...]] = set()
    kept = []
    for song in songs:
        names = normalised(song.artist), normalised(song.title)
        keys: set[tuple[str, ...]] = {("content", song.sha256)} if song.sha256 else set()
        if all(names):
            keys.add(("names", *names))
        if not keys & seen:
            kept.append(song)
        seen |= keys
    return kept


def _capped(songs: Sequence[Song], most: int) -> list[Song]:
    """The first `most` of each artist."""
    counts: Counter[str] = Counter()
    kept = []
    for song in songs:
        artist = normalised(song.artist)
        counts[artist] += 1
        if not most or not artist or counts[artist] <= most:
            kept.append(song)
    return kept
