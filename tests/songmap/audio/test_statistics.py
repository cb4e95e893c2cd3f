import librosa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.audio import statistics


@pytest.mark.parametrize("frames", [9, 10, 11, 300])
def test_delta_is_librosas(frames):
    values = np.random.default_rng(frames).standard_normal((5, frames))
    np.testing.assert_allclose(statistics.delta(values), librosa.feature.delta(values), atol=1e-12)


@given(frames=st.integers(1, 30), slope=st.floats(-5, 5))
def test_delta_of_a_line_is_its_slope(frames, slope):
    values = (slope * np.arange(frames) + 3)[np.newaxis]
    expected = slope if frames > 2 else 0
    np.testing.assert_allclose(statistics.delta(values), np.full((1, frames), expected), atol=1e-10)


def test_vectors_follow_their_names():
    values = np.random.default_rng(0).standard_normal((3, 50)).astype(np.float32)
    slope = librosa.feature.delta(values)
    which = ["delta_std", "mean", "std", "delta_mean"]
    names = statistics.names("mfcc", 3, which)
    mfcc = dict(zip(names, statistics.mfcc_statistics(values, [50], which), strict=True))
    assert statistics.mfcc_statistics(values, [50], ["std"]).shape == (3,)
    assert mfcc["mfcc1_mean"] == pytest.approx(values[0].mean(), abs=1e-6)
    assert mfcc["mfcc3_std"] == pytest.approx(values[2].std(), abs=1e-6)
    assert mfcc["mfcc2_delta_mean"] == pytest.approx(slope[1].mean(), abs=1e-6)
    assert mfcc["mfcc3_delta_std"] == pytest.approx(slope[2].std(), abs=1e-6)
    names = statistics.names("mel", 3, statistics.MEL_STATISTICS)
    mel = dict(zip(names, statistics.mel_statistics(values), strict=True))
    assert mel["mel2_mean"] == pytest.approx(values[1].mean(), abs=1e-6)
    assert mel["mel1_std"] == pytest.approx(values[0].std(), abs=1e-6)
    assert mel["mel2_min"] == values[1].min()
    assert mel["mel3_max"] == values[2].max()


def test_statistics_pool_the_windows_and_a_delta_stays_in_its_own():
    parts = [10.0 * i + np.random.default_rng(i).standard_normal((2, n)) for i, n in enumerate((20, 9, 31))]
    slopes = np.concatenate([librosa.feature.delta(part) for part in parts], axis=1)
    values = np.concatenate(parts, axis=1)
    found = statistics.mfcc_statistics(values, [20, 9, 31], ["mean", "delta_mean", "delta_std"])
    expected = [values.mean(axis=1), slopes.mean(axis=1), slopes.std(axis=1)]
    np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-6)


def test_patches_are_the_middles_and_repeat():
    values = np.arange(14)[np.newaxis]
    patches = statistics.patches(values, [6, 8], 2, 4)
    assert patches.tolist() == [[[1, 2, 3, 4]], [[8, 9, 10, 11]]]
    assert statistics.patches(values, [14], 3, 2).tolist() == [[[6, 7]]] * 3
    assert statistics.patches(values, [2, 12], 2, 4).tolist() == [[[0, 1, 0, 1]], [[6, 7, 8, 9]]]


def test_middle_cuts_and_repeats():
    values = np.arange(10)[np.newaxis]
    assert statistics.middle(values, 4).tolist() == [[3, 4, 5, 6]]
    assert statistics.middle(values, 10).tolist() == values.tolist()
    assert statistics.middle(values[:, :3], 8).tolist() == [[0, 1, 2, 0, 1, 2, 0, 1]]
