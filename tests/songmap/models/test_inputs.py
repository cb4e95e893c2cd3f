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


def test_each_run_has_its_latents_of_another_model_and_the_last_serves_the_rest():
    latents = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    sound = np.ones((4, 5), np.float32)
    patches = np.ones((4, 1, 6, 7), np.float32)
    inputs = Inputs(
        {
            "audio": TrackArray(FOUR, patches),
            "beside": TrackArray(FOUR, latents),
            "lyrics": TrackArray(FOUR, sound),
        }
    )
    assert inputs.runs == 2
    for number, expected in ((0, 0), (1, 1), (2, 1), (9, 1)):
        one = inputs.run(number)
        assert one.runs == 1
        np.testing.assert_array_equal(one.modalities["beside"].values, latents[:, expected])
        assert one.modalities["audio"].values.shape == patches.shape
        np.testing.assert_array_equal(one.modalities["lyrics"].values, sound)


def test_some_tracks_and_some_modalities():
    sound = TrackArray(["b", "a", "d"], np.array([[2.0], [1.0], [4.0]]))
    words = TrackArray(["c", "a", "d"], np.array([[9.0], [7.0], [5.0]]))
    inputs = Inputs({"audio": sound, "lyrics": words})
    assert inputs.complete().tolist() == ["a", "d"]
    some = inputs.of(np.array(["d", "c"]))
    assert some.track_id.tolist() == ["c", "d"]
    assert some.modalities["audio"].track_id.tolist() == ["d"]
    alone = inputs.of(np.array(["d", "a"]), ["lyrics"])
    assert alone.track_id.tolist() == ["a", "d"]
    values, present = alone.rows("audio")
    assert values.tolist() == [[0], [0]]
    assert not present.any()
    assert alone.rows("lyrics")[0].tolist() == [[7], [5]]
