import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.audio import rhythm

RATE, HOP = 22_050, 512
FRAME_RATE = RATE / HOP


def clicks(bpm, seconds=12, start=0.1, noise=1e-3):
    y = librosa.clicks(times=np.arange(start, seconds, 60 / bpm), sr=RATE, length=round(seconds * RATE))
    return y + noise * np.random.default_rng(0).standard_normal(len(y))


def envelope(y, hop=HOP):
    level = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=RATE, hop_length=hop))
    return rhythm.onset_strengths(level, [level.shape[1]])[0]


def test_onset_strength_is_librosas_unshifted(sound):
    y = sound(3.0, RATE)[:, 0]
    level = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=RATE))
    expected = librosa.onset.onset_strength(S=level, center=False)
    ours = rhythm.onset_strengths(level, [level.shape[1]])
    np.testing.assert_allclose(ours[0], expected, atol=1e-5)
    shifted = librosa.onset.onset_strength(S=level, sr=RATE)
    np.testing.assert_allclose(ours[0][:-2], shifted[2:], atol=1e-5)  # 2048 // (2 * 512) frames


def test_nothing_is_compared_across_windows():
    level = np.repeat([[-60.0, -10.0]], 4, axis=0).repeat(20, axis=1)
    one = rhythm.onset_strengths(level, [40])
    two = rhythm.onset_strengths(level, [20, 20])
    assert one[0].max() == 50
    assert [len(window) for window in two] == [20, 20]
    assert max(window.max() for window in two) == 0


@pytest.mark.parametrize("bpm", [60, 90, 120, 180])
def test_onsets_per_second_are_the_clicks(bpm):
    start = envelope(clicks(bpm))
    mean, std, rate = rhythm.onset_statistics([start], FRAME_RATE)
    assert rate == pytest.approx(bpm / 60, rel=0.06)
    assert (mean, std) == pytest.approx((start.mean(), start.std()))


def test_onsets_are_about_those_of_librosa():
    rng = np.random.default_rng(1)
    times = np.cumsum(rng.uniform(0.1, 0.6, 40))
    y = librosa.clicks(times=times, sr=RATE, length=15 * RATE) + 0.02 * rng.standard_normal(15 * RATE)
    start = envelope(y)
    theirs = librosa.onset.onset_detect(onset_envelope=start, sr=RATE, hop_length=HOP)
    ours = rhythm.onset_statistics([start], FRAME_RATE)[2] * len(start) / FRAME_RATE
    assert ours == pytest.approx(len(theirs), abs=3)


@pytest.mark.parametrize("hop", [256, 512])
@pytest.mark.parametrize("bpm", [60, 72, 85, 97, 110, 123, 137, 150, 162])
def test_tempo_of_clicks(bpm, hop):
    found, clarity = rhythm.tempo([envelope(clicks(bpm), hop)], RATE / hop)
    assert 2**found == pytest.approx(bpm, rel=0.015)
    assert clarity > 0.4


def test_far_from_the_prior_half_the_tempo_is_found_as_librosa_does():
    start = envelope(clicks(180))
    assert 2 ** rhythm.tempo([start], FRAME_RATE)[0] == pytest.approx(90, rel=0.015)
    assert librosa.feature.tempo(onset_envelope=start, sr=RATE) == pytest.approx(90, rel=0.03)


@pytest.mark.parametrize("pattern", [(1.0, 0.3), (1.0, 0.5, 0.7, 0.5), (1.0, 0.2, 0.6)])
@pytest.mark.parametrize("bpm", [80, 104, 126])
def test_tempo_of_patterns_is_librosas(bpm, pattern):
    y = sum(a * clicks(bpm / len(pattern), start=0.1 + i * 60 / bpm, noise=0) for i, a in enumerate(pattern))
    start = envelope(y + 1e-2 * np.random.default_rng(0).standard_normal(len(y)))
    expected = librosa.feature.tempo(onset_envelope=start, sr=RATE, std_bpm=0.7)[0]
    assert 2 ** rhythm.tempo([start], FRAME_RATE)[0] == pytest.approx(expected, rel=0.04)


def test_windows_that_agree_are_one_and_silence_does_not_count():
    start = envelope(clicks(110))
    once = rhythm.tempo([start], FRAME_RATE)
    assert rhythm.tempo([start, start], FRAME_RATE) == pytest.approx(once)
    assert rhythm.tempo([start, np.zeros(300)], FRAME_RATE) == pytest.approx(once)


def test_a_pulse_is_clearer_than_noise():
    noise = np.abs(np.random.default_rng(0).standard_normal(500))
    pulse = rhythm.tempo([envelope(clicks(120))], FRAME_RATE)[1]
    assert rhythm.tempo([noise], FRAME_RATE)[1] < 0.2 < pulse <= 1


@pytest.mark.parametrize("n", [1, 2, 3, 500])
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_no_pulse_is_the_middle_of_the_prior(n, value):
    assert rhythm.tempo([np.full(n, value)], FRAME_RATE) == (pytest.approx(np.log2(120)), 0)


def test_a_steady_sound_has_no_onset_and_no_pulse():
    start = envelope(np.sin(2 * np.pi * 440 * np.arange(5 * RATE) / RATE))[10:-10]
    assert rhythm.onset_statistics([start], FRAME_RATE)[2] == 0
    assert rhythm.tempo([start], FRAME_RATE)[1] == 0


@given(
    lengths=st.lists(st.integers(1, 80), min_size=1, max_size=3),
    scale=st.sampled_from([0.0, 1e-9, 1.0, 80.0]),
    frame_rate=st.sampled_from([0.06, 0.4, 3.0, 43.0, 690.0]),
    seed=st.integers(0, 99),
)
@settings(max_examples=80)
def test_any_envelope_gives_numbers_in_range(lengths, scale, frame_rate, seed):
    rng = np.random.default_rng(seed)
    envelopes = [scale * rng.random(n) ** 4 for n in lengths]
    found, clarity = rhythm.tempo(envelopes, frame_rate)
    assert np.log2(29) < found < np.log2(340)
    assert 0 <= clarity <= 1
    assert np.isfinite(rhythm.onset_statistics(envelopes, frame_rate)).all()
