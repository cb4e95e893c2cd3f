"""Instruments and drums: one tone or one beat as an array, mono, 22.05 kHz.

Tones read a wavetable that holds no harmonic above `TOP`, so that nothing folds back below it.
"""

from functools import cache

import numpy as np

SAMPLE_RATE = 22050  # Hz
TOP = 9500.0  # Hz
TABLE = 4096  # samples of one period

ORGAN = {1: 1.0, 2: 0.7, 3: 0.5, 4: 0.35, 6: 0.2, 8: 0.25}
FLUTE = {1: 1.0, 2: 0.28, 3: 0.12, 4: 0.05, 5: 0.02}


def tone(instrument: str, pitch: int, length: float) -> np.ndarray:
    """One tone with its release.

    Parameters
    ----------
    instrument : str
        One of `styles.INSTRUMENTS`, or "bass".
    pitch : int
        MIDI number; 69 is 440 Hz.
    length : float > 0
        Seconds until the release.

    Returns
    -------
    np.ndarray [shape=(n,)], float32
        The wave, within about -1 to 1.
    """
    frequency = 440 * 2 ** ((pitch - 69) / 12)
    attack, decay, release = ENVELOPES[instrument]
    count = max(64, int((length + release) * SAMPLE_RATE))
    time = np.arange(count) / SAMPLE_RATE
    wave = VOICES[instrument](frequency, time)
    shape = np.minimum(time / attack, 1) * np.exp(-time / decay)
    shape *= np.clip((length + release - time) / release, 0, 1) ** 2
    return (wave * shape).astype(np.float32)


def _table(amplitudes: np.ndarray) -> np.ndarray:
    """One period as the sum of sines of the given amplitudes, from the fundamental up; peak 1."""
    spectrum = np.zeros(TABLE // 2 + 1, dtype=complex)
    spectrum[1 : len(amplitudes) + 1] = -1j * amplitudes * np.exp(1j * np.arange(len(amplitudes)) ** 2 * 0.7)
    period = np.fft.irfft(spectrum, TABLE)
    return period / np.abs(period).max()


def _harmonics(frequency: float) -> np.ndarray:
    """Numbers of the harmonics below `TOP`."""
    return np.arange(1, max(2, int(TOP / frequency) + 1))


def _read(table: np.ndarray, cycles: np.ndarray) -> np.ndarray:
    return table[(cycles * TABLE).astype(np.int64) & (TABLE - 1)]


def _additive(frequency: float, levels: dict[int, float]) -> np.ndarray:
    return _table(np.array([levels.get(int(h), 0.0) for h in _harmonics(frequency)]))


def _organ(frequency: float, time: np.ndarray) -> np.ndarray:
    wave = _read(_additive(frequency, ORGAN), frequency * time)
    return wave * (1 + 0.12 * np.sin(2 * np.pi * 6.2 * time))


def _pad(frequency: float, time: np.ndarray) -> np.ndarray:
    h = _harmonics(frequency)
    table = _table(1 / h / (1 + (h * frequency / 1400) ** 2))
    return 0.5 * (_read(table, frequency * 0.9965 * time) + _read(table, frequency * 1.0035 * time + 0.3))


def _lead(frequency: float, time: np.ndarray) -> np.ndarray:
    h = _harmonics(frequency)
    table = _table((h % 2 + 0.3) / h)
    return _read(table, frequency * time + 0.0003 * frequency * np.sin(2 * np.pi * 5.5 * time))


def _flute(frequency: float, time: np.ndarray) -> np.ndarray:
    vibrato = 0.0004 * frequency * np.sin(2 * np.pi * 5 * time)
    wave = _read(_additive(frequency, FLUTE), frequency * time + vibrato)
    return wave + 0.06 * np.resize(_noise(), len(time))


def _electric_piano(frequency: float, time: np.ndarray) -> np.ndarray:
    """Frequency modulation (Chowning 1973): a bright strike that mellows, and a tine far above."""
    angle = 2 * np.pi * frequency * time
    body = np.sin(angle + 1.4 * np.exp(-time / 0.35) * np.sin(angle))
    ratio = min(14.0, TOP / frequency / 1.5)
    return 0.85 * body + 0.15 * np.exp(-time / 0.06) * np.sin(ratio * angle)


def _pluck(frequency: float, time: np.ndarray) -> np.ndarray:
    """A plucked string after Karplus and Strong (1983), their loop solved per harmonic.

    Averaging two neighbours scales harmonic `h` of a period of `N` samples by cos(pi h / N) each round.
    A row of the table is one round, so that pitch need not be a whole number of samples.
    """
    h = _harmonics(frequency)
    rounds = np.arange(int(frequency * time[-1]) + 1)
    fade = 0.9995 * np.cos(np.pi * h * frequency / SAMPLE_RATE)
    strength = np.abs(np.sin(np.pi * h * 0.23)) / np.sqrt(h)
    width = 512
    spectrum = np.zeros((len(rounds), width // 2 + 1), dtype=np.complex64)
    kept = min(len(h), width // 2)
    turn = np.exp(1j * (np.arange(kept) * 2.4) ** 2)
    spectrum[:, 1 : kept + 1] = (strength * turn)[:kept] * fade[:kept] ** rounds[:, None]
    table = np.fft.irfft(spectrum, width)
    cycles = frequency * time
    row = cycles.astype(np.int64)
    return table[row, ((cycles - row) * width).astype(np.int64)] / np.abs(table[0]).max()


def _bass(frequency: float, time: np.ndarray) -> np.ndarray:
    h = _harmonics(frequency)
    return _read(_table(1 / h**1.6 / (1 + (h * frequency / 700) ** 2)), frequency * time)


VOICES = {
    "bass": _bass,
    "electric_piano": _electric_piano,
    "flute": _flute,
    "lead": _lead,
    "organ": _organ,
    "pad": _pad,
    "pluck": _pluck,
}
ENVELOPES = {  # seconds of attack, time constant of the decay, release
    "bass": (0.006, 0.9, 0.05),
    "electric_piano": (0.004, 0.7, 0.2),
    "flute": (0.05, 6.0, 0.09),
    "lead": (0.008, 1.5, 0.07),
    "organ": (0.012, 20.0, 0.05),
    "pad": (0.14, 8.0, 0.35),
    "pluck": (0.001, 3.0, 0.25),
}


@cache
def _noise() -> np.ndarray:
    """A second of white noise, the same in every process."""
    return np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)


def kit(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A drum kit of its own tuning: one beat per drum, float32 arrays of shape (n,)."""
    noise = rng.standard_normal(SAMPLE_RATE // 2)
    time = np.arange(len(noise)) / SAMPLE_RATE
    bright = np.diff(noise, n=2, append=(0.0, 0.0)) / 2.4
    low, body, ring, tick = rng.uniform((44, 170, 0.05, 0.018), (62, 230, 0.13, 0.06))
    fall = low * time + 0.035 * (low * 2.2) * (1 - np.exp(-time / 0.035))
    knock = np.sin(2 * np.pi * body * time) * np.exp(-time / 0.05)
    burst = np.exp(-time / ring) + 0.6 * (time > 0.011) * np.exp(-(time - 0.011) / ring)
    drums = {
        "kick": 1.3 * np.sin(2 * np.pi * fall) * np.exp(-time / 0.11),
        "snare": 0.5 * knock + 0.35 * noise * np.exp(-time / ring),
        "clap": 0.25 * (noise + bright) * burst,
        "hat": 0.3 * bright * np.exp(-time / tick),
    }
    return {name: wave.astype(np.float32) for name, wave in drums.items()}
