"""Fit one model: features to latents. Run as ``python -m stages.train vae``."""

import sys
from dataclasses import asdict
from pathlib import Path

from songmap import params
from songmap.console import argument, run
from songmap.files import atomic, write_csv, write_json
from songmap.latents import load_latents
from songmap.models.inputs import Inputs
from songmap.tracks import TrackArray

FEATURES = Path("data/features")
STATES = Path(".cache/training")


def main() -> None:
    """Write latents, checkpoint, reconstructions, ablations, loss history and a report of one model."""
    settings = params.load()
    name = argument("model", settings.models)
    config = settings.models[name]
    inputs = _inputs(config)
    lacking = inputs.lacking()
    if lacking:
        _write_left_out(name, lacking)
        return

    from songmap.models import checkpoint
    from songmap.models.fit import fit

    weight = settings.kl_weight(config)
    fitted = fit(config, inputs, settings.train, weight, settings.seed, name, STATES)
    checkpoint.save(f"models/{name}.pt", config, fitted.encoder)
    fitted.latents.save(FEATURES / f"latents/{name}.npz")
    fitted.reconstructions.save(f"data/reconstructions/{name}.npz")
    fitted.ablations.save(f"data/ablations/{name}.npz")
    _write_history(name, [asdict(epoch) for epoch in fitted.history])
    write_json(f"metrics/training/{name}.json", fitted.report)
    if fitted.report.get("collapsed"):
        alive = f"{fitted.report['active_units']} of {fitted.report['latent_dim']}"
        print(f"{name} has collapsed: {alive} units carry anything{_why(config, inputs)}", file=sys.stderr)


def _inputs(config: params.Model) -> Inputs:
    modalities = {}
    for modality, source in config.inputs.items():
        load = load_latents if source.startswith("latents/") else TrackArray.load
        modalities[modality] = load(FEATURES / f"{source}.npz")
    told = config.condition != "none"
    return Inputs(modalities, TrackArray.load(f"data/labels/{config.condition}.npz") if told else None)


def _why(config: params.Model, inputs: Inputs) -> str:
    alike = [f"{modality}={config.inputs[modality]}" for modality in inputs.constant()]
    if alike:
        return f"; {' and '.join(alike)} is the same in every track"
    return "; a lower beta may help" if config.kl != "none" else ""


def _write_left_out(name: str, why: str) -> None:
    print(f"{name} is left out: {why}", file=sys.stderr)
    nothing = TrackArray.empty(why)
    nothing.save(FEATURES / f"latents/{name}.npz")
    nothing.save(f"data/reconstructions/{name}.npz")
    nothing.save(f"data/ablations/{name}.npz")
    _write_history(name, [])
    write_json(f"metrics/training/{name}.json", {"tracks": 0, "left_out": why})
    with atomic(f"models/{name}.pt"):
        pass  # an empty file: a checkpoint of nothing


def _write_history(name: str, epochs: list[dict[str, float]]) -> None:
    rows = [{key: round(value, 4) for key, value in epoch.items()} for epoch in epochs]
    write_csv(f"plots/training/{name}.csv", ["epoch", "train", "validation", "kl"], rows)


if __name__ == "__main__":
    run(main)
