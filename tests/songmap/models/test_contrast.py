import math

import numpy as np
import pytest
import torch

from songmap.models.batch import Tensors
from songmap.models.contrast import ContrastiveEncoder, ExcerptEncoder, nt_xent
from songmap.models.nets import use_bfloat16
from songmap.params import model_config

CONFIG = model_config(
    {
        "kind": "contrastive",
        "audio": "mel",
        "beside": "none",
        "lyrics": "none",
        "condition": "none",
        "kl": "none",
        "scale": "zscore",
        "latent_dim": 6,
        "hidden": [16],
        "channels": [4, 8],
        "temperature": 0.5,
    }
)


def by_loops(a, b, temperature):
    """Equation 1 of Chen et al. 2020, term by term."""

    def sim(u, v):
        return u @ v / np.linalg.norm(u) / np.linalg.norm(v)

    z = [*a, *b]
    n = len(a)

    def loss(i, j):
        below = sum(math.exp(sim(z[i], z[k]) / temperature) for k in range(2 * n) if k != i)
        return -math.log(math.exp(sim(z[i], z[j]) / temperature) / below)

    return [(loss(i, i + n) + loss(i + n, i)) / 2 for i in range(n)]


@pytest.mark.parametrize(("n", "temperature"), [(1, 0.5), (2, 1.0), (7, 0.1)])
def test_nt_xent_is_equation_1(n, temperature):
    rng = np.random.default_rng(n)
    a, b = rng.normal(size=(2, n, 5))
    ours = nt_xent(torch.tensor(a), torch.tensor(b), temperature)
    np.testing.assert_allclose(ours, by_loops(a, b, temperature), rtol=1e-4, atol=1e-6)


def test_nt_xent_by_hand():
    a = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    b = torch.tensor([[3.0, 0.0], [0.0, -1.0]])
    # pair 0: cosine 1 to its partner, 0 to the others; pair 1: cosine -1, 0 to the others
    expected = [-math.log(math.e / (math.e + 2)), -math.log(math.exp(-1) / (math.exp(-1) + 2))]
    np.testing.assert_allclose(nt_xent(a, b, 1.0), expected, rtol=1e-6)


def test_nt_xent_of_equal_vectors_is_chance_and_of_one_pair_nothing():
    same = torch.ones(6, 3)
    np.testing.assert_allclose(nt_xent(same, same, 0.2), [math.log(11)] * 6, rtol=1e-6)
    assert nt_xent(same[:1], -same[:1], 0.2).tolist() == [0.0]


def test_nt_xent_knows_directions_alone_and_no_order():
    a, b = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    loss = nt_xent(a, b, 0.5)
    np.testing.assert_allclose(nt_xent(7 * a, 0.1 * b, 0.5), loss, rtol=1e-5)
    np.testing.assert_allclose(nt_xent(b, a, 0.5), loss, rtol=1e-5)
    np.testing.assert_allclose(nt_xent(a.flip(0), b.flip(0), 0.5), loss.flip(0), rtol=1e-5)
    assert nt_xent(torch.zeros(3, 4), b[:3], 0.5).isfinite().all()


