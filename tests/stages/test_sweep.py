"""The sweep stage on made-up songs."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.evaluation import sweep as evaluation
from songmap.evaluation.disentanglement import FOREST, SCORES
from songmap.files import read_csv, read_json, write_csv
from songmap.tracks import TrackArray
from stages import sweep

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
IDS = [f"audio/song_{i:04}.flac" for i in range(1, 31)]


def set_params(**changes):
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["sweep"] = {"betas": [1.0, 8.0], "seeds": 2, "audio": "mfcc", "latent_dim": 3, "hidden": [16]}
    values["train"] |= {"epochs": 4, "warmup": 1}
    for name, value in changes.items():
        group, _, key = name.partition("__")
        values[group] = values[group] | {key: value} if key else value
    Path("params.yaml").write_text(yaml.safe_dump(values))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Songs whose features are their tempo, brightness, percussiveness and density, and noise."""
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(FOREST, "n_estimators", 25)
    monkeypatch.setattr(evaluation, "HALVES", 2)
    monkeypatch.setattr(sweep, "DISCRETE", ("mode", "groove"))
    set_params()
    numbers = rng.uniform(size=(30, 4)).round(3)
    truth = [
        {
            "track_id": track, "style": "Jazz", "form": "AABA", "topic": "sea",
            **dict(zip(sweep.CONTINUOUS, map(str, numbers[i]), strict=True)),
            **dict.fromkeys(sweep.DISCRETE, "ab"[i * 7 % 3 % 2]),
        }
        for i, track in enumerate(IDS)
    ]  # fmt: skip
    write_csv("data/raw/demo_factors.csv", list(truth[0]), truth)
    values = np.concatenate([numbers, numbers[:, ::-1] ** 2, rng.normal(size=(30, 2))], axis=1)
    order = rng.permutation(30)
    TrackArray(np.array(IDS)[order], values[order].astype(np.float32)).save("data/features/mfcc.npz")
    return tmp_path


def table():
    rows = read_csv("plots/betas.csv")
    return {(row["model"], row["beta"], row["seed"]): row for row in rows}


def test_a_row_for_every_encoder(folder):
    sweep.main()
    rows = table()
    vaes = {("vae", beta, seed) for beta in ("1.0", "8.0") for seed in "01"}
    untold = {(model, "", seed) for model in ("random", "shuffled") for seed in "01"}
    assert set(rows) == vaes | untold | {("pca", "", "0")} | {("pca_half", "", str(i)) for i in range(2)}
    for key, row in rows.items():
        assert all(row[name] for name in SCORES)
        assert all(bool(row[name]) == (key in vaes) for name in ("r2", "kl", "active_units"))
    assert float(rows["vae", "8.0", "0"]["kl"]) < float(rows["vae", "1.0", "0"]["kl"])
    assert float(rows["pca", "", "0"]["informativeness"]) > 0.1
    report = read_json("metrics/sweep.json")
    spread = ["sd_over_seeds", "sd_over_songs"]
    assert list(report) == ["tracks", "beta_1", "beta_8", "random", "pca", "shuffled", *spread]
    assert report["tracks"] == 30
    mean = np.mean([float(rows["vae", "1.0", seed]["kl"]) for seed in "01"])
    assert report["beta_1"]["kl"] == pytest.approx(mean, rel=1e-3)
    assert set(report["sd_over_songs"]) == set(SCORES) - {"completeness"}


def test_factors_are_joined_by_id(folder):
    factors = sweep._factors(np.array(IDS[::-1]), "data/raw/demo")
    truth = {row["track_id"]: row for row in read_csv("data/raw/demo_factors.csv")}
    assert list(factors) == [*sweep.CONTINUOUS, *sweep.DISCRETE]
    assert factors["tempo"].tolist() == [float(truth[i]["tempo"]) for i in reversed(IDS)]
    assert factors["groove"].tolist() == [truth[i]["groove"] for i in reversed(IDS)]
    assert {values.dtype.kind for values in factors.values()} == {"f", "U"}


def test_training_changes_no_reference(folder):
    one = {"sweep__betas": [1.0], "sweep__seeds": 1}
    set_params(**one)
    sweep.main()
    before = table()
    set_params(**one, train__learning_rate=0.1)
    sweep.main()
    after = table()
    changed = {key for key, row in after.items() if row != before[key]}
    assert changed == {key for key in before if key[0] == "vae"}


@pytest.mark.parametrize("elsewhere", ["dataset", "ids"])
def test_songs_that_are_not_the_demo_s_have_no_true_factors(folder, elsewhere):
    """Not even where another catalogue names its files alike."""
    if elsewhere == "dataset":
        set_params(dataset="data/raw/mine")
    else:
        rows = read_csv("data/raw/demo_factors.csv")
        write_csv("data/raw/demo_factors.csv", list(rows[0]), rows[1:])
    sweep.main()
    rows = table()
    assert {key[0] for key in rows} == {"vae"}
    assert not any(row[name] for row in rows.values() for name in SCORES)
    report = read_json("metrics/sweep.json")
    assert set(report["beta_1"]) == set(report["sd_over_seeds"]) == {"r2", "kl", "active_units"}
    assert "sd_over_songs" not in report


def test_the_same_bytes_twice(folder):
    set_params(sweep__betas=[1.0], sweep__seeds=1)
    written = []
    for _ in range(2):
        sweep.main()
        written.append([Path(name).read_bytes() for name in ("plots/betas.csv", "metrics/sweep.json")])
    assert written[0] == written[1]


def test_a_catalogue_without_the_feature_is_left_out(folder, capsys):
    TrackArray.empty("encoder.model is none").save("data/features/mfcc.npz")
    sweep.main()
    assert read_csv("plots/betas.csv") == []
    assert read_json("metrics/sweep.json") == {"tracks": 0, "left_out": "encoder.model is none"}
    assert "encoder.model is none" in capsys.readouterr().err


def test_the_largest_seed(folder):
    set_params(seed=2**32 - 1, sweep__betas=[1.0])
    sweep.main()
    assert {key[2] for key in table() if key[0] == "vae"} == {"4294967295", "0"}
