"""Seconds and peak memory of importing Spotify's table and 4MuLA, from synthetic files of their schemas."""

import csv
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

EXAMPLES = """Files and folders, up to 4 GB at a time, lie in a temporary directory; it is removed at the end.

examples:
  python -m benchmarks.importers
  python -m benchmarks.importers --songs 200 --rows 1000 --directory /var/tmp
"""
BANDS, FRAMES = 128, 1292
DISTINCT = 40  # songs held in memory while a file is made; they repeat in it
WORDS = (
    *("the", "you", "me", "love", "and", "night", "never", "your", "heart", "will", "baby", "tonight"),
    *("não", "você", "coração", "saudade", "noite", "quiero", "corazón", "siempre"),
)
SPOTIFY = (
    *("track_id", "track_name", "track_artist", "lyrics", "track_popularity", "track_album_id"),
    *("track_album_name", "track_album_release_date", "playlist_name", "playlist_id", "playlist_genre"),
    *("playlist_subgenre", "danceability", "energy", "key", "loudness", "mode", "speechiness"),
    *("acousticness", "instrumentalness", "liveness", "valence", "tempo", "duration_ms", "language"),
)


def make_spotify(path: Path, rows: int) -> None:
    """Write a table like spotify_songs.csv, with lyrics of about 1,800 characters."""
    draw = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SPOTIFY)
        for row in range(rows):
            shares = [round(draw.random(), 3) for _ in range(7)]
            writer.writerow(
                [
                    *(f"{row:022x}", f"Song {row}", f"Artist {row % 997}", lyrics(draw, 1800), row % 101),
                    *(
                        f"{row:022d}",
                        f"Album {row % 4001}",
                        "2019-06-14",
                        "Pop Remix",
                        "37i9dQZF1DXcZDD7cfEKhW",
                    ),
                    *(draw.choice(["pop", "rap", "rock", "latin", "r&b", "edm"]), "dance pop", *shares[:2]),
                    *(row % 12, round(-20 * draw.random(), 3), row % 2, *shares[2:]),
                    *(round(60 + 120 * draw.random(), 3), 200_000 + row, draw.choice(["en", "es", "pt"])),
                ]
            )


def make_4mula(path: Path, songs: int, songs_per_group: int) -> None:
    """Write a Parquet file like 4MuLA's, of spectrograms of doubles that were floats."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = random.Random(0)
    power = np.random.default_rng(0).lognormal(0, 2, (DISTINCT, BANDS, FRAMES)).astype(np.float32)
    values = pa.array(power.ravel().astype(np.float64))
    bands = pa.ListArray.from_arrays(pa.array(np.arange(0, len(values) + 1, FRAMES, dtype=np.int32)), values)
    mels = pa.ListArray.from_arrays(pa.array(np.arange(0, len(bands) + 1, BANDS, dtype=np.int32)), bands)
    times = -(-songs // DISTINCT)
    columns = {
        "music_id": [f"3ade68b8g{song:05x}eda3" for song in range(songs)],
        "music_name": [f"Canção {song}" for song in range(songs)],
        "music_lang": [("en", "pt-br", "es")[song % 3] for song in range(songs)],
        "music_lyrics": [lyrics(draw, 1500) for _ in range(songs)],
        "art_id": [f"3ade68b6g{song % 93:05x}eda3" for song in range(songs)],
        "art_name": [f"Artista {song % 93}" for song in range(songs)],
        "art_rank": [song % 93 for song in range(songs)],
        "main_genre": [f"Gênero {song % 27}" for song in range(songs)],
        "related_genre": [["Rock", "Pop"]] * songs,
        "related_art": [[{"id": "3ade68b6g9a3beda3", "name": "Outro"}]] * songs,
        "related_music": [[{"id": "3ade68b7gdddfcea3", "name": "Outra"}]] * songs,
        "musicnn_tags": [["piano", "drums", "slow"]] * songs,
        "melspectrogram": pa.chunked_array([mels] * times).slice(0, songs),
    }
    pq.write_table(pa.table(columns), path, row_group_size=songs_per_group)


def lyrics(draw: random.Random, length: int) -> str:
    """Words in lines of seven, about `length` characters."""
    words = draw.choices(WORDS, k=length // 6)
    return "\n".join(" ".join(words[i : i + 7]) for i in range(0, len(words), 7))


def import_spotify(file: Path, dest: Path) -> int:
    """Import, and say how many tracks there are."""
    from songmap.importers.spotify import import_spotify

    return import_spotify(dest, file=file).tracks


def import_4mula(file: Path, dest: Path) -> int:
    """Import, and say how many tracks there are."""
    from songmap.importers.mula import import_4mula

    return import_4mula(dest, file=file, downloads=dest.parent).tracks


def measured(function: Callable[..., int], *arguments: Any) -> tuple[int, float, float]:
    """What the function returns, its seconds, and the peak memory of this process in MiB."""
    start = time.perf_counter()
    result = function(*arguments)
    seconds = time.perf_counter() - start
    unit = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss, in bytes or KiB
    return result, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def fresh(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> None:
    """Make the files, import them and print a table."""
    parser = ArgumentParser(
        prog="python -m benchmarks.importers",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=10_000, metavar="N", help="of Spotify's table (10,000)")
    parser.add_argument("--songs", type=int, default=2_000, metavar="N", help="of 4MuLA (2,000)")
    parser.add_argument("--directory", type=Path, metavar="DIR", help="where the temporary directory is made")
    arguments = parser.parse_args()
    cases = [
        ("Spotify", arguments.rows, make_spotify, (), import_spotify),
        ("4MuLA, 1 row group", arguments.songs, make_4mula, (arguments.songs,), import_4mula),
        ("4MuLA, row groups of 100", arguments.songs, make_4mula, (100,), import_4mula),
    ]
    print(f"{'import':26}{'tracks':>8}{'file, MiB':>12}{'seconds':>10}{'peak, MiB':>12}")
    for name, count, make, options, run in cases:
        with tempfile.TemporaryDirectory(dir=arguments.directory) as directory:
            file = Path(directory, "source")
            fresh(make, file, count, *options)
            tracks, seconds, peak = fresh(measured, run, file, Path(directory, "folder"))
            print(f"{name:26}{tracks:8,}{file.stat().st_size / 2**20:12,.0f}{seconds:10.1f}{peak:12,.0f}")


if __name__ == "__main__":
    main()
