"""Encoders and decoders: dense for vectors, convolutional for mel patches."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


def dense(widths: Sequence[int]) -> nn.Sequential:
    """Linear, LayerNorm and GELU from each width to the next. (B, widths[0]) to (B, widths[-1])."""
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(widths):
        layers += [nn.Linear(n_in, n_out), nn.LayerNorm(n_out), nn.GELU()]
    return nn.Sequential(*layers)


def beside(x: Tensor, condition: Tensor) -> Tensor:
    """(B, n) and (B, c) to (B, n + c); no copy where there is no condition."""
    return torch.cat([x, condition], dim=1) if condition.shape[1] else x


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
        return self.head(self.body(beside(x, condition)))


class DenseDecoder(nn.Module):
    """Mean of a vector given latent and condition; the encoder's hidden sizes in reverse."""

    def __init__(self, n_out: int, hidden: Sequence[int], latent_dim: int, n_condition: int) -> None:
        super().__init__()
        self.body = dense([latent_dim + n_condition, *reversed(hidden)])
        self.head = nn.Linear(hidden[0], n_out)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        return self.head(self.body(beside(z, condition)))


STEM = (7, 4)  # kernel and stride of the first convolution: the full resolution is where time goes
STEP = (3, 2)  # of the others


def convolutions(channels: Sequence[int]) -> nn.Sequential:
    """Strided convolutions, batch normalisation and GELU: (B, 1, bands, frames) to (B, channels[-1], ...)."""
    layers: list[nn.Module] = []
    for (n_in, n_out), (kernel, stride) in zip(pairwise([1, *channels]), strides(channels), strict=True):
        layers += [nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2), nn.BatchNorm2d(n_out), nn.GELU()]
    return nn.Sequential(*layers)


class ConvTrunk(nn.Module):
    """Features of a mel patch and its condition: strided convolutions, then dense layers.

    (B, 1, bands, frames) and (B, n_condition) to (B, hidden[-1]), float32 whatever is computed with.

    Attributes
    ----------
    in_bfloat16 : bool
        Whether to compute in bfloat16; see `use_bfloat16`.
    """

    def __init__(
        self, size: tuple[int, int], channels: Sequence[int], hidden: Sequence[int], n_condition: int
    ) -> None:
        super().__init__()
        self.in_bfloat16 = False
        self.convolutions = convolutions(channels)
        bands, frames = sizes(size, channels)[-1]
        self.body = dense([channels[-1] * bands * frames + n_condition, *hidden])

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.in_bfloat16):
            features = self.convolutions(x.contiguous(memory_format=torch.channels_last)).flatten(1)
            return self.body(beside(features, condition)).float()


class ConvEncoder(nn.Module):
    """Posterior of a mel patch (B, 1, bands, frames) and its condition."""

    def __init__(
        self,
        size: tuple[int, int],
        channels: Sequence[int],
        hidden: Sequence[int],
        latent_dim: int,
        n_condition: int,
    ) -> None:
        super().__init__()
        self.trunk = ConvTrunk(size, channels, hidden, n_condition)
        self.head = Gaussian(hidden[-1], latent_dim)

    def forward(self, x: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        return self.head(self.trunk(x, condition))


class Upsample(nn.Module):
    """A transposed convolution with a kernel below twice its stride, padded by half the kernel.

    (B, n_in, bands, frames) in channels_last, and a size, to a part of a larger tensor, (B, n_out, *size).
    Computed as an ordinary convolution to ``stride²`` channels for each, which are laid out as pixels (Shi et
    al. 2016, arXiv:1609.05158): the same values, up to twice as fast.
    """

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.transposed = nn.ConvTranspose2d(n_in, n_out, kernel, stride, kernel // 2)

    def forward(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        step, pad = self.transposed.stride[0], int(self.transposed.padding[0])
        lacking = 2 * step - self.transposed.kernel_size[0]
        wide = functional.pad(self.transposed.weight, [0, lacking, 0, lacking])
        taps = wide.unflatten(3, (2, step)).unflatten(2, (2, step))  # (n_in, n_out, 2, step, 2, step)
        kernels = taps.flip(2, 4).permute(3, 5, 1, 0, 2, 4).flatten(0, 2)  # (step * step * n_out, n_in, 2, 2)
        assert self.transposed.bias is not None
        x = functional.conv2d(x, kernels, self.transposed.bias.repeat(step * step), padding=1)
        x = x.permute(0, 2, 3, 1).unflatten(3, (step, step, -1))  # (B, bands, frames, step, step, n_out)
        x = x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
        return x.permute(0, 3, 1, 2)[:, :, pad : pad + size[0], pad : pad + size[1]]


class ConvDecoder(nn.Module):
    """Mean of a mel patch given latent and condition: the encoder's sizes in reverse; float32."""

    def __init__(
        self,
        size: tuple[int, int],
        channels: Sequence[int],
        hidden: Sequence[int],
        latent_dim: int,
        n_condition: int,
    ) -> None:
        super().__init__()
        self.in_bfloat16 = False
        self.sizes = list(reversed(sizes(size, channels)))
        bands, frames = self.sizes[0]
        self.body = dense([latent_dim + n_condition, *reversed(hidden), channels[-1] * bands * frames])
        steps = list(pairwise([*reversed(channels), 1]))
        *up, last = (
            Upsample(a, b, kernel, stride)
            for (a, b), (kernel, stride) in zip(steps, reversed(strides(channels)), strict=True)
        )
        self.up, self.last = nn.ModuleList(up), last
        self.activate = nn.ModuleList(nn.Sequential(nn.BatchNorm2d(b), nn.GELU()) for _, b in steps[:-1])

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        with torch.autocast(z.device.type, torch.bfloat16, enabled=self.in_bfloat16):
            x = self.body(beside(z, condition)).unflatten(1, (-1, *self.sizes[0]))
            x = x.contiguous(memory_format=torch.channels_last)
            for up, activate, size in zip(self.up, self.activate, self.sizes[1:-1], strict=True):
                x = activate(up(x, size).contiguous(memory_format=torch.channels_last))
            return self.last(x, self.sizes[-1]).float()


def use_bfloat16(modules: Iterable[nn.Module], use: bool) -> None:
    """Set ``in_bfloat16`` of those of `modules` that have it; their weights stay float32."""
    for module in modules:
        if "in_bfloat16" in vars(module):
            vars(module)["in_bfloat16"] = use


@contextmanager
def without_memory(net: nn.Module) -> Iterator[None]:
    """Within it, batch normalisation of a net in training scales by each batch, and does not remember it."""
    norms = [x for x in net.modules() if isinstance(x, nn.BatchNorm2d) and x.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True


def strides(channels: Sequence[int]) -> list[tuple[int, int]]:
    """Kernel and stride of each convolution of an encoder."""
    return [STEM, *[STEP] * (len(channels) - 1)]


def sizes(size: tuple[int, int], channels: Sequence[int]) -> list[tuple[int, int]]:
    """Bands and frames of a patch before and after each convolution of an encoder."""
    result = [size]
    for _, stride in strides(channels):
        result.append((-(-result[-1][0] // stride), -(-result[-1][1] // stride)))
    return result
