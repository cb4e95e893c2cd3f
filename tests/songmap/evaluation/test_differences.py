import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score

from songmap.evaluation.differences import COLUMNS, differences
from songmap.evaluation.resampling import interval
from songmap.tracks import TrackArray

IDS = np.array([f"t{i:02}" for i in range(60)])
RNG = np.random.default_rng(0)
GENRE = RNG.choice(["rock", "jazz", "folk"], 60)
KNOWN = TrackArray(IDS, np.where(np.arange(60) < 4, "", GENRE))
TRUTH = np.unique(GENRE, return_inverse=True)[1]


def model(errors, rows=slice(None)):
    wrong = np.random.default_rng(1).random(60) < errors
    clusters = np.where(wrong, np.random.default_rng(2).integers(3, size=60), TRUTH)
    return TrackArray(IDS[rows], clusters[rows])


MODELS = {"good": model(0.1), "fair": model(0.4, slice(None, None, -1)), "part": model(0.4, slice(20, 60))}
TOLD = {"good": "genre_language", "fair": "", "part": "language"}


def test_a_row_for_every_two_models_over_the_tracks_of_both():
    rows = differences({"genre": KNOWN}, MODELS, TOLD, 0)
    assert [(row["model"], row["other"], row["tracks"]) for row in rows] == [
        ("good", "fair", 56), ("good", "part", 40), ("fair", "part", 40),
    ]  # fmt: skip
    assert all(tuple(row) == COLUMNS for row in rows)
    for row in rows:
        ids = IDS[4:] if row["tracks"] == 56 else IDS[20:]
        one, other = (MODELS[row[side]].rows(ids) for side in ("model", "other"))
        labels = KNOWN.rows(ids)
        expected = adjusted_mutual_info_score(labels, one) - adjusted_mutual_info_score(labels, other)
        assert row["difference"] == pytest.approx(expected)
        assert row["low"] <= row["difference"] <= row["high"]
    assert rows[0]["low"] > 0
    assert rows[2]["difference"] == rows[2]["low"] == rows[2]["high"] == 0


def test_the_subsamples_are_those_of_the_interval():
    flat = TrackArray(IDS, np.zeros(60, dtype=int))  # AMI 0 on any subsample
    (row,) = differences({"genre": KNOWN}, {"good": MODELS["good"], "flat": flat}, TOLD | {"flat": ""}, 3)
    found = interval(KNOWN.values, MODELS["good"].values, 3)
    assert (row["difference"], row["low"], row["high"]) == (found.value, found.low, found.high)


def test_what_was_told_is_said():
    told = [row["told"] for row in differences({"genre": KNOWN}, MODELS, TOLD, 0)]
    assert told == ["good", "good", ""]
    told = [row["told"] for row in differences({"language": KNOWN}, MODELS, TOLD, 0)]
    assert told == ["good", "good part", "part"]


def test_without_labels_or_models_there_is_no_difference():
    blank = TrackArray(IDS, np.full(60, ""))
    rows = differences({"genre": blank}, MODELS, TOLD, 0)
    assert {row["difference"] for row in rows} == {row["low"] for row in rows} == {None}
    assert differences({"genre": KNOWN}, {}, {}, 0) == []
    assert differences({"genre": KNOWN}, {"good": MODELS["good"]}, TOLD, 0) == []
