"""The terms of the evidence lower bound (Kingma & Welling 2014, arXiv:1312.6114)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import mse_loss


def kl_from_prior(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q || N(0, I)) of a diagonal Gaussian, per dimension, in nats.

    Kingma & Welling 2014, appendix B. Shapes (B, d) to (B, d); every value is at least 0.
    """
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def reconstruction(x: Tensor, mean: Tensor, precision: float) -> Tensor:
    """Negative Gaussian log-likelihood of `x` in nats, constants left out. Shape (B, ...) to (B,).

    The decoder is ``N(mean, D / precision · I)`` for D dimensions: whatever its D, a modality of unit
    variance whose mean is predicted costs ``precision / 2`` nats, so the weight of the KL term means the
    same for 160 statistics and for a mel patch of 13,760 values.
    """
    return 0.5 * precision * mse_loss(mean, x, reduction="none").flatten(1).mean(dim=1)


def product_of_experts(
    means: Sequence[Tensor], log_variances: Sequence[Tensor], present: Sequence[Tensor], prior: bool
) -> tuple[Tensor, Tensor]:
    """Posterior that multiplies the Gaussian experts present (Wu & Goodman 2018, arXiv:1802.05335, eq. 3).

    Parameters
    ----------
    means, log_variances : sequence of Tensor [shape=(B, d)]
        One per expert.
    present : sequence of Tensor [shape=(B,)], bool
        An absent expert counts as precision 0.
    prior : bool
        Whether N(0, I) is one more expert.

    Returns
    -------
    mean, log_variance : Tensor [shape=(B, d)]
        For a row without expert and prior: mean 0, variance 1.
    """
    precision = torch.full_like(means[0], 1.0 if prior else 0.0)
    weighted = torch.zeros_like(means[0])
    for mean, log_variance, here in zip(means, log_variances, present, strict=True):
        expert = torch.exp(-log_variance) * here[:, None]
        precision = precision + expert
        weighted = weighted + expert * mean
    precision = torch.where(precision > 0, precision, 1.0)
    return weighted / precision, -precision.log()


def mixture_of_experts(
    means: Sequence[Tensor], log_variances: Sequence[Tensor], present: Sequence[Tensor]
) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of the even mixture of the experts present (Shi et al. 2019, arXiv:1911.03393).

    Parameters
    ----------
    means, log_variances : sequence of Tensor [shape=(B, d)]
        One per expert.
    present : sequence of Tensor [shape=(B,)], bool

    Returns
    -------
    mean, log_variance : Tensor [shape=(B, d)]
        For a row without expert: mean 0, variance 1.
    """
    here = torch.stack(list(present))[:, :, None].to(means[0].dtype)  # (experts, B, 1)
    each = torch.stack(list(means))
    second = (each.square() + torch.stack(list(log_variances)).exp()) * here
    count = here.sum(dim=0)
    mean = (each * here).sum(dim=0) / count.clamp(min=1)
    variance = torch.where(count > 0, second.sum(dim=0) / count.clamp(min=1) - mean.square(), 1.0)
    return mean, variance.clamp(min=1e-6).log()
