from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from songmap.clustering.criteria import COLUMNS, SAMPLE, Criteria, criteria, sample
from songmap.clustering.gap import Gap, best_of
from songmap.errors import DataError
from tests.songmap.clustering.known import blobs

NAN = np.nan


def made(silhouette=(NAN, 0.1, 0.5, 0.5), stability=(NAN, 0.9, 0.8, 0.95), why=("one cluster", "", "", "")):
    return Criteria(
        np.array([100.0, 40, 10, 9]),
        np.array(silhouette),
        Gap(np.array([0.0, 1, 2, 1.9]), np.full(4, 0.1)),
        np.array(stability),
        np.array([NAN, 0.0, 0.0, 0.1]),
        np.array([1.0, 0.7, 0.5, 0.4]),
        list(why),
    )


def test_the_table_of_three_blobs():
    points = blobs(3)
    found = criteria(points, 5, 0)
    assert found is not None
    rows = found.rows()
    assert [list(row) for row in rows] == [list(COLUMNS)] * 5
    assert [row["k"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["silhouette"] is rows[0]["stability"] is None
    assert rows[0]["degenerate"] == "one cluster"
    assert rows[0]["inertia"] == pytest.approx(np.square(points - points.mean(axis=0)).sum())
    assert rows[2]["silhouette"] == pytest.approx(silhouette_score(points, np.repeat(range(3), 40)))
    assert rows[2]["largest_share"] == pytest.approx(1 / 3)
    assert rows[3]["inertia"] == pytest.approx(best_of(points, 4, 1, 60).inertia_, rel=0.01)
    assert (found.elbow(), found.best_silhouette(), found.last_stable()) == (3, 3, 3)


def test_a_degenerate_k_is_picked_by_none():
    giant = made(why=("one cluster", "", "one giant cluster", ""))
    bent = replace(made(), inertia=np.array([100.0, 60, 10, 9, 8, 7]), degenerate=[""] * 6)
    assert bent.elbow() == 3
    assert replace(bent, degenerate=["", "", "one giant cluster", "", "", ""]).elbow() is None
    assert made().best_silhouette() == 3, "the first of equals"
    assert giant.best_silhouette() == 4
    none = made(why=("one cluster", *["one giant cluster"] * 3))
    assert (none.elbow(), none.best_silhouette(), none.last_stable()) == (None, None, None)


def test_the_last_k_as_stable_as_the_best_one_up_to_its_standard_error():
    assert made(stability=(NAN, 0.9, 0.8, 0.95)).last_stable() == 4
    assert made(stability=(NAN, 0.99, 0.99, 0.95)).last_stable() == 3
    assert made(stability=(NAN, 0.9, NAN, NAN)).last_stable() == 2
    assert made(stability=(NAN, 0.93, 0.96, 0.95)).last_stable() == 3


def test_outliers_make_one_giant_cluster():
    rng = np.random.default_rng(0)
    far = 1000 * np.eye(4, 4)
    found = criteria(np.vstack([rng.normal(size=(96, 4)), far]), 4, 0)
    assert found is not None
    assert found.degenerate == ["one cluster", *["one giant cluster"] * 3]
    assert found.best_silhouette() is None, "though it is above 0.9"
    assert np.nanmax(found.silhouette) > 0.9


def test_k_stops_before_the_points_do():
    for n in range(1, 4):
        assert criteria(np.random.default_rng(0).normal(size=(n, 2)), 9, 0) is None
    found = criteria(np.random.default_rng(0).normal(size=(6, 2)), 9, 0)
    assert found is not None
    assert len(found.rows()) == 5
    stacks = criteria(np.repeat(np.eye(4), 5, axis=0), 9, 0)
    assert stacks is not None
    assert len(stacks.rows()) == 4
    assert criteria(np.ones((9, 2)), 9, 0) is None


def test_a_sample_is_drawn_by_the_seed_and_keeps_the_order():
    points = np.arange(3 * SAMPLE).reshape(-1, 1)
    found = sample(points, 0)
    assert found.shape == (SAMPLE, 1)
    assert (np.diff(found[:, 0]) > 0).all()
    np.testing.assert_array_equal(found, sample(points, 0))
    assert (found != sample(points, 1)).any()
    np.testing.assert_array_equal(sample(points[:SAMPLE], 0), points[:SAMPLE])


def test_nan_is_refused():
    with pytest.raises(DataError, match="NaN"):
        criteria(np.full((9, 2), np.nan), 5, 0)
