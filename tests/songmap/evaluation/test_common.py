import numpy as np
import pytest
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from songmap.evaluation.common import choose_space, common_scores
from songmap.tracks import TrackArray

RNG = np.random.default_rng(0)


def features(n, d=3):
    values = (RNG.normal(size=(n, d)) * 50 + 7).astype(np.float32)
    return TrackArray(np.array([f"t{i:02}" for i in range(n)]), values)


def chosen(n_tracks, **spaces):
    return choose_space(lambda name: spaces.get(name, TrackArray.empty("")), n_tracks)


def test_sound_comes_first_and_is_standardised():
    mfcc = features(20)
    name, space = chosen(20, mfcc=mfcc, tfidf=features(20))
    assert name == "mfcc"
    expected = StandardScaler().fit_transform(mfcc.values.astype(float))
    np.testing.assert_allclose(space.values, expected, atol=1e-6)


def test_words_stand_in_and_are_centred_only():
    tfidf = features(20)
    name, space = chosen(20, tfidf=tfidf)
    assert name == "tfidf"
    np.testing.assert_allclose(
        space.values, tfidf.values - tfidf.values.astype(float).mean(axis=0), atol=1e-9
    )


def test_a_space_of_few_tracks_gives_way_to_one_of_more():
    assert chosen(20, mfcc=features(4), sentence=features(19))[0] == "sentence"
    assert chosen(20, mfcc=features(11), sentence=features(20))[0] == "mfcc"
    assert chosen(20, mfcc=features(4), sentence=features(3))[0] == "mfcc"


def test_no_features_at_all():
    name, space = chosen(5)
    assert (name, len(space)) == ("", 0)
    assert common_scores(space, {"t00": 1}) == {
        "common_tracks": 0, "common_silhouette": None, "common_silhouette_all": None,
        "common_calinski_harabasz": None,
        "common_davies_bouldin": None,
    }  # fmt: skip


def test_a_constant_column_stays_finite():
    constant = TrackArray(np.array(["a", "b"]), np.array([[1.0, 2.0], [1.0, 4.0]]))
    np.testing.assert_allclose(chosen(2, mfcc=constant)[1].values, [[0, -1], [0, 1]])


def test_scores_are_joined_by_id_over_the_tracks_of_both():
    _, space = chosen(20, mfcc=features(20))
    clusters = {f"t{i:02}": i % 3 for i in reversed(range(5, 20))} | {"unknown": 0}
    clusters["t05"] = -1
    found = common_scores(space, clusters)
    assert found["common_tracks"] == 14
    expected = silhouette_score(space.values[6:], [i % 3 for i in range(6, 20)])
    assert found["common_silhouette"] == pytest.approx(expected)
