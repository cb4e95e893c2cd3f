"""Sounds to measure on: music-like, two channels, in the formats that collections hold."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from songmap.audio.extract import Source

RATE = 44_100  # Hz
CHORD = (1.0, 1.25, 1.5, 2.0)  # pitches, of the root
MP3 = {"bitrate_mode": "CONSTANT", "compression_level": 0.45}  # 192 kbit/s


def write(folder: Path, formats: list[str], files: int, seconds: float) -> dict[str, list[Source]]:
    """Write `files` sounds of `seconds` in each of `formats`; gives them by format."""
    found: dict[str, list[Source]] = {name: [] for name in formats}
    for seed in range(files):
        y = music(seconds, seed)
        for name, sources in found.items():
            path = folder / f"{seed}.{name}"
            options: dict[str, Any] = MP3 if name == "mp3" else {}
            sf.write(path, y, RATE, **options)
            sources.append(Source(path.name, path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest()))
    return found


def music(seconds: float, seed: int) -> np.ndarray:
    """Chords with overtones, changing twice a second, over a beat of noise. Shape (n, 2), full scale at 1."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    roots = 110 * 2 ** (rng.integers(0, 24, int(2 * seconds) + 1) / 12)  # Hz
    phase = 2 * np.pi * np.cumsum(roots[(2 * t).astype(int)]) / RATE
    chord = sum(np.sin(phase * pitch * k) / k**1.5 for pitch in CHORD for k in range(1, 9))
    tones = 0.12 * np.exp(-3 * (t % 0.5)) * chord
    beat = 0.1 * np.exp(-25 * (t % 0.25)) * rng.normal(size=len(t))
    side = 0.3 * np.sin(2 * np.pi * 0.2 * t)
    y = np.stack([tones * (0.5 + side) + beat, tones * (0.5 - side) + beat], axis=1)
    return np.clip(y + 0.003 * rng.normal(size=y.shape), -0.99, 0.99)
