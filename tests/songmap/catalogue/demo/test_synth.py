import dataclasses

import librosa
import numpy as np
import pytest

from songmap.catalogue.demo.styles import INSTRUMENTS, KEYS, STYLES, Factors, draw
from songmap.catalogue.demo.synth import Studio, render, studio
from songmap.catalogue.demo.timbres import SAMPLE_RATE

pytestmark = pytest.mark.slow

ROOM = Studio(0.15, 0.2, (0.0, 0.0, 0.0, 0.0), -20.0, 0.5, -75.0)
SONG = Factors(120.0, "C", "major", 0.5, 0.5, "pluck", 1.5, "AABA", "backbeat", "sea")

# Probe tones of Krumhansl and Kessler (1982).
MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])


def song(seconds: float = 10.0, seed: int = 1, **changes: object) -> np.ndarray:
    factors = dataclasses.replace(SONG, **changes)  # type: ignore[arg-type]
    return render(factors, ROOM, seconds, np.random.default_rng(seed))


def key_of(wave: np.ndarray) -> tuple[int, str]:
    """Key by correlation of the mean chroma with the probe tones."""
    chroma = librosa.feature.chroma_stft(y=wave, sr=SAMPLE_RATE, n_fft=8192, tuning=0.0).mean(axis=1)
    fits = {
        (tonic, mode): np.corrcoef(np.roll(profile, tonic), chroma)[0, 1]
        for tonic in range(12)
        for mode, profile in (("major", MAJOR), ("minor", MINOR))
    }
    return max(fits, key=lambda key: fits[key])


@pytest.mark.parametrize("style", STYLES)
def test_a_wave_is_exact_in_length_finite_unclipped_and_never_silent(style: str) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        wave = render(draw(style, rng), studio(np.random.default_rng(9), rng), 3.0, rng)
        assert wave.shape == (66150,) and wave.dtype == np.float32 and np.isfinite(wave).all()
        assert 0.05 < np.abs(wave).max() <= 0.97
        parts = np.array_split(wave[: -SAMPLE_RATE // 2], 5)
        assert min(np.sqrt(np.mean(part**2)) for part in parts) > 0.003
        assert abs(np.mean(wave)) < 0.01


@pytest.mark.parametrize("tempo", [80.0, 104.0, 127.0, 150.0])
@pytest.mark.parametrize("groove", ["backbeat", "four_on_floor", "swing"])
def test_tempo_is_in_the_sound(tempo: float, groove: str) -> None:
    wave = song(12.0, tempo=tempo, groove=groove, percussiveness=0.85)
    onset = librosa.onset.onset_strength(y=wave, sr=SAMPLE_RATE, hop_length=128)
    rate = SAMPLE_RATE / 128
    strength = librosa.autocorrelate(onset - onset.mean())
    lags = np.arange(len(strength)) / rate * tempo / 60  # beats
    at_beats = max(strength[np.abs(lags - 1) < 0.03].max(), strength[np.abs(lags - 2) < 0.03].max())
    grid = lags * (6 if groove == "swing" else 4)
    off = (lags > 0.6) & (lags < 2.4) & (np.abs(grid - np.round(grid)) > 0.3)
    assert at_beats > 2 * strength[off].max()
    bar = strength[(lags > 3.5) & (lags < 4.5)]
    assert lags[(lags > 3.5) & (lags < 4.5)][bar.argmax()] == pytest.approx(4, abs=0.05)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_brightness_raises_the_spectral_centroid(instrument: str) -> None:
    waves = [song(4.0, instrument=instrument, brightness=b) for b in (0.0, 0.25, 0.5, 0.75, 1.0)]
    centroids = [librosa.feature.spectral_centroid(y=wave, sr=SAMPLE_RATE).mean() for wave in waves]
    assert np.all(np.diff(centroids) > 30), centroids


def test_percussiveness_raises_the_percussive_share() -> None:
    shares = []
    for percussiveness in (0.05, 0.35, 0.65, 0.95):
        harmonic, percussive = librosa.effects.hpss(
            song(5.0, instrument="organ", percussiveness=percussiveness)
        )
        shares.append(np.sum(percussive**2) / np.sum(percussive**2 + harmonic**2))
    assert np.all(np.diff(shares) > 0.02), shares


@pytest.mark.parametrize("mode", ["major", "minor"])
def test_the_key_can_be_heard(mode: str) -> None:
    right = 0
    for tonic, key in enumerate(KEYS):
        wave = song(10.0, seed=tonic, key=key, mode=mode, percussiveness=0.05, instrument="pad")
        right += key_of(wave) == (tonic, mode)
    assert right >= 8, f"{right} of 12"  # by chance 1 of 24


def test_a_studio_changes_the_sound_and_not_its_factors() -> None:
    quiet, loud = (dataclasses.replace(ROOM, level=level) for level in (-30.0, -20.0))
    waves = [render(SONG, place, 3.0, np.random.default_rng(0)) for place in (quiet, loud)]
    gain = 20 * np.log10(np.std(waves[1]) / np.std(waves[0]))
    assert gain == pytest.approx(10, abs=0.2)
