"""From inputs to a fitted model, its latents and a report on it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from songmap.models.ablation import Encoder, ablate
from songmap.models.collapse import collapse
from songmap.models.inputs import Inputs
from songmap.models.linear import LinearEncoder, fit_linear
from songmap.models.neural import NeuralEncoder, fit_neural, r2, tensors
from songmap.models.resume import Epoch
from songmap.models.training import History
from songmap.models.umap import UmapEncoder, fit_umap
from songmap.params import LINEAR, AnyModel, Conv, Train, Umap
from songmap.tracks import TrackArray

EXAMPLES = 6  # tracks whose reconstruction is kept for the pictures
SPREAD = re.compile("active_units|validation_loss|train_loss|kl|r2_.*")  # what is compared over seeds


@dataclass(frozen=True)
class Fitted:
    """A fitted model and what there is to say about it.

    Parameters
    ----------
    encoder : LinearEncoder, UmapEncoder or NeuralEncoder
        Encodes tracks, these or new ones: that of the first run.
    latents : TrackArray [values shape=(n, runs, d)]
        Posterior means, or what else the encoder makes of a track, of each run.
    reconstructions : TrackArray [values shape=(r, 2, ...)]
        Audio of held-out tracks and its reconstruction: the middle mel patch in dB, vectors as scaled.
    ablations : TrackArray [values shape=(m, modalities, d)]
        Latents of the first run without each modality; see `ablate`.
    report : dict
        Numbers of the first run for the metrics file; ``r2_…`` is over held-out tracks, None where none has
        the modality, or all are alike in it. ``over_seeds`` has mean and standard deviation of the main ones
        where there are several runs.
    history : list of Epoch
        Of the first run; empty where nothing was trained.
    """

    encoder: Encoder
    latents: TrackArray
    reconstructions: TrackArray
    ablations: TrackArray
    report: dict[str, Any]
    history: list[Epoch]


@dataclass(frozen=True)
class _Run:
    encoder: Encoder
    inputs: Inputs
    latents: np.ndarray  # (n, d)
    report: dict[str, Any]
    reconstructions: TrackArray
    history: list[Epoch]


def fit(
    config: AnyModel,
    inputs: Inputs,
    settings: Train,
    kl_weight: float,
    seed: int,
    name: str,
    states: Path | None = None,
) -> Fitted:
    """Fit one model ``settings.seeds`` times; the same inputs and seed give the same latents, bit by bit.

    Parameters
    ----------
    config : Standardized, Pca, Fusion, Umap, Dense, Conv or Contrastive
    inputs : Inputs
        Of a model that lacks nothing: ``inputs.lacking()`` is empty. Where there are latents of several runs
        of another model, each run has its own.
    settings : Train
        ``seeds`` counts the runs; a linear map, which is the same in all of them, has as many as its inputs.
        The others are for models that are trained.
    kl_weight : float >= 0
        Weight of the KL term; unused without one.
    seed : int >= 0
        Of the first run; the others have the numbers after it.
    name : str
        Shown beside the progress bar.
    states : Path or None
        Directory of the states of trainings that were interrupted; None keeps none.

    Raises
    ------
    DataError
        If training diverges.
    ParameterError
        If ``train.device`` is not there.
    """
    runs = min(inputs.runs, settings.seeds) if isinstance(config, LINEAR) else settings.seeds
    found = []
    for i in range(runs):
        own = (seed + i) % 2**32
        shown = f"{name}, seed {own}" if i else name
        found.append(_run(config, inputs.run(i), settings, kl_weight, own, shown, states))
    first = found[0]
    ablations, shares = ablate(first.encoder, first.inputs, first.latents)
    report = _coverage(first.inputs, first.latents) | {"seeds": runs} | first.report | shares
    if runs > 1 and first.report:
        report["over_seeds"] = _over_seeds([run.report for run in found])
    latents = TrackArray(inputs.track_id, np.stack([run.latents for run in found], axis=1))
    return Fitted(first.encoder, latents, first.reconstructions, ablations, report, first.history)


def _run(
    config: AnyModel,
    inputs: Inputs,
    settings: Train,
    kl_weight: float,
    seed: int,
    name: str,
    states: Path | None,
) -> _Run:
    if isinstance(config, Umap):
        return _untrained(fit_umap(config, inputs, seed), inputs)
    if isinstance(config, LINEAR):
        return _untrained(fit_linear(config, inputs, seed), inputs)
    trained, history, held_out = fit_neural(config, inputs, settings, kl_weight, seed, name, states)
    latents = trained.encode(inputs)
    report = collapse(trained, inputs, latents) | _training(history)
    if config.kl != "none":
        report |= {"kl_weight": kl_weight, "kl": round(history.best.kl, 4)}
    unseen = inputs.of(inputs.track_id[held_out])
    if trained.autoencoder is not None:
        for modality, array in unseen.modalities.items():
            found = _r2(trained, unseen, modality) if len(array) else None
            report[f"r2_{modality}"] = None if found is None else round(found, 4)
    return _Run(trained, inputs, latents, report, _examples(config, trained, unseen), history.epochs)


def _untrained(encoder: LinearEncoder | UmapEncoder, inputs: Inputs) -> _Run:
    nothing = TrackArray.empty("only an autoencoder shows reconstructions")
    return _Run(encoder, inputs, encoder.encode(inputs), {}, nothing, [])


def _coverage(inputs: Inputs, latents: np.ndarray) -> dict[str, Any]:
    counts = {f"tracks_with_{name}": len(array) for name, array in inputs.modalities.items()}
    return {"tracks": len(inputs), **counts, "latent_dim": latents.shape[1]}


def _training(history: History) -> dict[str, Any]:
    return {
        "epochs": len(history.epochs),
        "best_epoch": history.best.epoch,
        "validation_loss": round(history.best.validation, 4),
        "train_loss": round(history.best.train, 4),
    }


def _over_seeds(reports: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Mean and standard deviation (of a sample) of the numbers that matter."""
    result = {}
    for name in reports[0]:
        values = [report[name] for report in reports]
        if SPREAD.fullmatch(name) and None not in values:
            result[name] = {
                "mean": round(float(np.mean(values)), 4),
                "sd": round(float(np.std(values, ddof=1)), 4),
            }
    return result


def _r2(encoder: NeuralEncoder, inputs: Inputs, modality: str) -> float | None:
    data = tensors(inputs, encoder.scalers)
    shown = data.view(data.excerpts // 2)
    here = shown.present[modality].numpy()
    return r2(shown.values[modality].numpy()[here], encoder.reconstruct(inputs, modality)[here])


def _examples(config: AnyModel, encoder: NeuralEncoder, unseen: Inputs) -> TrackArray:
    if encoder.autoencoder is None:
        return TrackArray.empty("only an autoencoder shows reconstructions")
    if not len(unseen.modalities.get("audio", ())):
        return TrackArray.empty("no held-out track has audio to show")
    few = unseen.of(unseen.modalities["audio"].track_id[:EXAMPLES])
    scaled = encoder.reconstruct(few, "audio")
    original, _ = few.rows("audio")
    scaler = encoder.scalers["audio"]
    if isinstance(config, Conv):
        pair = np.stack([original[:, original.shape[1] // 2], scaler.invert(scaled)[:, 0]], axis=1)
    else:
        pair = np.stack([scaler.apply(original), scaled], axis=1)
    return TrackArray(few.track_id, pair)
