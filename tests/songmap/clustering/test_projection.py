import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from songmap.clustering.projection import project
from songmap.errors import DataError

pytestmark = pytest.mark.slow

METHODS = ("umap", "tsne", "pca")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [*range(1, 11), 17])
def test_small_collections_are_placed_the_same_twice(method, n):
    points = np.random.default_rng(n).normal(size=(n, 5))
    placed = project(points, method, seed=0)
    assert placed.shape == (n, 2)
    assert placed.dtype == np.float32
    assert np.isfinite(placed).all()
    np.testing.assert_array_equal(placed, project(points, method, seed=0))


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    points=st.tuples(st.integers(1, 20), st.integers(1, 3)).flatmap(
        lambda shape: arrays(np.float32, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 1e6, -3.5]))
    )
)
def test_duplicates_and_outliers_stay_finite(method, points):
    assert np.isfinite(project(points, method, seed=0)).all()


@pytest.mark.parametrize("method", METHODS)
def test_blobs_stay_apart(method):
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 20)
    placed = project(10 * np.eye(3, 8)[truth] + rng.normal(size=(60, 8)), method, seed=1, n_neighbors=10)
    near = NearestNeighbors(n_neighbors=4).fit(placed).kneighbors(return_distance=False)
    assert np.mean(truth[near] == truth[:, None]) > 0.98


def test_pca_is_the_two_leading_components():
    points = np.random.default_rng(0).normal(size=(30, 6)) * [9, 5, 1, 1, 1, 1]
    np.testing.assert_allclose(
        project(points, "pca", seed=0), PCA(2).fit_transform(points), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("method", METHODS)
def test_fewer_than_four_distinct_points_keep_their_distances(method):
    points = np.repeat([[0.0, 0, 0], [3, 0, 0], [0, 4, 0]], 5, axis=0)
    placed = project(points, method, seed=0)
    assert np.linalg.norm(placed[5] - placed[10]) == pytest.approx(5)
    assert (project(np.full((6, 3), 2.5), method, seed=0) == 0).all()


def test_the_seed_of_umap_counts():
    points = np.random.default_rng(0).normal(size=(12, 3))
    first, second = (project(points, "umap", seed=seed) for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("method", METHODS)
def test_nan_is_refused(method):
    with pytest.raises(DataError, match="NaN"):
        project(np.full((5, 2), np.nan), method, seed=0)
