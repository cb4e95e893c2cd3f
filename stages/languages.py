"""Clean the lyrics and identify the languages they are in."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from songmap import params
from songmap.console import run
from songmap.files import read_csv, write_csv, write_json
from songmap.lyrics.agreement import Agreement, agreement
from songmap.lyrics.cleaning import clean
from songmap.lyrics.languages import Languages, identify

LYRICS = Path("data/lyrics.csv")
TRACKS = Path("data/tracks.csv")
TEXTS = Path("data/texts.csv")
METRICS = Path("metrics/lyrics.json")
SHOWN = 6
COLUMNS = ("track_id", "text", "language", "shares")


def main() -> None:
    """Read the lyrics, write what is sung and in which languages, and how these agree with the labels."""
    removed = Counter[str]()
    lyrics = read_csv(LYRICS)
    cleaned = {row["track_id"]: clean(row["text"], removed) for row in lyrics}
    texts = {track_id: text for track_id, text in cleaned.items() if text}
    found = dict(zip(texts, identify(list(texts.values()), params.load().lyrics.languages), strict=True))
    write_csv(TEXTS, COLUMNS, [_row(track_id, text, found[track_id]) for track_id, text in texts.items()])
    given = {row["track_id"]: row["language"] for row in read_csv(TRACKS)}
    labels = agreement((given.get(track_id, ""), languages) for track_id, languages in found.items())
    counts = _counts(len(given), len(lyrics), list(found.values()), labels)
    write_json(METRICS, counts | {"lines_removed": dict(sorted((+removed).items()))})
    print(_line(counts, labels))


def _row(track_id: str, text: str, languages: Languages) -> dict[str, str]:
    shares = " ".join(f"{code}:{share:.2f}" for code, share in languages.shares.items())
    return {"track_id": track_id, "text": text, "language": languages.main, "shares": shares}


def _counts(tracks: int, lyrics: int, found: list[Languages], labels: Agreement) -> dict[str, Any]:
    """Shares are of tracks, of the songs compared with their label, and of the songs with a language."""
    told = [languages for languages in found if languages.main]
    sums: dict[str, float] = defaultdict(float)
    for languages in told:
        for code, share in languages.shares.items():
            sums[code] += share
    shares = {
        code: _share(sums[code], len(told)) for code in sorted(sums, key=lambda code: (-sums[code], code))
    }
    return {
        "tracks": tracks,
        "with_lyrics": len(found),
        "without_words": lyrics - len(found),
        "coverage": {"lyrics": _share(len(found), tracks), "language": _share(len(told), tracks)},
        "agreement": {
            "compared": labels.compared,
            "main": _share(labels.main, labels.compared),
            "spoken": _share(labels.spoken, labels.compared),
        },
        "mixed": sum(len(languages.spoken) > 1 for languages in told),
        "languages": {code: share for code, share in shares.items() if share},
    }


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _line(counts: Mapping[str, Any], labels: Agreement) -> str:
    parts = [f"lyrics: {counts['with_lyrics']} of {counts['tracks']} tracks"]
    if counts["languages"]:
        shown = [f"{code} {share:.2f}" for code, share in counts["languages"].items() if share >= 0.01]
        more = len(counts["languages"]) - len(shown[:SHOWN])
        parts.append(f"languages: {', '.join(shown[:SHOWN])}{f' and {more} more' if more else ''}")
        parts.append(f"in several: {counts['mixed']}")
    if labels.compared:
        parts.append(f"in the language of their label: {labels.spoken} of {labels.compared}")
    return "; ".join(parts)


if __name__ == "__main__":
    run(main)
