import numpy as np
import pytest
from sklearn.cluster import DBSCAN

from songmap.clustering.density import dbscan
from songmap.clustering.density_sweep import COLUMNS, CORES, Solution, recommend_eps, rows, sweep
from songmap.clustering.labeling import Settings
from songmap.degenerate import degenerate
from songmap.errors import DataError
from tests.songmap.clustering.known import blobs

pytestmark = pytest.mark.slow


def made(eps, noise, why="", knee=False, min_samples=5):
    return Solution(eps, min_samples, 0.5, 3, noise, 0.5, why, knee)


def test_every_solution_is_that_of_scikit_learn():
    points = np.random.default_rng(0).normal(size=(120, 2))
    found = sweep(points, 4)
    assert sorted({one.min_samples for one in found}) == [2, 4, 8, 16]
    assert sum(one.knee for one in found) == 4
    assert found == sorted(found, key=lambda one: (one.min_samples, one.eps))
    for one in found:
        model = DBSCAN(eps=one.eps, min_samples=one.min_samples).fit(points)
        sizes = np.bincount(model.labels_ + 1, minlength=2)
        assert one.clusters == model.labels_.max() + 1
        assert one.noise_share == pytest.approx(sizes[0] / 120)
        assert one.largest_share == pytest.approx(sizes[1:].max() / max(1, sizes[1:].sum()))
        assert one.core_share == pytest.approx(len(model.core_sample_indices_) / 120)
        assert one.degenerate == degenerate(model.labels_)


def test_the_grid_spans_the_shares_of_core_points():
    found = [one for one in sweep(np.random.default_rng(0).normal(size=(200, 3)), 5) if one.min_samples == 5]
    shares = np.array([one.core_share for one in found])
    assert all(np.abs(shares - core).min() < 0.011 for core in CORES)


def test_far_blobs_are_found_by_the_knee():
    points = blobs(4)
    radius = recommend_eps(points, sweep(points, 5), 5)
    assert (radius.solution.clusters, radius.how) == (4, "knee")
    assert radius.reason == f"{radius.solution.eps:.3g}: from the k-distance curve (knee)"


def test_a_degenerate_knee_gives_way_to_the_least_noise():
    knee = made(3.0, 0.0, "one cluster", knee=True)
    others = [made(1.0, 0.3), made(1.5, 0.1), made(2.0, 0.1), made(0.5, 0.05, "mostly noise")]
    stranger = made(1.2, 0.0, min_samples=2)
    radius = recommend_eps(blobs(2), [knee, *others, stranger], 5)
    assert (radius.solution, radius.how) == (others[1], "sweep")
    assert radius.reason == (
        "1.5: the least noise of what is not degenerate, "
        "as the k-distance curve (knee) gives 3 and one cluster"
    )


def test_where_all_are_degenerate_the_knee_stays_and_is_marked():
    knee = made(3.0, 0.6, "mostly noise", knee=True)
    radius = recommend_eps(blobs(2), [knee, made(5.0, 0.0, "one cluster")], 5)
    assert (radius.solution, radius.how) == (knee, "knee")
    assert radius.reason.endswith("though it gives 60% noise: no eps does better, whatever min_samples")
    radius = recommend_eps(blobs(2), [knee, made(1.0, 0.2, min_samples=10)], 5)
    assert radius.reason.endswith("no eps does better, but with min_samples 10 some does")


def test_one_blob_has_no_solution():
    points = np.random.default_rng(0).normal(size=(300, 16))
    radius = recommend_eps(points, sweep(points, 5), 5)
    assert radius.solution.knee
    assert radius.solution.degenerate


@pytest.mark.parametrize("min_samples", [1, 3, 5, 40])
def test_dbscan_finds_by_the_share_what_the_sweep_found(min_samples):
    points = np.random.default_rng(2).normal(size=(100, 2))
    for one in sweep(points, min_samples):
        if one.min_samples == min_samples and not one.knee:
            found = dbscan(points, Settings(2, min_samples, 5, 0, core=one.core_share))
            assert found.chosen["eps"] == pytest.approx(one.eps)
            assert found.labels.max() + 1 == one.clusters


@pytest.mark.parametrize(
    "points", [np.ones((1, 2)), np.eye(2), np.ones((9, 2)), np.repeat(np.eye(3), 5, axis=0)]
)
def test_points_that_hold_next_to_nothing(points):
    solutions = sweep(points, 5)
    table = rows(solutions, recommend_eps(points, solutions, 5).solution)
    assert all(list(row) == list(COLUMNS) for row in table)
    assert [row["taken"] for row in table].count("yes") == 1


def test_nan_is_refused():
    with pytest.raises(DataError, match="NaN"):
        sweep(np.full((9, 2), np.nan), 5)
