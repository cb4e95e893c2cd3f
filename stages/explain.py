"""Say what makes each cluster of one model what it is. Run as ``python -m stages.explain vae``."""

from pathlib import Path
from textwrap import fill
from typing import Any

from songmap import params
from songmap.console import argument, run, shown
from songmap.errors import DataError
from songmap.explanation.cards import Song, explain
from songmap.explanation.sound import described, profiles
from songmap.explanation.text import paragraph
from songmap.files import read_csv, write_json
from songmap.lyrics.agreement import standard
from songmap.lyrics.tokens import readable, terms
from songmap.tracks import TrackArray

FEATURES = Path("data/features")


def main() -> None:
    """Write a card for every cluster that k-means found, and print them."""
    settings = params.load()
    name = argument("model", settings.models)
    rows = read_csv(f"data/clusters/{name}.csv")
    cards = _cards(rows) if rows else []
    write_json(Path("data/explanations") / f"{name}.json", cards)
    for card in cards:
        print(fill(shown(paragraph(card)), 110, subsequent_indent="  "))
    if not cards:
        print(f"{name} is left out: it has no clusters")


def _cards(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    tracks = {row["track_id"]: row for row in read_csv("data/tracks.csv")}
    texts = {row["track_id"]: row for row in read_csv("data/texts.csv")}
    if lost := [row["track_id"] for row in rows if row["track_id"] not in tracks]:
        raise DataError(f"track {lost[0]!r} has a cluster but no row in data/tracks.csv")
    some = [row["track_id"] for row in rows if row["track_id"] in texts]
    read = dict(zip(*readable(some, [texts[track]["text"] for track in some]), strict=True))
    songs = []
    for row in rows:
        track = tracks[row["track_id"]]
        sung = texts.get(row["track_id"], {}).get("language", "")
        songs.append(
            Song(
                row["track_id"], track["title"], track["artist"], track["genre"],
                standard(track["language"]) or track["language"] or sung, sung,
                terms(read.get(row["track_id"], "").lower()),
                int(row["cluster"]), float(row["confidence"]), int(row["rank"]),
            )
        )  # fmt: skip
    features = described(TrackArray.load(FEATURES / "descriptors.npz"))
    features = features if len(features) else TrackArray.load(FEATURES / "table.npz")
    return explain(songs, profiles(features, {song.track_id: song.cluster for song in songs}))


if __name__ == "__main__":
    run(main)
