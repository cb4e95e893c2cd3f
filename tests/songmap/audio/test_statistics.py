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


def test_one_patch_is_the_middle_of_each_window_and_windows_repeat():
    values = np.arange(14)[np.newaxis]
    patches = statistics.patches(values, [6, 8], 2, 1, 4)
    assert patches.tolist() == [[[1, 2, 3, 4]], [[8, 9, 10, 11]]]
    assert statistics.patches(values, [14], 3, 1, 2).tolist() == [[[6, 7]]] * 3
    assert statistics.patches(values, [2, 12], 2, 1, 4).tolist() == [[[0, 1, 0, 1]], [[6, 7, 8, 9]]]


def test_patches_come_window_by_window():
    values = np.arange(20)[np.newaxis]
    patches = statistics.patches(values, [8, 12], 2, 2, 2)
    assert patches.tolist() == [[[1, 2]], [[5, 6]], [[10, 11]], [[16, 17]]]
    assert statistics.patches(values, [20], 3, 2, 2).tolist() == [[[4, 5]], [[14, 15]]] * 3


@pytest.mark.parametrize(
    ("n", "count", "frames", "starts"),
    [
        (10, 1, 4, [3]),
        (9, 1, 4, [2]),
        (30, 3, 6, [2, 12, 22]),
        (30, 3, 10, [0, 10, 20]),
        (12, 3, 6, [0, 3, 6]),
        (7, 3, 5, [0, 1, 2]),
        (5, 3, 5, [0, 0, 0]),
    ],
)
def test_patches_are_spread_evenly_and_overlap_where_they_must(n, count, frames, starts):
    found = statistics.spread(np.arange(n)[np.newaxis], count, frames)
    assert found.tolist() == [[list(range(start, start + frames))] for start in starts]


@given(n=st.integers(1, 80), count=st.integers(1, 9), frames=st.integers(1, 40))
def test_patches_lie_inside_in_order_and_symmetrically(n, count, frames):
    found = statistics.spread(np.arange(n)[np.newaxis], count, frames)
    assert found.shape == (count, 1, frames)
    starts = found[:, 0, 0]
    assert (np.diff(starts) >= 0).all()
    assert np.ptp(np.diff(starts)) <= 1 if count > 1 else True
    assert abs(starts[0] + starts[-1] + frames - max(n, frames)) <= 1
    if n >= count * frames:
        assert (np.diff(starts) >= frames).all()


def test_a_spectrogram_shorter_than_a_patch_is_repeated():
    values = np.arange(3)[np.newaxis]
    assert statistics.spread(values, 2, 8).tolist() == [[[0, 1, 2, 0, 1, 2, 0, 1]]] * 2
