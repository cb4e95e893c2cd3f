"""Which languages a song is in, from how likely each of its lines is in each language.

A line alone is too short to tell: 'oh baby, baby' may be in fifty languages. So a song is taken as a mixture:
each line is in one of a few languages, whose weights the lines themselves give, by expectation maximisation
(McLachlan & Peel, Finite Mixture Models, 2000, section 2.8). Languages are added one at a time, while that
makes the lines likelier by more than a slip of the identifier would.
"""

from dataclasses import dataclass

import numpy as np

_LETTERS_PER_NAT = 4.0
_LETTERS_PER_NAT_ROUGHLY = 6.0
_MOST_NATS = 7.0  # that a line counts for
_GAIN = 3.0  # nats
_GAIN_ROUGHLY = 1.0  # nats
_NEAR = 5.0  # nats
_STEPS = 15  # of expectation maximisation


@dataclass
class _Mixture:
    """Columns chosen, their weights, how likely each is alone, and what the addition of others has gained."""

    chosen: list[int]
    share: np.ndarray
    alone: np.ndarray
    gains: dict[int, float]


def candidates(confidence: np.ndarray, letters: np.ndarray, weight: np.ndarray, most: int) -> list[int]:
    """Languages that a song may be in, judged leniently from a rough identifier's confidence.

    They are those that explain all lines nearly as well as the best does (by 5 nats, a line counting for at
    most a nat per 6 letters), and those whose addition gains a nat.

    Parameters
    ----------
    confidence, letters, weight : np.ndarray
        As in `assign`.
    most : int > 0
        How many at most.

    Returns
    -------
    list of int
        Columns of `confidence` in ascending order.
    """
    found = _mixture(_likelihood(confidence, letters / _LETTERS_PER_NAT_ROUGHLY), weight, _GAIN_ROUGHLY)
    near = np.flatnonzero(found.alone > found.alone.max() - _NEAR)
    gainful = [column for column, gain in found.gains.items() if gain >= _GAIN_ROUGHLY]
    rest = sorted({*near.tolist(), *gainful} - {*found.chosen}, key=lambda column: -found.alone[column])
    return sorted([*found.chosen, *rest][:most])


def assign(confidence: np.ndarray, letters: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The language of each line, given all the others.

    A line counts against a language by at most a nat per 4 letters, and 7 nats: an identifier errs, and on
    short lines more. A further language must make the lines likelier by 3 nats.

    Parameters
    ----------
    confidence : np.ndarray [shape=(n, c)], in [0, 1], n and c > 0
        How likely each distinct line is in each language, as if it stood alone.
    letters : np.ndarray [shape=(n,)]
        The length of each line.
    weight : np.ndarray [shape=(n,)], > 0
        How many lines' worth of evidence each is.

    Returns
    -------
    np.ndarray [shape=(n,)], int
        Columns of `confidence`; -1 for all lines where they are in one language and it is open which.
    """
    likelihood = _likelihood(confidence, letters / _LETTERS_PER_NAT)
    found = _mixture(likelihood, weight, _GAIN)
    odds = np.exp(found.alone - found.alone.max())
    if len(found.chosen) == 1 and odds.sum() > 2 - 1e-9:  # the best has no more than even odds
        return np.full(len(confidence), -1)
    joint = likelihood[:, found.chosen] * found.share
    return np.array(found.chosen)[joint.argmax(axis=1)]


def _likelihood(confidence: np.ndarray, most: np.ndarray) -> np.ndarray:
    return np.maximum(confidence, np.exp(-np.minimum(most, _MOST_NATS))[:, None])  # (n, c)


def _mixture(likelihood: np.ndarray, weight: np.ndarray, enough: float) -> _Mixture:
    alone = weight @ np.log(likelihood)  # (c,)
    best = float(alone.max())
    found = _Mixture([int(alone.argmax())], np.ones(1), alone, {})
    likeliest = {int(column) for column in likelihood.argmax(axis=1)}  # of a line each
    while others := sorted(likeliest - set(found.chosen)):
        fits = [_fit(likelihood[:, [*found.chosen, column]], weight) for column in others]
        gains = [value - best for value, _ in fits]
        for column, gain in zip(others, gains, strict=True):
            found.gains[column] = max(gain, found.gains.get(column, gain))
        most = int(np.argmax(gains))
        if gains[most] < enough:
            break
        best, found.share = fits[most]
        found.chosen.append(others[most])
    return found


def _fit(likelihood: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood of the lines, and the weight of each language (c,)."""
    share = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    for _ in range(_STEPS):
        joint = likelihood * share  # (n, c)
        share = weight @ (joint / joint.sum(axis=1, keepdims=True)) / weight.sum()
    return float(weight @ np.log((likelihood * share).sum(axis=1))), share
