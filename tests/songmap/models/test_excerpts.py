"""Convolutional models of several excerpts per track."""

import functools

import numpy as np
import pytest
import torch

from songmap.models.fit import fit
from songmap.models.inputs import Inputs
from songmap.models.vae import VAE
from songmap.tracks import TrackArray

from .conftest import SETTINGS, config, make_inputs

pytestmark = pytest.mark.slow

NAMES = ["conv_autoencoder_3", "conv_vae_3", "multimodal_conv_vae_3"]
name = pytest.fixture(params=NAMES)(lambda request: request.param)


@functools.cache
def fitted(name):
    return fit(config(name), make_inputs(name), SETTINGS, 1.0, 0, name)


def with_patches(inputs, patches):
    audio = TrackArray(inputs.modalities["audio"].track_id, patches)
    return Inputs({**inputs.modalities, "audio": audio}, inputs.condition)


def test_a_latent_does_not_depend_on_the_order_of_excerpts(name):
    inputs, result = make_inputs(name), fitted(name)
    patches = np.random.default_rng(0).permuted(inputs.modalities["audio"].values, axis=1)
    assert not (patches == inputs.modalities["audio"].values).all()  # permuted in each track by itself
    order = np.argsort(np.random.default_rng(1).random((len(patches), 3)), axis=1)
    patches = np.take_along_axis(inputs.modalities["audio"].values, order[:, :, None, None], axis=1)
    ours = result.encoder.encode(with_patches(inputs, patches))
    np.testing.assert_allclose(ours, result.latents.values[:, 0], atol=1e-5)


def test_a_latent_is_the_mean_over_excerpts(name):
    inputs, result = make_inputs(name), fitted(name)
    patches = inputs.modalities["audio"].values
    each = [result.encoder.encode(with_patches(inputs, patches[:, [i]])) for i in range(3)]
    assert np.abs(each[0] - each[1]).max() > 1e-3
    np.testing.assert_allclose(np.mean(each, axis=0), result.latents.values[:, 0], atol=1e-5)


def test_equal_excerpts_encode_as_one(name):
    inputs = make_inputs(name)
    one = inputs.modalities["audio"].values[:, :1]
    same = with_patches(inputs, np.repeat(one, 3, axis=1))
    result = fit(config(name), same, SETTINGS, 1.0, 0, name)
    ours = result.encoder.encode(with_patches(inputs, one))
    np.testing.assert_allclose(ours, result.latents.values[:, 0], atol=1e-6)


def test_the_middle_excerpt_is_reconstructed(name):
    inputs, result = make_inputs(name), fitted(name)
    patches = inputs.modalities["audio"].values
    before = result.encoder.reconstruct(inputs, "audio")
    assert before.shape == (len(patches), 1, 12, 21)
    outer, middle = patches.copy(), patches.copy()
    outer[:, [0, 2]] += 9
    middle[:, 1] += 9
    np.testing.assert_array_equal(result.encoder.reconstruct(with_patches(inputs, outer), "audio"), before)
    assert np.abs(result.encoder.reconstruct(with_patches(inputs, middle), "audio") - before).max() > 1e-3
    shown = result.reconstructions
    assert shown.values.shape[1:] == (2, 12, 21)
    np.testing.assert_array_equal(shown.values[:, 0], inputs.modalities["audio"].rows(shown.track_id)[:, 1])


def given_to(monkeypatch, name):
    """The patches that `VAE.bound` is given while a model is trained: in training and in validation."""
    patches = {True: [], False: []}
    bound = VAE.bound

    def record(self, x, *rest):
        patches[self.training].append(x.values["audio"].numpy())
        return bound(self, x, *rest)

    monkeypatch.setattr(VAE, "bound", record)
    inputs = make_inputs(name)
    level = np.zeros_like(inputs.modalities["audio"].values)
    level += np.arange(level.shape[1])[:, None, None]
    fit(config(name), with_patches(inputs, level), SETTINGS, 1.0, 0, name)
    return patches[True], patches[False]


def test_training_draws_one_excerpt_per_track_and_validation_takes_every_one(monkeypatch):
    training, validation = given_to(monkeypatch, "conv_vae_3")
    assert {x.shape[1] for x in training + validation} == {1}
    drawn = np.concatenate([x[:, 0, 0, 0] for x in training])
    _, counts = np.unique(drawn.round(3), return_counts=True)
    assert len(counts) == 3
    assert counts.min() > 0.25 * counts.sum()
    assert any(len(np.unique(x[:, 0, 0, 0].round(3))) > 1 for x in training)  # each track its own
    held_out = len(validation[0])
    assert held_out == 0.2 * 60
    epoch = np.concatenate([x[:, 0, 0, 0] for x in validation[:3]])
    _, counts = np.unique(epoch.round(3), return_counts=True)
    assert (counts == held_out).all()
    np.testing.assert_array_equal(np.stack(validation[:3]), np.stack(validation[3:6]))


def test_one_excerpt_draws_nothing(monkeypatch):
    expected = fit(config("conv_vae"), make_inputs("conv_vae"), SETTINGS, 1.0, 0, "conv_vae").latents.values
    monkeypatch.setattr(torch, "randint", None)
    again = fit(config("conv_vae"), make_inputs("conv_vae"), SETTINGS, 1.0, 0, "conv_vae").latents.values
    np.testing.assert_array_equal(again, expected)


def test_a_linear_model_takes_all_excerpts_side_by_side():
    result = fit(config("mel_pca_3"), make_inputs("mel_pca_3"), SETTINGS, 1.0, 0, "mel_pca_3")
    assert result.encoder.blocks["audio"].components.shape == (3 * 12 * 21, 4)
