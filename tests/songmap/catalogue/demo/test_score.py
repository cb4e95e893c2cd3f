import dataclasses

import numpy as np
import pytest

from songmap.catalogue.demo.score import Score, compose, seconds_at
from songmap.catalogue.demo.styles import FORMS, GROOVES, INSTRUMENTS, KEYS, Factors

SONG = Factors(120.0, "C", "major", 0.5, 0.5, "pluck", 1.5, "AABA", "backbeat", "sea")
BAR = 2.0  # seconds at 120 beats a minute


def song(seconds: float = 32.0, seed: int = 0, **changes: object) -> Score:
    return compose(dataclasses.replace(SONG, **changes), seconds, np.random.default_rng(seed))  # type: ignore[arg-type]


def bar_of(score: Score, number: int) -> list[tuple[float, int]]:
    """Melody of one bar: onset within the bar, pitch."""
    begin = number * BAR
    return [
        (round(n.start - begin, 6), n.pitch) for n in score.melody if begin <= n.start < begin + BAR - 1e-9
    ]


@pytest.mark.parametrize("mode,white", [("major", {0, 2, 4, 5, 7, 9, 11}), ("minor", {0, 2, 3, 5, 7, 8, 10})])
@pytest.mark.parametrize("key", KEYS)
def test_all_notes_are_of_the_key(key: str, mode: str, white: set[int]) -> None:
    score = song(key=key, mode=mode, groove="swing")
    pitches = {n.pitch for n in (*score.chords, *score.bass, *score.melody)}
    assert {(p - KEYS.index(key)) % 12 for p in pitches} <= white
    assert min(pitches) >= 24 and max(pitches) <= 96


@pytest.mark.parametrize("density", [0.5, 1.0, 1.7, 3.0])
def test_the_melody_has_as_many_notes_per_beat_as_asked(density: float) -> None:
    counts = [len(song(64.0, seed, density=density, form="ABAC").melody) / 128 for seed in range(20)]
    assert np.mean(counts) == pytest.approx(density, abs=0.06)


def test_a_section_returns_with_its_letter() -> None:
    score = song(32.0, form="ABAC")  # 16 bars, 4 to a section
    for bar in range(4):
        assert bar_of(score, bar) == bar_of(score, 8 + bar)
    assert [bar_of(score, bar) for bar in range(4)] != [bar_of(score, 4 + bar) for bar in range(4)]


@pytest.mark.parametrize("groove", GROOVES)
@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_notes_follow_one_another_and_fill_the_song(groove: str, instrument: str) -> None:
    for form in FORMS:
        score = song(3.0, groove=groove, instrument=instrument, form=form)
        for part in (score.chords, score.bass, score.melody):
            assert part and min(n.length for n in part) > 0 and min(n.start for n in part) >= 0
            assert max(n.start + n.length for n in part) > 1.5
        assert score.drums and all(0 < hit.loudness <= 1 for hit in score.drums)


def test_swing_delays_the_second_eighth_only() -> None:
    straight = [seconds_at(step, SONG) for step in range(8)]
    swung = [seconds_at(step, dataclasses.replace(SONG, groove="swing")) for step in range(8)]
    assert straight == pytest.approx(np.arange(8) / 8)
    assert swung[::4] == pytest.approx([0, 0.5])
    assert swung[2] == pytest.approx(0.5 * 2 / 3)
    assert np.all(np.diff(swung) > 0)
