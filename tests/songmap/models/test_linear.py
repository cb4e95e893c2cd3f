import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from songmap.models.inputs import Inputs
from songmap.models.linear import WIDE, fit_linear
from songmap.params import model_config
from songmap.tracks import TrackArray

N = 40
SHAPES = {
    "mfcc": 10,
    "descriptors": 14,
    "latents/other": 6,
    "tfidf": 30,
    "char_centred": 24,
    "sentence": 12,
    "style": 5,
}


def config(kind, audio="none", beside="none", lyrics="none", scale="zscore", **more):
    slots = {"audio": audio, "beside": beside, "lyrics": lyrics}
    return model_config({"kind": kind, **slots, "condition": "none", "kl": "none", "scale": scale, **more})


def values(source, n=N):
    """Columns of many sizes; those of texts have one size."""
    rng = np.random.default_rng(len(source))
    x = rng.normal(size=(n, SHAPES[source])) @ rng.normal(size=(SHAPES[source],) * 2)
    if source in ("mfcc", "descriptors", "style", "latents/other"):
        x = x * 10.0 ** rng.integers(-2, 3, SHAPES[source]) + 7
    return x.astype(np.float32)


def inputs_of(settings, lacking=()):
    """Inputs of a model; every fifth track lacks each of the modalities named."""
    ids = np.array([f"t{i:03d}" for i in range(N)])
    arrays = {}
    for modality, source in settings.inputs.items():
        has = np.arange(N) % 5 > 0 if modality in lacking else np.ones(N, bool)
        arrays[modality] = TrackArray(ids[has], values(source)[has])
    return Inputs(arrays)


def latents(settings, lacking=()):
    inputs = inputs_of(settings, lacking)
    return fit_linear(settings, inputs, 0).encode(inputs)


def test_standardized_is_scikit_learn_s_scaler():
    expected = StandardScaler().fit_transform(values("mfcc").astype(float))
    np.testing.assert_allclose(latents(config("standardized", "mfcc")), expected, atol=1e-5)


def test_pca_is_scikit_learn_s_on_standardised_features():
    ours = latents(config("pca", "mfcc", latent_dim=4))
    expected = PCA(4).fit_transform(StandardScaler().fit_transform(values("mfcc").astype(float)))
    np.testing.assert_allclose(np.abs(ours), np.abs(expected), atol=1e-3)


def test_blocks_stand_side_by_side():
    each = [config("standardized", "mfcc"), config("standardized", beside="style")]
    both = latents(config("standardized", "mfcc", "style"))
    np.testing.assert_array_equal(both, np.concatenate([latents(one) for one in each], axis=1))
    each = [config("pca", **{slot: "descriptors"}, latent_dim=3) for slot in ("audio", "beside")]
    words = config("pca", lyrics="tfidf", latent_dim=3)
    all_three = latents(config("pca", "descriptors", "descriptors", "tfidf", latent_dim=3))
    np.testing.assert_array_equal(all_three, np.concatenate([latents(one) for one in (*each, words)], axis=1))


@pytest.mark.parametrize("scale", ["zscore", "yeo_johnson", "quantile"])
@pytest.mark.parametrize(
    ("audio", "beside", "lyrics"),
    [("mfcc", "none", "tfidf"), ("descriptors", "latents/other", "char_centred"), ("mfcc", "tfidf", "style")],
)
def test_fusion_gives_each_block_the_same_variance(scale, audio, beside, lyrics):
    settings = config("fusion", audio, beside, lyrics, scale, latent_dim=8)
    found = latents(settings)
    widths = [min(8, SHAPES[source]) for source in settings.inputs.values()]
    assert found.shape == (N, sum(widths))
    for block in np.split(found, np.cumsum(widths)[:-1], axis=1):
        assert abs(block.var(axis=0).sum() - 1) < 1e-3
        np.testing.assert_allclose(block.mean(axis=0), 0, atol=1e-5)


