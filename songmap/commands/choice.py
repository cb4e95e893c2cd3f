"""What the commands that use the pipeline's results share: which model, and what its clusters are called."""

from argparse import ArgumentParser

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
        If it was left out, so that it has no songs.
    """
    if not name:
        first = results.models[0] if results.models else PREFERRED
        name = PREFERRED if PREFERRED in results.models else first
    latents = results.latents(name)
    if not len(latents):
        raise DataError(f"model {name} has no songs: {latents.note or 'it was left out'}")
    return name, latents
