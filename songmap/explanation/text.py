"""A card as a paragraph."""

from collections.abc import Mapping, Sequence
from typing import Any

LANGUAGES, WORDS = 2, 5  # of a cluster, and of a language
LONGEST = 40  # characters of a name from outside


def paragraph(card: Mapping[str, Any]) -> str:
    """A card of `songmap.explanation.cards.explain` in a few sentences.

    Texts from outside stand in it as they are, but for their length: whoever prints it makes them safe.
    """
    parts = [
        f"cluster {card['cluster']}: {_cut(card['name'], 4 * LONGEST)}",
        f"{card['size']} tracks ({card['share']:.0%}), confidence {card['confidence']:.2f}",
        _sound(card["profile"]),
        *_words(card["words"]),
        *(_composition(label, card[label]) for label in ("genre", "language", "artist")),
        "most typical: " + "; ".join(_title(song) for song in card["medoids"]),
    ]
    return ". ".join(part for part in parts if part) + "."


def _sound(profile: Mapping[str, float]) -> str:
    strongest = sorted(profile, key=lambda column: -abs(profile[column]))[:4]
    shown = [f"{_cut(column)} {round(profile[column], 1) + 0.0:+.1f}" for column in strongest]
    return f"sound (standard deviations): {', '.join(shown)}" if shown else ""


def _words(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    telling = [group for group in groups if group["words"]][:LANGUAGES]
    return [
        f"words ({group['language'] or 'unknown language'}, {group['songs']} of its "
        f"{group['songs'] + group['others']} songs): "
        + ", ".join(_cut(word["word"]) for word in group["words"][:WORDS])
        for group in telling
    ]


def _composition(label: str, counts: Mapping[str, Any]) -> str:
    if not counts["known"]:
        return ""
    shown = ", ".join(f"{_cut(top['value'])} {top['tracks']}" for top in counts["top"])
    unknown = f" ({counts['unknown']} unknown)" if counts["unknown"] else ""
    return f"{label}: {shown}{unknown}"


def _title(song: Mapping[str, str]) -> str:
    title = _cut(song["title"] or song["track_id"])
    return f"{title} ({_cut(song['artist'])})" if song["artist"] else title


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
