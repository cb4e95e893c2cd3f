import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from songmap.errors import DataError
from songmap.models import training
from songmap.models.batch import Bound
from songmap.models.contrast import nt_xent
from songmap.models.fit import fit
from songmap.models.inputs import Inputs
from songmap.models.nets import without_memory
from songmap.models.neural import FAR, fit_neural, r2, tensors
from songmap.models.scaling import standard
from songmap.models.vae import TEMPERATURE, VAE
from songmap.tracks import TrackArray

from .conftest import SETTINGS, config, make_inputs

pytestmark = pytest.mark.slow


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
    data = tensors(inputs, encoder.scalers)
    poisoned = tensors(inputs, encoder.scalers)
    poisoned.values["lyrics"][~poisoned.present["lyrics"]] = 1e3
    bounds = [encoder.model.bound(d, 64.0, torch.Generator().manual_seed(0)) for d in (data, poisoned)]
    torch.testing.assert_close(bounds[0].reconstruction, bounds[1].reconstruction)
    torch.testing.assert_close(bounds[0].kl, bounds[1].kl)


def test_a_loss_that_is_not_finite_says_what_to_try():
    with pytest.raises(
        DataError, match=r"vae: the loss is not finite at epoch 1; try a train\.learning_rate below 0\.005"
    ):
        fit(config("vae"), make_inputs("vae"), SETTINGS, 1e39, 0, "vae")


def test_a_loss_that_explodes_says_what_to_try(monkeypatch):
    bound = VAE.bound
    steps = []

    def explode(self, *given):
        steps.append(1)
        terms = bound(self, *given)
        return Bound(terms.reconstruction * 1.1 ** len(steps), terms.kl, terms.contrast)

    monkeypatch.setattr(VAE, "bound", explode)
    with pytest.raises(
        DataError, match=r"vae: the loss grew from \d+(\.\d)? to \d+ at epoch \d+; try a train\.learning_rate"
    ):
        fit(config("vae"), make_inputs("vae"), SETTINGS, 1.0, 0, "vae")


def test_free_bits_keep_units_alive_that_a_heavy_kl_term_would_empty():
    inputs = make_inputs("vae")
    heavy = fit(config("vae"), inputs, SETTINGS, 1000.0, 0, "vae").report
    settings = SETTINGS.model_copy(update={"free_bits": 0.5})
    free = fit(config("vae"), inputs, settings, 1000.0, 0, "vae").report
    assert heavy["active_units"] == 0
    assert free["active_units"] == 4
    np.testing.assert_allclose(free["kl_per_dimension"], 0.5, atol=0.35)


def test_free_bits_are_averaged_over_the_batch_before_they_are_compared():
    kl = torch.tensor([[0.0, 4.0], [0.4, 0.0]])
    bound = Bound(torch.tensor([1.0, 3.0]), kl, torch.tensor([0.5, 0.5]))
    assert training._objective(bound, 2.0, 0.0).item() == pytest.approx(2.5 + 2 * 2.2)
    assert training._objective(bound, 2.0, 0.5).item() == pytest.approx(2.5 + 2 * (0.5 + 2.0))
    nothing = Bound(bound.reconstruction, torch.zeros(2, 0), bound.contrast)
    assert training._objective(nothing, 2.0, 0.5).item() == pytest.approx(2.5)


def test_cycles_are_all_gone_through_before_an_early_stop():
    settings = SETTINGS.model_copy(update={"epochs": 60, "cycles": 3, "patience": 2, "warmup": 5})
    history = fit(config("vae"), make_inputs("vae"), settings, 1.0, 0, "vae").history
    assert 40 < len(history) < 60


def test_the_prior_starts_at_its_epoch_and_finds_the_groups():
    inputs = make_inputs("vade", n=300)
    encoder, history, _ = fit_neural(config("vade"), inputs, SETTINGS, 1.0, 0, "vade")
    assert history.best.epoch > SETTINGS.epochs // 2
    prior = encoder.model.prior
    data = tensors(inputs, encoder.scalers)
    with torch.no_grad():
        component = prior.assign(*encoder.model.posterior(data)).argmax(1).numpy()
    assert adjusted_rand_score(np.arange(300) % 3, component) > 0.8
    plain, _, _ = fit_neural(config("vae"), inputs, SETTINGS, 1.0, 0, "vae")
    kl = [
        e.model.eval().bound(data, 256.0, torch.Generator().manual_seed(0)).kl.sum(1).mean().item()
        for e in (encoder, plain)
    ]
    assert kl[0] < kl[1]  # groups cost less under a prior that has them


