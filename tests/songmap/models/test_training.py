import numpy as np
import pytest
import torch

from songmap.errors import DataError
from songmap.models.fit import fit
from songmap.models.neural import active_units, fit_neural

from .conftest import SETTINGS, config, make_inputs


def test_training_explains_most_of_what_can_be_explained():
    result = fit(config("autoencoder"), make_inputs("autoencoder"), SETTINGS, 0.0, 0, "autoencoder")
    assert result.report["r2_audio"] > 0.7
    assert result.history[-1].train < result.history[0].train / 2
    assert result.history[0].kl == 0


def test_a_heavy_kl_term_empties_the_latents():
    inputs = make_inputs("vae")
    light = fit(config("vae"), inputs, SETTINGS, 0.1, 0, "vae").report
    heavy = fit(config("vae"), inputs, SETTINGS, 1000.0, 0, "vae").report
    assert heavy["kl"] < 0.1 < light["kl"]
    assert heavy["active_units"] == 0 < light["active_units"]


def test_the_best_weights_are_kept_and_training_stops_without_progress():
    settings = SETTINGS.model_copy(update={"epochs": 400, "patience": 5})
    history = fit(config("vae"), make_inputs("vae"), settings, 1.0, 0, "vae").history
    after = [epoch.validation for epoch in history if epoch.epoch > settings.warmup]
    assert len(history) < 400
    assert np.argmin(after) == len(after) - 1 - settings.patience


def test_both_modalities_are_reconstructed_and_words_can_be_missing():
    inputs = make_inputs("multimodal_vae")
    report = fit(config("multimodal_vae"), inputs, SETTINGS, 0.2, 0, "multimodal_vae").report
    assert report["r2_audio"] > 0.4
    assert report["r2_lyrics"] > 0.4


def test_what_a_track_lacks_does_not_reach_the_loss():
    inputs = make_inputs("multimodal_vae")
    encoder, _, _ = fit_neural(config("multimodal_vae"), inputs, SETTINGS, 1.0, 0, "m")
    from songmap.models.neural import tensors

    data = tensors(inputs, encoder.scalers)
    poisoned = tensors(inputs, encoder.scalers)
    poisoned.values["lyrics"][~poisoned.present["lyrics"]] = 1e3
    bounds = [encoder.model.bound(d, 64.0, torch.Generator().manual_seed(0)) for d in (data, poisoned)]
    torch.testing.assert_close(bounds[0].reconstruction, bounds[1].reconstruction)
    torch.testing.assert_close(bounds[0].kl, bounds[1].kl)


def test_divergence_says_what_to_try():
    with pytest.raises(
        DataError, match=r"vae: the loss is not finite at epoch 1; try a train\.learning_rate"
    ):
        fit(config("vae"), make_inputs("vae"), SETTINGS, 1e39, 0, "vae")


def test_four_tracks_are_enough():
    result = fit(config("conv_vae"), make_inputs("conv_vae", n=4), SETTINGS, 1.0, 0, "conv_vae")
    assert result.latents.values.shape == (4, 4)


def test_active_units_counts_dimensions_that_vary():
    latents = np.zeros((100, 3))
    latents[:, 1] = np.linspace(-1, 1, 100)
    latents[:, 2] = np.linspace(-0.1, 0.1, 100)
    assert active_units(latents) == 1
