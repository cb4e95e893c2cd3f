"""Encode the sound of every track with a pretrained model, if one is named."""

import sys
from pathlib import Path

from songmap import params
from songmap.audio.encoder import embed
from songmap.console import run
from songmap.errors import DataError
from songmap.files import read_csv, write_csv

SOURCES = Path("data/sources.csv")
OUTPUT = Path("data/features/embedding.npz")
CACHE = Path(".cache/embedding")
REJECTED = Path("data/rejected_embedding.csv")


def main() -> None:
    """Read the sources, write their embeddings, and say which have none."""
    settings = params.load()
    audio = settings.audio
    rows, as_of = read_csv(SOURCES), SOURCES.stat().st_mtime
    windows = (audio.excerpts, audio.position)
    array, rejected = embed(rows, settings.dataset, settings.encoder, *windows, CACHE, as_of)
    write_csv(REJECTED, ["path", "track_id", "what", "reason"], rejected)
    if rejected:
        first = f"{rejected[0]['path']} {rejected[0]['reason']}"
        if not len(array):
            raise DataError(f"none of {len(rejected)} sounds can be encoded; {first}")
        print(f"tracks without an embedding: {len(rejected)}, see {REJECTED}", file=sys.stderr)
    array.save(OUTPUT)


if __name__ == "__main__":
    run(main)
