"""The gap statistic against closed forms and against k-means written out."""

import numpy as np
import pytest

from songmap.clustering import gap as module
from songmap.clustering.gap import Gap, best_of, gap_statistic
from songmap.clustering.points import checked
from tests.songmap.clustering.known import blobs

pytestmark = pytest.mark.slow


def within(points, labels):
    """W_k as the paper writes it: half the mean over members of all squared distances in a cluster."""
    total = 0.0
    for cluster in np.unique(labels):
        own = points[labels == cluster]
        total += np.square(own[:, None] - own).sum() / (2 * len(own))
    return total


def inertias(points, k_max):
    return np.array([best_of(points, k, 0, 10).inertia_ for k in range(1, k_max + 1)])


def lloyd(points, k, rng, starts=20):
    """Plain k-means: log of the least W_k over random starts."""
    best = np.inf
    for _ in range(starts):
        centres = points[rng.choice(len(points), k, replace=False)]
        for _ in range(30):
            labels = np.square(points[:, None] - centres).sum(axis=2).argmin(axis=1)
            centres = np.array(
                [points[labels == c].mean(axis=0) if (labels == c).any() else centres[c] for c in range(k)]
            )
        best = min(best, within(points, labels))
    return np.log(best)


def test_inertia_is_the_w_of_the_paper():
    points = np.random.default_rng(0).normal(size=(50, 3))
    for k in (1, 2, 5):
        found = best_of(points, k, 0, 3)
        assert found.inertia_ == pytest.approx(within(points, found.labels_))


def test_one_cluster_of_uniform_points_in_closed_form():
    """The variance of a uniform variable of width w is w**2 / 12."""
    points = checked(np.random.default_rng(0).uniform(size=(400, 3)) * [9, 4, 1])
    along = points @ np.linalg.svd(points, full_matrices=False)[2].T
    expected = np.log(399 * np.square(np.ptp(along, axis=0)).sum() / 12) - np.log(
        within(points, np.zeros(400))
    )
    found = gap_statistic(points, inertias(points, 2), 0)
    assert found.gap[0] == pytest.approx(expected, abs=found.error[0])


def test_against_k_means_written_out():
    points = checked(blobs(3, 15, 4, 6.0))
    found = gap_statistic(points, inertias(points, 4), 0)
    rng = np.random.default_rng(1)
    along = points @ np.linalg.svd(points, full_matrices=False)[2].T
    low, high = along.min(axis=0), along.max(axis=0)
    logs = np.array(
        [
            [lloyd(sample, k, rng, 5) for k in range(1, 5)]
            for sample in (rng.uniform(low, high, size=along.shape) for _ in range(25))
        ]
    )
    expected = logs.mean(axis=0) - [lloyd(points, k, rng) for k in range(1, 5)]
    np.testing.assert_allclose(found.gap, expected, atol=0.04)
    np.testing.assert_allclose(found.error, logs.std(axis=0), rtol=0.6)
    assert found.preferred()[0] == 3


def test_the_error_holds_that_of_the_mean(monkeypatch):
    points = checked(np.random.default_rng(0).normal(size=(30, 2)))
    rng = np.random.default_rng(5)
    monkeypatch.setattr(module, "REFERENCES", 4)
    found = gap_statistic(points, inertias(points, 1), 5)
    along = points @ np.linalg.svd(points, full_matrices=False)[2].T
    low, high = along.min(axis=0), along.max(axis=0)
    logs = [
        np.log(within(sample, np.zeros(30))) for sample in (rng.uniform(low, high, (30, 2)) for _ in range(4))
    ]
    assert found.error[0] == pytest.approx(np.std(logs) * np.sqrt(1.25))
    assert found.gap[0] == pytest.approx(np.mean(logs) - np.log(within(points, np.zeros(30))))


def test_the_box_lies_along_the_points():
    """A thin diagonal streak fills its own box; in one along the axes it would look like a cluster."""
    rng = np.random.default_rng(0)
    along, across = rng.uniform(-10, 10, size=200), rng.uniform(-0.1, 0.1, size=200)
    streak = checked(np.stack([along + across, along - across], axis=1))
    found = gap_statistic(streak, inertias(streak, 6), 0).gap
    assert np.abs(found - found[0]).max() < 0.2, (
        "six pieces of a line: log W falls by 3.6, in a square by 1.8"
    )


def test_stacks_of_equal_points_have_a_finite_gap():
    points = checked(np.repeat(np.eye(4), 5, axis=0))
    assert np.isfinite(gap_statistic(points, inertias(points, 4), 0).gap).all()


@pytest.mark.parametrize(
    ("gaps", "error", "preferred", "one"),
    [
        ([0, 1, 2, 1.9, 1.8], 0.1, [3, 4], False),
        ([0, 1, 2, 2.05, 3], 0.1, [3], False),  # 4 exceeds 3, but not by its error
        ([0, 0.3, 0.2, 2, 1.9], 0.05, [4], False),  # 2 is a dip on the way up
        ([0, 1, 2, 3, 4], 0.1, [], False),
        ([2, 1.9, 1.8, 1.7], 0.1, [1], True),
        ([2, 1.9, 2.05, 1.7], 0.1, [3], True),
        ([2, 1.9, 2.5, 1.7], 0.1, [3], False),  # 2 is not higher than 1, but 3 is
    ],
)
def test_the_rule(gaps, error, preferred, one):
    found = Gap(np.array(gaps, dtype=float), np.full(len(gaps), error))
    assert found.one_cluster() == one
    assert found.preferred().tolist() == preferred
