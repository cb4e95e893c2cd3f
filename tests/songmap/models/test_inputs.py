import numpy as np
import pytest

from songmap.models.inputs import Inputs
from songmap.tracks import TrackArray

FOUR = [f"t{i}" for i in range(4)]


def test_rows_are_the_union_of_tracks_and_a_mask():
    sound = TrackArray(["b", "a"], np.array([[2.0], [1.0]]))
    words = TrackArray(["c", "a"], np.array([[9.0], [7.0]]))
    inputs = Inputs({"audio": sound, "lyrics": words})
    assert list(inputs.track_id) == ["a", "b", "c"]
    values, present = inputs.rows("lyrics")
    assert values[:, 0].tolist() == [7, 0, 9]
    assert present.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("modalities", "condition", "why"),
    [
        ({"audio": TrackArray.empty("the songs bring no sound")}, None, "the songs bring no sound"),
        ({"audio": TrackArray(["a"], np.zeros((1, 2)))}, None, "only 1 tracks with audio"),
        ({"audio": TrackArray(FOUR, np.zeros((4, 2)))}, TrackArray.empty("no genres"), "no genres"),
        ({"audio": TrackArray(FOUR, np.zeros((4, 2)))}, None, ""),
    ],
)
def test_what_is_lacking_is_said(modalities, condition, why):
    assert Inputs(modalities, condition).lacking().startswith(why)
    assert bool(Inputs(modalities, condition).lacking()) == bool(why)
