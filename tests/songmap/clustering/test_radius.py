import numpy as np
import pytest

from songmap.clustering.density import dbscan
from songmap.clustering.labeling import Settings
from songmap.clustering.radius import eps_of_core, k_distances


def near(points, eps):
    """Points within eps of each, itself included."""
    return np.sum(np.linalg.norm(points[:, None] - points, axis=2) <= eps, axis=1)


@pytest.mark.parametrize("core", [0.01, 0.25, 0.5, 1.0])
@pytest.mark.parametrize("min_samples", [2, 5])
def test_the_share_of_core_points(core, min_samples):
    points = np.random.default_rng(0).normal(size=(100, 3))
    eps = eps_of_core(points, min_samples, core)
    share = np.mean(near(points, eps) >= min_samples)
    assert core - 1e-9 <= share <= core + 0.02, "two points may be each other's nearest"
    assert np.mean(near(points, 0.999 * eps) >= min_samples) < core


def test_a_share_means_the_same_once_it_was_written_to_six_digits():
    points = np.random.default_rng(0).normal(size=(240, 2))
    for inside in range(1, 241):
        written = float(f"{inside / 240:.6g}")
        assert eps_of_core(points, 5, written) == eps_of_core(points, 5, inside / 240)


def test_distances_by_hand():
    points = np.array([[0.0], [1], [3], [7]])
    assert k_distances(points, 2).tolist() == [1, 1, 2, 4]
    assert k_distances(points, 3).tolist() == [2, 3, 3, 6]
    assert k_distances(points, 1).tolist() == k_distances(points, 2).tolist(), "itself alone tells nothing"
    assert k_distances(points, 9).tolist() == [4, 6, 7, 7], "as many as there are"


@pytest.mark.parametrize("points", [np.ones((4, 2)), np.repeat(np.eye(3), 4, axis=0), np.ones((1, 2))])
def test_a_radius_is_never_zero(points):
    assert eps_of_core(points, 3, 0.5) > 0


def test_a_share_means_the_same_where_the_unit_is_another():
    points = np.random.default_rng(0).normal(size=(80, 3))
    assert eps_of_core(1000 * points, 4, 0.3) == pytest.approx(1000 * eps_of_core(points, 4, 0.3))


def test_dbscan_takes_the_share():
    points = np.random.default_rng(0).normal(size=(80, 3))
    found = dbscan(points, Settings(3, 4, 5, 0, core=0.3))
    assert found.chosen["eps"] == pytest.approx(eps_of_core(points, 4, 0.3))
    assert found.chosen["eps_from"] == "sweep"
    assert dbscan(points, Settings(3, 4, 5, 0)).chosen["eps_from"] == "knee"
