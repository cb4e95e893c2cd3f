import librosa
import numpy as np
import pytest
import soundfile as sf

from songmap import params
from songmap.audio.extract import Failure, Features, Source, extractor

FILES = [
    ("a.wav", 44_100, 2),
    ("a.wav", 22_050, 1),
    ("a.wav", 8000, 2),
    ("a.flac", 48_000, 2),
    ("a.flac", 11_025, 1),
    ("a.ogg", 44_100, 2),
    ("a.ogg", 8000, 1),
    ("a.mp3", 44_100, 2),
    ("a.mp3", 16_000, 1),
    ("a.mp3", 8000, 2),
    ("a.opus", 48_000, 2),
]


@pytest.fixture
def extract(tmp_path, audio):
    return extractor(tmp_path, audio())


@pytest.mark.parametrize("file", FILES, ids=str)
def test_features_are_librosas(song, tmp_path, extract, file):
    name, rate, channels = file
    result = extract(Source("x", song(name, 6.0, rate, channels)))
    y, sr = librosa.load(tmp_path / name, sr=22_050)
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=40)
    slope = librosa.feature.delta(mfcc)
    expected = [f(x, axis=1) for x in (mfcc, slope) for f in (np.mean, np.std)]
    np.testing.assert_allclose(result.mfcc, np.concatenate(expected), atol=1e-2)
    level = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=128))
    expected = [f(level, axis=1) for f in (np.mean, np.std, np.min, np.max)]
    np.testing.assert_allclose(result.mel_stats, np.concatenate(expected), atol=1e-2)
    level = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=64))
    start = (level.shape[1] - 215) // 2
    np.testing.assert_allclose(result.mel[0], level[:, start : start + 215], atol=1e-3)
    assert result.seconds == pytest.approx(6.0, abs=0.1)


def test_short_sound_fills_the_patch_by_repetition(song, extract):
    result = extract(Source("x", song("a.wav", 1.0)))
    frames = 1 + 22_050 // 512
    np.testing.assert_array_equal(result.mel[..., :frames], result.mel[..., frames : 2 * frames])
    assert result.mel.shape == (1, 64, 215)
    assert result.mel.std(axis=2).min() > 0


@pytest.mark.parametrize("changes", [{"hop_length": 8192, "n_fft": 8192}, {"sample_rate": 4000, "n_fft": 64}])
def test_extreme_settings_give_finite_features(song, tmp_path, audio, changes):
    settings = audio(n_mels=8, n_mfcc=3, mel=params.MelPatch(n_mels=8, frames=16), **changes)
    result = extractor(tmp_path, settings)(Source("x", song("a.wav", 1.0, 8000)))
    assert isinstance(result, Features)
    assert (result.mfcc.shape, result.mel_stats.shape, result.mel.shape) == ((12,), (32,), (1, 8, 16))


@pytest.mark.parametrize("loud", [0, 3000])
def test_digital_silence_is_finite(tmp_path, extract, loud):
    y = np.zeros(44_100)
    y[:loud] = 0.5
    sf.write(tmp_path / "a.wav", y, 22_050)
    result = extract(Source("x", "a.wav"))
    assert isinstance(result, Features)
    assert np.isfinite(result.mfcc).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_samples_that_are_no_sound_cost_the_track(tmp_path, extract, bad):
    y = np.zeros(44_100)
    y[20_000] = bad
    sf.write(tmp_path / "a.wav", y, 22_050, subtype="FLOAT")
    assert "NaN" in extract(Source("x", "a.wav")).reason


def test_failures_are_values(tmp_path, extract):
    (tmp_path / "a.ogg").write_bytes(b"OggS" + bytes(100))
    assert isinstance(extract(Source("x", "a.ogg")), Failure)
    assert "No such file" in extract(Source("x", "gone.mp3")).reason
    assert "No such file" in extract(Source("x", "", "gone.npy")).reason


@pytest.mark.parametrize("unit", ["power", "dB"])
def test_ready_made_mel_gives_what_its_sound_gives(song, tmp_path, extract, unit):
    name = song("a.wav", 6.0)
    y, sr = librosa.load(tmp_path / name, sr=None)
    mel = librosa.feature.melspectrogram(y=y, sr=sr)
    np.save(tmp_path / "a.npy", mel if unit == "power" else librosa.power_to_db(mel))
    of_sound, of_mel = extract(Source("x", name)), extract(Source("x", "", "a.npy"))
    np.testing.assert_allclose(of_mel.mfcc, of_sound.mfcc, atol=1e-2)
    np.testing.assert_allclose(of_mel.mel_stats, of_sound.mel_stats, atol=1e-3)
    assert np.median(np.abs(of_mel.mel - of_sound.mel)) < 1
    assert of_mel.seconds == pytest.approx(6.0, abs=0.03)


def test_mel_of_other_bands_and_few_frames(tmp_path, extract):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((96, 3)))
    result = extract(Source("x", "", "a.npy"))
    assert (result.mfcc.shape, result.mel_stats.shape, result.mel.shape) == ((160,), (512,), (1, 64, 215))
    np.testing.assert_array_equal(result.mel[..., :3], result.mel[..., 3:6])


def test_sound_goes_before_mel(song, tmp_path, extract):
    np.save(tmp_path / "a.npy", np.ones((64, 100)))
    name = song("a.wav", 2.0)
    np.testing.assert_array_equal(extract(Source("x", name, "a.npy")).mel, extract(Source("x", name)).mel)
