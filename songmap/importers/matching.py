"""Whether two songs are the same one, by title and artist.

Conventions: a similarity is from 0 (nothing in common) to 1 (the same but for case, accents, punctuation and
remarks that change no word). It is the lesser of two: that of Ratcliff and Obershelp, as difflib computes it,
of the letters, and Dice's of the words, where a misspelt one counts in part. Words may stand in any order.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from songmap.importers.spelling import (
    LONGEST,
    OTHER_WORDS,
    REMIX,
    brief,
    normalised,
    scripts,
    without_artist,
    without_remix,
)

ANOTHER_VERSION = 0.9  # similarity of a remix to the song itself, whose words it most likely has
_MISSPELT = 0.5  # similarity of letters from which on two words are paired
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_PART = re.compile(r"\b(part|pt|vol|volume|no|chapter|act) (i|ii|iii|iv|v|vi|vii|viii)\b")
_ARTICLE = re.compile(r"^(?:the|a|an) | (?:the|a|an)$")
_ARTISTS = re.compile(
    r"[,;/&+×()\[\]]|\s(?:x|and|vs\.?)\s|\b(?:feat|ft|featuring|with)\b\.?\s", re.IGNORECASE
)
_NOBODY = frozenset({"", "va", "various", "various artists", "unknown", "unknown artist", "no artist", "n a"})


@dataclass(frozen=True)
class _Title:
    """A title's words, those without what names a remix, and the versions and numbers that must agree."""

    words: tuple[str, ...]
    song: str
    versions: frozenset[str]
    numbers: tuple[int, ...]


def similarity(title: str, artist: str, found_title: str, found_artists: Iterable[str]) -> float:
    """How similar a song that was found is to the one that was asked for.

    The lesser of the titles' and the artists' similarity. Without an artist, the title must name one, as
    file names do ('Queen - Bohemian Rhapsody'): a title alone says too little, and gets 0.

    Parameters
    ----------
    title, artist : str
        What was asked for; '' or 'Various Artists' where the artist is not known.
    found_title : str
        The title that was found.
    found_artists : iterable of str
        The names of its artists, any of which may be the one.

    Returns
    -------
    float
        From 0 to 1.
    """
    if not is_known(artist):
        return max((_named_in_title(title, found_title, name) for name in found_artists), default=0.0)
    by = max((artist_similarity(artist, name) for name in found_artists), default=0.0)
    return min(by, title_similarity(without_artist(title, artist), found_title))


def title_similarity(asked: str, found: str) -> float:
    """How similar two titles are.

    Remarks on the same words ('Live at Wembley', 'Remastered 2011', 'feat. X') do not count. Numbers must
    agree, and so must 'Reprise', 'Interlude' and the like: otherwise it is 0. What was asked for may be a
    remix of what was found, at 0.9 at most, but not the other way about: a remix is listed beside the song
    where its words differ.
    """
    one, other = _parsed(asked), _parsed(found)
    lacking = one.versions - other.versions
    if one.numbers != other.numbers or other.versions - one.versions or lacking - REMIX:
        return 0.0
    if lacking:
        return ANOTHER_VERSION * max(_alike(one.song, words) for words in other.words)
    return max(_alike(a, b) for a in one.words for b in other.words)


def artist_similarity(one: str, other: str) -> float:
    """How similar two names of artists are; of several ('A & B', 'A feat. B') the most similar two."""
    return max((_alike(a, b) for a in _names(one) for b in _names(other)), default=0.0)


def is_known(artist: str) -> bool:
    """Whether a name is that of an artist, and not 'Various Artists' or nothing."""
    return normalised(artist) not in _NOBODY


def query(title: str, artist: str) -> str:
    """What to search for: title and artist, without remarks that would only hide the song."""
    words = brief(without_artist(title, artist))
    return " ".join(f"{words} {artist if is_known(artist) else ''}".split())[:LONGEST]


def _parsed(title: str) -> _Title:
    spelt = brief(title)
    words = _words(spelt)
    versions = frozenset(words.split()) & (REMIX | OTHER_WORDS)
    numbers = tuple(sorted(int(digits) for digits in re.findall(r"\d+", words)))
    song = _words(without_remix(spelt)) or words
    return _Title(tuple(map(_words, scripts(spelt))), song, versions, numbers)


def _words(title: str) -> str:
    """The title's words, 'pt ii' as 'part 2', without an article at either end."""
    words = _PART.sub(lambda found: f"{found[1]} {_ROMAN[found[2]]}", normalised(title))
    words = re.sub(r"\bpt\b(?= \d)", "part", words)
    return _ARTICLE.sub("", words)


def _named_in_title(title: str, found_title: str, found_artist: str) -> float:
    """The similarity of a title that should hold the artist's name too."""
    artist = normalised(found_artist)
    if not artist or not set(artist.split()) <= set(normalised(brief(title)).split()):
        return 0.0
    return title_similarity(title, f"{artist} {found_title}")


def _names(artist: str) -> list[str]:
    """The whole name, and each of those that it may be made of."""
    whole, *parts = [
        _ARTICLE.sub("", normalised(name)) for name in [artist, *_ARTISTS.split(artist[:LONGEST])]
    ]
    return [whole, *(part for part in parts if len(part) > 1)]


def _alike(one: str, other: str) -> float:
    """The similarity of two normalised names, the same in both directions."""
    if not one or not other:
        return 0.0
    a, b = one.split(), other.split()
    letters = max(_ratio("".join(a), "".join(b)), _ratio("".join(sorted(a)), "".join(sorted(b))))
    return letters if letters == 1.0 else min(letters, _dice(a, b))


def _dice(one: list[str], other: list[str]) -> float:
    """Words in common, twice, by all words; each counts once, a misspelt one by its letters."""
    rest, left = (
        list((Counter(one) - Counter(other)).elements()),
        list((Counter(other) - Counter(one)).elements()),
    )
    common = float(len(one) - len(rest))
    pairs = sorted(
        ((_ratio(a, b), i, j) for i, a in enumerate(rest) for j, b in enumerate(left)), reverse=True
    )
    paired: tuple[set[int], set[int]] = set(), set()
    for ratio, i, j in pairs:
        if ratio >= _MISSPELT and i not in paired[0] and j not in paired[1]:
            paired[0].add(i)
            paired[1].add(j)
            common += ratio
    return 2 * common / (len(one) + len(other))


def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    matchers = (SequenceMatcher(None, one, other, False), SequenceMatcher(None, other, one, False))
    return sum(matcher.ratio() for matcher in matchers) / 2
