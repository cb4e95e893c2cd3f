"""Whether the latents say anything: how many units are alive, and what each of them carries."""

from typing import Any

import numpy as np
import torch

from songmap.latents import active
from songmap.models.batch import Tensors
from songmap.models.inputs import Inputs
from songmap.models.neural import NeuralEncoder

FEWEST = 0.25  # share of the units that live; with fewer the latents have collapsed


def collapse(encoder: NeuralEncoder, inputs: Inputs, latents: np.ndarray) -> dict[str, Any]:
    """Numbers on a trained model's latents.

    Parameters
    ----------
    encoder : NeuralEncoder
    inputs : Inputs
    latents : np.ndarray [shape=(n, d)]
        Of those inputs.

    Returns
    -------
    dict
        ``active_units``; ``collapsed``, whether fewer than a quarter are. With a KL term
        ``kl_per_dimension``, means over tracks in nats, the largest first; with several components
        ``kl_component``, the same for the component, and ``components_used``, those that are some track's
        most likely one. With several inputs these are of the posterior from all that a track has, where the
        ``kl`` of the training curves is the mean over all posteriors that the bound is of.

        Nothing of a model without a decoder: the contrastive encoder scales each unit to unit variance.
    """
    vae = encoder.autoencoder
    if vae is None:
        return {}
    alive = int(active(latents).sum())
    report: dict[str, Any] = {"active_units": alive, "collapsed": alive < FEWEST * latents.shape[1]}
    if not vae.variational:
        return report
    kl = encoder.over_excerpts(inputs, lambda x: vae.kl(*vae.posterior(x))).mean(axis=0, dtype=np.float64)
    d = latents.shape[1]
    report["kl_per_dimension"] = [round(float(value), 4) for value in np.sort(kl[:d])[::-1]]
    if vae.prior is not None:
        report["kl_component"] = round(float(kl[d]), 4)
        report["components_used"] = _components_used(encoder, inputs)
    return report


def _components_used(encoder: NeuralEncoder, inputs: Inputs) -> int:
    vae = encoder.autoencoder
    assert vae is not None

    def shares(x: Tensors) -> torch.Tensor:
        assert vae.prior is not None
        return vae.prior.assign(*vae.posterior(x)).exp()

    return len(np.unique(encoder.over_excerpts(inputs, shares).argmax(axis=1)))
