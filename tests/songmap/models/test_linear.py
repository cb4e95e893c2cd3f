import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from songmap.models.inputs import Inputs
from songmap.models.linear import fit_linear
from songmap.tracks import TrackArray

from .conftest import config, make_inputs


def test_standardized_is_scikit_learn_s_scaler():
    inputs = make_inputs("standardized")
    ours = fit_linear(config("standardized"), inputs, 0).encode(inputs)
    expected = StandardScaler().fit_transform(inputs.modalities["audio"].values.astype(float))
    np.testing.assert_allclose(ours, expected, atol=1e-5)


def test_pca_is_scikit_learn_s_on_standardised_features():
    inputs = make_inputs("pca")
    ours = fit_linear(config("pca"), inputs, 0).encode(inputs)
    scaled = StandardScaler().fit_transform(inputs.modalities["audio"].values.astype(float))
    expected = PCA(4).fit_transform(scaled)
    np.testing.assert_allclose(np.abs(ours), np.abs(expected), atol=1e-3)


def test_fusion_gives_sound_and_words_the_same_variance():
    inputs = make_inputs("fusion")
    written = np.isin(inputs.track_id, inputs.modalities["lyrics"].track_id)
    latents = fit_linear(config("fusion"), inputs, 0).encode(inputs)
    sound, words = latents[:, :10], latents[written, 10:]
    assert abs(sound.var(axis=0).sum() - 1) < 1e-3
    assert abs(words.var(axis=0).sum() - 1) < 1e-3


def test_a_track_without_lyrics_is_at_the_mean_of_those_with():
    inputs = make_inputs("fusion")
    written = np.isin(inputs.track_id, inputs.modalities["lyrics"].track_id)
    latents = fit_linear(config("fusion"), inputs, 0).encode(inputs)
    assert (latents[~written, 10:] == 0).all()
    np.testing.assert_allclose(latents[written, 10:].mean(axis=0), 0, atol=1e-5)


def test_a_column_that_never_varies_becomes_zero():
    values = np.random.default_rng(0).normal(size=(9, 3))
    values[:, 1] = 1e6
    inputs = Inputs({"audio": TrackArray([str(i) for i in range(9)], values)})
    latents = fit_linear(config("standardized"), inputs, 0).encode(inputs)
    assert np.abs(latents[:, 1]).max() < 1e-3
    assert np.isfinite(latents).all()
