"""Show what latent spaces hold, as pictures and as sound. Run as ``python -m stages.traverse``."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from songmap import params
from songmap.audio.invert import sequence, write_wav
from songmap.console import run
from songmap.figures import style, traversals
from songmap.files import read_csv
from songmap.models import checkpoint
from songmap.models.inputs import Inputs
from songmap.models.neural import NeuralEncoder
from songmap.models.traversal import Interpolation, Traversal, interpolate, traverse
from songmap.tracks import TrackArray

PICTURES, SOUNDS = Path("plots/traversals"), Path("data/traversals")
UNITS, HEARD = 6, 4  # at most, of a model
SECONDS = 1.5  # of each step that is heard


def main() -> None:
    """Write pictures of every model that decodes, and sounds of those that decode mel patches."""
    settings = params.load()
    decoding = [name for name, model in settings.models.items() if model.kind in ("dense", "conv")]
    titles = {row["track_id"]: row["title"] or row["track_id"] for row in read_csv("data/tracks.csv")}
    written: list[Path] = []
    for folder in (PICTURES, SOUNDS):
        folder.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(1):  # the order of sums, and so their last digit, depends on the number of threads
        for name in tqdm(decoding, desc="traverse", unit="model", disable=None):
            latents = _load(f"features/latents/{name}")
            if len(latents):
                written += _explore(name, latents, titles, settings)
    style.keep_only(written, PICTURES, SOUNDS)


def _explore(name: str, latents: TrackArray, titles: Mapping[str, str], p: params.Params) -> list[Path]:
    """The files written for one model, of whose runs the first left the checkpoint."""
    config, encoder = checkpoint.load(f"models/{name}.pt")
    assert isinstance(encoder, NeuralEncoder)
    latents = TrackArray(latents.track_id, latents.values[:, 0])
    labels = None if config.condition == "none" else _load(f"labels/{config.condition}")
    arrays = {slot: _load(f"features/{source}") for slot, source in config.inputs.items()}
    inputs = Inputs(arrays, labels).run(0)
    sources = {slot: (config.inputs[slot], array.names) for slot, array in arrays.items()}
    along = traverse(encoder, latents, inputs, UNITS)
    between = interpolate(encoder, latents, inputs, p.seed)
    figures = traversals.units(name, along, latents.values.shape[1], sources, labels is not None)
    if between is not None:
        ends = [titles[song] for song in between.songs]
        figures |= traversals.songs(name, ends, between.steps, sources, labels is not None)
    pictures = {PICTURES / name / f"{what}.png": figure for what, figure in figures.items()}
    for path, figure in pictures.items():
        style.save(figure, path)
    sounds = {}
    if config.kind == "conv":
        sounds = {SOUNDS / name / f"{what}.wav": levels for what, levels in _heard(along, between).items()}
    for path, levels in sounds.items():
        write_wav(path, sequence(levels, p.audio, SECONDS, p.seed), p.audio.sample_rate)
    return [*pictures, *sounds]


def _heard(along: Traversal, between: Interpolation | None) -> dict[str, np.ndarray]:
    """Mel patches whose sounds follow each other in a file."""
    heard = {f"unit_{unit}": along.decoded["audio"][i] for i, unit in enumerate(along.units[:HEARD])}
    return heard | ({"songs": between.steps["audio"]} if between is not None else {})


def _load(name: str) -> TrackArray:
    return TrackArray.load(f"data/{name}.npz")


if __name__ == "__main__":
    run(main)
