"""What a clustering scores that knows nothing: the rows every other row is read against."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

DRAWS = 20
STREAM = int.from_bytes(b"chance")  # else seed 0 repeats what any other generator of seed 0 drew, labels too


def random_clusters(n: int, k: int, seed: int, draw: int) -> np.ndarray:
    """Clusters of n points, each drawn uniformly from 0..k-1. Shape (n,), int."""
    return np.random.default_rng([STREAM, seed, draw]).integers(k, size=n)


def one_cluster(n: int) -> np.ndarray:
    """All n points in cluster 0: it scores the share of the commonest label as purity. Shape (n,), int."""
    return np.zeros(n, dtype=np.int64)


def mean_scores(
    score: Callable[[np.ndarray], Mapping[str, Any]], n: int, k: int, seed: int, draws: int = DRAWS
) -> dict[str, Any]:
    """Mean of each score over random clusterings.

    Parameters
    ----------
    score : callable
        Clusters (n,) to scores by name.
    n, k : int > 0
        Points and clusters.
    seed : int >= 0
        Seed of the draws.
    draws : int > 0
        Number of clusterings.

    Returns
    -------
    dict
        A number where every draw has one, else None.
    """
    drawn = [score(random_clusters(n, k, seed, draw)) for draw in range(draws)]
    columns = {name: [scores[name] for scores in drawn] for name in drawn[0]}
    return {
        name: None if any(value is None for value in values) else float(np.mean(values))
        for name, values in columns.items()
    }
