"""An encoder of mel patches that learns without labels: two patches of one song are alike, of two songs not.

SimCLR (Chen et al. 2020, arXiv:2002.05709), of music CLMR (Spijkervet & Burgoyne 2021, arXiv:2103.09410).
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from songmap.models.augment import augment
from songmap.models.batch import Bound, Tensors
from songmap.models.nets import convolutions, dense, sizes
from songmap.params import Contrastive


def nt_xent(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """Normalised temperature-scaled cross entropy of pairs (Chen et al. 2020, eq. 1), in nats.

    Each of the 2B vectors has to tell its partner from the 2B - 2 others, by cosine.

    Parameters
    ----------
    a, b : Tensor [shape=(B, d)]
        Row i of one and row i of the other are a pair.
    temperature : float > 0
        What cosines are divided by.

    Returns
    -------
    Tensor [shape=(B,)]
        The mean over both directions of a pair; 0 for a single pair, log(2B - 1) where all vectors are equal.
    """
    count = len(a)
    with torch.autocast(a.device.type, enabled=False):  # cosines need more than the three digits of bfloat16
        z = functional.normalize(torch.cat([a, b]).float(), dim=1)  # (2B, d)
        itself = torch.eye(2 * count, dtype=torch.bool, device=z.device)
        logits = (z @ z.T / temperature).masked_fill(itself, -torch.inf)
        partner = torch.arange(2 * count, device=z.device).roll(count)
        losses = functional.cross_entropy(logits, partner, reduction="none")
    return losses.view(2, count).mean(dim=0)


class ExcerptEncoder(nn.Module):
    """Representation (B, latent_dim) of mel patches (B, 1, bands, frames) of any length, float32.

    Convolutions, the mean and the maximum over time of each channel and band, dense layers. Each dimension of
    what comes out has zero mean and unit variance over what it is trained on, so that none outweighs another.

    Attributes
    ----------
    in_bfloat16 : bool
        Whether to compute in bfloat16; see `songmap.models.nets.use_bfloat16`.
    """

    def __init__(self, bands: int, channels: Sequence[int], hidden: Sequence[int], latent_dim: int) -> None:
        super().__init__()
        self.in_bfloat16 = False
        self.convolutions = convolutions(channels)
        left, _ = sizes((bands, 1), channels)[-1]
        self.body = dense([2 * channels[-1] * left, *hidden])
        self.head = nn.Sequential(nn.Linear(hidden[-1], latent_dim), nn.BatchNorm1d(latent_dim, affine=False))

    def forward(self, x: Tensor) -> Tensor:
        """Encode patches."""
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.in_bfloat16):
            x = self.convolutions(x.contiguous(memory_format=torch.channels_last))
            pooled = torch.cat([x.mean(dim=3), x.amax(dim=3)], dim=1).flatten(1)
            body = self.body(pooled).float()
        return self.head(body)


class ContrastiveEncoder(nn.Module):
    """Trained by NT-Xent of two patches of one song, both augmented, beneath a projection head.

    A latent is the representation before that head (Chen et al. 2020, section 4.2).

    Parameters
    ----------
    config : Contrastive
    shapes : mapping of str to tuple
        ``audio``: (excerpts, bands, frames).
    n_condition : int
        0: there is no condition.
    """

    variational = False
    views = 2
    prior = None

    def __init__(self, config: Contrastive, shapes: Mapping[str, Sequence[int]], n_condition: int) -> None:
        super().__init__()
        self.shapes = {name: tuple(shape) for name, shape in shapes.items()}
        self.n_condition = n_condition
        self.temperature = config.temperature
        width = config.latent_dim
        self.encoder = ExcerptEncoder(self.shapes["audio"][1], config.channels, config.hidden, width)
        self.projection = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def bound(self, x: Tensors, precision: float, generator: torch.Generator) -> Bound:
        """NT-Xent of each row as its ``reconstruction``; there is no other term.

        Mel patches of `x` are (B, 2, bands, frames). `precision` plays no part.
        """
        first, second = x.values["audio"].split(1, dim=1)
        patches = augment(torch.cat([first, second]), generator)  # (2B, 1, bands, frames)
        first, second = self.projection(self.encoder(patches)).chunk(2)
        loss = nt_xent(first, second, self.temperature)
        return Bound(loss, loss.new_zeros(len(x), 0), torch.zeros_like(loss))

    def embed(self, x: Tensors) -> Tensor:
        """Representation (B, latent_dim) of one patch a row."""
        return self.encoder(x.values["audio"])