def test_nt_xent_is_computed_in_single_precision():
    a, b = torch.randn(2, 50, 16, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(nt_xent(a, b, 0.1), nt_xent(a.float(), b.float(), 0.1))
        ours = nt_xent(a, b, 0.1)
    torch.testing.assert_close(ours, nt_xent(a, b, 0.1), rtol=1e-6, atol=1e-6)


def test_an_encoder_pools_over_time():
    torch.manual_seed(0)
    encoder = ExcerptEncoder(12, [4, 8], [16], 6).eval()
    x = torch.randn(3, 1, 12, 32)
    assert encoder(x).shape == (3, 6)
    assert encoder(x[..., :24]).shape == (3, 6)
    moved = encoder(torch.roll(x, 16, dims=3))  # a multiple of the stride: only the borders differ
    flipped = encoder(x.flip(2))
    assert (moved - encoder(x)).abs().mean() < 0.5 * (flipped - encoder(x)).abs().mean()


def songs(count=48, views=2, seed=0):
    """Patches of songs of 4 kinds: each kind has its spectrum, each patch its noise and its gain."""
    rng = np.random.default_rng(seed)
    spectrum = np.random.default_rng(9).normal(size=(4, 12)) * 1.5
    kind = np.arange(count) % 4
    x = spectrum[kind][:, None, :, None] + rng.normal(size=(count, views, 12, 21))
    x = (x - x.mean(axis=(0, 1, 3), keepdims=True)) / x.std(axis=(0, 1, 3), keepdims=True)
    values = {"audio": torch.tensor(x, dtype=torch.float32)}
    return Tensors(values, {"audio": torch.ones(count, dtype=torch.bool)}, torch.zeros(count, 0)), kind


def trained(data, steps=60, seed=0):
    torch.manual_seed(seed)
    model = ContrastiveEncoder(CONFIG, {"audio": data.values["audio"].shape[1:]}, 0)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(steps):
        optimizer.zero_grad()
        model.bound(data, 256.0, generator).reconstruction.mean().backward()
        optimizer.step()
    return model.eval()


def test_the_bound_has_a_row_per_track_and_no_other_terms():
    data, _ = songs()
    model = ContrastiveEncoder(CONFIG, {"audio": (2, 12, 21)}, 0)
    bound = model.bound(data, 256.0, torch.Generator().manual_seed(0))
    assert bound.reconstruction.shape == (48,)
    assert bound.kl.shape == (48, 0)
    assert bound.contrast.tolist() == [0.0] * 48
    assert (model.views, model.variational, model.prior, model.n_condition) == (2, False, None, 0)
    again = model.bound(data, 1.0, torch.Generator().manual_seed(0))
    torch.testing.assert_close(again.reconstruction, bound.reconstruction)


def test_training_brings_songs_of_a_kind_together():
    data, kind = songs()
    before = ContrastiveEncoder(CONFIG, {"audio": (2, 12, 21)}, 0).eval()
    after = trained(data)

    def loss(model):
        return model.bound(data, 1.0, torch.Generator().manual_seed(1)).reconstruction.mean().item()

    assert loss(after) < loss(before) - 0.2
    one = Tensors({"audio": data.values["audio"][:, :1]}, data.present, data.condition)
    latents = after.embed(one).detach()
    distance = torch.cdist(latents, latents)
    same = torch.tensor(kind[:, None] == kind)
    assert distance[same].mean() < 0.5 * distance[~same].mean()


def test_latents_are_standardised_in_training_and_never_augmented():
    data, _ = songs(50, views=1)
    model = trained(songs()[0], steps=5)
    latents = model.embed(data).detach()
    assert torch.equal(model.embed(data), latents)
    alone = Tensors({"audio": data.values["audio"][:1]}, {}, data.condition[:1])
    torch.testing.assert_close(model.embed(alone), latents[:1])
    model.train()
    seen = model.embed(data).detach()
    assert seen.shape == (50, 6)
    assert seen.mean(dim=0).abs().max() < 1e-4
    assert (seen.std(dim=0, correction=0) - 1).abs().max() < 1e-2


def test_bfloat16_gives_nearly_the_same_in_float32():
    data, _ = songs(8, views=1)
    model = trained(songs()[0], steps=20)
    exact = model.embed(data)
    use_bfloat16(model.modules(), True)
    rough = model.embed(data)
    assert rough.dtype == torch.float32
    assert 0 < (rough - exact).abs().max() < 0.1


def test_one_patch_twice_is_told_apart_by_augmentation():
    data, _ = songs(16, views=1)
    twice = Tensors({"audio": data.values["audio"].repeat(1, 2, 1, 1)}, data.present, data.condition)
    model = ContrastiveEncoder(CONFIG, {"audio": (1, 12, 21)}, 0)
    bound = model.bound(twice, 1.0, torch.Generator().manual_seed(0)).reconstruction
    projected = model.projection(model.encoder(data.values["audio"]))
    assert (bound - nt_xent(projected, projected, 0.5)).abs().min() > 0
    bound.mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_a_state_brings_the_model_back():
    model = trained(songs()[0], steps=3)
    copy = ContrastiveEncoder(CONFIG, model.shapes, model.n_condition)
    copy.load_state_dict(model.state_dict())
    data, _ = songs(8, views=1)
    assert torch.equal(copy.eval().embed(data), model.embed(data))
