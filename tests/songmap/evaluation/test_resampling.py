import numpy as np
import pytest

from songmap.evaluation import resampling
from songmap.evaluation.agreement import ami, ami_all
from songmap.evaluation.resampling import Interval, difference, interval, p_value, subsampled


def noisy(n, errors, seed, k=3):
    """Labels, and clusters that agree with them but for a share of errors."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(k, size=n)
    wrong = rng.random(n) < errors
    return truth.astype(str), np.where(wrong, rng.integers(k, size=n), truth)


def test_the_interval_of_a_mean_is_that_of_the_normal_approximation(monkeypatch):
    labels, clusters = noisy(400, 0.3, 0)
    monkeypatch.setattr(resampling, "ami_of", lambda counts: np.trace(counts) / counts.sum())
    monkeypatch.setattr(
        resampling, "amis_of", lambda tables: np.trace(tables, axis1=1, axis2=2) / tables[0].sum()
    )
    found = interval(labels, clusters, 0)
    right = (labels.astype(int) == clusters).mean()
    half = 1.96 * np.sqrt(right * (1 - right) / 400)
    assert found.value == pytest.approx(right)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.15)


def test_intervals_cover_the_truth_about_as_often_as_they_say(monkeypatch):
    expected = interval(*noisy(20_000, 0.3, 999), 0).value
    monkeypatch.setattr(resampling, "DRAWS", 80)
    found = [interval(*noisy(150, 0.3, seed), 0) for seed in range(40)]
    hits = sum(one.low <= expected <= one.high for one in found)
    assert 0.8 <= hits / 40 <= 1


def test_paired_differences_are_narrower_than_two_intervals():
    labels, first = noisy(300, 0.3, 1)
    rng = np.random.default_rng(2)
    second = np.where(rng.random(300) < 0.05, rng.integers(3, size=300), first)
    paired = difference(labels, first, second, 0)
    assert paired.value == pytest.approx(ami(labels, first) - ami(labels, second))
    one = interval(labels, first, 0)
    assert paired.high - paired.low < one.high - one.low
    same = difference(labels, first, first, 0)
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_a_clear_difference_excludes_zero():
    labels, good = noisy(200, 0.1, 3)
    bad = np.random.default_rng(4).integers(3, size=200)
    assert difference(labels, good, bad, 0).low > 0.3
    assert difference(labels, bad, good, 0).high < -0.3


def test_unlabeled_tracks_are_left_out():
    labels, clusters = noisy(100, 0.2, 5)
    some = np.concatenate([labels, np.full(40, "")]), np.concatenate([clusters, np.arange(40)])
    assert interval(*some, 0) == interval(labels, clusters, 0)
    assert interval(*some, 0).value == pytest.approx(ami(labels, clusters))
    assert p_value(*some, 0) == p_value(labels, clusters, 0)


def test_p_values():
    labels, clusters = noisy(80, 0.2, 6)
    assert p_value(labels, clusters, 0) == 1 / 200
    by_chance = [p_value(*noisy(80, 1.0, seed), 0) for seed in range(12)]
    assert 0.2 < np.mean(by_chance) < 0.8
    assert p_value(labels, np.zeros(80, int), 0) == 1  # every permutation scores the same


def test_what_has_no_score_has_no_interval():
    few = noisy(resampling.FEWEST - 1, 0.2, 7)
    assert interval(*few, 0) is None
    one_label = np.full(50, "a"), np.arange(50) % 3
    assert interval(*one_label, 0) is None
    assert p_value(*one_label, 0) is None
    assert p_value(np.array([], str), np.array([], int), 0) is None
    assert interval(np.array([], str), np.array([], int), 0) is None
    nothing = np.full(50, ""), np.arange(50)
    assert difference(*nothing, nothing[1], 0) is None


def test_the_same_seed_gives_the_same_interval():
    case = noisy(60, 0.4, 8)
    assert interval(*case, 1) == interval(*case, 1) != interval(*case, 2)
    assert isinstance(interval(*case, 1), Interval)


def test_clusterings_side_by_side_score_as_each_alone():
    labels, first = noisy(90, 0.3, 9)
    second = np.where(np.arange(90) % 7, first, -1)
    both = subsampled(labels, [first, second], 4)
    for found, clusters in zip(both, (first, second), strict=True):
        assert found.interval() == interval(labels, clusters, 4)
        assert found.value == pytest.approx(ami_all(labels, clusters))


def test_the_p_value_is_the_share_of_permuted_labels_that_score_as_high():
    labels, clusters = noisy(40, 0.75, 11)
    rng = np.random.default_rng(0)
    drawn = [ami(rng.permutation(labels), clusters) for _ in range(300)]
    expected = np.mean(np.array(drawn) >= ami(labels, clusters))
    assert 0.02 < expected < 0.9
    assert p_value(labels, clusters, 0) == pytest.approx(expected, abs=0.08)
