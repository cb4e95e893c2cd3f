"""Decoded steps through a latent space, against the decoder itself."""

import numpy as np
import pytest
import torch

from songmap.models.inputs import Inputs
from songmap.models.neural import NeuralEncoder, build, tensors
from songmap.models.scaling import fit_scaler
from songmap.models.traversal import RANGE, STEPS, distant_pair, interpolate, traverse
from songmap.tracks import TrackArray

from .conftest import config, make_inputs

D = 4


def untrained(name, seed=0):
    """A model as it starts, with fitted scalers and inputs: what it decodes is as good a truth as any."""
    torch.manual_seed(seed)
    typed, inputs = config(name), make_inputs(name)
    scalers = {m: fit_scaler(a.values, typed.inputs[m], typed.scale) for m, a in inputs.modalities.items()}
    data = tensors(inputs.run(0), scalers) if inputs.runs == 1 else None
    shapes = {m: x.shape[1:] for m, x in data.values.items()}
    encoder = NeuralEncoder(build(typed, shapes, data.condition.shape[1]), scalers)
    encoder.model.eval()
    return encoder, inputs


def spread(inputs, scale=(1.0, 3.0, 0.001, 2.0), seed=0):
    """Latents whose units vary by `scale`; the third is dead."""
    values = np.random.default_rng(seed).normal(size=(len(inputs), D)) * scale + [5, 0, 1, -2]
    return TrackArray(inputs.track_id, values.astype(np.float32))


def decode(encoder, z, condition=()):
    with torch.no_grad():
        rows = [torch.tensor(np.asarray(x, np.float32))[None] for x in (z, condition)]
        return {name: x[0].numpy() for name, x in encoder.model.decode(*rows).items()}


def test_each_unit_goes_over_its_range_while_the_others_stay():
    encoder, inputs = untrained("multimodal_vae")
    latents = spread(inputs)
    walk = traverse(encoder, latents, inputs, 6)
    assert walk.units.tolist() == [1, 3, 0]  # by variance; the dead unit is left out
    assert walk.active == 3
    assert {name: x.shape for name, x in walk.decoded.items()} == {"audio": (3, 7, 10), "lyrics": (3, 7, 8)}
    for i, unit in enumerate(walk.units):
        low, high = np.percentile(latents.values[:, unit], RANGE)
        np.testing.assert_allclose(walk.values[i], np.linspace(low, high, STEPS), rtol=1e-5)
        for j in (0, 2, STEPS - 1):
            z = latents.values.mean(axis=0)
            z[unit] = walk.values[i, j]
            for name, expected in decode(encoder, z).items():
                np.testing.assert_allclose(walk.decoded[name][i, j], expected, rtol=1e-4, atol=1e-5)


def test_mel_patches_come_out_in_decibels():
    encoder, inputs = untrained("conv_vae_3")
    latents = spread(inputs)
    walk = traverse(encoder, latents, inputs, 2)
    assert walk.decoded["audio"].shape == (2, STEPS, 12, 21)
    z = latents.values.mean(axis=0)
    z[1] = walk.values[0, -1]
    scaler = encoder.scalers["audio"]
    expected = decode(encoder, z)["audio"][0] * scaler.scale[0] + scaler.mean[0]
    np.testing.assert_allclose(walk.decoded["audio"][0, -1], expected, rtol=1e-4, atol=1e-3)


def test_a_model_that_is_told_labels_is_told_their_mean_or_those_of_the_songs():
    encoder, inputs = untrained("cvae")
    latents = spread(inputs)
    walk = traverse(encoder, latents, inputs, 1)
    z = latents.values.mean(axis=0)
    z[1] = walk.values[0, 0]
    expected = decode(encoder, z, inputs.condition.values.mean(axis=0))["audio"]
    np.testing.assert_allclose(walk.decoded["audio"][0, 0], expected, rtol=1e-4, atol=1e-5)
    between = interpolate(encoder, latents, inputs, 0)
    ends, told = latents.rows(between.songs), inputs.condition.rows(between.songs)
    for step, share in ((0, 0.0), (3, 0.5), (6, 1.0)):
        z, label = ((1 - share) * x[0] + share * x[1] for x in (ends, told))
        expected = decode(encoder, z, label)["audio"]
        np.testing.assert_allclose(between.steps["audio"][1 + step], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["multimodal_vae", "power_vae", "multimodal_conv_vae"])
