import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from songmap.audio import spectrum


def log_mel(y, rate, n_fft=2048, hop=512, n_mels=128):
    weights = csr_array(spectrum.mel_weights(rate, n_fft, n_mels))
    return spectrum.decibels(spectrum.mel_power(y, weights, n_fft, hop))


@pytest.mark.parametrize("rate", [8000, 22_050, 48_000])
@pytest.mark.parametrize(("n_fft", "hop", "n_mels"), [(2048, 512, 128), (1024, 300, 40), (1023, 512, 32)])
def test_log_mel_and_mfcc_are_librosas(sound, rate, n_fft, hop, n_mels):
    y = sound(3.0, rate)[:, 0].astype(np.float32)
    level = log_mel(y, rate, n_fft, hop, n_mels)
    power = librosa.feature.melspectrogram(y=y, sr=rate, n_fft=n_fft, hop_length=hop, n_mels=n_mels)
    np.testing.assert_allclose(level, librosa.power_to_db(power), atol=1e-3)
    expected = librosa.feature.mfcc(y=y, sr=rate, n_fft=n_fft, hop_length=hop, n_mels=n_mels, n_mfcc=20)
    np.testing.assert_allclose(spectrum.cepstral_basis(20, n_mels) @ level, expected, atol=1e-2)


def test_stacked_filterbanks_give_what_each_gives(sound):
    y = sound(1.0, 22_050)[:, 0].astype(np.float32)
    banks = [spectrum.mel_weights(22_050, 2048, n) for n in (128, 64)]
    both = spectrum.mel_power(y, csr_array(np.concatenate(banks)), 2048, 512)
    apart = [spectrum.mel_power(y, csr_array(bank), 2048, 512) for bank in banks]
    np.testing.assert_array_equal(both, np.concatenate(apart))


def test_the_same_transform_serves_others(sound):
    y = sound(4.0, 22_050)[:, 0].astype(np.float32)
    seen = []
    weights = csr_array(spectrum.mel_weights(22_050, 2048, 64))
    spectrum.mel_power(y, weights, 2048, 512, lambda *parts: seen.append([part.copy() for part in parts]))
    power, frames = (np.concatenate(parts, axis=1) for parts in zip(*seen, strict=True))
    assert len(seen) > 1
    expected = np.abs(librosa.stft(y)) ** 2
    np.testing.assert_allclose(power, expected, atol=1e-5 * expected.max())
    np.testing.assert_array_equal(
        frames, librosa.util.frame(np.pad(y, 1024), frame_length=2048, hop_length=512)
    )


def test_a_tone_lies_in_its_band():
    rate = 22_050
    y = np.sin(2 * np.pi * 1000 * np.arange(rate) / rate).astype(np.float32)
    centres = librosa.mel_frequencies(n_mels=66, fmax=rate / 2)[1:-1]
    loudest = log_mel(y, rate, n_mels=64)[:, 20].argmax()
    assert loudest == np.abs(centres - 1000).argmin()


def test_silence_is_finite():
    assert (log_mel(np.zeros(22_050, np.float32), 22_050) == -100).all()
    y = np.zeros(22_050, np.float32)
    y[10_000:12_000] = 0.5
    level = log_mel(y, 22_050)
    assert level.min() == pytest.approx(level.max() - 80, abs=1e-4)


@pytest.mark.filterwarnings("ignore:n_fft=")
@given(
    n=st.integers(1, 5000),
    scale=st.sampled_from([0.0, 1e-30, 1e-6, 1.0, 1e6]),
    n_fft=st.sampled_from([64, 255, 512]),
    hop=st.integers(16, 64),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_any_signal_gives_finite_levels(n, scale, n_fft, hop, seed):
    y = (scale * np.random.default_rng(seed).standard_normal(n)).astype(np.float32)
    level = log_mel(y, 8000, n_fft, hop, 8)
    assert level.shape == (8, librosa.stft(y, n_fft=n_fft, hop_length=hop).shape[1])
    assert level.dtype == np.float32
    assert np.isfinite(level).all()
    assert np.ptp(level) <= 80.001
