"""Names of clusters: what they sound like, what language they are in, a word or two that they are full of.

A genre is never part of a name, as a name is read as what was found, and a genre was given.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

PLAIN, NOTHING = "near the average", "nothing stands out"
ADJECTIVES = {  # below and above the average
    "tempo": ("slow", "fast"),
    "brightness": ("dark", "bright"),
    "loudness": ("quiet", "loud"),
    "percussiveness": ("sustained", "percussive"),
}
CLEAR, FAINT = 0.5, 0.15  # standard deviations
SOUNDS, WORDS = 3, 2  # of a name
SURE, SONGS = 0.05, 3  # p of a word, and songs that use it
FIRST = 2, 5  # languages of most songs, and words of each, that a name may take its words from: those shown
MAJORITY, ABOVE = 0.5, 0.1  # share of a cluster's tracks in one language, and by how much above that of all
LONGEST = 60  # characters of a table's column


def names(cards: Sequence[Mapping[str, Any]]) -> list[str]:
    """A name for each card, no two alike.

    A name has up to three traits half a standard deviation or more from the average; the language that was
    identified in most of the tracks, where it is rarer in the whole; and up to two words that chance would
    hardly explain (p < 0.05), of the first that are listed.
    Equal names are told apart by further traits (from 0.15 on), then by a number.

    Parameters
    ----------
    cards : sequence of mapping
        With size, profile and words, see `songmap.explanation.cards.explain`.
    """
    songs, tracks = Counter[str](), sum(card["size"] for card in cards)
    for card in cards:
        songs.update({group["language"]: group["songs"] for group in card["words"]})
    overall = {language: count / tracks for language, count in songs.items()}
    faint = [0] * len(cards)
    found: list[str] = []
    for _ in range(SOUNDS + 1):
        found = [_name(card, overall, more) for card, more in zip(cards, faint, strict=True)]
        counts = Counter(found)
        faint = [more + (counts[name] > 1) for more, name in zip(faint, found, strict=True)]
    return _numbered(found)


def _name(card: Mapping[str, Any], overall: Mapping[str, float], faint: int) -> str:
    traits = sorted(card["profile"].items(), key=lambda trait: -abs(trait[1]))
    clear = [_trait(*trait) for trait in traits if abs(trait[1]) >= CLEAR]
    weak = [f"rather {_trait(*trait)}" for trait in traits if CLEAR > abs(trait[1]) >= FAINT]
    heard = [*clear[:SOUNDS], *[*clear[SOUNDS:], *weak][:faint]]
    language = next(
        (
            group["language"]
            for group in card["words"]
            if group["language"]
            and (share := group["songs"] / card["size"]) > MAJORITY
            and share >= overall[group["language"]] + ABOVE
        ),
        "",
    )
    groups = [group["words"] for group in card["words"] if group["words"]]
    words = [word for group in groups[: FIRST[0]] for word in group[: FIRST[1]]]
    sure = [word for word in words if word["p"] < SURE and word["songs"] >= SONGS]
    sung = [word["word"] for word in sorted(sure, key=lambda word: word["p"])[:WORDS]]
    sound = ", ".join(heard) or PLAIN * bool(traits and not language)
    return "; ".join(part for part in (sound, language, ", ".join(sung)) if part) or NOTHING


def _trait(column: str, z: float) -> str:
    low, high = ADJECTIVES.get(column, ("low", "high"))
    trait = high if z > 0 else low
    return trait if column in ADJECTIVES else f"{trait} {column[:LONGEST]}"


def _numbered(found: Sequence[str]) -> list[str]:
    """The names, of which those that occurred before get the next free number."""
    taken: set[str] = set()
    result: list[str] = []
    for name in found:
        number, unique = 1, name
        while unique in taken or (number > 1 and unique in found):
            number += 1
            unique = f"{name} ({number})"
        taken.add(unique)
        result.append(unique)
    return result
