"""From inputs to a fitted model, its latents and a report on it."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from songmap.models.inputs import Inputs
from songmap.models.linear import LinearEncoder, fit_linear
from songmap.models.neural import NeuralEncoder, active_units, explained, fit_neural, tensors
from songmap.models.training import Epoch
from songmap.params import LINEAR, AnyModel, Conv, Dense, Train
from songmap.tracks import TrackArray

EXAMPLES = 6  # tracks whose reconstruction is kept for the pictures


@dataclass(frozen=True)
class Fitted:
    """A fitted model and what there is to say about it.

    Parameters
    ----------
    latents : TrackArray [values shape=(n, d)]
        Posterior means, or the linear map's values.
    reconstructions : TrackArray [values shape=(r, 2, ...)]
        Audio of held-out tracks and its reconstruction: mel patches in dB, vectors in z-scores.
    report : dict
        Numbers for the metrics file.
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
    settings : Train
        Used by models that are trained.
    kl_weight : float >= 0
        Weight of the KL term; unused without one.
    name : str
        Shown beside the progress bar.
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
    for modality in inputs.modalities:
        report[f"explained_{modality}"] = round(_explained(encoder, inputs, modality), 4)
    return Fitted(encoder, latents, _examples(config, encoder, inputs, held_out), report, history.epochs)


def _coverage(inputs: Inputs, latents: TrackArray) -> dict[str, Any]:
    counts = {f"tracks_with_{name}": len(array) for name, array in inputs.modalities.items()}
    return {"tracks": len(inputs), **counts, "latent_dim": latents.values.shape[1]}


def _explained(encoder: NeuralEncoder, inputs: Inputs, modality: str) -> float:
    data = tensors(inputs, encoder.scalers)
    here = data.present[modality].numpy()
    return explained(data.values[modality].numpy()[here], encoder.reconstruct(inputs, modality)[here])


def _examples(
    config: Dense | Conv, encoder: NeuralEncoder, inputs: Inputs, held_out: np.ndarray
) -> TrackArray:
    if "audio" not in inputs.modalities:
        return TrackArray.empty("the model reconstructs lyrics, which have no picture")
    _, present = inputs.rows("audio")
    chosen = inputs.track_id[held_out & present][:EXAMPLES]
    if not len(chosen):
        return TrackArray.empty("no held-out track has audio")
    few = Inputs({n: _of(array, chosen) for n, array in inputs.modalities.items()}, inputs.condition)
    scaled = encoder.reconstruct(few, "audio")
    original, _ = few.rows("audio")
    scaler = encoder.scalers["audio"]
    if isinstance(config, Conv):
        pair = np.stack([original, scaler.invert(scaled)], axis=1)[:, :, 0]
    else:
        pair = np.stack([scaler.apply(original), scaled], axis=1)
    return TrackArray(few.track_id, pair)


def _of(array: TrackArray, track_id: np.ndarray) -> TrackArray:
    return array.select(track_id[np.isin(track_id, array.track_id)])
