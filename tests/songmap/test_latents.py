import numpy as np
import pytest

from songmap.errors import DataError
from songmap.latents import active, load_latents
from songmap.tracks import TrackArray

IDS = np.array(["a", "b", "c"])


def test_units_that_vary_are_active():
    means = np.zeros((100, 3), np.float32)
    means[:, 1] = np.linspace(-1, 1, 100)
    means[:, 2] = np.linspace(-0.1, 0.1, 100)
    assert active(means).tolist() == [False, True, False]


def test_latents_are_read_and_those_left_out_say_why(tmp_path):
    TrackArray(IDS, np.ones((3, 2, 4), np.float32)).save(tmp_path / "z.npz")
    assert load_latents(tmp_path / "z.npz").values.shape == (3, 2, 4)
    TrackArray.empty("no sound").save(tmp_path / "z.npz")
    assert load_latents(tmp_path / "z.npz").note == "no sound"


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (np.ones((3, 4)), r"float64 of shape \(3, 4\)"),
        (np.ones((3, 1, 4, 2)), r"\(3, 1, 4, 2\)"),
        (np.ones((3, 0, 4)), r"\(3, 0, 4\)"),
        (np.ones((3, 1, 4), int), "int64"),
        (np.full((3, 1, 4), "1.0"), "<U3"),
    ],
)
def test_what_is_no_latents_is_one_line(tmp_path, values, what):
    TrackArray(IDS, values).save(tmp_path / "z.npz")
    with pytest.raises(DataError, match=rf"z\.npz holds no latents: .*{what}.*must be floats") as caught:
        load_latents(tmp_path / "z.npz")
    assert "\n" not in str(caught.value)


def test_an_absent_file_and_a_damaged_one_are_named(tmp_path):
    with pytest.raises(DataError, match=r"z\.npz: there are no such latents; dvc repro makes them"):
        load_latents(tmp_path / "z.npz")
    (tmp_path / "z.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"z\.npz is not an array of tracks"):
        load_latents(tmp_path / "z.npz")
