"""What the training loop and the models hand each other: rows of all modalities, and terms of a loss."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from songmap.models.prior import Mixture

PATCHES = 4  # dimensions of mel patches of several tracks


@dataclass(frozen=True)
class Tensors:
    """Scaled rows of all modalities.

    Parameters
    ----------
    values : mapping of str to Tensor [shape=(B, ...)]
        Zeros where a track lacks the modality. Mel patches have shape (B, excerpts, bands, frames).
    present : mapping of str to Tensor [shape=(B,)], bool
    condition : Tensor [shape=(B, c)]
        One-hot labels; c may be 0.
    """

    values: Mapping[str, Tensor]
    present: Mapping[str, Tensor]
    condition: Tensor

    def __len__(self) -> int:
        return len(self.condition)

    @property
    def excerpts(self) -> int:
        """Mel patches per track; 1 where there are none."""
        return max((x.shape[1] for x in self.values.values() if x.ndim == PATCHES), default=1)

    def take(self, index: Tensor, excerpt: Tensor | int | None = None) -> "Tensors":
        """The rows at `index`, with all their excerpts or with some.

        Parameters
        ----------
        index : Tensor [shape=(B,)]
            Rows wanted.
        excerpt : Tensor [shape=(B,) or (B, views)], int or None
            The excerpts of each row, or the one of all: mel patches become (B, views, bands, frames), with
            one view for a single excerpt.
        """

        def of(x: Tensor) -> Tensor:
            if excerpt is None or x.ndim != PATCHES:
                return x[index]
            if isinstance(excerpt, int):
                return x[index, excerpt].unsqueeze(1)
            return x[index[:, None], excerpt.reshape(len(index), -1)]

        return Tensors(
            {name: of(x) for name, x in self.values.items()},
            {name: x[index] for name, x in self.present.items()},
            self.condition[index],
        )

    def view(self, number: int) -> "Tensors":
        """The same with one of the mel patches of each row."""
        values = {name: x[:, [number]] if x.ndim == PATCHES else x for name, x in self.values.items()}
        return Tensors(values, self.present, self.condition)

    def to(self, device: torch.device) -> "Tensors":
        """The same on a device."""
        return Tensors(
            {name: x.to(device) for name, x in self.values.items()},
            {name: x.to(device) for name, x in self.present.items()},
            self.condition.to(device),
        )


@dataclass(frozen=True)
class Bound:
    """Terms of what training minimises: nats, one row per track, float32.

    Parameters
    ----------
    reconstruction : Tensor [shape=(B,)]
    kl : Tensor [shape=(B, g)]
        One column per latent dimension, and one more for the component where the prior is a mixture; the
        loop weighs their sum. ``g`` is 0 without a prior.
    contrast : Tensor [shape=(B,)]
        NT-Xent times its weight; 0 without such a term.
    """

    reconstruction: Tensor
    kl: Tensor
    contrast: Tensor


class Trainable(Protocol):
    """What the training loop fits and `NeuralEncoder` encodes with: an ``nn.Module`` that has these.

    Made as ``Model(config, shapes, n_condition)``, with the shapes of one track's values by modality (mel:
    (excerpts, bands, frames)), and kept in a checkpoint as those two and its ``state_dict``.

    Attributes
    ----------
    shapes : dict of str to tuple
    n_condition : int
    variational : bool
        Whether there is a KL term, so that no weights are kept before its weight has risen.
    views : int
        Excerpts of a track that `bound` is given at once, 1 or 2. Two are different excerpts, drawn for each
        row by itself; of a track with a single excerpt, that one twice.
    prior : Mixture or None
        A learnt prior, which starts from the latents that the first epochs have shaped; None for any other.
    """

    shapes: dict[str, tuple[int, ...]]
    n_condition: int
    variational: bool
    views: int

    @property
    def prior(self) -> Mixture | None: ...  # noqa: D102

    def bound(self, x: Tensors, precision: float, generator: torch.Generator) -> Bound:
        """Terms of the loss of each row, at least two rows.

        Mel patches of `x` are (B, views, bands, frames), and `generator` is on their device:
        ``torch.randn(shape, generator=generator, device=generator.device)``. In validation (``training`` is
        False) the generator starts alike in every epoch.
        """
        ...

    def embed(self, x: Tensors) -> Tensor:
        """Latents (B, d) of rows with one excerpt each: mel patches (B, 1, bands, frames)."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]: ...  # noqa: D102
    def modules(self) -> Iterator[nn.Module]: ...  # noqa: D102
    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102
    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any: ...  # noqa: D102
    def train(self, mode: bool = True) -> Any: ...  # noqa: D102
    def eval(self) -> Any: ...  # noqa: D102
    def to(self, device: torch.device) -> Any: ...  # noqa: D102
