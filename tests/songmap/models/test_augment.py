import numpy as np
import pytest
import torch

from songmap.models import augment as module
from songmap.models.augment import augment

STRENGTHS = ("GAIN", "CURVE", "SHIFT", "NOISE", "MASK")


@pytest.fixture
def alone(monkeypatch):
    """Switch all augmentations off but one."""

    def only(*names):
        for name in STRENGTHS:
            if name not in names:
                monkeypatch.setattr(module, name, 0)

    return only


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def patches(count=200, bands=16, frames=50, seed=0):
    return torch.randn(count, 1, bands, frames, generator=seeded(seed))


def test_the_seed_alone_decides_and_the_input_is_left_as_it_is():
    x = patches(8)
    before = x.clone()
    first, again, other = (augment(x, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(x, before)
    assert first.shape == x.shape
    assert first.dtype == torch.float32


def test_without_any_strength_nothing_changes(alone):
    alone()
    x = patches(8)
    assert torch.equal(augment(x, seeded()), x)


def test_gain_is_one_number_a_patch_within_its_range(alone):
    alone("GAIN")
    x = patches()
    change = (augment(x, seeded()) - x).flatten(1)
    assert (change - change[:, :1]).abs().max() < 1e-5
    drawn = change[:, 0]
    assert drawn.min() < -0.9 * module.GAIN
    assert drawn.max() > 0.9 * module.GAIN
    assert drawn.abs().max() <= module.GAIN + 1e-5


def test_the_equaliser_is_smooth_of_mean_zero_and_the_same_in_every_frame(alone):
    alone("CURVE")
    x = patches(2000)
    change = augment(x, seeded()) - x
    assert (change - change[..., :1]).abs().max() < 1e-5
    curve = change[:, 0, :, 0]  # (patches, bands)
    assert curve.mean(dim=1).abs().max() < 1e-5
    assert curve.std().item() == pytest.approx(module.CURVE, rel=0.05)
    cosines = np.cos(np.pi * np.outer(np.arange(16), np.arange(16) + 0.5) / 16)
    assert np.abs(curve.numpy() @ cosines.T)[:, module.WAVES + 1 :].max() < 1e-4


def test_a_shift_moves_whole_bands_and_repeats_the_outermost(alone):
    alone("SHIFT")
    x = torch.arange(10.0).view(1, 1, 10, 1).expand(500, 1, 10, 4)
    shifted = augment(x, seeded())[:, 0, :, 0]
    steps, counts = np.unique((4 - shifted[:, 4]).numpy(), return_counts=True)
    assert steps.tolist() == [-2, -1, 0, 1, 2]
    assert counts.min() > 60
    expected = (torch.arange(10) - (4 - shifted[:, 4:5])).clamp(0, 9)
    assert torch.equal(shifted, expected)


def test_noise_is_white_and_its_strength_is_drawn_for_each_patch(alone):
    alone("NOISE")
    x = patches(400)
    noise = (augment(x, seeded()) - x).flatten(1)
    assert noise.mean(dim=1).abs().max() < 0.1
    strength = noise.std(dim=1)
    assert strength.max() <= module.NOISE * 1.1
    assert strength.min() < 0.1 * module.NOISE
    assert strength.mean().item() == pytest.approx(module.NOISE / 2, rel=0.1)


def test_a_mask_is_one_stretch_of_all_bands_at_their_mean(alone):
    alone("MASK")
    x = patches(400, frames=50) + 9
    masked = augment(x, seeded()) == 0
    assert torch.equal(masked.all(dim=2), masked.any(dim=2))
    frames = masked[:, 0, 0]  # (patches, frames)
    assert frames.sum(dim=1).max() <= 0.2 * 50
    assert frames.sum(dim=1).max() >= 0.15 * 50
    assert (frames.diff(dim=1).sum(dim=1) <= 2).all()
    assert frames.any(dim=0).all()  # anywhere in the patch


@pytest.mark.parametrize(("bands", "frames"), [(1, 1), (8, 16), (3, 1)])
def test_any_size_of_patch(bands, frames):
    x = torch.zeros(2, 1, bands, frames)
    assert augment(x, seeded()).isfinite().all()
