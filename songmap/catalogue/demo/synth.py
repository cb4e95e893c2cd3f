"""Rendering: notes, drums, a room and a mastering become a wave."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import fft

from songmap.catalogue.demo.score import Note, Score, compose
from songmap.catalogue.demo.styles import Factors
from songmap.catalogue.demo.timbres import SAMPLE_RATE, kit, tone

CEILING = 0.97


@dataclass(frozen=True)
class Studio:
    """Where and how a song was recorded; it says nothing about the style.

    Parameters
    ----------
    decay : float
        Time constant of the room, seconds.
    wet : float
        Share of the room in the sound, 0 to 1.
    colour : tuple of float
        Gains in dB at 100, 400, 1600 and 6400 Hz.
    level : float
        Loudness, dB below full scale (root mean square).
    drive : float
        How hard the master is driven into saturation, 0 upwards.
    hiss : float
        Noise floor, dB below full scale.
    """

    decay: float
    wet: float
    colour: tuple[float, ...]
    level: float
    drive: float
    hiss: float


def studio(artist: np.random.Generator, song: np.random.Generator) -> Studio:
    """Draw a studio: the artist's own, and what the day made of it."""
    colour = artist.normal(0, 0.6, 4) + song.normal(0, 0.6, 4)
    return Studio(
        decay=float(artist.uniform(0.1, 0.28) * song.uniform(0.8, 1.25)),
        wet=float(np.clip(artist.uniform(0.1, 0.3) + song.normal(0, 0.04), 0, 0.6)),
        colour=tuple(float(gain) for gain in colour),
        level=float(artist.uniform(-26, -22) + song.normal(0, 1.0)),
        drive=float(song.uniform(0.4, 1.0)),
        hiss=float(song.uniform(-82, -72)),
    )


def render(factors: Factors, place: Studio, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Play a song.

    Parameters
    ----------
    factors : Factors
        What to play.
    place : Studio
        How it is recorded.
    seconds : float > 0
        Exact length.
    rng : np.random.Generator
        Where the composition comes from.

    Returns
    -------
    np.ndarray [shape=(n,)], float32
        Mono wave at 22.05 kHz within -0.97 to 0.97.
    """
    count = round(seconds * SAMPLE_RATE)
    score = compose(factors, seconds, rng)
    tonal = _unit(_tonal(score, factors, count))
    drums = _unit(_drums(score, count, rng))
    angle = np.pi / 2 * 0.8 * factors.percussiveness
    mix = np.cos(angle) * tonal + np.sin(angle) * drums
    return _master(_filtered(mix, factors.brightness, place, rng), place, rng)


def _tonal(score: Score, factors: Factors, count: int) -> np.ndarray:
    wave = np.zeros(count, dtype=np.float32)
    cache: dict[tuple[str, int, int], np.ndarray] = {}
    parts: tuple[tuple[str, Iterable[Note], float], ...] = (
        (factors.instrument, score.chords, 0.5),
        (factors.instrument, score.melody, 0.8),
        ("bass", score.bass, 0.6),
    )
    for instrument, notes, gain in parts:
        for note in notes:
            key = (instrument, note.pitch, round(note.length * 1000))
            if key not in cache:
                cache[key] = tone(instrument, note.pitch, note.length)
            _add(wave, cache[key], note.start, gain * note.loudness)
    return wave


def _drums(score: Score, count: int, rng: np.random.Generator) -> np.ndarray:
    wave = np.zeros(count, dtype=np.float32)
    drums = kit(rng)
    for hit in score.drums:
        _add(wave, drums[hit.drum], hit.start, hit.loudness)
    return wave


def _add(wave: np.ndarray, sound: np.ndarray, start: float, gain: float) -> None:
    """Add `sound` to `wave` from `start` seconds on, as far as it fits."""
    begin = round(start * SAMPLE_RATE)
    part = wave[begin : begin + len(sound)]
    part += np.float32(gain) * sound[: len(part)]


def _unit(wave: np.ndarray) -> np.ndarray:
    """`wave` at a root mean square of 1, or as it is where silent."""
    rms = float(np.sqrt(np.mean(wave**2)))
    return wave / rms if rms > 0 else wave


def _filtered(wave: np.ndarray, brightness: float, place: Studio, rng: np.random.Generator) -> np.ndarray:
    """Brightness, the studio's colour and its room in one multiplication of spectra.

    Brightness tilts the spectrum about 500 Hz, by -7 (dull) to +2 (bright) dB an octave above it.
    """
    tail = int(4 * place.decay * SAMPLE_RATE)
    size = fft.next_fast_len(len(wave) + tail, real=True)
    octaves = np.log2(np.maximum(fft.rfftfreq(size, 1 / SAMPLE_RATE), 20) / 500)
    gain = np.maximum(octaves, -0.5) * (-7 + 9 * brightness)
    gain += np.interp(octaves, np.log2(np.array([100, 400, 1600, 6400]) / 500), place.colour)
    echo = rng.standard_normal(tail).astype(np.float32)
    echo *= np.exp(-np.arange(tail, dtype=np.float32) / (place.decay * SAMPLE_RATE))
    echo *= place.wet / np.sqrt(np.sum(echo**2))
    echo[0] += 1 - place.wet
    spectrum = fft.rfft(wave, size) * fft.rfft(echo, size) * (10 ** (gain / 20)).astype(np.float32)
    return fft.irfft(spectrum, size)[: len(wave)]


def _master(wave: np.ndarray, place: Studio, rng: np.random.Generator) -> np.ndarray:
    """Saturate, set the level, add the noise floor, fade the ends and keep below the ceiling."""
    driven = _unit(np.tanh(place.drive * _unit(wave) / 2))
    hiss = rng.standard_normal(len(wave)).astype(np.float32)
    out = 10 ** (place.level / 20) * driven + 10 ** (place.hiss / 20) * hiss
    ramp = min(len(out) // 4, SAMPLE_RATE // 4)
    out[-ramp:] *= np.linspace(1, 0, ramp, dtype=np.float32) ** 2
    return (out * min(1.0, CEILING / float(np.abs(out).max()))).astype(np.float32)
