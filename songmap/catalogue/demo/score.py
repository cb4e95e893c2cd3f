"""Composition: from the factors of a song to notes and drum hits in time."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from songmap.catalogue.demo.styles import KEYS, Factors

STEPS = 16  # a bar of four beats in sixteenths
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
PROGRESSIONS = {
    "major": ((0, 4, 5, 0), (0, 5, 4, 0), (0, 3, 0, 4), (0, 3, 4, 0), (0, 1, 4, 0), (0, 4, 0, 3)),
    "minor": ((0, 5, 4, 0), (0, 3, 4, 0), (0, 6, 0, 4), (0, 5, 0, 4), (0, 3, 6, 0), (0, 3, 0, 4)),
}
SUSTAINED = ("flute", "organ", "pad")

# One digit per sixteenth: how loud; what is soft is not always played.
DRUMS = {
    "backbeat": {"kick": "9000000070800000", "snare": "0000900000009000", "hat": "5030503050305030"},
    "clave": {"kick": "9000006080000060", "clap": "9009000900009000", "hat": "3053305330533053"},
    "four_on_floor": {"kick": "9000900090009000", "clap": "0000700000007000", "hat": "1070107010701070"},
    "sparse": {"kick": "7000000000000000", "clap": "0000000040000000", "hat": "2000300020003000"},
    "swing": {"kick": "5000400050004000", "snare": "0000200300000020", "hat": "7000702070007020"},
}
BASS = {  # sixteenth, length in sixteenths, degree of the chord's scale
    "backbeat": ((0, 2, 0), (2, 2, 0), (4, 2, 0), (6, 2, 0)),
    "clave": ((0, 3, 0), (3, 3, 4), (6, 2, 0)),
    "four_on_floor": ((0, 2, 0), (2, 2, 0), (6, 2, 0)),
    "sparse": ((0, 8, 0),),
    "swing": ((0, 4, 0), (4, 4, 4)),
}


class Note(NamedTuple):
    """A tone: start and length in seconds, pitch as a MIDI number, loudness 0 to 1."""

    start: float
    length: float
    pitch: int
    loudness: float


class Hit(NamedTuple):
    """A drum's beat: start in seconds, which drum, loudness 0 to 1."""

    start: float
    drum: str
    loudness: float


@dataclass(frozen=True)
class Score:
    """Everything that is played."""

    chords: list[Note] = field(default_factory=list)
    bass: list[Note] = field(default_factory=list)
    melody: list[Note] = field(default_factory=list)
    drums: list[Hit] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """What a letter of the form stands for; it returns whenever the letter does."""

    chords: tuple[int, ...]  # degrees of the scale, two a bar
    tune: list[list[tuple[int, int]]]  # bars of (sixteenth, degree of the scale)
    force: float  # loudness, 0 to 1
    drums: bool  # in every bar, or in every second


