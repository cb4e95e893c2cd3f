"""The table of a sweep over beta: a row for every encoder, and a short summary."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from songmap.evaluation.disentanglement import SCORES, disentanglement, halves
from songmap.evaluation.rounding import significant

NUMBERS = ("r2", "kl", "active_units", *SCORES)
COLUMNS = ("model", "beta", "seed", *NUMBERS)
SHORT = tuple(name for name in NUMBERS if name != "completeness")
VAE, RANDOM, PCA, HALF, SHUFFLED = "vae", "random", "pca", "pca_half", "shuffled"
HALVES = 20

Row = dict[str, Any]


def uncertainty(codes: np.ndarray, factors: Mapping[str, np.ndarray], seed: int, draws: int) -> Iterator[Row]:
    """Rows of what so few songs leave open: scores over random halves of them, and of shuffled songs.

    Parameters
    ----------
    codes : np.ndarray [shape=(n, d)]
        Those of PCA, the same in every run.
    factors : mapping of str to np.ndarray [shape=(n,)]
    seed : int >= 0
    draws : int > 0
        Times that the songs are shuffled.
    """
    for number, half in enumerate(halves(len(codes), HALVES, seed)):
        some = {name: values[half] for name, values in factors.items()}
        yield {"model": HALF, "seed": number, **disentanglement(codes[half], some, seed)}
    for number in range(draws):
        others = np.random.default_rng([seed, number]).permutation(codes)
        yield {"model": SHUFFLED, "seed": number, **disentanglement(others, factors, seed)}


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Means by encoder, and how uncertain they are.

    Parameters
    ----------
    rows : sequence of dict
        Keys as `COLUMNS`; a number that is absent or None is left out.

    Returns
    -------
    dict
        The mean of each number in `SHORT` by encoder, a VAE going by its beta. ``sd_over_seeds`` has the
        standard deviation of one run over seeds, pooled over betas; ``sd_over_songs`` what other songs would
        change for the same encoder, that of PCA over halves of the songs.
    """
    vaes: dict[str, list[Row]] = {}
    others: dict[str, list[Row]] = {}
    for row in rows:
        if row["model"] == VAE:
            vaes.setdefault(f"beta_{row['beta']:g}", []).append(row)
        else:
            others.setdefault(row["model"], []).append(row)
    half = others.pop(HALF, [])
    spread = {"sd_over_seeds": _deviations(list(vaes.values())), "sd_over_songs": _deviations([half])}
    means = {name: _means(group) for name, group in (vaes | others).items()}
    return significant(means | {name: values for name, values in spread.items() if values}, 4)


def _means(rows: Sequence[Row]) -> dict[str, float]:
    return {name: statistics.fmean(values) for name in SHORT if (values := _column(rows, name))}


def _deviations(groups: Sequence[Sequence[Row]]) -> dict[str, float]:
    """Standard deviation within the groups, which count the same."""
    found = {}
    for name in SHORT:
        columns = [_column(rows, name) for rows in groups]
        variances = [statistics.variance(values) for values in columns if len(values) > 1]
        if variances:
            found[name] = math.sqrt(statistics.fmean(variances))
    return found


def _column(rows: Sequence[Row], name: str) -> list[float]:
    return [float(row[name]) for row in rows if row.get(name) is not None]
