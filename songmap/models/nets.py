"""Encoders and decoders: dense for vectors, convolutional for mel patches."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn


def dense(widths: Sequence[int]) -> nn.Sequential:
    """Linear, LayerNorm and GELU from each width to the next. (B, widths[0]) to (B, widths[-1])."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.LayerNorm(n_out), nn.GELU()]
    return nn.Sequential(*layers)


class Gaussian(nn.Module):
    """Mean and log-variance of a diagonal Gaussian, each (B, latent_dim), from (B, n_in)."""

    def __init__(self, n_in: int, latent_dim: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, 2 * latent_dim)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.linear(x).chunk(2, dim=1)
        return mean, log_variance.clamp(-12, 12)


class DenseEncoder(nn.Module):
    """Posterior of a vector and its condition."""

    def __init__(self, n_in: int, hidden: Sequence[int], latent_dim: int, n_condition: int) -> None:
        super().__init__()
        self.body = dense([n_in + n_condition, *hidden])
        self.head = Gaussian(hidden[-1], latent_dim)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        return self.head(self.body(torch.cat([x, condition], dim=1)))


class DenseDecoder(nn.Module):
    """Mean of a vector given latent and condition; the encoder's hidden sizes in reverse."""

    def __init__(self, n_out: int, hidden: Sequence[int], latent_dim: int, n_condition: int) -> None:
        super().__init__()
        self.body = dense([latent_dim + n_condition, *reversed(hidden)])
        self.head = nn.Linear(hidden[0], n_out)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        return self.head(self.body(torch.cat([z, condition], dim=1)))


STEM = (7, 4)  # kernel and stride of the first convolution: the full resolution is where time goes
STEP = (3, 2)  # of the others


class ConvEncoder(nn.Module):
    """Posterior of a mel patch (B, 1, bands, frames): strided convolutions, then dense layers."""

    def __init__(
        self,
        size: tuple[int, int],
        channels: Sequence[int],
        hidden: Sequence[int],
        latent_dim: int,
        n_condition: int,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for (n_in, n_out), (kernel, stride) in zip(pairwise([1, *channels]), strides(channels), strict=True):
            layers += [nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2), nn.BatchNorm2d(n_out), nn.GELU()]
        self.convolutions = nn.Sequential(*layers)
        bands, frames = sizes(size, channels)[-1]
        self.body = dense([channels[-1] * bands * frames + n_condition, *hidden])
        self.head = Gaussian(hidden[-1], latent_dim)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        x = x.contiguous(memory_format=torch.channels_last)
        features = self.convolutions(x).flatten(1)
        return self.head(self.body(torch.cat([features, condition], dim=1)))


class ConvDecoder(nn.Module):
    """Mean of a mel patch given latent and condition: the encoder's sizes in reverse."""

    def __init__(
        self,
        size: tuple[int, int],
        channels: Sequence[int],
        hidden: Sequence[int],
        latent_dim: int,
        n_condition: int,
    ) -> None:
        super().__init__()
        self.sizes = list(reversed(sizes(size, channels)))
        bands, frames = self.sizes[0]
        self.body = dense([latent_dim + n_condition, *reversed(hidden), channels[-1] * bands * frames])
        steps = list(pairwise([*reversed(channels), 1]))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(a, b, kernel, stride, kernel // 2)
            for (a, b), (kernel, stride) in zip(steps, reversed(strides(channels)), strict=True)
        )
        self.activate = nn.ModuleList(nn.Sequential(nn.BatchNorm2d(b), nn.GELU()) for _, b in steps[:-1])

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        x = self.body(torch.cat([z, condition], dim=1)).unflatten(1, (-1, *self.sizes[0]))
        x = x.contiguous(memory_format=torch.channels_last)
        for up, activate, size in zip(self.up, self.activate, self.sizes[1:], strict=False):
            x = activate(up(x, output_size=size))
        return self.up[-1](x, output_size=self.sizes[-1])


def strides(channels: Sequence[int]) -> list[tuple[int, int]]:
    """Kernel and stride of each convolution of an encoder."""
    return [STEM, *[STEP] * (len(channels) - 1)]


def sizes(size: tuple[int, int], channels: Sequence[int]) -> list[tuple[int, int]]:
    """Bands and frames of a patch before and after each convolution of an encoder."""
    result = [size]
    for _, stride in strides(channels):
        result.append((-(-result[-1][0] // stride), -(-result[-1][1] // stride)))
    return result
