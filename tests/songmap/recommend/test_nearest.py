import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from songmap.errors import DataError
from songmap.recommend.nearest import nearest
from songmap.tracks import TrackArray


def catalogue(n, d=8, seed=0):
    rng = np.random.default_rng(seed)
    ids = np.array([f"track {i:05d}" for i in rng.permutation(n)])
    return TrackArray(ids, rng.normal(size=(n, d)).astype(np.float32))


@pytest.mark.parametrize("n", [30, 6000])
def test_the_nearest_are_those_of_scikit_learn(n):
    latents = catalogue(n)
    search = NearestNeighbors(n_neighbors=11, algorithm="brute").fit(latents.values.astype(np.float64))
    distances, rows = search.kneighbors(latents.values[:20].astype(np.float64))
    for i in range(20):
        found = nearest(latents, latents.values[i], 10, without=str(latents.track_id[i]))
        assert [track for track, _ in found] == latents.track_id[rows[i, 1:]].tolist()
        np.testing.assert_allclose([d for _, d in found], distances[i, 1:], atol=1e-6)


def test_distances_are_right_far_from_the_origin():
    latents = TrackArray(
        np.array(["a", "b", "c"]), np.array([[1e6, 0], [1e6, 3], [1e6, 4]], dtype=np.float32)
    )
    assert nearest(latents, latents.values[0], 2, "a") == [("b", 3.0), ("c", 4.0)]


def test_ties_go_by_id_whatever_the_order():
    ids = np.array(["d", "b", "a", "c"])
    latents = TrackArray(ids, np.array([[0, 1], [1, 0], [-1, 0], [0, -1]], dtype=np.float32))
    assert [track for track, _ in nearest(latents, np.zeros(2), 3)] == ["a", "b", "c"]


def test_a_copy_is_an_answer_but_the_track_itself_is_none():
    latents = TrackArray(np.array(["a", "b", "c"]), np.array([[0.0], [0.0], [1.0]]))
    assert nearest(latents, np.zeros(1), 5, without="a") == [("b", 0.0), ("c", 1.0)]


def test_fewer_tracks_than_asked_for():
    assert len(nearest(catalogue(4), np.zeros(8), 100)) == 4
    assert nearest(TrackArray(np.array(["a"]), np.zeros((1, 2))), np.zeros(2), 3, without="a") == []


@pytest.mark.parametrize("point", [np.zeros(3), np.full(8, np.nan), np.zeros((1, 8))])
def test_a_point_of_another_space_is_refused(point):
    with pytest.raises(DataError, match="a point of shape"):
        nearest(catalogue(4), point, 1)
