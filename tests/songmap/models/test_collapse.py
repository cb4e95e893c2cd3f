from types import SimpleNamespace

import numpy as np
import pytest
import torch

from songmap.models.collapse import collapse
from songmap.models.fit import fit
from songmap.models.neural import fit_neural

from .conftest import SETTINGS, config, make_inputs

pytestmark = pytest.mark.slow


def report(name, kl_weight=1.0):
    inputs = make_inputs(name)
    encoder, _, _ = fit_neural(config(name), inputs, SETTINGS, kl_weight, 0, name)
    return encoder, inputs, collapse(encoder, inputs, encoder.encode(inputs))


def test_a_heavy_kl_term_is_reported_as_a_collapse():
    _, _, light = report("vae", 0.1)
    _, _, heavy = report("vae", 1000.0)
    assert not light["collapsed"]
    assert heavy["collapsed"]
    assert heavy["active_units"] == 0
    assert max(heavy["kl_per_dimension"]) < 0.1 < max(light["kl_per_dimension"])


def test_the_kl_of_each_dimension_is_that_of_its_gaussians():
    encoder, inputs, found = report("vae")
    data = torch.from_numpy(encoder.scalers["audio"].apply(inputs.rows("audio")[0]))
    with torch.no_grad():
        mean, log_variance = encoder.model.encoders["audio"](data, torch.zeros(len(data), 0))
    q = torch.distributions.Normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).mean(0)
    np.testing.assert_allclose(found["kl_per_dimension"], np.sort(expected)[::-1], atol=1e-3)


def test_a_mixture_says_how_many_components_it_uses():
    encoder, inputs, found = report("vade")
    assert 2 <= found["components_used"] <= 3
    assert 0 <= found["kl_component"] < 3 * np.log(3)
    assert len(found["kl_per_dimension"]) == 4
    mean, log_variance = (torch.from_numpy(encoder.over_excerpts(inputs, part)) for part in (
        lambda x: encoder.model.posterior(x)[0], lambda x: encoder.model.posterior(x)[1]
    ))  # fmt: skip
    assigned = encoder.model.prior.assign(mean, log_variance).argmax(1)
    assert len(assigned.unique()) == found["components_used"]


def test_what_has_no_kl_term_reports_units_alone():
    _, _, found = report("autoencoder")
    assert set(found) == {"active_units", "collapsed"}


def test_a_model_that_scales_its_units_to_one_variance_says_nothing_of_them():
    encoder, inputs, found = report("contrastive_3")
    assert found == {}
    assert encoder.encode(inputs).var(axis=0).min() > 0.1


def test_the_quarter_counts():
    plain = SimpleNamespace(autoencoder=SimpleNamespace(variational=False))
    latents = np.zeros((50, 8), np.float32)
    latents[:, :2] = np.random.default_rng(0).normal(size=(50, 2))
    assert not collapse(plain, None, latents)["collapsed"]
    latents[:, 1] = 3
    assert collapse(plain, None, latents) == {"active_units": 1, "collapsed": True}


def test_every_autoencoder_says_whether_it_collapsed(name):
    found = fit(
        config(name), make_inputs(name, n=12), SETTINGS.model_copy(update={"epochs": 2}), 1.0, 0, name
    )
    assert ("collapsed" in found.report) == (config(name).kind in ("dense", "conv"))
