"""Fitting and using what is trained: arrays in, arrays out, torch in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from songmap.models.batch import Tensors, Trainable
from songmap.models.inputs import Inputs
from songmap.models.machine import choose
from songmap.models.resume import State, digest
from songmap.models.scaling import TEXTS, Scaler, fit_scaler
from songmap.models.training import History, Task, train
from songmap.models.vae import VAE
from songmap.params import Contrastive, Conv, Dense, Train

BATCH = 256  # tracks encoded at a time
NOTHING = 1e-6  # mean square of scaled values that are constant but for their rounding
FAR = 1000.0  # standard deviations from the mean: a single such value outweighs all others


@dataclass(frozen=True)
class NeuralEncoder:
    """A trained model with the scalers of its inputs, on the processor and in float32."""

    model: Trainable
    scalers: dict[str, Scaler]

    @property
    def autoencoder(self) -> VAE | None:
        """The model, if it has decoders."""
        return self.model if isinstance(self.model, VAE) else None

    def encode(self, inputs: Inputs) -> np.ndarray:
        """Latents of every track, averaged over its excerpts. Shape (n, latent_dim), float32.

        Those of an autoencoder are posterior means.
        """
        return self.over_excerpts(inputs, self.model.embed)

    def reconstruct(self, inputs: Inputs, modality: str) -> np.ndarray:
        """Decoded posterior means in scaled units, those of the middle excerpt where there are several.

        Shape (n, d), or (n, 1, bands, frames) for mel patches.
        """
        vae = self.autoencoder
        assert vae is not None
        data = tensors(inputs, self.scalers)
        return self._in_batches(
            data, data.excerpts // 2, lambda x: vae.decode(vae.embed(x), x.condition)[modality]
        )

    def over_excerpts(self, inputs: Inputs, function: Callable[[Tensors], Tensor]) -> np.ndarray:
        """Mean over excerpts of what a function makes of rows with one each. Shape (n, ...), float32."""
        data = tensors(inputs, self.scalers)
        every = [self._in_batches(data, i, function) for i in range(data.excerpts)]
        return np.stack(every).mean(axis=0, dtype=np.float64).astype(np.float32)

    @torch.no_grad()
    def _in_batches(self, data: Tensors, excerpt: int, function: Callable[[Tensors], Tensor]) -> np.ndarray:
        self.model.eval()
        rows = [function(data.take(index, excerpt)) for index in torch.arange(len(data)).split(BATCH)]
        return torch.cat(rows).numpy()


def fit_neural(
    config: Dense | Conv | Contrastive,
    inputs: Inputs,
    settings: Train,
    kl_weight: float,
    seed: int,
    name: str,
    states: Path | None = None,
) -> tuple[NeuralEncoder, History, np.ndarray]:
    """Train a model.

    Parameters
    ----------
    config : Dense, Conv or Contrastive
    inputs : Inputs
        At least `FEWEST` tracks of each modality.
    settings : Train
    kl_weight : float >= 0
    seed : int >= 0
        Of the held-out tracks, the first weights, the order of batches and the samples.
    name : str
        Shown beside the progress bar and in errors.
    states : Path or None
        Directory of the states of trainings that were interrupted; None keeps none.

    Returns
    -------
    encoder : NeuralEncoder
    history : History
    held_out : np.ndarray [shape=(n,)], bool
        The tracks that only decided when to stop.

    Raises
    ------
    DataError
        If the loss stops being finite or explodes.
    ParameterError
        If the device asked for is not there.
    """
    machine = choose(settings, config)
    torch.manual_seed(seed)
    held_out = _hold_out(len(inputs), settings.validation, seed)
    scalers = {}
    for modality in inputs.modalities:
        values, present = inputs.rows(modality)
        seen = values[present & ~held_out]
        seen = seen if len(seen) else values[present]
        scalers[modality] = fit_scaler(seen, config.inputs[modality], config.scale)
    data = tensors(inputs, scalers)
    shapes = {modality: x.shape[1:] for modality, x in data.values.items()}
    model = build(config, shapes, data.condition.shape[1])
    recipe = {
        "config": config.model_dump(),
        "settings": settings.model_dump(exclude={"seeds"}),
        "kl_weight": kl_weight,
        "seed": seed,
        "machine": [str(value) for value in asdict(machine).values()],
    }
    state = State(states, digest(recipe, data, held_out) if states else "")
    far = _far(config, inputs, data)
    task = Task(settings, kl_weight, seed, name, machine.device, machine.bfloat16, far)
    history = train(model, data, torch.from_numpy(held_out), task, state)
    return NeuralEncoder(model, scalers), history, held_out


def build(
    config: Dense | Conv | Contrastive, shapes: Mapping[str, Sequence[int]], n_condition: int
) -> Trainable:
    """The untrained model of a kind; see `Trainable` for the shapes."""
    if isinstance(config, Contrastive):
        from songmap.models.contrast import ContrastiveEncoder

        return ContrastiveEncoder(config, shapes, n_condition)
    return VAE(config, shapes, n_condition)


def tensors(inputs: Inputs, scalers: Mapping[str, Scaler]) -> Tensors:
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


def r2(x: np.ndarray, decoded: np.ndarray) -> float | None:
    """Share of the variance of scaled values (n, ...) that `decoded` explains.

    1 is perfect, 0 is what predicting the scaler's mean reaches, and it may be negative. None where there is
    nothing to explain: no values, or all of them at that mean.
    """
    total = np.square(x, dtype=np.float64).sum()
    if total <= NOTHING * x.size:
        return None
    return float(1 - np.square(x - decoded, dtype=np.float64).sum() / total)


def _far(config: Dense | Conv | Contrastive, inputs: Inputs, data: Tensors) -> str:
    """Which value lies farther from the mean than `FAR`, and what helps; empty where none does."""
    for modality, x in data.values.items():
        rows = x.flatten(1)
        distance = torch.maximum(rows.amax(dim=1), -rows.amin(dim=1))
        track, most = str(inputs.track_id[int(distance.argmax())]), float(distance.max())
        if most > FAR:
            source = config.inputs[modality]
            bounded = "" if source in ("mel", *TEXTS) else "scale: quantile, which bounds it, or "
            found = f"track {track!r} lies {most:.4g} standard deviations from the mean"
            return f"{found} in {modality}={source}; try {bounded}leaving the track out"
    return ""


def _hold_out(n: int, share: float, seed: int) -> np.ndarray:
    """Mark a random `share` of n tracks, at least two (NT-Xent compares them) and never more than half."""
    count = min(max(2, round(n * share)), n // 2)
    held_out = np.zeros(n, dtype=bool)
    held_out[np.random.default_rng(seed).permutation(n)[:count]] = True
    return held_out
