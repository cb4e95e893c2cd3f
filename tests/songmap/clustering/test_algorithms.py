import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.metrics import adjusted_rand_score

from songmap.clustering.algorithms import ALGORITHMS
from songmap.clustering.centroids import gaussian_mixture, kmeans
from songmap.clustering.density import dbscan, hdbscan
from songmap.clustering.hierarchy import agglomerative, consensus
from songmap.clustering.labeling import Settings, by_size
from songmap.clustering.points import checked
from songmap.clustering.radius import choose_eps
from songmap.clustering.spectral import spectral
from songmap.errors import DataError

pytestmark = pytest.mark.slow

HOW = Settings(k=3, min_samples=5, min_cluster_size=5, seed=0)
POINTS = st.tuples(st.integers(1, 12), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.floats(-1e6, 1e6, width=32))
)


def blobs(sizes, apart=20.0, d=4, seed=0):
    """Unit Gaussians on the corners of a simplex; points and true clusters."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    centres = apart * np.eye(len(sizes), max(d, len(sizes)))
    return centres[truth] + rng.normal(size=(len(truth), centres.shape[1])), truth


@pytest.mark.parametrize("algorithm", ALGORITHMS.values())
@settings(max_examples=30, deadline=None)
@given(points=POINTS, k=st.integers(1, 15), min_samples=st.integers(1, 6))
def test_any_points_get_clusters_named_from_zero(algorithm, points, k, min_samples):
    labels = algorithm(points, Settings(k, min_samples, min_samples + 1, 0)).labels
    assert labels.shape == (len(points),)
    found = sorted(set(labels.tolist()) - {-1})
    assert found == list(range(len(found)))
    if algorithm not in (dbscan, hdbscan):
        assert -1 not in labels
        assert len(found) <= min(k, len(np.unique(points, axis=0)))


@pytest.mark.parametrize("algorithm", ALGORITHMS.values())
def test_well_separated_blobs_are_found_and_named_by_size(algorithm):
    points, truth = blobs([20, 60, 40])
    labeling = algorithm(points, HOW)
    assert adjusted_rand_score(truth[labeling.labels >= 0], labeling.labels[labeling.labels >= 0]) == 1
    assert np.mean(labeling.labels == -1) < 0.1
    assert np.all(np.diff(np.bincount(labeling.labels[labeling.labels >= 0])) <= 0)


@pytest.mark.parametrize("algorithm", ALGORITHMS.values())
def test_same_seed_same_clusters_whatever_the_offset_and_the_scale(algorithm):
    points, _ = blobs([30, 30, 30], apart=4)
    expected = algorithm(points, HOW).labels
    np.testing.assert_array_equal(algorithm(points, HOW).labels, expected)
    np.testing.assert_array_equal(algorithm(points * 2.0**-40, HOW).labels, expected)
    np.testing.assert_array_equal(algorithm(points + 2.0**20, HOW).labels, expected)


@pytest.mark.parametrize("algorithm", ALGORITHMS.values())
@pytest.mark.parametrize("points", [np.full((3, 2), np.nan), np.zeros((0, 2)), np.zeros((3, 0)), np.zeros(3)])
def test_points_that_are_none_are_refused(algorithm, points):
    with pytest.raises(DataError):
        algorithm(points, HOW)


def test_agreement_with_scikit_learn():
    points = np.random.default_rng(1).normal(size=(80, 3))
    expected = KMeans(3, n_init=10, random_state=0).fit_predict(points)
    assert adjusted_rand_score(kmeans(points, HOW).labels, expected) == 1
    expected = AgglomerativeClustering(3).fit_predict(points)
    assert adjusted_rand_score(agglomerative(points, HOW).labels, expected) == 1
    found = dbscan(points, HOW)
    expected = DBSCAN(eps=found.chosen["eps"], min_samples=5).fit_predict(points)
    assert adjusted_rand_score(found.labels, expected) == 1


def test_ward_of_many_points_uses_near_neighbours_and_finds_the_same(monkeypatch):
    points, truth = blobs([40, 30, 30])
    monkeypatch.setattr("songmap.clustering.hierarchy.WARD_EXACT", 50)
    assert adjusted_rand_score(agglomerative(points, HOW).labels, truth) == 1


def test_fewer_distinct_points_than_clusters():
    points = np.repeat([[0.0, 0], [5, 5]], [3, 4], axis=0)
    np.testing.assert_array_equal(kmeans(points, HOW).labels, [1, 1, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(agglomerative(points, HOW).labels, [1, 1, 1, 0, 0, 0, 0])


def test_eps_is_the_knee_between_blobs_and_outliers():
    points, _ = blobs([60, 60])
    outliers = np.array([[200.0, 0, 0, 0], [0, 200, 0, 0], [0, 0, 200, 0]])
    found = dbscan(np.vstack([points, outliers]), HOW)
    assert found.chosen["eps_from"] == "knee"
    assert 0.5 < found.chosen["eps"] < 10
    np.testing.assert_array_equal(found.labels[-3:], [-1, -1, -1])
    assert set(found.labels[:120].tolist()) >= {0, 1}


def test_eps_of_identical_points_makes_one_cluster_of_them():
    found = dbscan(np.full((9, 3), 7.7), HOW)
    assert found.chosen == {"eps": 1.0, "eps_from": "identical points"}
    np.testing.assert_array_equal(found.labels, np.zeros(9))


def test_eps_of_stacks_of_duplicates_makes_each_stack_a_cluster():
    found = dbscan(np.repeat(np.eye(3), [5, 6, 7], axis=0), HOW)
    assert found.chosen["eps_from"] == "duplicates"
    np.testing.assert_array_equal(found.labels, np.repeat([2, 1, 0], [5, 6, 7]))


def test_eps_of_equal_distances_reaches_them():
    found = dbscan(np.eye(8), HOW)
    assert found.chosen["eps_from"] == "equal distances"
    assert found.chosen["eps"] == pytest.approx(np.sqrt(2), rel=1e-5)
    np.testing.assert_array_equal(found.labels, np.zeros(8))


def test_eps_without_a_knee_makes_nine_in_ten_core_points(monkeypatch):
    monkeypatch.setattr("songmap.clustering.radius.knee", lambda *_: None)
    points = checked(np.random.default_rng(0).normal(size=(100, 2)))
    eps, how = choose_eps(points, 5)
    near = np.sum(np.linalg.norm(points[:, None] - points, axis=2) <= eps, axis=1)
    assert how == "90th percentile"
    assert 89 <= np.sum(near >= 5) <= 91


def test_a_lone_point():
    point = np.ones((1, 2))
    assert kmeans(point, HOW).labels.tolist() == [0]
    assert agglomerative(point, HOW).labels.tolist() == [0]
    assert dbscan(point, HOW).labels.tolist() == [-1]
    assert dbscan(point, Settings(1, 1, 2, 0)).labels.tolist() == [0]


def test_names_by_size():
    labels = np.array([7, -1, 3, 3, 9, 9, -1])
    np.testing.assert_array_equal(by_size(labels), [2, -1, 0, 0, 1, 1, -1])
    np.testing.assert_array_equal(by_size(np.array([-1, -1])), [-1, -1])


def test_hdbscan_leaves_outliers_and_small_groups_as_noise():
    points, truth = blobs([60, 40, 4])
    labels = hdbscan(points, Settings(k=2, min_samples=5, min_cluster_size=10, seed=0)).labels
    assert adjusted_rand_score(truth[:100], labels[:100]) > 0.95
    assert np.mean(labels[100:] == -1) >= 0.75


def test_a_mixture_tells_a_wide_blob_from_a_narrow_one_within_it():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(300, 2)) * 0.1, rng.normal(size=(300, 2)) * 3])
    found = gaussian_mixture(points, Settings(k=2, min_samples=5, min_cluster_size=5, seed=0))
    truth = np.repeat([0, 1], 300)
    assert adjusted_rand_score(truth, found.labels) > 0.9
    assert adjusted_rand_score(truth, kmeans(points, HOW).labels) < 0.5
    assert found.chosen["covariance"] == "full"


def test_spectral_follows_rings():
    angle = np.linspace(0, 2 * np.pi, 150, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points, truth = np.concatenate([ring, 4 * ring]), np.repeat([0, 1], 150)
    how = Settings(k=2, min_samples=5, min_cluster_size=5, seed=0)
    assert adjusted_rand_score(truth, spectral(points, how).labels) == 1
    assert adjusted_rand_score(truth, kmeans(points, how).labels) < 0.1


def test_consensus_by_hand(monkeypatch):
    """Three runs: the first two points always together, the third with them once."""
    runs = iter([np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]), np.array([0, 0, 0, 1])] * 7)
    monkeypatch.setattr("songmap.clustering.hierarchy.RUNS", 3)
    monkeypatch.setattr("songmap.clustering.hierarchy._one_start", lambda *_: next(runs))
    found = consensus(np.eye(4), Settings(k=2, min_samples=5, min_cluster_size=5, seed=0))
    assert found.labels.tolist() == [0, 0, 1, 1]
    # pairs (0,1): 1; (2,3): 2/3; (0,2), (1,2): 2/3 apart; (0,3), (1,3): 1 apart
    assert found.chosen["stability"] == pytest.approx((1 + 2 / 3 + 2 / 3 + 2 / 3 + 1 + 1) / 6)


def test_consensus_of_many_points_finds_the_same(monkeypatch):
    points, truth = blobs([40, 30, 30])
    monkeypatch.setattr("songmap.clustering.hierarchy.MATRIX", 50)
    assert adjusted_rand_score(truth, consensus(points, HOW).labels) == 1


def test_k_means_of_many_points_in_mini_batches_finds_the_same(monkeypatch):
    points, truth = blobs([40, 30, 30])
    monkeypatch.setattr("songmap.clustering.centroids.WHOLE", 50)
    assert adjusted_rand_score(truth, kmeans(points, HOW).labels) == 1
