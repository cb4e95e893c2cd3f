"""Show what latent spaces hold, as pictures and as sound. Run as ``python -m stages.traverse``."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from songmap import params
from songmap.audio.invert import sequence, write_wav
from songmap.console import run
from songmap.errors import DataError
from songmap.figures import style, traversals
from songmap.files import read_csv
from songmap.latents import load_latents
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
    torch.set_num_threads(1)  # the order of sums, and so their last digit, depends on the number of threads
    with threadpool_limits(1):
        for name in tqdm(decoding, desc="traverse", unit="model", disable=None):
            latents = load_latents(f"data/features/latents/{name}.npz")
            if len(latents):
                written += _explore(name, latents, titles, settings)
    style.keep_only(written, PICTURES, SOUNDS)


def _explore(name: str, latents: TrackArray, titles: Mapping[str, str], p: params.Params) -> list[Path]:
    """The files written for one model, of whose runs the first left the checkpoint."""
    config, encoder = checkpoint.load(f"models/{name}.pt")
    latents = TrackArray(latents.track_id, latents.values[:, 0])
    width = latents.values.shape[1]
    if not isinstance(config, params.Dense | params.Conv) or config.latent_dim != width:
        raise DataError(f"models/{name}.pt is not the model of its latents of {width} units: run dvc repro")
    assert isinstance(encoder, NeuralEncoder)
    told = config.condition != "none"
    labels = TrackArray.load(f"data/labels/{config.condition}.npz") if told else None
    arrays = {slot: _features(source) for slot, source in config.inputs.items()}
    inputs = Inputs(arrays, labels).run(0)
    sources = {slot: (config.inputs[slot], array.names) for slot, array in arrays.items()}
    along = traverse(encoder, latents, inputs, UNITS)
    between = interpolate(encoder, latents, inputs, p.seed)
    figures = traversals.units(name, along, width, sources, told)
    if between is not None:
        ends = [titles[song] for song in between.songs]
        figures |= traversals.songs(name, ends, between.steps, sources, told)
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


def _features(source: str) -> TrackArray:
    load = load_latents if source.startswith("latents/") else TrackArray.load
    return load(f"data/features/{source}.npz")


if __name__ == "__main__":
    run(main)
