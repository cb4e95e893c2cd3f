import numpy as np
import pytest

from songmap.evaluation.agreement import ami
from songmap.evaluation.artists import artist_share, one_per_artist


def test_share_of_the_commonest_artist_by_hand():
    artists = np.array(["a", "a", "b", "c", "c", "", "d"])
    clusters = np.array([0, 0, 0, 1, 1, 1, -1])
    assert artist_share(artists, clusters) == pytest.approx((2 + 2) / 5)


def test_nothing_to_tell_without_an_artist_of_two_tracks():
    assert artist_share(np.array(["a", "b", "", ""]), np.zeros(4, int)) is None
    assert artist_share(np.array([], str), np.array([], int)) is None


def test_a_clustering_of_artists_loses_its_score():
    """Ten artists of twelve tracks, each of one genre; the clusters are the artists."""
    artists = np.repeat([f"artist {i}" for i in range(10)], 12)
    genres = np.repeat(["rock", "jazz"] * 5, 12)
    clusters = np.repeat(np.arange(10), 12)
    assert ami(genres, clusters) > 0.4
    assert one_per_artist(ami, genres, clusters, artists, 0) == pytest.approx(0, abs=1e-9)


def test_without_artists_the_score_is_that_of_all():
    genres = np.array(["rock", "jazz"] * 20)
    clusters = np.array([0, 1] * 18 + [1, 0] * 2)
    assert one_per_artist(ami, genres, clusters, np.full(40, ""), 0) == pytest.approx(ami(genres, clusters))
    assert one_per_artist(ami, genres[:0], clusters[:0], genres[:0], 0) is None
