"""One autoencoder for all variants: one modality or several, variational or not, conditional or not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from songmap.models.elbo import kl_from_prior, product_of_experts, reconstruction
from songmap.models.nets import ConvDecoder, ConvEncoder, DenseDecoder, DenseEncoder
from songmap.params import Conv, Dense

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
        """The rows at `index`, with all their excerpts or with one.

        Parameters
        ----------
        index : Tensor [shape=(B,)]
            Rows wanted; or which to keep, a bool for each.
        excerpt : Tensor [shape=(B,)], int or None
            The excerpt of each row, or of all.
        """

        def of(x: Tensor) -> Tensor:
            one = excerpt is not None and x.ndim == PATCHES
            return x[index, excerpt].unsqueeze(1) if one else x[index]

        return Tensors(
            {name: of(x) for name, x in self.values.items()},
            {name: x[index] for name, x in self.present.items()},
            self.condition[index],
        )


@dataclass(frozen=True)
class Bound:
    """Terms of the negative bound, nats per track: each a Tensor [shape=(B,)]."""

    reconstruction: Tensor
    kl: Tensor


class VAE(nn.Module):
    """Encoders and decoders by modality around one latent space, of one excerpt per track.

    Parameters
    ----------
    config : Dense or Conv
        With ``kl: none`` the model is a plain autoencoder: no sampling, no KL term.
    shapes : mapping of str to tuple
        Shape of one track's values in each modality.
    n_condition : int >= 0
        Columns of the condition.
    """

    def __init__(self, config: Dense | Conv, shapes: Mapping[str, Sequence[int]], n_condition: int) -> None:
        super().__init__()
        self.shapes = {name: tuple(shape) for name, shape in shapes.items()}
        self.n_condition = n_condition
        self.variational = config.kl != "none"
        self.encoders = nn.ModuleDict()
        self.decoders = nn.ModuleDict()
        for name, shape in shapes.items():
            if isinstance(config, Conv) and name == "audio":
                patch = (shape[1], shape[2]), config.channels, config.hidden, config.latent_dim, n_condition
                self.encoders[name], self.decoders[name] = ConvEncoder(*patch), ConvDecoder(*patch)
            else:
                vector = shape[0], config.hidden, config.latent_dim, n_condition
                self.encoders[name], self.decoders[name] = DenseEncoder(*vector), DenseDecoder(*vector)

    def experts(self, x: Tensors) -> dict[str, tuple[Tensor, Tensor]]:
        """Mean and log-variance, each (B, d), that each modality alone proposes."""
        proposals = {name: net(x.values[name], x.condition) for name, net in self.encoders.items()}
        if not self.variational:
            return {name: (mean, torch.zeros_like(mean)) for name, (mean, _) in proposals.items()}
        return proposals

    def combine(
        self, experts: Mapping[str, tuple[Tensor, Tensor]], x: Tensors, names: Sequence[str]
    ) -> tuple[Tensor, Tensor]:
        """Posterior (B, d), (B, d) from the named modalities: the product of their experts and the prior.

        A model of one modality has no prior expert, and an autoencoder averages its modalities.
        """
        return product_of_experts(
            [experts[name][0] for name in names],
            [experts[name][1] for name in names],
            [x.present[name] for name in names],
            prior=self.variational and len(self.encoders) > 1,
        )

    def posterior(self, x: Tensors) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the posterior from every modality that a track has."""
        return self.combine(self.experts(x), x, list(self.encoders))

    def decode(self, z: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Mean of every modality given latents (B, d)."""
        return {name: net(z, condition) for name, net in self.decoders.items()}

    def bound(self, x: Tensors, precision: float, generator: torch.Generator) -> Bound:
        """The negative bound, averaged over what the posterior may see.

        Any q(z) bounds the likelihood of all modalities present; with several, the bound is averaged over
        the posteriors from all and from each alone (Sutter et al. 2021, arXiv:2105.02470), so that a track
        without lyrics is encoded as well as one with.
        """
        experts = self.experts(x)
        every = list(self.encoders)
        subsets = [every] if len(every) == 1 else [every, *([name] for name in every)]
        total = Bound(torch.zeros(len(x)), torch.zeros(len(x)))
        count = torch.zeros(len(x))
        for names in subsets:
            valid = torch.stack([x.present[name] for name in names]).any(dim=0)
            terms = self._terms(x, *self.combine(experts, x, names), precision, generator)
            total = Bound(total.reconstruction + terms.reconstruction * valid, total.kl + terms.kl * valid)
            count = count + valid
        count = count.clamp(min=1)
        return Bound(total.reconstruction / count, total.kl / count)

    def _terms(
        self, x: Tensors, mean: Tensor, log_variance: Tensor, precision: float, generator: torch.Generator
    ) -> Bound:
        if not self.variational:
            z, kl = mean, torch.zeros(len(x))
        else:
            noise = torch.randn(mean.shape, generator=generator)
            z = mean + noise * torch.exp(0.5 * log_variance)
            kl = kl_from_prior(mean, log_variance).sum(dim=1)
        decoded = self.decode(z, x.condition)
        error = torch.stack(
            [reconstruction(x.values[n], decoded[n], precision) * x.present[n] for n in decoded]
        )
        return Bound(error.sum(dim=0), kl)
