import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score

from songmap import compiled
from songmap.models.inputs import Inputs
from songmap.models.linear import fit_linear
from songmap.models.umap import fit_umap, memberships
from songmap.params import model_config
from songmap.tracks import TrackArray


def config(**changes):
    raw = {"kind": "umap", "audio": "mfcc", "beside": "none", "lyrics": "none", "condition": "none"}
    raw |= {"kl": "none", "scale": "zscore", "latent_dim": 3, "n_neighbors": 10}
    return model_config(raw | changes)


def blobs(n=90, groups=3, seed=0, far=6.0):
    rng = np.random.default_rng(seed)
    group = np.arange(n) % groups
    return np.random.default_rng(5).normal(size=(groups, 8))[group] * far + rng.normal(size=(n, 8)), group


def inputs_of(x, **more):
    ids = [f"t{i:04d}" for i in range(len(x))]
    return Inputs({"audio": TrackArray(ids, x.astype(np.float32)), **more})


def test_groups_become_dense():
    x, group = blobs()
    inputs = inputs_of(x)
    encoder = fit_umap(config(), inputs, 0)
    found = encoder.encode(inputs)
    assert found.shape == (90, 3)
    assert found.dtype == np.float32
    guess = KMeans(3, n_init=5, random_state=0).fit_predict(found)
    assert adjusted_mutual_info_score(group, guess) == pytest.approx(1)


def test_known_tracks_have_their_places_in_any_company_and_order():
    inputs = inputs_of(blobs()[0])
    encoder = fit_umap(config(), inputs, 0)
    found = encoder.encode(inputs)
    laid_out = {tuple(place) for place in encoder.places}
    assert {tuple(place) for place in found} == laid_out  # exactly, and all different
    assert len(laid_out) == 90
    few = inputs.track_id[[7, 3, 50]]
    alone = [Inputs({"audio": inputs.modalities["audio"].select([track])}) for track in few]
    np.testing.assert_array_equal([encoder.encode(one)[0] for one in alone], found[[7, 3, 50]])
    again = fit_umap(config(), Inputs({"audio": inputs.modalities["audio"].select(inputs.track_id[::-1])}), 0)
    np.testing.assert_array_equal(again.encode(inputs), found)


def test_the_seed_counts():
    inputs = inputs_of(blobs(40)[0])
    first, second = (fit_umap(config(), inputs, seed).encode(inputs) for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_a_new_track_goes_to_its_kind():
    x, group = blobs(240, far=3.0)
    encoder = fit_umap(config(), inputs_of(x[:180]), 0)
    new = encoder.encode(inputs_of(x[180:]))
    centres = np.stack([encoder.encode(inputs_of(x[:180]))[group[:180] == g].mean(axis=0) for g in range(3)])
    nearest = np.linalg.norm(new[:, None] - centres, axis=2).argmin(axis=1)
    assert (nearest == group[180:]).all()


def test_a_new_track_is_at_the_weighted_mean_of_its_neighbours_places():
    x, _ = blobs(80, far=1.0)
    encoder = fit_umap(config(n_neighbors=8), inputs_of(x[:60]), 0)
    (new,) = encoder.linear.encode(inputs_of(x[60:61])).astype(float)
    distance = np.linalg.norm(encoder.vectors - new, axis=1)
    near = np.argsort(distance)[:8]
    weight = memberships(distance[near][None])[0]
    expected = weight @ encoder.places[near] / weight.sum()
    np.testing.assert_allclose(encoder.encode(inputs_of(x[60:61]))[0], expected, rtol=1e-4)


def test_tracks_of_equal_vectors_share_a_place():
    x = np.repeat(blobs(20)[0], 3, axis=0)
    inputs = inputs_of(x)
    encoder = fit_umap(config(), inputs, 0)
    found = encoder.encode(inputs)
    np.testing.assert_array_equal(found[::3], found[1::3])
    np.testing.assert_array_equal(found[::3], found[2::3])
    assert len(encoder.places) == 20
    assert len(np.unique(found, axis=0)) == 20


@pytest.mark.parametrize("n", [4, 5, 10, 11, 17])
def test_few_tracks(n):
    inputs = inputs_of(np.random.default_rng(n).normal(size=(n, 5)))
    found = fit_umap(config(latent_dim=8, n_neighbors=30), inputs, 0).encode(inputs)
    assert found.shape == (n, 8)
    assert np.isfinite(found).all()
    assert len(np.unique(found, axis=0)) == n


@pytest.mark.parametrize("distinct", [1, 2, 3])
def test_fewer_than_four_distinct_tracks_are_placed_by_their_components(distinct):
    x = np.random.default_rng(0).normal(size=(distinct, 5))[np.arange(6) % distinct]
    inputs = inputs_of(x)
    found = fit_umap(config(), inputs, 0).encode(inputs)
    vectors = fit_linear(config(), inputs, 0).encode(inputs)

    def distances(points):
        return np.linalg.norm(points[:, None] - points, axis=2)

    np.testing.assert_allclose(distances(found), distances(vectors), atol=1e-5)


def test_sound_and_words_are_laid_out_together():
    group = np.arange(60) % 4
    words = np.eye(2)[group % 2] + 0.1 * np.random.default_rng(1).normal(size=(60, 2))
    sound = np.eye(2)[group // 2] + 0.1 * np.random.default_rng(2).normal(size=(60, 2))
    lyrics = TrackArray([f"t{i:04d}" for i in range(50)], words[:50].astype(np.float32))
    inputs = inputs_of(sound, lyrics=lyrics)
    found = fit_umap(config(lyrics="tfidf", n_neighbors=5), inputs, 0).encode(inputs)
    guess = KMeans(4, n_init=5, random_state=0).fit_predict(found[:50])
    assert adjusted_mutual_info_score(group[:50], guess) > 0.9
    assert np.isfinite(found[50:]).all()


def test_the_layout_is_umap_learn_s_with_no_distance_kept(monkeypatch):
    calls = []

    def layout(points, **settings):
        calls.append(settings)
        return points[:, :3]

    monkeypatch.setattr(compiled, "umap_layout", layout)
    fit_umap(config(), inputs_of(blobs(30)[0]), 7)
    fit_umap(config(), inputs_of(blobs(8)[0]), 7)
    shared = {"n_components": 3, "min_dist": 0.0, "random_state": 7}
    assert calls == [
        {"n_neighbors": 10, "init": "spectral", **shared},
        {"n_neighbors": 7, "init": "random", **shared},
    ]


@given(arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 20)), elements=st.floats(0, 1e6)))
def test_memberships_sum_to_the_logarithm(steps):
    distance = np.sort(steps, axis=1)
    weight = memberships(distance)
    assert ((weight >= 0) & (weight <= 1)).all()
    assert (weight[:, 0] == 1).all()
    count = distance.shape[1]
    excess = distance - distance[:, :1]
    ties = (excess <= 1e-9 * excess[:, -1:]).sum(axis=1)
    total = weight.sum(axis=1)
    assert (total > np.log2(count) - 1e-3).all()
    assert (total < np.maximum(np.log2(count), ties) + 1e-3).all()


def test_memberships_fall_with_distance():
    weight = memberships(np.array([[1.0, 2.0, 3.0, 5.0]]))
    assert (np.diff(weight) < 0).all()
    assert weight.sum() == pytest.approx(2)
    ratio = np.log(weight[0, 1:]) / -np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)
