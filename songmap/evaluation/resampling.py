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
- Where nearly all tracks agree, AMI above about 0.9, intervals are too narrow: subsamples hold no errors that
  the sample has none of. An interval of width 0 says only that no error was seen.
- Tracks are drawn, not artists: where songs of an artist are alike, intervals are too narrow. What that
  matters to a score, `songmap.evaluation.artists` says.
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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import random_table

from songmap.evaluation.contingency import ami_of, amis_of, contingency, entropy
from songmap.evaluation.validation import ZERO

SHARE = 0.8
DRAWS = 200
PERMUTATIONS = 199
LEVEL = 0.95
FEWEST = 20  # tracks
STREAM = int.from_bytes(b"resample")  # keeps these draws apart from all others of the same seed


@dataclass(frozen=True)
class Interval:
    """A score of the tracks, and an interval that holds the score of all such tracks in 95 of 100 samples.

    Parameters
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Subsampled:
    """The AMI of one clustering over all tracks and over each subsample of them.

    Parameters
    ----------
    value : float
    draws : np.ndarray [shape=(draws,)]
        NaN where undefined.
    scale : float > 0
        What a deviation from the value counts.
    """

    value: float
    draws: np.ndarray
    scale: float

    def __sub__(self, other: "Subsampled") -> "Subsampled":
        """The difference on each of the same subsamples."""
        return Subsampled(self.value - other.value, self.draws - other.draws, self.scale)

    def interval(self) -> Interval | None:
        """The 95 % interval; None if half of the subsamples have no score."""
        deviations = self.draws[~np.isnan(self.draws)] - self.value
        if len(deviations) < DRAWS / 2:
            return None
        tails = np.quantile(deviations, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        high, low = self.value - self.scale * tails
        return Interval(self.value, float(low), float(high))


def subsampled(labels: np.ndarray, clusterings: Sequence[np.ndarray], seed: int) -> list[Subsampled | None]:
    """AMI over the same subsamples for every clustering; noise counts as one more cluster.

    Parameters
    ----------
    labels : np.ndarray [shape=(n,)], str
        '' where unknown; such tracks are left out.
    clusterings : sequence of np.ndarray [shape=(n,)], int
        -1 is noise.
    seed : int >= 0

    Returns
    -------
    list of Subsampled
        None where there are too few tracks or no score.
    """
    kept = np.asarray(labels, dtype=str) != ""
    n = int(kept.sum())
    if n < FEWEST:
        return [None] * len(clusterings)
    names = np.unique(labels[kept], return_inverse=True)[1]
    clusters = [np.unique(values[kept], return_inverse=True)[1] for values in clusterings]
    shapes = [(int(names.max()) + 1, int(codes.max()) + 1) for codes in clusters]
    cells = [names * shape[1] + codes for codes, shape in zip(clusters, shapes, strict=True)]
    tables = [np.zeros((DRAWS, shape[0] * shape[1]), dtype=np.int64) for shape in shapes]
    rng, m = np.random.default_rng([STREAM, seed]), round(SHARE * n)
    for draw in range(DRAWS):
        rows = rng.choice(n, m, replace=False, shuffle=False)
        for table, cell in zip(tables, cells, strict=True):
            table[draw] = np.bincount(cell[rows], minlength=table.shape[1])
    wholes = [ami_of(contingency(labels, values)) for values in clusterings]
    return [
        None
        if whole is None
        else Subsampled(whole, amis_of(table.reshape(-1, *shape)), float(np.sqrt(m / (n - m))))
        for whole, table, shape in zip(wholes, tables, shapes, strict=True)
    ]


def interval(labels: np.ndarray, clusters: np.ndarray, seed: int) -> Interval | None:
    """Interval of the AMI of one clustering (n,). See `subsampled`."""
    found = subsampled(labels, [clusters], seed)[0]
    return found.interval() if found else None


def difference(labels: np.ndarray, first: np.ndarray, second: np.ndarray, seed: int) -> Interval | None:
    """Interval of the AMI of `first` less that of `second`, two clusterings (n,) of the same tracks."""
    one, other = subsampled(labels, [first, second], seed)
    return (one - other).interval() if one and other else None


def p_value(labels: np.ndarray, clusters: np.ndarray, seed: int) -> float | None:
    """Chance that labels without any relation to the clusters agree with them as well. See `subsampled`.

    Permutations leave the sizes of labels and clusters as they are, so that AMI rises where the entropy of
    the table falls, and only that is compared.
    """
    counts = contingency(labels, clusters)
    if ami_of(counts) is None:
        return None
    rng = np.random.default_rng([STREAM, seed])
    tables = random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(PERMUTATIONS, random_state=rng)
    as_high = np.sum(entropy(tables) <= entropy(counts[None]) + ZERO)
    return float(as_high + 1) / (PERMUTATIONS + 1)