@pytest.mark.parametrize("name", ["multimodal_vae", "mixture_vae", "mixture_vade"])
def test_a_song_without_lyrics_lands_beside_its_kind(name):
    inputs = make_inputs(name, n=150)
    latents = fit(config(name), inputs, SETTINGS, 1.0, 0, name).latents
    written = np.isin(latents.track_id, inputs.modalities["lyrics"].track_id)
    group = np.array([int(track.split()[1]) % 3 for track in latents.track_id])
    points = latents.values[:, 0]
    centres = np.stack([points[written & (group == g)].mean(axis=0) for g in range(3)])
    nearest = np.linalg.norm(points[~written, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == group[~written]).mean() > 0.8


def by_hand(model, data, subsets):
    """Reconstruction and KL of the posterior of each pair of modalities seen and modalities asked for."""
    generator = torch.Generator().manual_seed(0)
    terms = []
    with torch.no_grad():
        experts = model.experts(data)
        for seen, asked in subsets:
            mean, log_variance = model.combine(experts, data, seen)
            z = mean + torch.randn(mean.shape, generator=generator) * (log_variance / 2).exp()
            decoded = model.decode(z, data.condition)
            error = [128 * (data.values[n] - decoded[n]).square().mean(1) * data.present[n] for n in asked]
            terms.append((sum(error), model.kl(mean, log_variance).sum(1)))
    return terms


@pytest.mark.parametrize("name", ["multimodal_vae", "mixture_vae"])
def test_the_bound_is_the_mean_over_what_a_track_may_be_encoded_by(name):
    inputs = make_inputs(name)
    encoder, _, _ = fit_neural(config(name), inputs, SETTINGS, 1.0, 0, "m")
    data, model = tensors(inputs, encoder.scalers), encoder.model
    both = ["audio", "lyrics"]
    subsets = {
        "multimodal_vae": [(both, both), (["audio"], ["audio"]), (["lyrics"], ["lyrics"])],
        "mixture_vae": [(["audio"], both), (["lyrics"], both)],
    }[name]
    terms = by_hand(model, data, subsets)
    with torch.no_grad():
        bound = model.bound(data, 256.0, torch.Generator().manual_seed(0))
    written = data.present["lyrics"]
    assert (~written).any()
    for i, ours in enumerate((bound.reconstruction, bound.kl.sum(1))):
        whole = sum(term[i] for term in terms) / len(terms)
        silent = sum(term[i] for term in terms[:-1]) / len(terms[:-1])
        torch.testing.assert_close(ours, torch.where(written, whole, silent), rtol=1e-3, atol=1e-2)


def test_several_runs_have_a_seed_each():
    settings = SETTINGS.model_copy(update={"seeds": 3, "epochs": 4})
    inputs = make_inputs("vae")
    result = fit(config("vae"), inputs, settings, 1.0, 5, "vae")
    assert result.latents.values.shape == (60, 3, 4)
    one = settings.model_copy(update={"seeds": 1})
    alone = [fit(config("vae"), inputs, one, 1.0, seed, "vae") for seed in (5, 6, 7)]
    for i, other in enumerate(alone):
        np.testing.assert_array_equal(result.latents.values[:, [i]], other.latents.values)
    assert result.history == alone[0].history
    assert result.report["seeds"] == 3
    losses = [other.report["validation_loss"] for other in alone]
    spread = result.report["over_seeds"]["validation_loss"]
    assert spread["mean"] == pytest.approx(np.mean(losses), abs=1e-4)
    assert spread["sd"] == pytest.approx(np.std(losses, ddof=1), abs=1e-4)
    assert set(result.report["over_seeds"]) == {
        "active_units", "validation_loss", "train_loss", "kl", "r2_audio"
    }  # fmt: skip
    assert "over_seeds" not in alone[0].report


def test_runs_of_another_model_go_to_the_runs_of_this_one():
    ids = make_inputs("vae_of_latents").track_id
    runs = TrackArray(ids, np.random.default_rng(0).normal(size=(60, 2, 6)).astype(np.float32))
    settings = SETTINGS.model_copy(update={"seeds": 3, "epochs": 2})
    result = fit(config("vae_of_latents"), Inputs({"audio": runs}), settings, 1.0, 0, "m").latents.values
    one = settings.model_copy(update={"seeds": 1})
    for seed, run in ((0, 0), (1, 1), (2, 1)):
        given = Inputs({"audio": TrackArray(ids, runs.values[:, run])})
        alone = fit(config("vae_of_latents"), given, one, 1.0, seed, "m").latents.values
        np.testing.assert_array_equal(result[:, [seed]], alone)


def test_a_linear_map_has_as_many_runs_as_its_inputs():
    settings = SETTINGS.model_copy(update={"seeds": 3})
    assert fit(config("pca"), make_inputs("pca"), settings, 1.0, 0, "m").latents.values.shape == (60, 1, 4)
    inputs = make_inputs("fusion_of_three")
    latents = np.random.default_rng(0).normal(size=(60, 5, 6)).astype(np.float32)
    inputs = Inputs({**inputs.modalities, "beside": TrackArray(inputs.track_id, latents)})
    for seeds in (1, 3):
        some = settings.model_copy(update={"seeds": seeds})
        result = fit(config("fusion_of_three"), inputs, some, 1.0, 0, "m")
        assert result.latents.values.shape[1] == result.report["seeds"] == seeds


def test_the_contrastive_term_is_that_of_two_augmented_excerpts(monkeypatch):
    monkeypatch.setattr("songmap.models.augment.augment", lambda x, generator: 2 * x)
    name = "multimodal_conv_vae_3"
    inputs = make_inputs(name)
    silent = {**inputs.modalities, "audio": inputs.modalities["audio"].select(inputs.track_id[5:])}
    data = tensors(Inputs(silent), {n: standard(a.values) for n, a in silent.items()})
    model = VAE(config(name), {n: x.shape[1:] for n, x in data.values.items()}, 0).eval()
    two = data.take(torch.arange(len(data)), torch.tensor([[2, 0]]).expand(len(data), 2))
    ours = model.bound(two, 256.0, torch.Generator().manual_seed(0)).contrast
    here = data.present["audio"]
    seen = [2 * data.values["audio"][here][:, [i]] for i in (2, 0)]
    first, second = (model.projection(model.encoders["audio"](x, data.condition[here])[0]) for x in seen)
    torch.testing.assert_close(ours[here], nt_xent(first, second, TEMPERATURE))
    assert (~here).any()
    assert (ours[~here] == 0).all()


def test_training_lowers_the_contrastive_term():
    inputs = make_inputs("conv_contrast_3", n=90)
    encoder, _, _ = fit_neural(config("conv_contrast_3"), inputs, SETTINGS, 1.0, 0, "m")
    data = tensors(inputs, encoder.scalers)
    two = data.take(torch.arange(90), torch.tensor([[0, 1]]).expand(90, 2))
    with torch.no_grad():
        term = encoder.model.bound(two, 256.0, torch.Generator().manual_seed(0)).contrast.mean() / 20
    assert term < np.log(2 * 90 - 1) - 0.5  # what guessing costs


def test_four_tracks_are_enough():
    result = fit(config("conv_vae"), make_inputs("conv_vae", n=4), SETTINGS, 1.0, 0, "conv_vae")
    assert result.latents.values.shape == (4, 1, 4)


def test_a_value_out_of_all_proportion_is_named():
    def message(name, modality):
        inputs = make_inputs(name)
        _, _, held_out = fit_neural(
            config(name), inputs, SETTINGS.model_copy(update={"epochs": 1}), 1.0, 0, "m"
        )
        values, present = inputs.rows(modality)
        row = np.flatnonzero(held_out & present)[0]
        values[row, 0] = 1e6
        array = TrackArray(inputs.track_id[present], values[present])
        spoilt = Inputs({**inputs.modalities, modality: array})
        with pytest.raises(DataError, match="the loss of the held-out tracks is") as caught:
            fit(config(name), spoilt, SETTINGS, 1.0, 0, "m")
        assert f"track {str(inputs.track_id[row])!r} lies" in str(caught.value)
        return str(caught.value)

    assert "in audio=mfcc; try scale: quantile, which bounds it, or leaving the track out" in message(
        "vae", "audio"
    )
    assert message("multimodal_vae", "lyrics").endswith("in lyrics=sentence; try leaving the track out")


def test_a_value_that_quantiles_bound_is_no_error():
    inputs = make_inputs("vae")
    inputs.modalities["audio"].values[:, 0][::20] = 1e3 * FAR
    bounded = config("vae").model_copy(update={"scale": "quantile"})
    assert fit(bounded, inputs, SETTINGS, 1.0, 0, "m").report["r2_audio"] > 0


def test_r2_is_one_minus_the_share_of_the_error_and_none_of_what_never_varies():
    x = np.array([[1.0, -1.0], [2.0, -2.0]])
    assert r2(x, x) == 1
    assert r2(x, np.zeros((2, 2))) == 0
    assert r2(x, x - 1) == pytest.approx(1 - 4 / 10)
    assert r2(np.full((5, 3), 1e-5), np.zeros((5, 3))) is None
    assert r2(x[:0], x[:0]) is None


def test_an_input_that_never_varies_has_no_r2_and_spoils_no_other():
    inputs = make_inputs("multimodal_vae")
    lyrics = inputs.modalities["lyrics"]
    same = TrackArray(lyrics.track_id, np.full_like(lyrics.values, 3.3))
    constant = Inputs({**inputs.modalities, "lyrics": same})
    assert constant.constant() == ["lyrics"]
    assert inputs.constant() == []
    report = fit(config("multimodal_vae"), constant, SETTINGS, 0.2, 0, "m").report
    assert report["r2_lyrics"] is None
    assert report["r2_audio"] > 0.4
    assert report["without_audio"]["r2_lyrics_change"] is None
    assert report["without_audio"]["r2_audio_change"] < -0.2


def test_augmented_views_leave_no_trace_in_the_statistics():
    seen, with_views = [], make_inputs("conv_contrast_3")
    data = tensors(with_views, {n: standard(a.values) for n, a in with_views.modalities.items()})
    two = data.take(torch.arange(60), torch.tensor([[0, 1]]).expand(60, 2))
    for contrast in (0.0, 1.0):
        torch.manual_seed(0)
        asked = config("conv_contrast_3").model_copy(update={"contrast": contrast})
        model = VAE(asked, {"audio": data.values["audio"].shape[1:]}, 0).train()
        shown = two if contrast else two.view(0)
        bound = model.bound(shown, 256.0, torch.Generator().manual_seed(0))
        state = model.encoders.state_dict()  # the decoder's samples differ
        seen.append({n: x for n, x in state.items() if "running" in n or "batches" in n})
    assert seen[0]
    for name, value in seen[0].items():
        assert torch.equal(value, seen[1][name])
    bound.contrast.sum().backward()
    views = model.encoders["audio"].trunk.convolutions
    assert views[0].weight.grad.abs().max() > 0
    assert all(norm.track_running_stats for norm in views[1::3])


def test_views_are_scaled_by_their_batch_in_training():
    torch.manual_seed(0)
    net = torch.nn.BatchNorm2d(3)
    x = 5 + 2 * torch.randn(8, 3, 4, 4)
    with without_memory(net):
        ours = net(x)
        assert torch.equal(
            net.eval()(x), torch.nn.functional.batch_norm(x, *remembered(net), net.weight, net.bias)
        )
    torch.testing.assert_close(ours, torch.nn.BatchNorm2d(3)(x))
    assert net.running_mean.tolist() == [0, 0, 0]


def remembered(net):
    return net.running_mean, net.running_var
