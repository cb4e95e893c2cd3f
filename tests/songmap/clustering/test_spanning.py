import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist

from songmap.clustering import density
from songmap.clustering.density import hdbscan
from songmap.clustering.labeling import Settings
from songmap.clustering.spanning import spanning_tree

pytestmark = pytest.mark.slow


def reachability(points, min_samples):
    distances = cdist(points, points)
    core = np.sort(distances, axis=1)[:, min_samples - 1]
    return np.maximum(distances, np.maximum.outer(core, core))


def blobs(n, d, seed=0):
    rng = np.random.default_rng(seed)
    return 3 * rng.normal(size=(8, d))[rng.integers(8, size=n)] + rng.normal(size=(n, d))


@settings(max_examples=30)
@given(st.integers(2, 60), st.integers(1, 5), st.integers(1, 6), st.integers(0, 999), st.booleans())
def test_as_short_as_scipy_finds_it(n, d, min_samples, seed, coarse):
    points = np.random.default_rng(seed).normal(size=(n, d))
    points = np.round(points) if coarse else points  # many points at one place
    min_samples = min(min_samples, n)
    tree = spanning_tree(points, min_samples)
    lengths = reachability(points, min_samples)
    one, other = tree.nonzero()
    assert len(one) == 2 * (n - 1)
    assert tree[one, other] == pytest.approx(lengths[one, other], abs=1e-12)
    best = minimum_spanning_tree(csr_array(np.where(lengths > 0, lengths, 1e-15))).sum()
    assert tree.sum() / 2 == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize(("d", "copies"), [(2, 1), (16, 1), (32, 1), (8, 3), (3, 40)])
def test_hdbscan_from_the_tree_finds_what_scikit_learn_finds(monkeypatch, d, copies):
    points = np.repeat(blobs(1200 // copies, d), copies, axis=0)
    setting = Settings(1, min_samples=5, min_cluster_size=10, seed=0)
    expected = hdbscan(points, setting).labels
    monkeypatch.setattr(density, "SEARCHED", 0)
    found = hdbscan(points, setting).labels
    assert len(np.unique(expected)) > 2
    assert np.mean(found == expected) > 0.99  # where edges are equally long, the order of merging is free
