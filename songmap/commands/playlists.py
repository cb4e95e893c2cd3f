"""`python -m songmap playlists`: a playlist of every cluster, for any player."""

from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from songmap import params
from songmap.commands.arguments import command, number
from songmap.commands.choice import add_model, model_of
from songmap.console import shown
from songmap.errors import DataError
from songmap.results import Results

if TYPE_CHECKING:
    from songmap.recommend.playlists import Song

LONGEST = 2000  # songs in a list, see songmap.recommend.ordering.MOST
HELP = """Write a playlist (M3U8) of each of a model's clusters, named after the cluster.

Each begins with the song that is closest to all others, and goes on so that each song is close to the next.
Paths are relative to DIR. Of an artist, and of a long cluster, the songs most firmly in it are taken.
Duplicates and tracks without a sound file are left out. Lists of an earlier run in DIR are replaced or
deleted; other files stay as they are without --replace.

examples:
  python -m songmap playlists data/playlists
  python -m songmap playlists ~/Music/playlists --model vae --per-artist 0 --length 50
"""


def add(commands: Any) -> None:
    """Add `playlists` to the parser's commands."""
    parser = command(commands, "playlists", "write a playlist of every cluster", HELP, _run)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the lists go")
    add_model(parser)
    parser.add_argument(
        "--per-artist",
        type=number(int, 0, 1_000_000),
        default=3,
        metavar="N",
        help="songs of one artist in a list at most, 0 for all (default: 3)",
    )
    parser.add_argument(
        "--minimum",
        type=number(int, 1, 1_000_000),
        default=5,
        metavar="N",
        help="songs that make a list (default: 5)",
    )
    parser.add_argument(
        "--length",
        type=number(int, 1, LONGEST),
        default=500,
        metavar="N",
        help=f"songs in a list at most (default: 500; at most {LONGEST:,})",
    )
    parser.add_argument("--replace", action="store_true", help="replace files of the same names as well")


def _run(arguments: Namespace) -> None:
    from songmap.assignment.staleness import changes
    from songmap.recommend import m3u8
    from songmap.recommend.playlists import Limits, playlists

    results = Results()
    model, latents = model_of(results, arguments.model)
    if changed := changes(["manifest"]):
        raise DataError(f"data/tracks.csv is of other parameters: {changed[0]}; dvc repro makes it anew")
    if arguments.folder.exists() and not arguments.folder.is_dir():
        raise DataError(f"{arguments.folder} is not a folder")
    root = (results.folder / params.load(results.folder / "params.yaml").dataset).absolute()
    songs, paths, left_out = _playable(results, model, root, arguments.folder)
    if not songs:
        raise DataError(f"none of the {left_out.total():,} tracks of {model} has a sound file")
    limits = Limits(arguments.per_artist, arguments.minimum, arguments.length)
    lists, too_much = playlists(songs, latents, limits)
    if not lists:
        raise DataError(
            f"no cluster of {model} has {limits.minimum} songs that can be played: try --minimum 1"
        )
    names = results.cluster_names(model)
    files = dict(zip(lists, m3u8.file_names(names[cluster] for cluster in lists), strict=True))
    texts = {files[c]: m3u8.as_text(names[c], found, paths) for c, found in lists.items()}
    m3u8.write(arguments.folder, texts, arguments.replace)
    for cluster, found in lists.items():
        print(shown(f"{arguments.folder / files[cluster]}: {len(found):,} songs"))
    for reason, count in sorted((left_out + too_much).items()):
        print(f"left out, {reason}: {count:,}")
    if arguments.folder.resolve().is_relative_to(root.resolve()):
        print("note: the lists lie in the song folder, which the next dvc repro therefore reads anew")


def _playable(
    results: Results, model: str, root: Path, folder: Path
) -> tuple[list["Song"], dict[str, str], Counter[str]]:
    """The model's songs that have a file, its path as a list names it, and how many have none."""
    from songmap.catalogue.checks import Folder
    from songmap.catalogue.entries import RefusedError
    from songmap.recommend.m3u8 import relative
    from songmap.recommend.playlists import Song

    dataset, tracks = Folder(root), {track["track_id"]: track for track in results.tracks}
    songs, paths = [], {}
    left_out: Counter[str] = Counter()
    for row in results.members(model):
        track = tracks[row["track_id"]]
        if not track["path"]:
            left_out["no sound file"] += 1
            continue
        try:
            sound = dataset.find(track["path"])
            paths[track["track_id"]] = relative(sound, folder)
        except RefusedError:
            left_out["sound file missing"] += 1
            continue
        except DataError:
            left_out["name of the file"] += 1
            continue
        seconds = float(track["duration"]) if track["duration"] else None
        names = track["title"], track["artist"], track["path"], track["sha256"]
        where = int(row["cluster"]), float(row["confidence"])
        songs.append(Song(track["track_id"], *names, seconds, *where))
    return songs, paths, left_out
