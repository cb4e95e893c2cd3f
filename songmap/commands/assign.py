"""`python -m songmap assign`: which cluster of a trained model new songs belong to."""

import unicodedata
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from songmap import params
from songmap.commands.arguments import command, path, table
from songmap.commands.choice import add_model, model_of, name_of, tell
from songmap.console import shown
from songmap.errors import DataError
from songmap.files import write_csv
from songmap.results import Results

if TYPE_CHECKING:
    from songmap.assignment.encoded import Encoded
    from songmap.assignment.placing import Place

COLUMNS = (
    *("track_id", "title", "artist", "cluster", "name", "confidence", "outlier"),
    *("nearest", "nearest_title", "distance", "note"),
)
WIDTHS = {"song": 36, "cluster": 24, "conf.": 5, "": 7, "nearest song": 36, "note": 60}
HELP = """Place new songs among the clusters of a trained model; nothing is trained again.

DIR is a song folder, with or without a tracks.csv, or an audio file with its tags and the .txt or .lrc of its
name. Songs are read with the parameters, scalers and encoders of the model, and belong to the cluster whose
mean is nearest. The confidence is one minus the distance to it over that to the next one. An outlier is
further from it than 99 of 100 of the songs that the cluster was made of.

examples:
  python -m songmap assign ~/Music/new --model vae
  python -m songmap assign data/raw/mine --model multimodal_vae --csv new.csv
  python -m songmap assign song.mp3 --model conv_vae
"""


def add(commands: Any) -> None:
    """Add `assign` to the parser's commands."""
    parser = command(commands, "assign", "place new songs among the clusters of a model", HELP, _run)
    parser.add_argument("songs", type=path, metavar="DIR", help="a song folder or an audio file")
    add_model(parser)
    parser.add_argument("--csv", type=table, metavar="FILE", help="write the table to FILE as well")


def _run(arguments: Namespace) -> None:
    results = Results()
    model, latents = model_of(results, arguments.model)
    if not arguments.songs.exists():
        raise DataError(f"there is no song folder and no file {arguments.songs}")

    from songmap.assignment.encoded import encode_songs
    from songmap.assignment.placing import place

    encoded = encode_songs(arguments.songs, model, params.load())
    places = place(encoded.points, latents, results.clusters(model))
    rows = _rows(encoded, places, model, results)
    if arguments.csv:
        write_csv(arguments.csv, COLUMNS, rows)
    tell(encoded.notes, model)
    if not places:
        first = f"{rows[0]['track_id']}: {rows[0]['note']}"
        raise DataError(f"{model} can place none of {len(rows)} songs; {first}")
    _print(rows)
    outliers = sum(song.outlier for song in places.values())
    not_placed = f"; not placed: {len(rows) - len(places):,}" if len(rows) > len(places) else ""
    print(
        f"{len(places):,} of {len(rows):,} songs in clusters of {model}; outliers: {outliers:,}{not_placed}"
    )


def _rows(
    encoded: "Encoded", places: Mapping[str, "Place"], model: str, results: Results
) -> list[dict[str, Any]]:
    """A row per song, and one per song that was refused."""
    titles = {track["track_id"]: track["title"] for track in results.tracks}
    names = results.cluster_names(model)
    rows: list[dict[str, Any]] = []
    for track in encoded.catalogue.tracks:
        row: dict[str, Any] = {"track_id": track.track_id, "title": track.title, "artist": track.artist}
        row["note"] = encoded.lacks.get(track.track_id, "")
        if track.track_id in places:
            found = places[track.track_id]
            row |= vars(found) | {"outlier": "yes" if found.outlier else "no"}
            row |= {"name": names[found.cluster], "nearest_title": titles.get(found.nearest, "")}
        rows.append(row)
    refused = [item for item in encoded.catalogue.rejected if item.what == "track"]
    return rows + [{"track_id": item.track_id or item.path, "note": item.reason} for item in refused]


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    print(_line(WIDTHS))
    for row in rows:
        placed = "cluster" in row
        name = _named(row["cluster"], row["name"]) if placed else "-"
        near = (row["nearest_title"] or row["nearest"]) if placed else ""
        mark = "outlier" if row.get("outlier") == "yes" else ""
        firm = f"{row['confidence']:.2f}" if placed else ""
        print(_line((name_of(row), name, firm, mark, near, row["note"])))


def _named(cluster: int, name: str) -> str:
    return name if name == f"cluster {cluster}" else f"{cluster}: {name}"


def _line(values: Sequence[str] | Mapping[str, int]) -> str:
    cells = (_cell(value, width) for value, width in zip(values, WIDTHS.values(), strict=True))
    return "  ".join(cells).rstrip()


def _cell(text: str, width: int) -> str:
    """The text, cut or filled up to as many places of a terminal; characters may take none, one or two."""
    line, left = "", width
    for character in shown(text):
        wide = unicodedata.east_asian_width(character) in "WF"
        left -= 0 if unicodedata.combining(character) else 1 + wide
        if left < 0:
            return f"{line[:-1]}…"
        line += character
    return line + " " * left
