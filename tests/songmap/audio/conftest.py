from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from songmap import params


def _sound(seconds, rate, channels=1, seed=0):
    """A sweep, a chord and noise that differ between channels. Shape (n, channels), float64."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    tops = (np.array([220, 330, 495]) * rate / 48_000)[:, np.newaxis]
    chord = np.sin(2 * np.pi * tops * t * (1 + 0.1 * t)).sum(axis=0) / 10
    parts = [(0.5 + 0.5 * c) * chord + 0.03 * rng.standard_normal(len(t)) for c in range(channels)]
    return np.clip(np.stack(parts, axis=1), -0.99, 0.99)


@pytest.fixture(scope="session")
def sound():
    return _sound


@pytest.fixture
def song(tmp_path):
    """Write a generated song into tmp_path; gives its name and samples."""

    def write(name, seconds=4.0, rate=22_050, channels=1, *, seed=0, subtype=None):
        y = _sound(seconds, rate, channels, seed)
        container = {".opus": "OGG"}.get(Path(name).suffix)
        coding = "OPUS" if container else subtype
        sf.write(tmp_path / name, y, rate, subtype=coding, format=container)
        return name

    return write


@pytest.fixture
def audio():
    """Parameters of the analysis, with changes by name."""

    def make(**changes):
        base = params.Audio(
            sample_rate=22_050,
            n_fft=2048,
            hop_length=512,
            seconds=30.0,
            position=0.5,
            n_mfcc=40,
            mfcc_statistics=["mean", "std", "delta_mean", "delta_std"],
            n_mels=128,
            mel=params.MelPatch(n_mels=64, frames=215),
        )
        return base.model_copy(update=changes)

    return make
