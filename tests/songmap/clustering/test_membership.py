import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_samples

from songmap.clustering.centroids import fit_kmeans
from songmap.clustering.membership import Centres, confidence, nearest, ranks
from songmap.errors import DataError

POINTS = np.array([[0.0], [1.0], [2.0], [10.0], [12.0], [50.0]])
CLUSTERS = np.array([0, 0, 0, 1, 1, -1])


def test_means_and_reach_by_hand():
    centres = Centres.of(POINTS, CLUSTERS)
    assert centres.means.tolist() == [[1.0], [11.0]]
    assert centres.reach.tolist() == [1.0, 1.0]


def test_confidence_by_hand():
    distances = Centres.of(POINTS, CLUSTERS).distances(POINTS)
    expected = [1 - 1 / 11, 1.0, 1 - 1 / 9, 1 - 1 / 9, 1 - 1 / 11, 0.0]
    assert confidence(distances, CLUSTERS) == pytest.approx(expected)


def test_a_point_nearer_to_another_mean_has_none():
    distances = Centres.of(POINTS, CLUSTERS).distances(POINTS)
    assert confidence(distances, np.array([1, 0, 0, 1, 1, 1]))[0] == 0


def test_the_only_cluster_is_certain_and_identical_means_are_not():
    one = np.zeros(6, dtype=int)
    assert confidence(Centres.of(POINTS, one).distances(POINTS), one).tolist() == [1.0] * 6
    same = np.zeros((4, 2))
    clusters = np.array([0, 0, 1, 1])
    assert confidence(Centres.of(same, clusters).distances(same), clusters).tolist() == [0.0] * 4


def test_it_is_the_silhouette_where_clusters_are_single_points():
    points = np.random.default_rng(0).normal(size=(2, 3)).repeat(2, axis=0)
    clusters = np.array([0, 0, 1, 1])
    found = confidence(Centres.of(points, clusters).distances(points), clusters)
    assert found == pytest.approx(silhouette_samples(points, clusters))


def test_ranks_start_at_the_point_nearest_to_the_mean():
    assert ranks(Centres.of(POINTS, CLUSTERS).distances(POINTS), CLUSTERS).tolist() == [2, 1, 3, 1, 2, 0]


def test_clusters_with_a_gap_are_refused():
    with pytest.raises(DataError, match="without a gap"):
        Centres.of(POINTS, np.array([0, 0, 0, 2, 2, -1]))
    with pytest.raises(DataError, match="without a gap"):
        Centres.of(POINTS, np.full(6, -1))


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_mean_is_the_cluster_of_k_means(seed: int):
    points = np.random.default_rng(seed).normal(size=(400, 5))
    clusters = fit_kmeans(points, 7, seed).labels_
    assert (nearest(Centres.of(points, clusters).distances(points)) == clusters).all()
    loose = KMeans(7, n_init=10, random_state=seed).fit(points)
    assert fit_kmeans(points, 7, seed).inertia_ <= loose.inertia_ + 1e-9
