import numpy as np
import pytest

from songmap.clustering.choose_k import Choice, choose_k
from songmap.clustering.knee import knee
from songmap.errors import DataError


def blobs(k, n=40, apart=15.0, seed=0):
    rng = np.random.default_rng(seed)
    return np.repeat(apart * np.eye(k, 10), n, axis=0) + rng.normal(size=(k * n, 10))


@pytest.mark.parametrize("k", [2, 3, 4, 6, 9])
def test_auto_finds_the_number_of_blobs(k):
    assert choose_k(blobs(k), "auto", 15, 0) == Choice(k, "elbow")


def test_a_curve_without_elbow_leaves_it_to_the_silhouette(monkeypatch):
    monkeypatch.setattr("songmap.clustering.choose_k.knee", lambda *_: None)
    assert choose_k(blobs(5), "auto", 10, 0) == Choice(5, "silhouette")


def test_a_given_k_is_taken_as_far_as_points_differ():
    assert choose_k(blobs(3), 6, 15, 0) == Choice(6, "given")
    assert choose_k(np.repeat(np.eye(4), 3, axis=0), 6, 15, 0) == Choice(4, "distinct points")


def test_auto_never_passes_k_max_nor_the_points():
    assert choose_k(blobs(9), "auto", 5, 0).k <= 5
    for n in range(1, 9):
        choice = choose_k(np.random.default_rng(n).normal(size=(n, 2)), "auto", 15, 0)
        assert 1 <= choice.k <= max(1, n - 1)
    assert choose_k(np.zeros((9, 2)), "auto", 15, 0) == Choice(1, "too few points")


def test_the_choice_is_reproducible():
    points = np.random.default_rng(0).normal(size=(100, 5))
    assert choose_k(points, "auto", 10, 3) == choose_k(points, "auto", 10, 3)


def test_nan_is_refused():
    with pytest.raises(DataError, match="NaN"):
        choose_k(np.full((4, 2), np.nan), "auto", 10, 0)


def test_knee_of_curves_by_hand():
    x = np.arange(1, 9)
    assert knee(x, np.array([100.0, 60, 20, 10, 8, 6, 4, 2]), "decreasing") == 3
    assert knee(x, np.array([1.0, 2, 3, 4, 5, 6, 40, 90]), "increasing") == 6
    assert knee(x, np.arange(8.0), "increasing") is None
    assert knee(x, np.ones(8), "increasing") is None
    assert knee(x[:2], np.array([2.0, 1.0]), "decreasing") is None
