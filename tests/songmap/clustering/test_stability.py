import numpy as np
import pytest

from songmap.clustering.stability import DRAWS, stability
from tests.songmap.clustering.known import blobs

pytestmark = pytest.mark.slow


def test_the_true_number_of_blobs_is_stable_and_more_is_not():
    mean, sd = stability(blobs(4), 7, 0)
    assert np.isnan(mean[0])
    assert mean[3] == 1
    assert sd[3] == 0
    assert mean[4:].max() < 0.95
    assert (sd[4:] > 0).all()


def test_noise_is_unstable():
    mean, _ = stability(np.random.default_rng(0).normal(size=(120, 8)), 6, 0)
    assert np.nanmax(mean) < 0.6


def test_names_of_clusters_do_not_count():
    """Two far groups, whichever half finds them first."""
    points = np.array([[0.0], [1], [2], [3], [100], [101], [102], [103]])
    mean, _ = stability(np.repeat(points, 5, axis=0), 2, 0)
    assert mean[1] == 1


def test_halves_with_too_few_distinct_points_say_nothing():
    mean, sd = stability(np.repeat(np.eye(3), [9, 9, 9], axis=0), 5, 0)
    np.testing.assert_array_equal(np.isnan(mean), [True, False, False, True, True])
    np.testing.assert_array_equal(np.isnan(sd), np.isnan(mean))
    assert mean[2] == 1


def test_the_spread_is_over_draws(monkeypatch):
    values = iter(np.arange(DRAWS) / 10)
    monkeypatch.setattr("songmap.clustering.stability.adjusted_rand_score", lambda *_: next(values))
    mean, sd = stability(np.random.default_rng(0).normal(size=(20, 2)), 2, 0)
    np.testing.assert_allclose([mean[1], sd[1]], [0.45, np.std(np.arange(10) / 10, ddof=1)])


def test_the_same_seed_the_same_numbers():
    points = np.random.default_rng(0).normal(size=(60, 3))
    np.testing.assert_array_equal(stability(points, 4, 7), stability(points, 4, 7))
