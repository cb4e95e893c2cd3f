"""Changes to a mel patch that leave the song the same: what a contrastive model learns to ignore.

After CLMR (Spijkervet & Burgoyne 2021, arXiv:2103.09410: gain, filters, noise and pitch of the waveform) and
SpecAugment (Park et al. 2019, arXiv:1904.08779: masks in the spectrogram), all of them here in the
spectrogram. One unit of a scaled band is its standard deviation over the catalogue, as a rule 10 to 20 dB.
"""

import math

import torch
from torch import Tensor

GAIN = 0.5  # units up or down, at most: the level of the whole patch
CURVE = 0.3  # units: standard deviation of the equaliser over the bands
WAVES = 4  # cosines that it is a sum of, of 1 to this many half periods over all bands
SHIFT = 2  # bands up or down, at most: of 64 bands up to 11 kHz each is about a semitone
NOISE = 0.3  # units, at most: standard deviation of white noise
MASK = 0.2  # of the frames, at most: one stretch in which every band is at its mean


def augment(x: Tensor, generator: torch.Generator) -> Tensor:
    """Shift, filter and mask each patch at random, each by strengths of its own.

    Parameters
    ----------
    x : Tensor [shape=(B, 1, bands, frames)]
        Log-mel patches whose bands have zero mean and unit variance over the catalogue. Left as it is.
    generator : torch.Generator
        On the device of `x`; the same state gives the same patches.

    Returns
    -------
    Tensor [shape=(B, 1, bands, frames)]
    """
    count, _, bands, frames = x.shape

    def uniform(low: float, high: float) -> Tensor:
        drawn = torch.rand(count, 1, 1, 1, generator=generator, device=x.device)
        return low + (high - low) * drawn

    shift = torch.round(uniform(-SHIFT - 0.5, SHIFT + 0.5)).clamp(-SHIFT, SHIFT).long()
    level = uniform(-GAIN, GAIN) + _curve(count, bands, generator, x.device)
    changed = torch.randn(x.shape, generator=generator, device=x.device)
    changed.mul_(uniform(0, NOISE)).add_(level).add_(_shifted(x, shift))
    length = torch.round(uniform(0, MASK) * frames)
    start = torch.floor(uniform(0, 1) * (frames - length + 1))
    frame = torch.arange(frames, device=x.device)
    return changed.masked_fill_((frame >= start) & (frame < start + length), 0.0)


def _shifted(x: Tensor, bands: Tensor) -> Tensor:
    """Each patch moved up by `bands` (B, 1, 1, 1), its outermost band repeated."""
    source = torch.arange(x.shape[2], device=x.device)[:, None] - bands
    return x.gather(2, source.clamp(0, x.shape[2] - 1).expand_as(x))


def _curve(count: int, bands: int, generator: torch.Generator, device: torch.device) -> Tensor:
    """Smooth gains over the bands: cosines of random height, of mean 0. Shape (count, 1, bands, 1)."""
    place = (torch.arange(bands, device=device) + 0.5) / bands
    waves = torch.cos(math.pi * torch.arange(1, WAVES + 1, device=device)[:, None] * place)  # (WAVES, bands)
    height = torch.randn(count, WAVES, generator=generator, device=device) * CURVE * math.sqrt(2 / WAVES)
    return (height @ waves)[:, None, :, None]
