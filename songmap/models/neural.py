"""Fitting and using the autoencoders: arrays in, arrays out, torch in between."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from songmap.models.inputs import Inputs
from songmap.models.scaling import Scaler, fit_scaler
from songmap.models.training import History, train
from songmap.models.vae import VAE, Tensors
from songmap.params import Conv, Dense, Train

BATCH = 256  # tracks encoded at a time
ACTIVE = 0.01  # variance of the posterior mean above which a unit is active (Burda et al. 2016)


@dataclass(frozen=True)
class NeuralEncoder:
    """A trained model with the scalers of its inputs."""

    model: VAE
    scalers: dict[str, Scaler]

    def encode(self, inputs: Inputs) -> np.ndarray:
        """Posterior means of every track, averaged over its excerpts. Shape (n, latent_dim), float32."""
        data = tensors(inputs, self.scalers)
        every = [
            self._in_batches(data, i, lambda x: self.model.posterior(x)[0]) for i in range(data.excerpts)
        ]
        return np.stack(every).mean(axis=0, dtype=np.float64).astype(np.float32)

    def reconstruct(self, inputs: Inputs, modality: str) -> np.ndarray:
        """Decoded posterior means in scaled units, those of the middle excerpt where there are several.

        Shape (n, d), or (n, 1, bands, frames) for mel patches.
        """
        data = tensors(inputs, self.scalers)
        return self._in_batches(
            data,
            data.excerpts // 2,
            lambda x: self.model.decode(self.model.posterior(x)[0], x.condition)[modality],
        )

    @torch.no_grad()
    def _in_batches(self, data: Tensors, excerpt: int, function: Any) -> np.ndarray:
        self.model.eval()
        rows = [function(data.take(index, excerpt)) for index in torch.arange(len(data)).split(BATCH)]
        return torch.cat(rows).numpy()


def fit_neural(
    config: Dense | Conv, inputs: Inputs, settings: Train, kl_weight: float, seed: int, name: str
) -> tuple[NeuralEncoder, History, np.ndarray]:
    """Train a model.

    Parameters
    ----------
    config : Dense or Conv
    inputs : Inputs
        At least `FEWEST` tracks of each modality.
    settings : Train
    kl_weight : float >= 0
    seed : int >= 0
        Of the held-out tracks, the first weights, the order of batches and the samples.
    name : str
        Shown beside the progress bar and in errors.

    Returns
    -------
    encoder : NeuralEncoder
    history : History
    held_out : np.ndarray [shape=(n,)], bool
        The tracks that only decided when to stop.

    Raises
    ------
    DataError
        If the loss stops being finite.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    held_out = _hold_out(len(inputs), settings.validation, seed)
    scalers = {}
    for modality in inputs.modalities:
        values, present = inputs.rows(modality)
        seen = values[present & ~held_out]
        seen = seen if len(seen) else values[present]
        scalers[modality] = fit_scaler(seen, modality, config.scale)
    data = tensors(inputs, scalers)
    model = VAE(config, {name: x.shape[1:] for name, x in data.values.items()}, data.condition.shape[1])
    history = train(model, data, torch.from_numpy(held_out), settings, kl_weight, seed, name)
    return NeuralEncoder(model, scalers), history, held_out


def tensors(inputs: Inputs, scalers: dict[str, Scaler]) -> Tensors:
    """Scaled inputs as tensors; what a track lacks is zero and marked absent."""
    values, present = {}, {}
    for modality, scaler in scalers.items():
        rows, here = inputs.rows(modality)
        scaled = scaler.apply(rows)
        scaled[~here] = 0
        values[modality], present[modality] = torch.from_numpy(scaled), torch.from_numpy(here)
    if inputs.condition is None:
        condition = torch.zeros(len(inputs), 0)
    else:
        condition = torch.from_numpy(inputs.condition.rows(inputs.track_id).astype(np.float32))
    return Tensors(values, present, condition)


def active_units(latents: np.ndarray) -> int:
    """Latent dimensions whose posterior mean varies over tracks (Burda et al. 2016, arXiv:1509.00519)."""
    return int((latents.var(axis=0) > ACTIVE).sum())


def r2(x: np.ndarray, decoded: np.ndarray) -> float:
    """Share of the variance of scaled values (n, ...) that `decoded` explains.

    1 is perfect, 0 is what predicting the scaler's mean reaches, and it may be negative.
    """
    error = np.square(x - decoded, dtype=np.float64).sum()
    return float(1 - error / max(np.square(x, dtype=np.float64).sum(), 1e-12))


def _hold_out(n: int, share: float, seed: int) -> np.ndarray:
    """Mark a random `share` of n tracks, at least one and never more than half."""
    count = min(max(1, round(n * share)), n // 2)
    held_out = np.zeros(n, dtype=bool)
    held_out[np.random.default_rng(seed).permutation(n)[:count]] = True
    return held_out