def test_fusion_reduces_a_block_of_more_columns_than_latent_dim_and_no_other():
    settings = config("fusion", "mfcc", "style", "tfidf", latent_dim=10)
    encoder = fit_linear(settings, inputs_of(settings), 0)
    assert {name: block.components is None for name, block in encoder.blocks.items()} == {
        "audio": True,
        "beside": True,
        "lyrics": False,
    }
    words = encoder.encode(inputs_of(settings))[:, 15:]
    expected = PCA(10).fit_transform(values("tfidf").astype(float))
    expected /= np.sqrt(expected.var(axis=0).sum())
    np.testing.assert_allclose(np.abs(words), np.abs(expected), atol=1e-3)


@pytest.mark.parametrize("slot", ["audio", "beside", "lyrics"])
def test_a_track_that_lacks_a_block_is_at_the_mean_of_those_with(slot):
    settings = config("fusion", "mfcc", "sentence", "tfidf", latent_dim=4)
    found = latents(settings, lacking=[slot])
    block = found[:, {"audio": slice(4), "beside": slice(4, 8), "lyrics": slice(8, 12)}[slot]]
    here = np.arange(N) % 5 > 0
    assert (block[~here] == 0).all()
    np.testing.assert_allclose(block[here].mean(axis=0), 0, atol=1e-5)
    assert abs(block[here].var(axis=0).sum() - 1) < 1e-3


@pytest.mark.parametrize("slot", ["beside", "lyrics"])
def test_texts_keep_their_geometry_and_measures_of_style_are_columns(slot):
    x = values("sentence").astype(float)
    ours = latents(config("standardized", **{slot: "sentence"}))
    expected = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0).mean())
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)
    columns = latents(config("standardized", **{slot: "style"}, scale="quantile"))
    ranks = values("style").argsort(axis=0).argsort(axis=0)
    np.testing.assert_array_equal(columns.argsort(axis=0).argsort(axis=0), ranks)
    np.testing.assert_allclose(columns.var(axis=0), 1, rtol=1e-3)


def test_umap_takes_a_fusion_that_keeps_the_distances_of_latents():
    settings = config("umap", "latents/other", "mfcc", latent_dim=2, n_neighbors=5)
    found = latents(settings)
    x = values("latents/other").astype(float)
    expected = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0).sum())
    np.testing.assert_allclose(found[:, :6], expected, atol=1e-4)
    assert abs(found[:, 6:].var(axis=0).sum() - 1) < 1e-3
    assert found.shape == (N, 16)


def test_umap_keeps_at_most_so_many_columns():
    wide = np.random.default_rng(0).normal(size=(WIDE + 20, WIDE + 10)).astype(np.float32)
    inputs = Inputs({"lyrics": TrackArray([f"t{i:03d}" for i in range(len(wide))], wide)})
    settings = config("umap", lyrics="tfidf", latent_dim=2, n_neighbors=5)
    assert fit_linear(settings, inputs, 0).encode(inputs).shape == (WIDE + 20, WIDE)


@pytest.mark.parametrize("kind", ["pca", "fusion"])
@pytest.mark.filterwarnings("error")
def test_tracks_that_are_all_alike_are_one_point_and_no_warning(kind):
    inputs = Inputs({"audio": TrackArray([str(i) for i in range(9)], np.full((9, 7), 0.1, np.float32))})
    assert not fit_linear(config(kind, "mfcc", latent_dim=3), inputs, 0).encode(inputs).any()


def test_a_column_that_never_varies_becomes_zero():
    x = np.random.default_rng(0).normal(size=(9, 3))
    x[:, 1] = 1e6
    inputs = Inputs({"audio": TrackArray([str(i) for i in range(9)], x)})
    found = fit_linear(config("standardized", "mfcc"), inputs, 0).encode(inputs)
    assert np.abs(found[:, 1]).max() < 1e-3
    assert np.isfinite(found).all()
