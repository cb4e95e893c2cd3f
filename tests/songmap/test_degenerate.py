import numpy as np
import pytest

from songmap.degenerate import degenerate


@pytest.mark.parametrize(
    ("sizes", "noise", "why"),
    [
        ([50, 50], 0, ""),
        ([90, 10], 0, ""),
        ([91, 9], 0, "one giant cluster"),
        ([30, 20], 50, ""),
        ([30, 19], 51, "mostly noise"),
        ([46, 4], 50, "one giant cluster"),  # of the tracks in clusters, not of all
        ([100], 0, "one cluster"),
        ([60], 40, "one cluster"),
        ([40], 60, "mostly noise"),
        ([], 100, "mostly noise"),
        ([1966, 1, 1, 1, 1], 0, "one giant cluster"),
        ([1], 0, "one cluster"),
        ([], 0, "one cluster"),
    ],
)
def test_rule(sizes: list[int], noise: int, why: str) -> None:
    clusters = np.repeat([*range(len(sizes)), -1], [*sizes, noise])
    assert degenerate(clusters) == why
    assert degenerate(np.random.default_rng(0).permutation(clusters)) == why
    assert degenerate(np.where(clusters < 0, -1, 7 * clusters + 3)) == why
