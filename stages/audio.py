"""Describe the sound of every track that has some: vectors of statistics, and log-mel patches."""

import sys
from collections import Counter
from pathlib import Path

from songmap import params
from songmap.audio.collect import Collection, collect
from songmap.audio.extract import Source, extractor
from songmap.console import run
from songmap.errors import DataError
from songmap.files import read_csv, write_csv, write_json
from songmap.processes import available
from songmap.tracks import TrackArray

CACHE = Path(".cache/audio")
FEATURES = Path("data/features")
SOURCES = Path("data/sources.csv")
REJECTED = Path("data/rejected_audio.csv")
METRICS = Path("metrics/audio.json")


def main() -> None:
    """Read the sources and the table, write features, rejected tracks and counts."""
    settings = params.load()
    rows = read_csv(SOURCES)
    table = TrackArray.load(FEATURES / "table.npz")
    sources = [source(row) for row in rows]
    if sources:
        extract = extractor(settings.dataset, settings.audio, CACHE, SOURCES.stat().st_mtime)
        collection = collect(extract, sources, available(), FEATURES)
    else:
        collection = without_sound(table)
    write_csv(REJECTED, ["path", "track_id", "what", "reason"], collection.rejected)
    if len(collection.rejected) == len(sources) > 0:
        first = collection.rejected[0]
        raise DataError(f"none of {len(sources)} sounds can be read; {first['path']} {first['reason']}")
    if collection.not_stored:
        kept = f"{CACHE} could not keep {collection.not_stored} of {len(sources)} tracks"
        print(f"{kept}: is the disk full?", file=sys.stderr)
    for name, array in collection.arrays.items():
        array.save(FEATURES / f"{name}.npz")
    origins = collection.origins
    counts = {
        "tracks": origins.total(),
        "rejected": len(collection.rejected),
        "seconds": round(collection.seconds, 3),
        "from": {origin: origins[origin] for origin in ("audio", "mel", "table")},
    }
    write_json(METRICS, counts)


def source(row: dict[str, str]) -> Source:
    """Where a row of the sources has its sound, and the digest of that file."""
    sha256 = row["sha256"] if row["path"] else row["mel_sha256"]
    return Source(row["track_id"], row["path"], row["mel"], sha256)


def without_sound(table: TrackArray) -> Collection:
    """What stands in for features of sound: the table if the catalogue brings one, else nothing."""
    brings = "feature.* columns, no sound" if len(table) else "neither sound nor feature.* columns"
    empty = TrackArray.empty(f"this catalogue brings {brings}")
    vectors = table if len(table) else empty
    arrays = {"mfcc": vectors, "mel_stats": empty, "mel": empty, "descriptors": empty}
    return Collection(arrays, [], 0.0, Counter(table=len(table)))


if __name__ == "__main__":
    run(main)
