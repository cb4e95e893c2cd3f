import numpy as np
import pytest

from songmap.lyrics.mixture import _fit, assign, candidates


def lines(*rows: tuple[float, ...], letters: float = 28) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.array(rows), np.full(len(rows), letters), np.ones(len(rows))


def test_weights_are_the_likeliest_of_all() -> None:
    """Against a fine grid, for a mixture of two."""
    rng = np.random.default_rng(0)
    likelihood, weight = rng.uniform(0.01, 1, (30, 2)), rng.uniform(1, 3, 30)
    value, share = _fit(likelihood, weight)
    grid = np.linspace(0.001, 0.999, 999)
    values = [weight @ np.log(likelihood @ [p, 1 - p]) for p in grid]
    assert value == pytest.approx(max(values), abs=1e-2)
    assert share[0] == pytest.approx(grid[int(np.argmax(values))], abs=0.05)
    assert share.sum() == pytest.approx(1)


def test_a_line_that_tells_nothing_follows_the_others() -> None:
    told = assign(*lines((0.9, 0.1, 0), (0.8, 0.1, 0.1), (0.33, 0.33, 0.34), (0.1, 0.2, 0.7)))
    assert told.tolist() == [0, 0, 0, 0]


def test_lines_that_are_clearly_in_another_language_are() -> None:
    told = assign(*lines((0.99, 0, 0), (0.99, 0, 0), (0.99, 0, 0), (0, 0.99, 0.01), (0, 0.98, 0.01)))
    assert told.tolist() == [0, 0, 0, 1, 1]


def test_one_slip_of_the_identifier_is_no_language_but_short_lines_are_believed_less() -> None:
    rows = [(1.0, 0.0)] * 20 + [(0.0, 1.0)]
    assert assign(*lines(*rows)).tolist() == [0] * 21
    rows = [(1.0, 0.0)] * 12 + [(0.0, 1.0)] * 3
    assert assign(*lines(*rows)).tolist() == [0] * 12 + [1] * 3
    assert assign(*lines(*rows, letters=6)).tolist() == [0] * 15


def test_evidence_counts_by_its_weight() -> None:
    confidence, letters, weight = lines(*[(1.0, 0.0)] * 30, (0.0, 1.0))
    assert assign(confidence, letters, weight)[-1] == 0
    weight[-1] = 1 + np.log(12)  # sung twelve times
    assert assign(confidence, letters, weight)[-1] == 1


def test_open_questions_stay_open() -> None:
    assert assign(*lines((0.4, 0.35, 0.25))).tolist() == [-1]
    assert assign(*lines((0.0, 0.0), (0.0, 0.0))).tolist() == [-1, -1]
    assert assign(*lines((0.6, 0.3, 0.1), (0.6, 0.3, 0.1))).tolist() == [0, 0]


def test_candidates_hold_what_is_near_and_what_helps() -> None:
    assert candidates(*lines(*[(0.98, 0.01, 0.01)] * 20), 8) == [0]
    assert candidates(*lines((0.6, 0.38, 0.02)), 8) == [0, 1, 2]
    assert candidates(*lines((0.6, 0.38, 0.02)), 2) == [0, 1]
    assert candidates(*lines(*[(0.98, 0.01, 0.01)] * 20, *[(0.01, 0.01, 0.98)] * 2), 8) == [0, 2]
