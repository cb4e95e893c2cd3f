import dataclasses

import numpy as np
import pytest

from songmap.catalogue.demo.styles import (
    FORMS,
    GROOVES,
    INSTRUMENTS,
    KEYS,
    MODES,
    RANGES,
    STYLES,
    TOPICS,
    Factors,
    draw,
)

NAMES = {
    "key": KEYS,
    "mode": MODES,
    "instrument": INSTRUMENTS,
    "form": FORMS,
    "groove": GROOVES,
    "topic": TOPICS,
}


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[Factors]]:
    rng = np.random.default_rng(3)
    return {style: [draw(style, rng) for _ in range(400)] for style in STYLES}


def test_every_factor_is_of_its_kind_and_in_range(drawn: dict[str, list[Factors]]) -> None:
    assert {field.name for field in dataclasses.fields(Factors)} == {*NAMES, *RANGES}
    for factors in (f for many in drawn.values() for f in many):
        for name, allowed in NAMES.items():
            assert getattr(factors, name) in allowed
        for name, (low, high) in RANGES.items():
            assert low <= getattr(factors, name) <= high


@pytest.mark.parametrize("name", RANGES)
def test_ranges_of_styles_overlap(drawn: dict[str, list[Factors]], name: str) -> None:
    values = {style: [getattr(f, name) for f in many] for style, many in drawn.items()}
    for style, mine in values.items():
        others = np.concatenate([v for other, v in values.items() if other != style])
        assert others.min() < np.quantile(mine, 0.1) and np.quantile(mine, 0.9) < others.max()


@pytest.mark.parametrize("name", NAMES)
def test_no_name_belongs_to_one_style_alone(drawn: dict[str, list[Factors]], name: str) -> None:
    for value in NAMES[name]:
        assert sum(any(getattr(f, name) == value for f in many) for many in drawn.values()) >= 4


def test_a_topic_leans_towards_its_style_and_does_not_equal_it(drawn: dict[str, list[Factors]]) -> None:
    assert sorted(style.topic for style in STYLES.values()) == sorted(TOPICS)
    for style, many in drawn.items():
        share = np.mean([f.topic == STYLES[style].topic for f in many])
        assert 0.4 < share < 0.6


@pytest.mark.parametrize("name", STYLES)
def test_weights_leave_something_for_every_name(name: str) -> None:
    style = STYLES[name]
    assert sum(style.instruments.values()) < 0.99 and set(style.instruments) <= set(INSTRUMENTS)
    assert sum(style.grooves.values()) < 1 and set(style.grooves) <= set(GROOVES)
    assert set(style.forms) <= set(FORMS) and set(style.keys) <= set(KEYS)
