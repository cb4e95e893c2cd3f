"""The one training loop.

Adam with a learning rate that falls along a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983), a KL
weight that rises over the first epochs (Sønderby et al. 2016, arXiv:1602.02282), an early stop on the
held-out bound, and the best weights kept.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from songmap.errors import DataError
from songmap.models.vae import VAE, Bound, Tensors
from songmap.params import Train

GRADIENT_NORM = 100.0  # nats; clips the spikes of a first epoch, leaves ordinary steps alone


@dataclass(frozen=True)
class Epoch:
    """Means per track, in nats: the full bound on the training and the held-out tracks, and its KL term."""

    epoch: int
    train: float
    validation: float
    kl: float


@dataclass(frozen=True)
class History:
    """All epochs, and the one whose weights were kept."""

    epochs: list[Epoch]
    best: Epoch


def train(
    model: VAE,
    data: Tensors,
    held_out: Tensor,
    settings: Train,
    kl_weight: float,
    seed: int,
    name: str,
) -> History:
    """Fit `model` in place.

    Parameters
    ----------
    held_out : Tensor [shape=(B,)], bool
        Tracks for the early stop; the others are trained on.
    kl_weight : float >= 0
        Weight of the KL term after the warm-up, and in every loss reported (β; Higgins et al. 2017).

    Raises
    ------
    DataError
        If the loss stops being finite: says at which epoch and what to try.
    """
    generator = torch.Generator().manual_seed(seed)
    training, validation = data.take(~held_out), data.take(held_out)
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.learning_rate, fused=True)
    annealing = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, settings.epochs)
    epochs: list[Epoch] = []
    best: Epoch | None = None
    with tqdm(total=settings.epochs, desc=name, unit="epoch", disable=None) as bar:
        for number in range(1, settings.epochs + 1):
            weight = kl_weight * min(1.0, number / (settings.warmup + 1))
            fitted = _fit_epoch(model, training, optimizer, settings, (weight, kl_weight), generator)
            annealing.step()
            tested = _mean(_validate(model, validation, settings, seed), kl_weight)
            epochs.append(Epoch(number, fitted[0], tested[0], tested[1]))
            if not (math.isfinite(fitted[0]) and math.isfinite(tested[0])):
                raise DataError(
                    f"{name}: the loss is not finite at epoch {number}; try a train.learning_rate "
                    f"below {settings.learning_rate:g} or a longer train.warmup"
                )
            bar.update()
            bar.set_postfix(validation=f"{tested[0]:.2f}")
            warm = number > settings.warmup or number == settings.epochs
            if warm and (best is None or tested[0] < best.validation):
                best, weights = epochs[-1], copy.deepcopy(model.state_dict())
            if best is not None and number - best.epoch >= settings.patience:
                break
    assert best is not None  # the last epoch is always warm
    model.load_state_dict(weights)
    model.eval()
    return History(epochs, best)


def _fit_epoch(
    model: VAE,
    data: Tensors,
    optimizer: torch.optim.Optimizer,
    settings: Train,
    weights: tuple[float, float],
    generator: torch.Generator,
) -> tuple[float, float]:
    """One pass in random order, each track by an excerpt drawn at random.

    `weights` are this epoch's KL weight and the final one.
    """
    model.train()
    bounds = []
    for index in _batches(len(data), settings.batch_size, generator):
        excerpt = torch.randint(data.excerpts, index.shape, generator=generator) if data.excerpts > 1 else 0
        bound = model.bound(data.take(index, excerpt), settings.precision, generator)
        optimizer.zero_grad(set_to_none=True)
        (bound.reconstruction + weights[0] * bound.kl).mean().backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), GRADIENT_NORM, foreach=True)
        optimizer.step()
        bounds.append(Bound(bound.reconstruction.detach(), bound.kl.detach()))
    return _mean(bounds, weights[1])


@torch.no_grad()
def _validate(model: VAE, data: Tensors, settings: Train, seed: int) -> list[Bound]:
    """The bound of every excerpt, with the same noise in every epoch, so that epochs can be compared.

    Its mean over excerpts is what training minimises and what a track is encoded from; that of one excerpt
    would be a noisier judge of when to stop.
    """
    model.eval()
    generator = torch.Generator().manual_seed(seed)
    indices = torch.arange(len(data)).split(max(settings.batch_size, 256))
    return [
        model.bound(data.take(index, excerpt), settings.precision, generator)
        for index in indices
        for excerpt in range(data.excerpts)
    ]


def _mean(bounds: list[Bound], kl_weight: float) -> tuple[float, float]:
    """Mean loss and mean KL per track, in nats."""
    kl = torch.cat([bound.kl for bound in bounds])
    loss = torch.cat([bound.reconstruction for bound in bounds]) + kl_weight * kl
    return loss.mean().item(), kl.mean().item()


def _batches(n: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Random batches of `size`; a remainder of one joins the batch before it (batch norm needs two)."""
    batches = list(torch.randperm(n, generator=generator).split(size))
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [torch.cat(batches[-2:])]
    yield from batches
