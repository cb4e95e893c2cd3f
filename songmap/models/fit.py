"""From inputs to a fitted model, its latents and a report on it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from songmap.models.inputs import Inputs
from songmap.models.linear import LinearEncoder, fit_linear
from songmap.models.neural import NeuralEncoder, active_units, fit_neural, r2, tensors
from songmap.models.training import Epoch
from songmap.params import LINEAR, AnyModel, Conv, Dense, Train
from songmap.tracks import TrackArray

EXAMPLES = 6  # tracks whose reconstruction is kept for the pictures


@dataclass(frozen=True)
class Fitted:
    """A fitted model and what there is to say about it.

    Parameters
    ----------
    encoder : LinearEncoder or NeuralEncoder
        Encodes tracks, these or new ones.
    latents : TrackArray [values shape=(n, d)]
        Posterior means, or the linear map's values.
    reconstructions : TrackArray [values shape=(r, 2, ...)]
        Audio of held-out tracks and its reconstruction: the middle mel patch in dB, vectors as scaled.
    report : dict
        Numbers for the metrics file; ``r2_…`` is over held-out tracks.
    history : list of Epoch
        Empty where nothing was trained.
    """

    encoder: LinearEncoder | NeuralEncoder
    latents: TrackArray
    reconstructions: TrackArray
    report: dict[str, Any]
    history: list[Epoch]


def fit(config: AnyModel, inputs: Inputs, settings: Train, kl_weight: float, seed: int, name: str) -> Fitted:
    """Fit one model; the same inputs and seed give the same latents, bit by bit.

    Parameters
    ----------
    config : Standardized, Pca, Fusion, Dense or Conv
    inputs : Inputs
        Of a model that lacks nothing: ``inputs.lacking()`` is empty.
    settings : Train
        Used by models that are trained.
    kl_weight : float >= 0
        Weight of the KL term; unused without one.
    seed : int >= 0
    name : str
        Shown beside the progress bar.

    Raises
    ------
    DataError
        If training diverges.
    """
    if isinstance(config, LINEAR):
        linear = fit_linear(config, inputs, seed)
        latents = TrackArray(inputs.track_id, linear.encode(inputs))
        nothing = TrackArray.empty("a linear map shows no reconstructions")
        return Fitted(linear, latents, nothing, _coverage(inputs, latents), [])
    encoder, history, held_out = fit_neural(config, inputs, settings, kl_weight, seed, name)
    latents = TrackArray(inputs.track_id, encoder.encode(inputs))
    report = _coverage(inputs, latents) | {
        "active_units": active_units(latents.values),
        "epochs": len(history.epochs),
        "best_epoch": history.best.epoch,
        "validation_loss": round(history.best.validation, 4),
        "train_loss": round(history.best.train, 4),
    }
    if config.kl != "none":
        report |= {"kl_weight": kl_weight, "kl": round(history.best.kl, 4)}
    unseen = _of(inputs, inputs.track_id[held_out])
    for modality, array in unseen.modalities.items():
        report[f"r2_{modality}"] = round(_r2(encoder, unseen, modality), 4) if len(array) else None
    return Fitted(encoder, latents, _examples(config, encoder, unseen), report, history.epochs)


def _coverage(inputs: Inputs, latents: TrackArray) -> dict[str, Any]:
    counts = {f"tracks_with_{name}": len(array) for name, array in inputs.modalities.items()}
    return {"tracks": len(inputs), **counts, "latent_dim": latents.values.shape[1]}


def _r2(encoder: NeuralEncoder, inputs: Inputs, modality: str) -> float:
    data = tensors(inputs, encoder.scalers)
    shown = data.take(torch.arange(len(data)), data.excerpts // 2)
    here = shown.present[modality].numpy()
    return r2(shown.values[modality].numpy()[here], encoder.reconstruct(inputs, modality)[here])


def _examples(config: Dense | Conv, encoder: NeuralEncoder, unseen: Inputs) -> TrackArray:
    if not len(unseen.modalities.get("audio", ())):
        return TrackArray.empty("no held-out track has audio to show")
    few = _of(unseen, unseen.modalities["audio"].track_id[:EXAMPLES])
    scaled = encoder.reconstruct(few, "audio")
    original, _ = few.rows("audio")
    scaler = encoder.scalers["audio"]
    if isinstance(config, Conv):
        pair = np.stack([original[:, original.shape[1] // 2], scaler.invert(scaled)[:, 0]], axis=1)
    else:
        pair = np.stack([scaler.apply(original), scaled], axis=1)
    return TrackArray(few.track_id, pair)


def _of(inputs: Inputs, track_id: np.ndarray) -> Inputs:
    """The inputs of some tracks."""
    modalities = {
        name: array.select(track_id[np.isin(track_id, array.track_id)])
        for name, array in inputs.modalities.items()
    }
    return Inputs(modalities, inputs.condition)
