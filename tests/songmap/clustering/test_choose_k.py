"""The number of clusters, on points where it is known and on tables where the rule is read by eye."""

import numpy as np
import pytest

from songmap.clustering.choose_k import Choice, given_k, recommend_k
from songmap.clustering.criteria import Criteria, criteria
from songmap.clustering.gap import Gap
from songmap.clustering.knee import knee
from songmap.errors import DataError
from tests.songmap.clustering.known import blobs, grid

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer repetitions: the cases are clear."""
    monkeypatch.setattr("songmap.clustering.gap.REFERENCES", 6)
    monkeypatch.setattr("songmap.clustering.stability.DRAWS", 2)
    monkeypatch.setattr("songmap.clustering.criteria.STARTS", 20)


def found(points, k_max=12, seed=0):
    return recommend_k(points, criteria(points, k_max, seed))


def made(gap, degenerate=(), inertia=(100, 50, 20, 18, 17), silhouette=(0, 0.3, 0.2, 0.1, 0.4)):
    """A table of k in 1..5; every k in `degenerate` is one giant cluster."""
    why = ["one cluster", *("one giant cluster" if k in degenerate else "" for k in range(2, 6))]
    return Criteria(
        np.array(inertia, dtype=float), np.array(silhouette),
        Gap(np.array(gap, dtype=float), np.full(5, 0.1)),
        np.array([np.nan, 1, 0.9, 0.8, 0.7]), np.array([np.nan, 0, 0, 0, 0]), np.ones(5), why,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("k", "d", "apart"),
    [(2, 10, 15.0), (4, 16, 12.0), (4, 32, 12.0), (10, 16, 12.0), (10, 32, 12.0), (4, 16, 6)],
)
def test_known_blobs(k, d, apart):
    choice = found(blobs(k, 20, d, apart))
    assert (choice.k, choice.how) == (k, "gap")
    assert choice.reason.startswith(f"{k}: the gap statistic's first k past")


def test_blobs_in_rows_are_not_taken_for_the_rows():
    choice = found(grid(20))
    assert (choice.k, choice.how) == (10, "gap")


@pytest.mark.parametrize("d", [2, 16, 32])
def test_one_blob_has_no_structure(d):
    choice = found(np.random.default_rng(0).normal(size=(200, d)))
    assert choice.by["gap"] == 1
    assert choice.how in ("elbow", "silhouette")
    assert choice.k > 1
    assert "no structure: the gap statistic prefers one cluster" in choice.reason


def test_the_gap_statistic_decides_and_the_others_are_named():
    choice = recommend_k(blobs(3), made([0, 1, 1.5, 2, 1.9]))
    assert choice.by == {"gap": 4, "elbow": 3, "silhouette": 5, "stability": 2}
    assert choice == Choice(
        4,
        "gap",
        "4: the gap statistic's first k past half of its rise that k + 1 does not improve on by more than "
        "its error; the elbow is at 3, the best silhouette at 5, stability at 2",
        choice.by,
    )


def test_a_gap_that_rises_leaves_it_to_the_elbow_and_then_to_the_silhouette():
    choice = recommend_k(blobs(3), made([0, 1, 2, 3, 4]))
    assert (choice.k, choice.how, choice.by["gap"]) == (3, "elbow", None)
    assert choice.reason == (
        "3: the elbow, as the gap statistic still rises at 5; the best silhouette is at 5, stability at 2"
    )
    choice = recommend_k(blobs(3), made([0, 1, 2, 3, 4], inertia=(50, 40, 30, 20, 10)))
    assert (choice.k, choice.how) == (5, "silhouette")
    assert choice.reason.endswith("the gap statistic still rises at 5; no elbow, stability at 2")


def test_a_degenerate_k_is_never_recommended():
    choice = recommend_k(blobs(3), made([0, 1, 2, 1.95, 1], degenerate=[3]))
    assert (choice.k, choice.how) == (4, "gap")
    assert "than its error, as 3 makes one giant cluster; no elbow" in choice.reason
    choice = recommend_k(blobs(3), made([0, 2, 1, 1.5, 1.8], degenerate=[2, 3]))
    assert choice.k == 5
    assert "what the gap statistic prefers is one giant cluster" in choice.reason
    choice = recommend_k(blobs(3), made([0, 2, 1, 1.5, 1.8], degenerate=[2, 3, 4, 5]))
    assert (choice.k, choice.how) == (1, "degenerate")
    assert choice.reason == "1: more than 90 % of the tracks are in one cluster, whatever k up to 5"


def test_few_points():
    for n in range(1, 9):
        points = np.random.default_rng(n).normal(size=(n, 2))
        assert 1 <= found(points).k <= max(1, n - 1)
    assert found(np.zeros((9, 2))).k == 1
    assert found(np.zeros((9, 2))).how == "too few points"
    assert found(np.repeat(np.eye(3), 5, axis=0)).k == 3


def test_the_choice_is_reproducible():
    points = np.random.default_rng(0).normal(size=(60, 5))
    assert found(points, 5, 3) == found(points, 5, 3)


def test_a_given_k_is_taken_as_far_as_points_differ():
    assert given_k(blobs(3), 6) == Choice(6, "given")
    assert given_k(np.repeat(np.eye(4), 3, axis=0), 6) == Choice(4, "distinct points")
    with pytest.raises(DataError, match="NaN"):
        given_k(np.full((4, 2), np.nan), 2)


def test_knee_of_curves_by_hand():
    x = np.arange(1, 9)
    assert knee(x, np.array([100.0, 60, 20, 10, 8, 6, 4, 2]), "decreasing") == 3
    assert knee(x, np.array([1.0, 2, 3, 4, 5, 6, 40, 90]), "increasing") == 6
    assert knee(x, np.arange(8.0), "increasing") is None
    assert knee(x, np.ones(8), "increasing") is None
    assert knee(x[:2], np.array([2.0, 1.0]), "decreasing") is None
