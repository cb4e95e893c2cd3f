"""How far a score can be trusted: intervals from subsamples, paired differences, and chance.

Conventions
-----------
- The clustering stays as it is; what varies is which tracks it is judged by. So the intervals say what other
  tracks of the same kind would change, not what another training would: that is the spread over seeds.
- Subsamples hold 80 % of the tracks, drawn without replacement: in a bootstrap sample a track would meet
  itself in its cluster, which raises AMI and ARI.
- A subsample of 80 % varies less than a new sample would. The deviation from the score of all is scaled by
  sqrt(m / (n - m)), 2 for 80 %, as in the delete-d jackknife.
- Two models are compared over the tracks that both have, on the same subsamples.
- The p-value is the share of permutations of the labels that score at least as high, the given one counted
  in: never 0, at least 1 / (permutations + 1).
- With fewer than `FEWEST` tracks, or where a score is undefined, there is no interval: None.

References
----------
Shao & Wu, A general theory for jackknife variance estimation, Annals of Statistics 17(3), 1989. Politis &
Romano, Large sample confidence regions based on subsamples, Annals of Statistics 22(4), 1994. Phipson &
Smyth, Permutation p-values should never be zero, SAGMB 9(1), 2010. Patefield, Algorithm AS 159, J. Royal
Statistical Society C 30(1), 1981.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import random_table

from songmap.evaluation.agreement import ami_of, contingency
from songmap.evaluation.validation import Score

SHARE = 0.8
DRAWS = 200
PERMUTATIONS = 199
LEVEL = 0.95
FEWEST = 20  # tracks
STREAM = int.from_bytes(b"resample")  # keeps these draws apart from all others of the same seed


@dataclass(frozen=True)
class Interval:
    """A score of all tracks, and where 95 % of scores of other such tracks would lie.

    Parameters
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside."""
        return self.low > 0 or self.high < 0


def interval(labels: np.ndarray, clusters: np.ndarray, seed: int) -> Interval | None:
    """Interval of the AMI; noise counts as one more cluster.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], str
        '' where unknown; such tracks are left out.
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.
    seed : int >= 0
    """
    return _interval(ami_of, contingency(labels, clusters), seed)


def difference(labels: np.ndarray, first: np.ndarray, second: np.ndarray, seed: int) -> Interval | None:
    """Interval of the AMI of `first` less that of `second`, two clusterings (n,) of the same tracks."""

    def paired(counts: np.ndarray) -> Score:
        one, other = ami_of(counts.sum(axis=2)), ami_of(counts.sum(axis=1))
        return None if one is None or other is None else one - other

    return _interval(paired, contingency(labels, first, second), seed)


def p_value(labels: np.ndarray, clusters: np.ndarray, seed: int) -> float | None:
    """Chance that labels without any relation to the clusters agree with them as well. See `interval`."""
    counts = contingency(labels, clusters)
    found = ami_of(counts) if counts.size else None
    if found is None:
        return None
    rng = np.random.default_rng([STREAM, seed])
    tables = random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(PERMUTATIONS, random_state=rng)
    as_high = sum((ami_of(table.astype(np.int64)) or 0.0) >= found for table in tables)
    return float(as_high + 1) / (PERMUTATIONS + 1)


def _interval(score: Callable[[np.ndarray], Score], counts: np.ndarray, seed: int) -> Interval | None:
    """Interval of a score of a table of counts; a subsample of tracks is a subsample of its cells."""
    n = int(counts.sum())
    whole = score(counts) if n >= FEWEST else None
    if whole is None:
        return None
    rng, m = np.random.default_rng([STREAM, seed]), round(SHARE * n)
    cells = counts.ravel()
    some = np.flatnonzero(cells)
    deviations = []
    for _ in range(DRAWS):
        drawn = np.zeros_like(cells)
        drawn[some] = rng.multivariate_hypergeometric(cells[some], m)
        value = score(drawn.reshape(counts.shape))
        if value is not None:
            deviations.append(value - whole)
    if len(deviations) < DRAWS / 2:
        return None
    high, low = whole - np.sqrt(m / (n - m)) * np.quantile(deviations, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(whole, float(low), float(high))
