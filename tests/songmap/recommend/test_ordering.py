from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from songmap.commands.playlists import LONGEST
from songmap.errors import DataError
from songmap.recommend.ordering import MOST, smooth


def length(points, order):
    return np.linalg.norm(np.diff(points[order], axis=0), axis=1).sum()


def test_points_on_a_line_are_walked_with_one_turn():
    points = np.random.default_rng(0).permutation(np.arange(9.0))[:, None]
    order = smooth(points)
    assert points[order[0], 0] == 4
    assert length(points, order) == 4 + 8


@pytest.mark.parametrize("seed", range(5))
def test_it_comes_close_to_the_shortest_path(seed):
    points = np.random.default_rng(seed).normal(size=(8, 3))
    order = smooth(points)
    start = order[0]
    assert start == cdist(points, points).sum(axis=1).argmin()
    rest = [i for i in range(8) if i != start]
    best = min(length(points, [start, *path]) for path in permutations(rest))
    assert length(points, order) <= 1.15 * best


def test_it_is_smoother_than_greedy_chance_and_the_given_order():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(300, 16))
    order = smooth(points)
    assert sorted(order.tolist()) == list(range(300))
    drawn = [length(points, rng.permutation(300)) for _ in range(50)]
    assert length(points, order) < 0.8 * min(*drawn, length(points, np.arange(300)))
    greedy, left = [int(order[0])], set(range(300)) - {int(order[0])}
    while left:
        greedy.append(min(left, key=lambda i: np.linalg.norm(points[i] - points[greedy[-1]])))
        left.remove(greedy[-1])
    assert length(points, order) < length(points, greedy)


def test_no_turn_of_a_piece_would_shorten_it():
    points = np.random.default_rng(2).normal(size=(25, 2))
    order = smooth(points).tolist()
    for i in range(1, 24):
        for j in range(i + 1, 25):
            turned = order[:i] + order[i : j + 1][::-1] + order[j + 1 :]
            assert length(points, turned) >= length(points, order) - 1e-9


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_points(n):
    assert sorted(smooth(np.zeros((n, 2))).tolist()) == list(range(n))


def test_identical_points_come_to_an_end():
    assert sorted(smooth(np.ones((40, 3))).tolist()) == list(range(40))


def test_too_many_points_are_refused():
    assert LONGEST == MOST
    with pytest.raises(DataError, match="2,001 songs to order: at most 2,000"):
        smooth(np.zeros((MOST + 1, 2)))
