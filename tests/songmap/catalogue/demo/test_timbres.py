import numpy as np
import pytest

from songmap.catalogue.demo.styles import INSTRUMENTS
from songmap.catalogue.demo.timbres import SAMPLE_RATE, TOP, kit, tone


def spectrum(wave: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz, and magnitude under a Hann window."""
    size = 2**17
    return np.fft.rfftfreq(size, 1 / SAMPLE_RATE), np.abs(np.fft.rfft(wave * np.hanning(len(wave)), size))


@pytest.mark.parametrize("pitch", [45, 60, 72, 84])
@pytest.mark.parametrize("instrument", [*INSTRUMENTS, "bass"])
def test_a_tone_has_its_pitch(instrument: str, pitch: int) -> None:
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    axis, magnitude = spectrum(tone(instrument, pitch, 1.0))
    near = np.abs(np.log2(np.maximum(axis, 1) / frequency)) < 0.5
    peak = axis[near][magnitude[near].argmax()]
    assert 1200 * abs(np.log2(peak / frequency)) < 25  # cents: a vibrato is wider than the pitch is true
    harmonic = np.abs(axis / frequency - np.round(axis / frequency)) < max(12 / frequency, 0.035)
    share = np.sum(magnitude[harmonic] ** 2) / np.sum(magnitude**2)
    assert share > 0.9


@pytest.mark.parametrize("instrument", [*INSTRUMENTS, "bass"])
def test_a_tone_is_finite_ends_in_silence_and_folds_nothing(instrument: str) -> None:
    for pitch in (28, 60, 96):
        wave = tone(instrument, pitch, 0.3)
        assert wave.dtype == np.float32 and np.isfinite(wave).all()
        assert 0.05 < np.abs(wave).max() < 1.5 and abs(wave[-1]) < 0.01
        axis, magnitude = spectrum(wave)
        assert np.sum(magnitude[axis > TOP + 300] ** 2) < 2e-3 * np.sum(magnitude**2)


def test_timbres_differ() -> None:
    waves = [tone(instrument, 60, 0.5) for instrument in INSTRUMENTS]
    shapes = [np.abs(np.fft.rfft(wave, 2**14)) for wave in waves]
    unit = np.array([shape / np.linalg.norm(shape) for shape in shapes])
    assert (unit @ unit.T - np.eye(len(unit))).max() < 0.98


def test_a_kit_has_low_kicks_and_high_hats() -> None:
    drums = kit(np.random.default_rng(0))
    centroids = {}
    for name, wave in drums.items():
        assert np.isfinite(wave).all() and np.abs(wave).max() > 0.1
        axis, magnitude = spectrum(wave)
        centroids[name] = np.sum(axis * magnitude**2) / np.sum(magnitude**2)
    assert centroids["kick"] < 200 < centroids["snare"] < centroids["hat"]
