"""A prior of several Gaussians, learnt together with the autoencoder (VaDE)."""

import warnings

import numpy as np
import torch
from torch import Tensor, nn

UNUSED = -100.0  # log-weight of a component that no track is left for


class Mixture(nn.Module):
    """``p(z) = Σ_c π_c N(μ_c, diag σ²_c)`` (Jiang et al. 2017, arXiv:1611.05148, eqs. 2–4).

    Before `start` every component is N(0, I) and nothing is learnt: the model is a plain VAE.

    Parameters
    ----------
    components : int >= 2
    latent_dim : int >= 1
    """

    def __init__(self, components: int, latent_dim: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(components))
        self.means = nn.Parameter(torch.zeros(components, latent_dim))
        self.log_variances = nn.Parameter(torch.zeros(components, latent_dim))
        self.requires_grad_(False)

    def kl(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """``KL(q(z) γ(c) || p(z, c))``, which bounds ``KL(q(z) || p(z))``. Shapes (B, d) to (B, d + 1), nats.

        Jiang et al. 2017, eq. 9, without its reconstruction: a column for each latent dimension,
        ``Σ_c γ_c KL(q_j || N(μ_cj, σ²_cj))``, and ``KL(γ || π)`` last. γ is the assignment that makes the
        bound tightest, ``γ_c ∝ π_c exp(-KL(q || N_c))``, where eq. 16 estimates one from a sample of z.
        """
        log_share, each = self._assignment(mean, log_variance)
        share = log_share.exp()
        component = (share * (log_share - self.logits.log_softmax(dim=0))).sum(dim=1, keepdim=True)
        return torch.cat([(share[:, :, None] * each).sum(dim=1), component], dim=1)

    def assign(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """``log γ`` of posteriors (B, d), shape (B, components)."""
        return self._assignment(mean, log_variance)[0]

    def _assignment(self, mean: Tensor, log_variance: Tensor) -> tuple[Tensor, Tensor]:
        """``log γ`` (B, components), and ``KL(q_j || N(μ_cj, σ²_cj))`` (B, components, d)."""
        log_ratio = log_variance[:, None] - self.log_variances
        square = (mean[:, None] - self.means).square() * torch.exp(-self.log_variances)
        each = 0.5 * (log_ratio.exp() + square - 1 - log_ratio)
        return (self.logits.log_softmax(dim=0) - each.sum(dim=2)).log_softmax(dim=1), each

    def start(self, means: np.ndarray, variances: np.ndarray, seed: int) -> None:
        """Begin to learn, from a Gaussian mixture fitted to posteriors.

        Parameters
        ----------
        means, variances : np.ndarray [shape=(n, d)]
            Of the posteriors. The mean variance is added to that of every component, so that the mixture is
            one of samples. With fewer rows than components, the others get no weight.
        seed : int >= 0
        """
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.mixture import GaussianMixture

        count = min(len(self.logits), len(means))
        fitted = GaussianMixture(count, covariance_type="diag", n_init=3, random_state=seed)
        with warnings.catch_warnings():  # a start need not have converged
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted.fit(means.astype(np.float64))
        spread = fitted.covariances_ + variances.mean(axis=0, dtype=np.float64)
        with torch.no_grad():
            self.logits.fill_(UNUSED)
            self.logits[:count] = torch.from_numpy(np.log(np.maximum(fitted.weights_, 1e-30)))
            self.means[:count] = torch.from_numpy(fitted.means_)
            self.log_variances[:count] = torch.from_numpy(np.log(spread))
        self.requires_grad_(True)
