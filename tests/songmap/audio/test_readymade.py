import librosa
import numpy as np
import pytest

from songmap.audio.readymade import read_mel, resize_bands
from songmap.errors import DataError


def test_power_and_decibels_are_told_apart_by_sign(tmp_path):
    power = np.random.default_rng(0).random((8, 20)).astype(np.float32)
    np.save(tmp_path / "power.npy", power)
    np.save(tmp_path / "db.npy", librosa.power_to_db(power, ref=np.max))
    np.testing.assert_array_equal(read_mel(tmp_path / "power.npy", 50, 1, 0.5), [power])
    np.testing.assert_allclose(read_mel(tmp_path / "db.npy", 50, 1, 0.5), [power / power.max()], rtol=1e-5)


def test_unit_is_judged_on_the_whole_and_minus_infinity_is_silence(tmp_path):
    level = np.full((4, 10), 20.0)
    level[:, 0] = -np.inf
    np.save(tmp_path / "a.npy", level)
    np.testing.assert_allclose(read_mel(tmp_path / "a.npy", 5, 1, 1.0), np.full((1, 4, 5), 100.0), rtol=1e-6)
    assert read_mel(tmp_path / "a.npy", 5, 1, 0.0)[0][0, 0] == 0


@pytest.mark.parametrize(
    ("count", "position", "starts"),
    [(1, 0.0, [0]), (1, 0.5, [3]), (1, 1.0, [6]), (3, 0.5, [1, 3, 5]), (2, 0.0, [0, 3])],
)
def test_excerpts(tmp_path, count, position, starts):
    np.save(tmp_path / "a.npy", np.tile(np.arange(10, dtype=np.uint8), (3, 1)))
    excerpts = read_mel(tmp_path / "a.npy", 4, count, position)
    assert [part[2].tolist() for part in excerpts] == [list(range(i, i + 4)) for i in starts]
    assert [part.shape for part in read_mel(tmp_path / "a.npy", 10, count, position)] == [(3, 10)]


def test_what_is_no_mel_says_so(tmp_path):
    np.save(tmp_path / "cube.npy", np.zeros((2, 3, 4)))
    np.save(tmp_path / "empty.npy", np.zeros((64, 0)))
    np.save(tmp_path / "complex.npy", np.zeros((2, 3), complex))
    np.save(tmp_path / "objects.npy", np.array([[None]]), allow_pickle=True)
    np.save(tmp_path / "cut.npy", np.zeros((64, 100)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:5000])
    (tmp_path / "text.npy").write_text("not an array")
    for name in ("gone", "cube", "empty", "complex", "objects", "cut", "text"):
        with pytest.raises(DataError) as error:
            read_mel(tmp_path / f"{name}.npy", 10, 1, 0.5)
        assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize(("old", "new"), [(128, 64), (64, 128), (96, 40), (5, 7), (1, 8)])
def test_bands_keep_their_level_and_their_mean(old, new):
    power = np.random.default_rng(0).random((old, 6)).astype(np.float32)
    resized = resize_bands(power, new)
    assert resized.shape == (new, 6)
    np.testing.assert_allclose(resized.mean(axis=0), power.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(resize_bands(np.ones((old, 2)), new), np.ones((new, 2)), rtol=1e-6)


def test_resized_bands_are_close_to_those_of_the_sound(sound):
    y = sound(3.0, 22_050)[:, 0]
    fine, coarse = (librosa.feature.melspectrogram(y=y, sr=22_050, n_mels=n) for n in (128, 64))
    error = librosa.power_to_db(resize_bands(fine, 64)) - librosa.power_to_db(coarse)
    assert np.median(np.abs(error)) < 1