def test_the_way_between_two_songs_starts_and_ends_with_them(name):
    encoder, inputs = untrained(name)
    latents = TrackArray(inputs.track_id, encoder.encode(inputs))
    between = interpolate(encoder, latents, inputs, 0)
    two = inputs.of(np.array(between.songs))
    assert set(two.complete()) == set(between.songs)  # both have lyrics
    for modality, steps in between.steps.items():
        given, decoded = two.modalities[modality].values, encoder.reconstruct(two, modality)
        if given.ndim == 4:
            given, decoded = given[:, 0], encoder.scalers[modality].invert(decoded)[:, 0]
        else:
            given = encoder.scalers[modality].apply(given)
        assert len(steps) == STEPS + 2
        np.testing.assert_allclose(steps[[0, -1]], given, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(steps[[1, -2]], decoded, rtol=1e-3, atol=1e-3)


def test_of_several_patches_the_middle_one_is_shown():
    encoder, inputs = untrained("conv_vae_3")
    between = interpolate(encoder, spread(inputs), inputs, 0)
    patches = inputs.modalities["audio"].rows(between.songs)
    np.testing.assert_array_equal(between.steps["audio"][[0, -1]], patches[:, 1])


def test_the_order_of_tracks_changes_no_byte():
    encoder, inputs = untrained("conv_vae")
    latents = spread(inputs)
    shuffled = latents.select(np.random.default_rng(1).permutation(latents.track_id))
    for function, last in ((traverse, 3), (interpolate, 0)):
        one, other = (function(encoder, x, inputs, last) for x in (latents, shuffled))
        for key in ("decoded", "steps"):
            for name, values in getattr(one, key, {}).items():
                assert values.tobytes() == getattr(other, key)[name].tobytes()


def test_a_collapsed_model_has_no_unit_to_vary_and_no_way_to_go():
    encoder, inputs = untrained("vae")
    latents = TrackArray(inputs.track_id, np.zeros((len(inputs), D), dtype=np.float32))
    walk = traverse(encoder, latents, inputs, 6)
    assert (walk.units.size, walk.active, walk.decoded) == (0, 0, {})
    assert interpolate(encoder, latents, inputs, 0) is None


def test_the_number_of_threads_is_left_alone():
    encoder, inputs = untrained("vae")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    traverse(encoder, spread(inputs), inputs, 1)
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_no_song_has_everything():
    encoder, inputs = untrained("multimodal_vae")
    audio, lyrics = inputs.modalities.values()
    apart = Inputs({"audio": audio.select(audio.track_id[::5]), "lyrics": lyrics})  # each fifth lacks lyrics
    assert interpolate(encoder, spread(apart), apart, 0) is None


def test_the_pair_is_of_the_farthest_groups_and_no_outlier():
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0], [4, 0], [40, 0]])
    points = np.repeat(centres, 40, axis=0) + rng.normal(size=(120, 2))
    points[7] = [0, -500]
    ids = np.array([f"t{i:03d}" for i in rng.permutation(120)])
    pair = distant_pair(TrackArray(ids, points), 0)
    near, far = sorted(TrackArray(ids, points).rows(pair), key=lambda point: point[0])
    assert near[0] < 2
    assert far[0] > 38
    assert max(abs(near[1]), abs(far[1])) < 4
    assert list(pair) == sorted(pair)
    assert pair == distant_pair(TrackArray(ids[::-1], points[::-1]), 0)


@pytest.mark.parametrize(("points", "expected"), [([[0.0]] * 3, None), ([[1.0], [0.0], [1.0]], ("a", "b"))])
def test_few_places(points, expected):
    assert distant_pair(TrackArray(np.array(["a", "b", "c"]), np.array(points)), 0) == expected
