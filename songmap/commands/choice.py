"""What the commands that use the pipeline's results share: which model is meant, and what they print."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from typing import Any

from songmap.console import shown
from songmap.errors import DataError
from songmap.results import Results
from songmap.tracks import TrackArray

PREFERRED = "multimodal_vae"


def add_model(parser: ArgumentParser) -> None:
    """Add the option --model."""
    parser.add_argument(
        "--model",
        default="",
        metavar="NAME",
        help=f"a model of params.yaml (default: {PREFERRED}, or the first there is)",
    )


def model_of(results: Results, name: str) -> tuple[str, TrackArray]:
    """The model that is meant, and its latents.

    Raises
    ------
    ParameterError
        If there is no such model.
    DataError
        If it was left out, so that it has no songs, or its songs are not those of its clusters and of the
        catalogue, as where the pipeline broke off.
    """
    if not name:
        first = results.models[0] if results.models else PREFERRED
        name = PREFERRED if PREFERRED in results.models else first
    latents = results.latents(name)
    if not len(latents):
        raise DataError(f"model {name} has no songs: {latents.note or 'it was left out'}")
    tables = {"data/clusters": results.members(name), "data/tracks.csv": results.tracks}
    for table, rows in tables.items():
        lacking = sorted(set(latents.track_id.tolist()) - {row["track_id"] for row in rows})
        if lacking:
            raise DataError(f"{lacking[0]!r} of model {name} is not in {table}: dvc repro makes both anew")
    return name, latents


def name_of(row: Mapping[str, Any]) -> str:
    """A song as it is printed: artist and title, or its track id where it has neither."""
    return " - ".join(filter(None, (row.get("artist"), row.get("title")))) or str(row["track_id"])


def tell(changes: Iterable[str], model: str) -> None:
    """Say on stderr which parameters have changed since a model was made."""
    for change in changes:
        print(shown(f"params.yaml: {change} when {model} was made; dvc repro makes it anew"), file=sys.stderr)
