"""One autoencoder for all variants: one modality or several, variational or not, conditional or not.

`songmap.models.batch` has what any model must offer the training loop (`Trainable`), and what it is given
and returns (`Tensors`, `Bound`).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from songmap.models.batch import Bound, Tensors
from songmap.models.elbo import kl_from_prior, mixture_of_experts, product_of_experts, reconstruction
from songmap.models.nets import ConvDecoder, ConvEncoder, DenseDecoder, DenseEncoder, without_memory
from songmap.models.prior import Mixture
from songmap.params import Conv, Dense

TEMPERATURE = 0.5  # of the contrastive term (Chen et al. 2020, arXiv:2002.05709)
Posterior = tuple[Tensor, Tensor]  # mean and log-variance, each (B, d)


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
        self.experts_mix = config.experts == "mixture"
        self.contrast = config.contrast if isinstance(config, Conv) else 0.0
        self.views = 2 if self.contrast else 1
        self.encoders = nn.ModuleDict()
        self.decoders = nn.ModuleDict()
        for name, shape in shapes.items():
            if isinstance(config, Conv) and name == "audio":
                patch = (shape[1], shape[2]), config.channels, config.hidden, config.latent_dim, n_condition
                self.encoders[name], self.decoders[name] = ConvEncoder(*patch), ConvDecoder(*patch)
            else:
                vector = shape[0], config.hidden, config.latent_dim, n_condition
                self.encoders[name], self.decoders[name] = DenseEncoder(*vector), DenseDecoder(*vector)
        self.prior = Mixture(config.components, config.latent_dim) if config.components > 1 else None
        if self.contrast:
            width = config.hidden[-1]
            self.projection = nn.Sequential(
                nn.Linear(config.latent_dim, width), nn.GELU(), nn.Linear(width, width)
            )

    def experts(self, x: Tensors) -> dict[str, Posterior]:
        """What each modality alone proposes."""
        proposals = {name: net(x.values[name], x.condition) for name, net in self.encoders.items()}
        if not self.variational:
            return {name: (mean, torch.zeros_like(mean)) for name, (mean, _) in proposals.items()}
        return proposals

    def combine(self, experts: Mapping[str, Posterior], x: Tensors, names: Sequence[str]) -> Posterior:
        """Posterior from the named modalities, of those that a track has: their product or their mixture.

        N(0, I) is one more factor of the product, whatever the prior: that of several components is learnt,
        but stays out of the posteriors. An autoencoder averages its modalities.
        """
        if len(self.encoders) == 1:
            return experts[names[0]]
        means, log_variances = zip(*(experts[name] for name in names), strict=True)
        present = [x.present[name] for name in names]
        if self.experts_mix:
            return mixture_of_experts(means, log_variances, present)
        return product_of_experts(means, log_variances, present, prior=self.variational)

    def posterior(self, x: Tensors) -> Posterior:
        """Posterior from every modality that a track has."""
        return self.combine(self.experts(x), x, list(self.encoders))

    def embed(self, x: Tensors) -> Tensor:
        """Means of the posteriors (B, d)."""
        return self.posterior(x)[0]

    def decode(self, z: Tensor, condition: Tensor) -> dict[str, Tensor]:
        """Mean of every modality given latents (B, d)."""
        return {name: net(z, condition) for name, net in self.decoders.items()}

    def kl(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """KL from the prior, a column per latent dimension, and one for the component of a mixture."""
        if not self.variational:
            return mean.new_zeros(len(mean), 0)
        return kl_from_prior(mean, log_variance) if self.prior is None else self.prior.kl(mean, log_variance)

    def bound(self, x: Tensors, precision: float, generator: torch.Generator) -> Bound:
        """The negative bound, averaged over the posteriors that a track may be encoded by.

        A product is asked for all modalities from all, and for each from itself (Wu & Goodman 2018, section
        2.2), so that a track without lyrics is encoded as well as one with. A mixture is asked for all
        modalities from each (Shi et al. 2019): its bound is the mean over the experts, but for a KL term that
        can only be less.
        """
        shown = x.view(0) if self.views > 1 else x
        experts = self.experts(shown)
        contrast = self._contrast(x, generator) if self.contrast else x.condition.new_zeros(len(x))
        every = list(self.encoders)
        if len(every) == 1:
            return Bound(*self._terms(shown, every, experts[every[0]], precision, generator), contrast)
        alone = [[name] for name in every]
        subsets = alone if self.experts_mix else [every, *alone]
        wanted = [every for _ in alone] if self.experts_mix else subsets
        valid = torch.stack([torch.stack([x.present[n] for n in names]).any(dim=0) for names in subsets])
        share = valid / valid.sum(dim=0).clamp(min=1)  # (subsets, B)
        terms = [
            self._terms(shown, asked, self.combine(experts, x, names), precision, generator)
            for names, asked in zip(subsets, wanted, strict=True)
        ]
        return Bound(
            torch.stack([error for error, _ in terms]).mul(share).sum(dim=0),
            torch.stack([kl for _, kl in terms]).mul(share[:, :, None]).sum(dim=0),
            contrast,
        )

    def _terms(
        self,
        x: Tensors,
        names: Sequence[str],
        posterior: Posterior,
        precision: float,
        generator: torch.Generator,
    ) -> tuple[Tensor, Tensor]:
        """Reconstruction (B,) of those named modalities that a track has, from a sample, and KL (B, g)."""
        mean, log_variance = posterior
        z = mean
        if self.variational:
            noise = torch.randn(mean.shape, generator=generator, device=mean.device)
            z = mean + noise * torch.exp(0.5 * log_variance)
        error = [
            reconstruction(x.values[name], self.decoders[name](z, x.condition), precision) for name in names
        ]
        if len(self.encoders) > 1:
            here = [x.present[name] for name in names]
            error = [torch.stack(error).mul(torch.stack(here)).sum(dim=0)]
        return error[0], self.kl(mean, log_variance)

    def _contrast(self, x: Tensors, generator: torch.Generator) -> Tensor:
        """Weighted NT-Xent between two augmented excerpts of each track that has any. Shape (B,).

        What batch normalisation remembers, and encodes tracks with, is of patches as they are.
        """
        from songmap.models.augment import augment
        from songmap.models.contrast import nt_xent

        here = x.present["audio"].nonzero()[:, 0]
        views = x.take(here)
        net = self.encoders["audio"]
        seen = [augment(views.values["audio"][:, [i]], generator) for i in range(self.views)]
        with without_memory(net):
            first, second = (self.projection(net(view, views.condition)[0]) for view in seen)
        result = first.new_zeros(len(x))
        if len(here) > 1:
            result[here] = self.contrast * nt_xent(first, second, TEMPERATURE)
        return result