def compose(factors: Factors, seconds: float, rng: np.random.Generator) -> Score:
    """Write a song of at least `seconds` seconds, whole bars of four beats.

    The sections that the form's letters name are one to eight bars long and recur until the time is up.
    """
    bars = math.ceil(seconds * factors.tempo / 240)
    length = min(max(bars // len(factors.form), 1), 8)
    sections = {letter: _section(letter, factors, rng) for letter in sorted(set(factors.form))}
    score = Score()
    for bar in range(bars):
        section = sections[factors.form[bar // length % len(factors.form)]]
        _write_bar(score, section, bar, factors, rng)
    return score


def seconds_at(step: int, factors: Factors) -> float:
    """Time of a sixteenth, in seconds; swing delays what lies off the beat."""
    late = float(np.interp(step % 4, (0, 2, 4), (0, 1 / 6, 0))) if factors.groove == "swing" else 0.0
    return (step / 4 + late) * 60 / factors.tempo


def _section(letter: str, factors: Factors, rng: np.random.Generator) -> Section:
    pool = PROGRESSIONS[factors.mode]
    force = {"A": 0.8, "B": 1.0, "C": 0.65}[letter]
    register = {"A": 0, "B": 2, "C": -2}[letter]
    first, second = (_tune(factors.density, register, rng) for _ in range(2))
    second[-1] = (second[-1][0], 7 * round(second[-1][1] / 7))  # home to the tonic
    return Section(pool[rng.integers(len(pool))], [first, second], force, letter != "C")


def _tune(density: float, register: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """One bar of melody: as many notes as the density asks for, mostly on the beat, mostly by step."""
    count = int(np.clip(np.floor(density * 4 + rng.random()), 1, STEPS))
    weight = np.tile([8.0, 1.0, 4.0, 1.0], 4)
    steps = np.sort(rng.choice(STEPS, count, replace=False, p=weight / weight.sum()))
    leaps = rng.choice((-4, -2, -1, 0, 1, 2, 4), count, p=(0.05, 0.15, 0.25, 0.1, 0.25, 0.15, 0.05))
    walk = np.clip(register + np.cumsum(leaps), register - 3, register + 4)
    return [(int(s), int(d)) for s, d in zip(steps, walk, strict=True)]


def _pitch(degree: int, factors: Factors, base: int) -> int:
    """MIDI number of a degree of the scale, 0 being the tonic at or above `base`."""
    octave, step = divmod(degree, 7)
    tonic = base + (KEYS.index(factors.key) - base) % 12
    return tonic + 12 * octave + SCALES[factors.mode][step]


def _write_bar(score: Score, section: Section, bar: int, factors: Factors, rng: np.random.Generator) -> None:
    """Append every part of one bar to `score`. The harmony runs on through sections of one bar."""
    start = bar * STEPS
    for half in range(2):
        chord = section.chords[(2 * bar + half) % len(section.chords)]
        _write_chord(score, chord, start + 8 * half, section.force, factors)
        for step, length, degree in BASS[factors.groove]:
            at = start + 8 * half + step
            begin, end = seconds_at(at, factors), seconds_at(at + length, factors)
            pitch = 28 + (_pitch(chord + degree, factors, 24) - 28) % 12
            score.bass.append(Note(begin, end - begin, pitch, section.force))
    _write_tune(score, section, bar, factors)
    if not section.drums and bar % 2:
        return
    busy = 0.35 + 0.65 * factors.percussiveness
    for drum, pattern in DRUMS[factors.groove].items():
        for step, digit in enumerate(pattern):
            loud = int(digit) / 9
            if loud and (loud > 0.6 or rng.random() < busy):
                played = seconds_at(start + step, factors) + float(rng.normal(0, 0.004))
                score.drums.append(Hit(max(0.0, played), drum, loud * float(rng.uniform(0.85, 1))))


def _write_chord(score: Score, chord: int, start: int, force: float, factors: Factors) -> None:
    """Half a bar of harmony: held by what sustains, broken by what is plucked or struck."""
    pitches = [52 + (_pitch(chord + third, factors, 48) - 52) % 12 for third in (0, 2, 4)]
    if factors.groove == "swing":
        pitches.append(52 + (_pitch(chord + 6, factors, 48) - 52) % 12)
    begin, end = seconds_at(start, factors), seconds_at(start + 8, factors)
    if factors.instrument in SUSTAINED:
        score.chords.extend(Note(begin, end - begin, pitch, 0.6 * force) for pitch in pitches)
    elif factors.instrument == "pluck":
        for turn, pitch in enumerate([*sorted(pitches), sorted(pitches)[1]][:4]):
            at = seconds_at(start + 2 * turn, factors)
            score.chords.append(Note(at, end - at, pitch, 0.8 * force))
    else:
        for step in (0, 3, 6):
            at, until = seconds_at(start + step, factors), seconds_at(start + step + 2, factors)
            score.chords.extend(Note(at, until - at, pitch, 0.6 * force) for pitch in pitches)


def _write_tune(score: Score, section: Section, bar: int, factors: Factors) -> None:
    """The section's melody for this bar; on a beat it takes the nearest note of the chord."""
    start = bar * STEPS
    tune = section.tune[bar % len(section.tune)]
    for (step, degree), following in zip(tune, [*(s for s, _ in tune[1:]), STEPS], strict=True):
        chord = section.chords[(2 * bar + step // 8) % len(section.chords)]
        tones = [chord + third + 7 * octave for octave in (-2, -1, 0, 1) for third in (0, 2, 4)]
        sung = min(tones, key=lambda tone: (abs(tone - degree), tone)) if step % 4 == 0 else degree
        begin, end = seconds_at(start + step, factors), seconds_at(start + min(following, step + 8), factors)
        score.melody.append(Note(begin, end - begin, _pitch(sung, factors, 62), section.force))
