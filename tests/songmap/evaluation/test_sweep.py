"""The table of a sweep over beta."""

import numpy as np
import pytest

from songmap.evaluation import sweep
from songmap.evaluation.disentanglement import FOREST, SCORES
from songmap.evaluation.rounding import rounded
from songmap.evaluation.sweep import COLUMNS, summary, uncertainty

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(120, 3))
FACTORS = {"tempo": CODES[:, 0] * 9, "mode": CODES[:, 1] > 0}


def test_means_and_deviations_over_seeds():
    rows = [
        {"model": "vae", "beta": 4.0, "seed": 0, "kl": 1.0, "active_units": 3, "mig": 0.1},
        {"model": "vae", "beta": 0.5, "seed": 0, "kl": 9.0, "active_units": 8, "mig": None},
        {"model": "vae", "beta": 4.0, "seed": 1, "kl": 2.0, "active_units": 6, "mig": 0.3},
        {"model": "vae", "beta": 0.5, "seed": 1, "kl": 8.0, "active_units": 8, "mig": None},
        {"model": "random", "seed": 0, "mig": 0.05},
    ]
    found = summary(rows)
    # variances 0.5 and 0.5, 4.5 and 0, and of MIG 0.02 alone
    deviations = {name: pytest.approx(found["sd_over_seeds"][name], abs=1e-4) for name in ("kl", "mig")}
    assert deviations == {"kl": 0.5**0.5, "mig": 0.02**0.5}
    assert found["sd_over_seeds"].pop("active_units") == pytest.approx(1.5)
    assert found == {
        "beta_4": {"kl": 1.5, "active_units": 4.5, "mig": 0.2},
        "beta_0.5": {"kl": 8.5, "active_units": 8.0},
        "random": {"mig": 0.05},
        "sd_over_seeds": found["sd_over_seeds"],
    }


def test_halves_of_the_songs_are_no_encoder_but_its_uncertainty():
    halves = [{"model": "pca_half", "seed": i, "mig": value} for i, value in enumerate((0.1, 0.5))]
    found = summary([{"model": "pca", "seed": 0, "mig": 0.7}, *halves])
    assert found == {"pca": {"mig": 0.7}, "sd_over_songs": {"mig": pytest.approx(0.08**0.5, abs=1e-4)}}


def test_one_seed_has_no_deviation_and_no_row_no_summary():
    assert summary([{"model": "vae", "beta": 1.0, "seed": 0, "kl": 2.0}]) == {"beta_1": {"kl": 2.0}}
    assert summary([]) == {}


def test_rows_of_uncertainty(monkeypatch):
    monkeypatch.setitem(FOREST, "n_estimators", 25)
    monkeypatch.setattr(sweep, "HALVES", 4)
    rows = list(uncertainty(CODES, FACTORS, 5, 2))
    assert [row["model"] for row in rows] == ["pca_half"] * 4 + ["shuffled"] * 2
    assert all(set(row) == {"model", "seed", *SCORES} <= set(COLUMNS) for row in rows)
    assert rows == list(uncertainty(CODES, FACTORS, 5, 2))
    half, shuffled = ([[row[name] for name in SCORES] for row in part] for part in (rows[:4], rows[4:]))
    assert len({tuple(scores) for scores in half}) == 4
    assert (np.min(half, axis=0) > np.max(shuffled, axis=0) + 0.1).all()


def test_four_decimals():
    assert rounded([{"model": "vae", "beta": 1.0, "mig": 0.123456, "sap": -1e-9}]) == [
        {"model": "vae", "beta": 1.0, "mig": 0.1235, "sap": 0.0}
    ]
