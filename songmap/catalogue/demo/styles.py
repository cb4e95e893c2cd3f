"""Six styles as recipes: distributions over factors that every song then holds a known value of.

The ranges overlap on purpose: a style leans towards a sound, as a genre does, and no factor alone gives it
away.
"""

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

KEYS = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
MODES = ("major", "minor")
INSTRUMENTS = ("electric_piano", "flute", "lead", "organ", "pad", "pluck")
FORMS = ("AABA", "ABAB", "ABAC", "AABB", "ABCB")
GROOVES = ("backbeat", "clave", "four_on_floor", "sparse", "swing")
TOPICS = ("city", "dance", "forest", "love", "road", "sea")

# Lowest and highest value of each continuous factor.
RANGES = MappingProxyType(
    {"tempo": (60.0, 180.0), "brightness": (0.0, 1.0), "percussiveness": (0.0, 1.0), "density": (0.4, 3.2)}
)


@dataclass(frozen=True)
class Factors:
    """What a song is made of.

    Parameters
    ----------
    tempo : float
        Beats per minute, 60 to 180.
    key, mode : str
        Tonic, one of `KEYS`, and one of `MODES`.
    brightness : float
        0 (dull) to 1 (bright): the tilt of the spectrum.
    percussiveness : float
        0 (no drums to speak of) to 1 (drums above all).
    instrument : str
        Timbre of chords and melody, one of `INSTRUMENTS`.
    density : float
        Notes of the melody per beat, 0.4 to 3.2.
    form : str
        One letter per section, one of `FORMS`.
    groove : str
        Pattern of drums and bass, one of `GROOVES`.
    topic : str
        What the words are about, one of `TOPICS`.
    """

    tempo: float
    key: str
    mode: str
    brightness: float
    percussiveness: float
    instrument: str
    density: float
    form: str
    groove: str
    topic: str


@dataclass(frozen=True)
class Style:
    """A recipe: mean and standard deviation of each number, weights of the likelier names."""

    tempo: tuple[float, float]
    brightness: tuple[float, float]
    percussiveness: tuple[float, float]
    density: tuple[float, float]
    minor: float
    keys: tuple[str, ...]
    instruments: dict[str, float]
    forms: tuple[str, ...]
    grooves: dict[str, float]
    topic: str


STYLES = MappingProxyType(
    {
        "Ambient": Style(
            (80, 14), (0.30, 0.13), (0.12, 0.09), (0.8, 0.3), 0.5, ("D", "A", "F"),
            {"pad": 0.8, "flute": 0.08, "electric_piano": 0.08}, ("ABAC", "AABB"), {"sparse": 0.8}, "sea",
        ),
        "Electronic": Style(
            (126, 10), (0.72, 0.13), (0.72, 0.12), (1.8, 0.5), 0.7, ("F", "G", "A"),
            {"lead": 0.75, "pad": 0.15, "electric_piano": 0.05}, ("AABB", "ABAB"), {"four_on_floor": 0.8},
            "city",
        ),
        "Folk": Style(
            (100, 16), (0.55, 0.12), (0.22, 0.11), (1.5, 0.4), 0.35, ("G", "D", "C"),
            {"pluck": 0.8, "flute": 0.1, "organ": 0.05}, ("AABA", "ABAB"), {"sparse": 0.5, "backbeat": 0.35},
            "forest",
        ),
        "Jazz": Style(
            (122, 26), (0.36, 0.12), (0.40, 0.12), (1.8, 0.5), 0.45, ("F", "Bb", "Eb"),
            {"electric_piano": 0.75, "organ": 0.1, "flute": 0.1}, ("AABA", "ABAC"), {"swing": 0.8}, "love",
        ),
        "Latin": Style(
            (106, 13), (0.58, 0.13), (0.60, 0.12), (1.9, 0.5), 0.6, ("A", "D", "E"),
            {"flute": 0.7, "pluck": 0.15, "electric_piano": 0.1}, ("ABAB", "ABCB"), {"clave": 0.8}, "dance",
        ),
        "Rock": Style(
            (134, 16), (0.66, 0.13), (0.56, 0.12), (1.4, 0.4), 0.4, ("E", "A", "G"),
            {"organ": 0.75, "lead": 0.12, "pluck": 0.08}, ("ABAB", "ABCB"), {"backbeat": 0.8}, "road",
        ),
    }
)  # fmt: skip


def draw(name: str, rng: np.random.Generator) -> Factors:
    """Draw the factors of one song of the style `name`, a key of `STYLES`."""
    style = STYLES[name]
    return Factors(
        tempo=_number("tempo", style, rng),
        key=_name(KEYS, dict.fromkeys(style.keys, 0.55 / len(style.keys)), rng),
        mode=str(rng.choice(MODES, p=(1 - style.minor, style.minor))),
        brightness=_number("brightness", style, rng),
        percussiveness=_number("percussiveness", style, rng),
        instrument=_name(INSTRUMENTS, style.instruments, rng),
        density=_number("density", style, rng),
        form=_name(FORMS, dict.fromkeys(style.forms, 0.3), rng),
        groove=_name(GROOVES, style.grooves, rng),
        topic=_name(TOPICS, {style.topic: 0.4}, rng),
    )


def _number(factor: str, style: Style, rng: np.random.Generator) -> float:
    """A normal number truncated to its range, with the precision of the factor table."""
    mean, deviation = getattr(style, factor)
    low, high = RANGES[factor]
    value = rng.normal(mean, deviation)
    while not low <= value <= high:
        value = rng.normal(mean, deviation)
    return round(float(value), 1 if factor == "tempo" else 3)


def _name(names: tuple[str, ...], weights: dict[str, float], rng: np.random.Generator) -> str:
    """One of `names`: `weights` say how likely some are, and all share what is left evenly."""
    rest = (1 - sum(weights.values())) / len(names)
    return str(rng.choice(names, p=[weights.get(name, 0.0) + rest for name in names]))
