"""Sounds from log-mel levels: analysed again, they show what was asked for."""

import librosa
import numpy as np
import pytest
import soundfile as sf

from songmap.audio import invert

pytestmark = pytest.mark.slow

RATE = 22_050
BANDS = 64


def level(y, bands=BANDS, n_fft=2048, hop_length=512):
    """Log-mel spectrum by librosa, at most 80 dB below its maximum. Shape (bands, t)."""
    power = librosa.feature.melspectrogram(y=y, sr=RATE, n_fft=n_fft, hop_length=hop_length, n_mels=bands)
    return librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80.0)


def time(seconds):
    return np.arange(round(seconds * RATE)) / RATE


def tone(hertz, seconds=1.0):
    return 0.3 * np.sin(2 * np.pi * hertz * time(seconds)).astype(np.float32)


def chirp(seconds=2.0):
    """From 300 Hz to 6 kHz, as many octaves in every second."""
    return 0.3 * librosa.chirp(fmin=300, fmax=6000, sr=RATE, duration=seconds)


def noise(seconds=1.0):
    return np.random.default_rng(0).normal(scale=0.1, size=round(seconds * RATE))


@pytest.mark.parametrize("hertz", [220, 1000, 5000])
def test_a_tone_keeps_its_pitch_within_a_mel_band(audio, hertz):
    (y,) = invert.sounds(level(tone(hertz))[None], audio(), 0)
    peak = np.abs(np.fft.rfft(y)).argmax() * RATE / len(y)
    edges = librosa.mel_frequencies(n_mels=BANDS + 2, fmin=0, fmax=RATE / 2)
    width = np.diff(edges)[np.searchsorted(edges, hertz) - 1]
    assert abs(peak - hertz) < width


def test_a_chirp_is_followed_from_frame_to_frame(audio):
    asked = level(chirp())
    (y,) = invert.sounds(asked[None], audio(), 0)
    found = level(y)
    assert np.abs(found.argmax(axis=0) - asked.argmax(axis=0))[2:-2].max() <= 1


@pytest.mark.parametrize(("make", "bound"), [(chirp, 2.0), (noise, 1.0), (lambda: tone(1000) + noise(), 1.0)])
def test_levels_come_back_within_a_decibel_or_so(audio, make, bound):
    asked = level(make())
    (y,) = invert.sounds(asked[None], audio(), 0)
    found = level(y)
    assert found.shape == asked.shape
    heard = asked > asked.max() - 50
    assert np.abs(found - asked)[heard].mean() < bound


def test_the_power_of_each_frequency_has_the_levels_asked_for():
    asked = level(chirp() + noise(2.0) / 30)
    power = invert.power(asked, RATE, 2048)
    assert power.shape == (1025, asked.shape[1])
    assert power.min() >= 0
    filters = librosa.filters.mel(sr=RATE, n_fft=2048, n_mels=BANDS)
    found = librosa.power_to_db(filters @ power, top_db=None)
    assert np.abs(found - asked).mean() < 0.2
    least_squares = np.square(librosa.feature.inverse.mel_to_stft(librosa.db_to_power(asked), sr=RATE))
    other = librosa.power_to_db(filters @ least_squares, top_db=80)
    assert np.abs(found - asked).mean() < np.abs(other - asked).mean()
    assert (power[filters.sum(axis=0) == 0] == 0).all()


def test_a_patch_that_is_20_db_louder_sounds_ten_times_as_loud(audio):
    asked = level(noise())
    quiet, loud = invert.sounds(np.stack([asked, asked + 20]), audio(), 0)
    assert np.std(loud) / np.std(quiet) == pytest.approx(10, rel=0.05)
    assert np.std(quiet) == pytest.approx(0.1, rel=0.1)


def test_the_seed_alone_decides_the_samples(audio):
    asked = level(noise(0.3))[None]
    first, again, other = (invert.sounds(asked, audio(), seed) for seed in (3, 3, 4))
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
@pytest.mark.parametrize(
    "asked",
    [np.full((BANDS, 9), -100.0), np.full((BANDS, 9), 1e9), np.eye(BANDS, 16) * 1e6 - 5e5, np.zeros((8, 2))],
)
def test_levels_that_are_no_sound_give_finite_samples(audio, asked):
    y = invert.sequence(asked[None], audio(), 1.0, 0)
    assert np.isfinite(y).all()
    assert np.abs(y).max(initial=0) <= 0.9


@pytest.mark.filterwarnings("ignore:Empty filters detected")
def test_a_filterbank_with_empty_filters(audio):
    y = invert.sequence(np.zeros((1, 128, 20)), audio(n_fft=256, hop_length=128), 1.0, 0)
    assert np.isfinite(y).all()


def test_sounds_follow_each_other_with_a_pause_and_keep_their_loudness():
    parts = np.stack([np.full(1000, 0.2), np.full(1000, -0.4), np.zeros(1000)])
    y = invert.joined(parts, 10_000)
    assert y.dtype == np.float32
    assert len(y) == 3 * 1000 + 2 * 1500
    assert np.abs(y).max() == pytest.approx(0.89)
    assert y[500] == pytest.approx(0.445)
    assert y[2500 + 500] == pytest.approx(-0.89)
    for silent in (slice(1000, 2500), slice(3500, 6000), [0, 999, 2500, 3499]):
        assert not y[silent].any()
    assert not invert.joined(np.zeros((2, 50)), 10_000).any()


def test_the_middle_of_each_patch_is_heard(audio):
    silence, loud = np.full((BANDS, 60), -90.0), level(noise(3.0))[:, :60]
    patch = np.concatenate([silence, loud, silence], axis=1)
    y = invert.sequence(np.stack([patch, patch]), audio(), 0.5, 0)
    step = 512 * round(0.5 * RATE / 512)
    assert len(y) == 2 * step + round(0.15 * RATE)
    assert np.std(y[:step]) > 0.1
    whole = invert.sequence(loud[None], audio(), 60.0, 0)
    assert len(whole) == 512 * 59


def test_a_wav_file_holds_the_samples_and_has_the_same_bytes_again(tmp_path):
    y = (0.8 * np.sin(np.arange(5000) / 7)).astype(np.float32)
    for name in ("a.wav", "b.wav"):
        invert.write_wav(tmp_path / name, y, RATE)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    read, rate = sf.read(tmp_path / "a.wav", dtype="float32")
    assert rate == RATE
    assert sf.info(tmp_path / "a.wav").subtype == "PCM_16"
    np.testing.assert_allclose(read, y, atol=1 / 32_767)
