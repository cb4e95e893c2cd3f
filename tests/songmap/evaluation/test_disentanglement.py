"""Disentanglement scores against cases that can be solved by hand."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy
from sklearn.ensemble import RandomForestRegressor
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information
from sklearn.model_selection import cross_val_predict

from songmap.errors import DataError
from songmap.evaluation import disentanglement as module
from songmap.evaluation.disentanglement import SCORES, dci, disentanglement, halves, mig, sap
from songmap.latents import active

pytestmark = pytest.mark.slow

# Every combination of four instruments, three grooves and five tempi occurs four times: exactly independent.
A, B, C = (grid.ravel() for grid in np.meshgrid(np.arange(4), np.arange(3), np.arange(5), [0] * 4)[:3])
FACTORS = {
    "instrument": np.array(["flute", "lead", "organ", "pad"])[A],
    "groove": np.array(["clave", "sparse", "swing"])[B],
    "tempo": 60.0 + 20 * C,
}
PERFECT = np.stack([A, B, C], axis=1).astype(float)
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(240, 6))


def test_one_dimension_for_each_factor_is_perfect():
    assert disentanglement(PERFECT, FACTORS, 0) == pytest.approx(dict.fromkeys(SCORES, 1.0), abs=1e-9)


def test_order_sign_and_scale_of_the_dimensions_do_not_matter():
    moved = PERFECT[:, [2, 0, 1]] * [-1e-200, 7, 1e200] + [0, 1e3, 0]
    assert disentanglement(moved, FACTORS, 0) == pytest.approx(dict.fromkeys(SCORES, 1.0), abs=1e-9)


def test_dimensions_that_know_nothing_take_little_from_a_perfect_code():
    found = disentanglement(np.concatenate([PERFECT, NOISE], axis=1), FACTORS, 0)
    assert all(0.85 < score <= 1 for score in found.values())
    still = disentanglement(np.concatenate([PERFECT, np.ones((240, 5))], axis=1), FACTORS, 0)
    assert still == pytest.approx(dict.fromkeys(SCORES, 1.0), abs=1e-9)


def test_one_dimension_for_two_factors():
    """Each factor has its one dimension, so MIG is content; DCI is not."""
    factors = {"mode": A % 2, "groove": FACTORS["groove"]}
    codes = np.stack([A % 2 * 3 + B, np.zeros(240)], axis=1).astype(float)  # six places
    assert mig(codes, factors) == pytest.approx(1)
    found = dci(codes, factors, 0)
    np.testing.assert_allclose(found.importance, [[1, 1], [0, 0]])
    assert (found.disentanglement, found.completeness) == (pytest.approx(0), pytest.approx(1))
    assert found.informativeness == pytest.approx(1)
    assert sap(codes, {"mode": factors["mode"]}) == pytest.approx(1)
    # two thresholds make three runs of places, which hold at most four of the six that are to be told apart
    assert sap(codes, {"groove": factors["groove"]}) == pytest.approx((4 / 6 - 1 / 3) / (1 - 1 / 3))


def test_two_dimensions_for_one_factor():
    codes = np.stack([A, A, B], axis=1).astype(float)
    factors = {name: FACTORS[name] for name in ("instrument", "groove")}
    assert mig(codes, factors) == pytest.approx((0 + 1) / 2)
    assert sap(codes, factors) == pytest.approx((0 + 1) / 2)
    found = dci(codes, factors, 0)
    assert found.disentanglement == pytest.approx(1)
    # trees take either of the two equals
    assert found.importance[:2, 0] == pytest.approx([0.5, 0.5], abs=0.15)
    assert found.completeness == pytest.approx((1 - np.log(2) / np.log(3) + 1) / 2, abs=0.03)


def test_a_rotated_code_knows_all_and_separates_nothing():
    one, two = (grid.ravel() for grid in np.meshgrid([-1.0, 1.0], [-1.0, 1.0], np.zeros(60))[:2])
    codes = np.stack([one + two, one - two], axis=1)
    signs = {"one": one > 0, "two": two > 0}
    # half of the songs are at 0, where either is as likely; a threshold is right on 3 of 4
    assert mig(codes, signs) == pytest.approx(0, abs=1e-12)
    assert sap(codes, signs) == pytest.approx(0, abs=1e-12)
    assert sap(codes, {"one": one, "two": two}) == pytest.approx(0, abs=1e-12)
    assert sap(codes[:, :1], signs) == pytest.approx(2 * 3 / 4 - 1)
    assert sap(codes[:, :1], {"one": one}) == pytest.approx(1 / 2)  # r = 1 / sqrt 2
    found = dci(codes, signs, 0)
    assert found.informativeness == pytest.approx(1)
    assert found.disentanglement < 0.2
    assert found.completeness < 0.2


def test_mutual_information_by_hand():
    """A binary code that is right on three of four songs, beside one that is independent of the factor."""
    mode = np.array(["major"] * 120 + ["minor"] * 120)
    code = np.concatenate([np.zeros(90), np.ones(30), np.zeros(30), np.ones(90)])
    other = np.tile([0.0, 1.0], 120)
    bits = 1 + 0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)  # of the one bit that mode has
    assert mig(np.stack([other, code], axis=1), {"mode": mode}) == pytest.approx(bits)
    assert mig(np.stack([code, code], axis=1), {"mode": mode}) == 0


def test_continuous_values_are_put_in_bins_of_equal_size():
    values = np.exp(RNG.normal(size=240))
    np.testing.assert_array_equal(np.bincount(module._binned(values)), np.full(10, 24))
    codes = np.stack([np.log(values), np.zeros(240)], axis=1)
    assert mig(codes, {"tempo": values}) == pytest.approx(1)  # any monotone map


def test_what_few_songs_seem_to_know_by_chance_is_what_theory_expects():
    values = RNG.permutation(240).astype(float)
    bins = np.repeat(np.arange(10), 24)
    by_chance = expected_mutual_information(contingency_matrix(bins, RNG.permutation(bins)), 240)
    found = [mig(np.stack([values, RNG.normal(size=240)], axis=1), {"tempo": values}) for _ in range(40)]
    assert np.mean(found) == pytest.approx(1 - by_chance / np.log(10), abs=0.01)


def test_sap_of_a_continuous_factor_is_a_gap_of_squared_correlations():
    tempo = NOISE[:, 0] + 0.5 * NOISE[:, 1]
    told = sorted(np.corrcoef(tempo, NOISE.T)[0, 1:] ** 2)
    assert sap(NOISE, {"tempo": tempo}) == pytest.approx(told[-1] - told[-2])


def test_thresholds_find_labels_in_the_middle_which_one_line_per_label_cannot():
    code = np.repeat([0.0, 5.0, 2.0], 80)[:, None] + RNG.uniform(size=(240, 1))
    assert module._thresholds(code, np.repeat(["a", "b", "c"], 80)) == pytest.approx(1)


def test_thresholds_against_all_thresholds():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        labels = rng.random(100) < 0.3
        code = rng.normal(size=100) + labels
        every = [((code > t)[labels].mean() + (code <= t)[~labels].mean()) - 1 for t in code]
        best = max(*every, -min(every))
        assert best - 0.1 < module._thresholds(code[:, None], labels) <= best + 1e-12


def test_dci_is_that_of_its_importances():
    mixed = NOISE @ RNG.normal(size=(6, 6))
    factors = {"x": NOISE[:, 0], "y": NOISE[:, 1] > 0, "z": mixed[:, 2]}
    found = dci(mixed, factors, 0)
    importance = found.importance
    np.testing.assert_allclose(importance.sum(axis=0), 1)
    rows = [1 - entropy(row / row.sum()) / np.log(3) for row in importance]
    weight = [row.sum() / importance.sum() for row in importance]
    assert found.disentanglement == pytest.approx(np.dot(rows, weight))
    columns = [1 - entropy(column) / np.log(6) for column in importance.T]
    assert found.completeness == pytest.approx(np.mean(columns))
    assert found.informativeness == pytest.approx(np.mean(list(found.by_factor.values())))


def test_informativeness_is_of_songs_that_the_forest_was_not_shown():
    tempo = NOISE[:, 0] + NOISE[:, 1] ** 2 + 0.5 * RNG.normal(size=240)
    forest = RandomForestRegressor(100, min_samples_leaf=5, random_state=1)
    unseen = cross_val_predict(forest, NOISE, tempo, cv=5)
    expected = 1 - np.sum((tempo - unseen) ** 2) / np.sum((tempo - tempo.mean()) ** 2)
    found = dci(NOISE, {"tempo": tempo}, 0).informativeness
    assert found == pytest.approx(expected, abs=0.08)
    seen = forest.fit(NOISE, tempo).score(NOISE, tempo)
    assert found < seen - 0.05


def test_informativeness_of_labels_is_against_the_commonest():
    labels = np.where(RNG.random(240) < 0.9, "often", "rare")
    assert -0.3 < dci(NOISE, {"label": labels}, 0).informativeness < 0.1


def test_random_codes_score_about_0():
    found = [disentanglement(RNG.normal(size=(240, 10)), FACTORS, seed) for seed in range(3)]
    for name, most in zip(SCORES, (0.03, 0.1, 0.1, 0.0, 0.05), strict=True):
        assert max(scores[name] for scores in found) <= most, name


def test_constant_latents_score_0():
    assert disentanglement(np.full((240, 5), 3.7), FACTORS, 0) == dict.fromkeys(SCORES, 0.0)


def test_the_same_seed_gives_the_same_scores():
    assert disentanglement(NOISE, FACTORS, 4) == disentanglement(NOISE, FACTORS, 4)
    assert dci(NOISE, FACTORS, 4).by_factor != dci(NOISE, FACTORS, 5).by_factor


def test_a_factor_of_one_value_is_left_out():
    more = {**FACTORS, "key": np.full(240, "C")}
    assert disentanglement(NOISE, more, 0) == disentanglement(NOISE, FACTORS, 0)
    assert list(dci(NOISE, more, 0).by_factor) == list(FACTORS)


@pytest.mark.parametrize("factors", [{}, {"key": np.full(240, "C")}])
def test_without_a_factor_that_varies_nothing_is_defined(factors):
    assert disentanglement(NOISE, factors, 0) == dict.fromkeys(SCORES)


@pytest.mark.parametrize("n", [0, 1])
def test_without_two_songs_nothing_is_defined(n):
    factors = {name: values[:n] for name, values in FACTORS.items()}
    assert disentanglement(NOISE[:n], factors, 0) == dict.fromkeys(SCORES)


def test_one_dimension_and_one_factor():
    found = disentanglement(PERFECT[:, :1], {"instrument": FACTORS["instrument"]}, 0)
    one = pytest.approx(1)
    assert found == {
        "mig": one, "disentanglement": None, "completeness": None, "informativeness": one, "sap": one,
    }  # fmt: skip


def test_few_songs_are_scored_without_a_warning():
    every_other = RNG.permutation(240)[:12]
    factors = {name: values[every_other] for name, values in FACTORS.items()}
    factors["title"] = np.array(list("abcdefghijkl"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = disentanglement(NOISE[every_other], factors, 0)
    assert all(np.isfinite(score) and score <= 1 for score in found.values())


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (np.zeros(239), r"factor tempo of shape \(239,\) for 240 songs"),
        (np.zeros((240, 1)), r"factor tempo of shape \(240, 1\)"),
        (np.r_[np.zeros(7), np.nan, np.zeros(232)], "factor tempo of song 7 is not finite"),
        (np.full(240, None), "factor tempo of type object"),
        (np.zeros(240, dtype=complex), "factor tempo of type complex128"),
    ],
)
def test_a_factor_that_cannot_be_scored_is_named(factor, words):
    for score in (mig, sap, lambda codes, factors: dci(codes, factors, 0)):
        with pytest.raises(DataError, match=words):
            score(NOISE, {**FACTORS, "tempo": factor})


def test_codes_that_are_not_finite_or_no_table_are_refused():
    with pytest.raises(DataError, match="point 3 is NaN"):
        mig(np.where(np.arange(240)[:, None] == 3, np.nan, NOISE), FACTORS)
    with pytest.raises(DataError, match=r"\(240,\): must be \(n, d\)"):
        sap(NOISE[:, 0], FACTORS)


def test_units_that_are_not_active_say_nothing():
    means = np.stack([C, C, C], axis=1) * [1.0, 0.0701, 0.0708] + 5.0  # C has variance 2
    assert active(means).tolist() == [True, False, True]
    np.testing.assert_array_equal(module.silenced(means), means * [1, 0, 1])


def test_halves_tell_how_uncertain_a_mean_is():
    values = np.random.default_rng(3).exponential(size=240)
    drawn = halves(240, 2000, 0)
    assert all(len(np.unique(half)) == 120 for half in drawn)
    spread = np.std([values[half].mean() for half in drawn])
    assert spread == pytest.approx(values.std(ddof=1) / np.sqrt(240), rel=0.05)
    np.testing.assert_array_equal(drawn[:5], halves(240, 5, 0))


@given(
    arrays(float, (12, 3), elements=st.floats(-1e300, 1e300)),
    arrays(np.int64, 12, elements=st.integers(-2, 2)),
    arrays(float, 12, elements=st.floats(-1e300, 1e300)),
)
@settings(max_examples=60)
def test_gaps_are_from_0_to_1(codes, label, number):
    for score in (mig(codes, {"a": label, "b": number}), sap(codes, {"a": label, "b": number})):
        assert score is None or -1e-9 <= score <= 1 + 1e-9


def test_mig_of_a_factor_that_is_mostly_one_value():
    factor = np.where(np.arange(240) < 225, 0.0, np.arange(240.0))
    codes = np.stack([factor, NOISE[:, 0]], axis=1)
    assert mig(codes, {"rare": factor}) == pytest.approx(1, abs=0.25)
    assert 0 <= mig(NOISE[:, :2], {"rare": factor}) < 0.2
