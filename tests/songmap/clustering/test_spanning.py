import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN

from songmap.clustering import density, spanning
from songmap.clustering.density import dbscan, hdbscan
from songmap.clustering.labeling import Settings
from songmap.clustering.spanning import cut, neighbours, spanning_tree

pytestmark = pytest.mark.slow


def reachability(points, min_samples):
    distances = cdist(points, points)
    core = np.sort(distances, axis=1)[:, min_samples - 1]
    return np.maximum(distances, np.maximum.outer(core, core))


def blobs(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return 3 * rng.normal(size=(8, d))[rng.integers(8, size=n)] + rng.normal(size=(n, d))


@st.composite
def clouds(draw):
    """Points, many of them at one place in every other cloud, and a min_samples."""
    n, d = draw(st.integers(1, 60)), draw(st.integers(1, 5))
    points = np.random.default_rng(draw(st.integers(0, 999))).normal(size=(n, d))
    return np.round(points) if draw(st.booleans()) else points, draw(st.integers(1, min(6, n)))


@pytest.fixture(params=["matrix", "prim"], autouse=True, scope="module")
def way(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spanning, "MATRIX", 2_000 if request.param == "matrix" else 0)
        yield request.param


@settings(max_examples=50)
@given(clouds())
def test_neighbours_are_the_nearest(cloud):
    points, count = cloud
    distances, indices = neighbours(points, count)
    assert distances == pytest.approx(np.sort(cdist(points, points), axis=1)[:, :count], abs=1e-12)
    assert distances == pytest.approx(np.take_along_axis(cdist(points, points), indices, axis=1), abs=1e-12)


@settings(max_examples=50)
@given(clouds())
def test_the_tree_is_as_short_as_any_that_spans_all(cloud):
    points, min_samples = cloud
    tree = spanning_tree(points, neighbours(points, min_samples)[0][:, -1])
    lengths = reachability(points, min_samples)
    edges = tree.tocoo()
    assert edges.nnz == 2 * (len(points) - 1)
    assert connected_components(tree)[0] == 1
    assert edges.data == pytest.approx(lengths[edges.row, edges.col], abs=1e-12)
    best = minimum_spanning_tree(csr_array(np.where(lengths > 0, lengths, 1e-15))).sum()
    assert tree.sum() / 2 == pytest.approx(best, abs=1e-9)


@settings(max_examples=100)
@given(clouds(), st.floats(0, 1))
def test_a_cut_is_what_scikit_learn_s_dbscan_finds(cloud, share):
    points, min_samples = cloud
    distances, indices = neighbours(points, 6)
    between = np.unique(np.append(0, cdist(points, points)))
    at = int(share * (len(between) - 1))
    eps = between[at : at + 2].mean() + 1e-3  # between two distances that occur
    tree = spanning_tree(points, distances[:, min_samples - 1])
    assume(np.abs(between - eps).min() > 1e-9)
    expected = DBSCAN(eps=eps, min_samples=min_samples).fit_predict(points)
    assert cut(tree, distances, indices, eps, min_samples).tolist() == expected.tolist()


def test_an_outlier_hides_no_neighbour():
    points = np.vstack([blobs(300, 16), np.full(16, 1e12)])
    distances, _ = neighbours(points, 5)
    expected = np.sort(cdist(points, points), axis=1)[:, :5]
    assert distances[:-1] == pytest.approx(expected[:-1], rel=1e-3)  # 1e12 has no digits for more


@pytest.mark.filterwarnings("error")
def test_pairs_of_equal_points(monkeypatch):
    points, setting = (
        np.repeat(blobs(100, 3), 2, axis=0),
        Settings(1, min_samples=1, min_cluster_size=2, seed=0),
    )
    expected = hdbscan(points, setting).labels
    monkeypatch.setattr(density, "SEARCHED", 0)
    assert hdbscan(points, setting).labels.tolist() == expected.tolist()


def test_fewer_points_than_min_samples_are_noise():
    points = np.zeros((3, 2))
    distances, indices = neighbours(points, 5)
    tree = spanning_tree(points, distances[:, -1])
    assert cut(tree, distances, indices, 1.0, 5).tolist() == [-1, -1, -1]


@pytest.mark.parametrize(("d", "copies"), [(2, 1), (16, 1), (32, 1), (8, 3), (3, 40)])
@pytest.mark.parametrize("algorithm", [hdbscan, dbscan])
def test_many_points_get_the_labels_of_scikit_learn(monkeypatch, algorithm, d, copies):
    points = np.repeat(blobs(1200 // copies, d), copies, axis=0)
    setting = Settings(1, min_samples=5, min_cluster_size=10, seed=0)
    expected = algorithm(points, setting).labels
    monkeypatch.setattr(density, "SEARCHED", 0)
    monkeypatch.setattr(density, "PAIRS", 0)
    found = algorithm(points, setting).labels
    assert len(np.unique(expected)) > 1
    assert np.mean(found == expected) > 0.99  # where edges are equally long, the order of merging is free
