"""A card for each cluster: its name, its most typical songs, its words, its sound and who is in it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from songmap.explanation.names import names
from songmap.explanation.words import distinctive

MEDOIDS = 5
TOP = 5  # genres, languages and artists of a cluster


@dataclass(frozen=True)
class Song:
    """What is known of a clustered track.

    Parameters
    ----------
    track_id, title, artist : str
    genre, language : str
        '' where unknown; the language is the label, or where that is missing the one identified.
    sung : str
        The language identified in the lyrics, '' where there is none.
    words : list of str
        Those of the lyrics, in order, as often as they are sung; empty without lyrics.
    cluster : int >= 0
    confidence : float, 0 to 1
    rank : int >= 1
        Place in the cluster by distance to its mean.
    """

    track_id: str
    title: str
    artist: str
    genre: str
    language: str
    sung: str
    words: list[str]
    cluster: int
    confidence: float
    rank: int


def explain(songs: Sequence[Song], profiles: Mapping[int, Mapping[str, float]]) -> list[dict[str, Any]]:
    """Describe each cluster.

    Parameters
    ----------
    songs : sequence of Song
    profiles : mapping of int to mapping
        z-scores by cluster, see `songmap.explanation.sound.profiles`; a cluster may lack one.

    Returns
    -------
    list of dict
        One per cluster, by number: ``cluster``; ``name``; ``size`` in tracks; ``share`` of all tracks;
        ``confidence``, the mean; ``medoids``, the five tracks nearest to the mean of the cluster (track_id,
        title, artist); ``profile``; ``words``, for each language its number of ``songs`` in the cluster and
        of ``others``, and its distinctive ``words`` (see `songmap.explanation.words.Word`), the language of
        most songs first; ``genre``, ``language`` and ``artist``: how many tracks are ``known`` and
        ``unknown``, and the ``top`` five values with their tracks and their share of the known.
    """
    members: dict[int, list[Song]] = {}
    for song in songs:
        members.setdefault(song.cluster, []).append(song)
    words = _words([song for song in songs if song.words])
    cards = [
        {
            "cluster": cluster,
            "size": len(inside),
            "share": round(len(inside) / len(songs), 4),
            "confidence": round(float(np.mean([song.confidence for song in inside])), 4),
            "medoids": _medoids(inside),
            "profile": dict(profiles.get(cluster, {})),
            "words": words.get(cluster, []),
            "genre": _composition([song.genre for song in inside]),
            "language": _composition([song.language for song in inside]),
            "artist": _composition([song.artist for song in inside]),
        }
        for cluster, inside in sorted(members.items())
    ]
    return [
        {"cluster": card["cluster"], "name": name, **card}
        for card, name in zip(cards, names(cards), strict=True)
    ]


def _medoids(inside: Sequence[Song]) -> list[dict[str, str]]:
    nearest = sorted(inside, key=lambda song: (song.rank, song.track_id))[:MEDOIDS]
    return [{"track_id": song.track_id, "title": song.title, "artist": song.artist} for song in nearest]


def _words(sung: Sequence[Song]) -> dict[int, list[dict[str, Any]]]:
    """By cluster the languages with their words, that of most songs first."""
    found: dict[int, list[dict[str, Any]]] = {}
    for language in sorted({song.sung for song in sung}):
        here = [song for song in sung if song.sung == language]
        clusters = np.array([song.cluster for song in here])
        for cluster, words in distinctive([song.words for song in here], clusters).items():
            count = int(np.count_nonzero(clusters == cluster))
            rows = [
                {"word": word.word, "songs": word.songs}
                | {key: float(f"{getattr(word, key):.4g}") for key in ("elsewhere", "weight", "p")}
                for word in words
            ]
            group = {"language": language, "songs": count, "others": len(here) - count, "words": rows}
            found.setdefault(cluster, []).append(group)
    return {cluster: sorted(groups, key=lambda group: -group["songs"]) for cluster, groups in found.items()}


def _composition(values: Sequence[str]) -> dict[str, Any]:
    """The commonest values, alike ones by name; '' is no value."""
    counts = Counter(value for value in values if value)
    known = counts.total()
    top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return {
        "known": known,
        "unknown": len(values) - known,
        "top": [
            {"value": value, "tracks": tracks, "share": round(tracks / known, 4)} for value, tracks in top
        ],
    }
