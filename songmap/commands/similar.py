"""`python -m songmap similar`: the songs nearest to one in a model's latent space."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from songmap import params
from songmap.commands.arguments import command, number, table
from songmap.commands.choice import add_model, model_of, name_of, tell
from songmap.console import shown
from songmap.errors import DataError
from songmap.files import write_csv
from songmap.results import Results
from songmap.tracks import TrackArray

MOST = 10  # candidates that are listed
COLUMNS = ("rank", "track_id", "distance", "cluster", "cluster_name", "artist", "title")
HELP = """List the songs nearest to one, by Euclidean distance in a model's latent space.

QUERY is a track id, a title or a part of one, 'artist title', or an audio file, of the catalogue or not.

examples:
  python -m songmap similar "le murmure"
  python -m songmap similar audio/song_0001.flac --model vae -n 20
  python -m songmap similar ~/Music/new.mp3 --model mfcc --csv near.csv
"""


def add(commands: Any) -> None:
    """Add `similar` to the parser's commands."""
    parser = command(commands, "similar", "list the songs nearest to one", HELP, _run)
    parser.add_argument("query", metavar="QUERY", help="a track id, a title or an audio file")
    add_model(parser)
    parser.add_argument(
        "-n",
        dest="count",
        type=number(int, 1, 1_000_000),
        default=10,
        metavar="N",
        help="songs to list (default: 10)",
    )
    parser.add_argument("--csv", type=table, metavar="FILE", help="write the list to FILE as well")


def _run(arguments: Namespace) -> None:
    from songmap.recommend.nearest import nearest

    results = Results()
    model, latents = model_of(results, arguments.model)
    track, name, point = _asked(arguments.query, model, latents, results)
    found = nearest(latents, point, arguments.count, without=track)
    rows = _rows(found, model, results)
    print(shown(f"nearest to {name} in {model}:"))
    _print(rows)
    if arguments.csv:
        write_csv(arguments.csv, COLUMNS, rows)


def _asked(query: str, model: str, latents: TrackArray, results: Results) -> tuple[str, str, np.ndarray]:
    """What is asked about: its id if it is of the catalogue, its name, and its place."""
    from songmap.recommend.search import find

    file = Path(query)
    known = [track for track in results.tracks if track["track_id"] == query]
    if not known and _is_file(file):
        from songmap.catalogue.checks import sha256

        digest = sha256(file)
        known = [track for track in results.tracks if track["sha256"] == digest]
        if not known:
            return "", query, _encoded(file, model)
    found = known or find(results.tracks, query)
    if not found:
        raise DataError(
            f"no track and no file is called {query!r}: give a track id, a title or an audio file"
        )
    if len(found) > 1:
        raise DataError(f"{query!r} may be {len(found)} tracks: {_candidates(found)}; give one's track id")
    track = found[0]["track_id"]
    if track not in latents.track_id:
        raise DataError(f"model {model} has no place for {track!r}: it lacks what the model reads")
    return track, name_of(found[0]), latents.rows([track])[0]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a title that is no name of a file
        return False


def _encoded(file: Path, model: str) -> np.ndarray:
    """Where a model puts a file that is not of the catalogue. Shape (d,)."""
    from songmap.assignment.encoded import encode_songs

    encoded = encode_songs(file, model, params.load())
    tell(encoded.notes, model)
    if not len(encoded.points):
        why = [*encoded.lacks.values(), *(item.reason for item in encoded.catalogue.rejected)]
        raise DataError(f"model {model} has no place for {file}: {', '.join(why)}")
    return encoded.points.values[0]


def _candidates(tracks: Sequence[Mapping[str, str]]) -> str:
    listed = "; ".join(f"{track['track_id']} ({name_of(track)})" for track in tracks[:MOST])
    return f"{listed}; and {len(tracks) - MOST} more" if len(tracks) > MOST else listed


def _rows(found: list[tuple[str, float]], model: str, results: Results) -> list[dict[str, Any]]:
    tracks = {track["track_id"]: track for track in results.tracks}
    found_in = results.clusters(model)
    clusters = dict(zip(found_in.track_id.tolist(), found_in.values.tolist(), strict=True))
    names = results.cluster_names(model)
    return [
        {
            "rank": rank,
            "track_id": track,
            "distance": f"{distance:.4f}",
            "cluster": clusters[track],
            "cluster_name": names[clusters[track]],
            "artist": tracks[track]["artist"],
            "title": tracks[track]["title"],
        }
        for rank, (track, distance) in enumerate(found, start=1)
    ]


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    names = [shown(row["cluster_name"]) for row in rows]
    width = max(map(len, ["cluster", *names]))
    print(f"{'':>4}  {'distance':>8}  {'cluster':<{width}}  song")
    for row, name in zip(rows, names, strict=True):
        song = shown(f"{name_of(row)}  [{row['track_id']}]")
        print(f"{row['rank']:>4}  {row['distance']:>8}  {name:<{width}}  {song}")
