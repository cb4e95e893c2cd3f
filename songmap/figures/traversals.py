"""What the units of a latent space do, and what lies between two songs."""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from songmap.figures import style
from songmap.figures.decoded import WORDS, Group, changes, mel_strip, mel_units, strip

MOST_GROUPS = 20  # of one source of features
STATISTIC = "(delta_mean|delta_std|mean|std|min|max|range|rate|log2)"
LINES = 3  # of features beside a unit

Arrays = Mapping[str, np.ndarray]
Sources = Mapping[str, tuple[str, np.ndarray]]


class Walk(Protocol):
    """Units that were varied one by one, and what came out."""

    @property
    def units(self) -> np.ndarray:
        """Which units they are. Shape (u,)."""

    @property
    def values(self) -> np.ndarray:
        """Where each was put. Shape (u, steps)."""

    @property
    def decoded(self) -> Arrays:
        """By modality: vectors (u, steps, d) as z-scores, mel patches (u, steps, bands, frames) in dB."""

    @property
    def active(self) -> int:
        """How many of all units are active."""


def units(model: str, walk: Walk, dimensions: int, sources: Sources, told: bool) -> dict[str, Figure]:
    """Draw what comes out as each unit goes from one end of its range to the other.

    Parameters
    ----------
    model : str
        Its title.
    walk : Walk
    dimensions : int > 0 [scalar]
        Of the latent space.
    sources : mapping of str to tuple
        By modality: what it is read from, and the names of its columns where they have some.
    told : bool
        Whether the decoder is told labels.

    Returns
    -------
    dict of str to Figure
        ``units_mel`` of mel patches and ``units`` of vectors, where there are such. Without units, ``units``
        says so.
    """
    if not len(walk.units):
        return {"units": style.message(f"{model}: no unit is active, so that there is nothing to vary.")}
    title = f"{model}: what its units hold ({walk.active} of {dimensions} are active)"
    note = "each from its 2nd to its 98th percentile, the others at their mean" + ", as are labels" * told
    ends = [(_signed(low, ""), _signed(high, "")) for low, high in walk.values[:, [0, -1]]]
    rows = [f"unit {unit}\n{low} to {high}" for unit, (low, high) in zip(walk.units, ends, strict=True)]
    figures = {}
    for patches in (x for x in walk.decoded.values() if x.ndim == 4):
        figures["units_mel"] = mel_units(patches, rows, title, f"decoded mel patches; {note}")
    change = {name: x[:, -1] - x[:, 0] for name, x in walk.decoded.items() if x.ndim == 3}
    if change:
        words = [_largest({name: x[i] for name, x in change.items()}, sources) for i in range(len(rows))]
        note = f"root mean square of the decoded change in standard deviations; {note}"
        figures["units"] = changes(*_side_by_side(change, sources), rows, words, title, note)
    return figures


def songs(model: str, names: Sequence[str], steps: Arrays, sources: Sources, told: bool) -> dict[str, Figure]:
    """Draw the way from one song to another.

    Parameters
    ----------
    model : str
        Its title.
    names : sequence of str
        Titles of the two songs.
    steps : mapping of str to np.ndarray [shape=(2 + steps, d) or (2 + steps, bands, frames)]
        By modality: the first song, what comes out on the way, the last song. Vectors in standard deviations,
        mel patches in dB.
    sources : mapping of str to tuple
        By modality: what it is read from, and the names of its columns where they have some.
    told : bool
        Whether the decoder is told labels.

    Returns
    -------
    dict of str to Figure
        ``songs_mel`` of mel patches and ``songs`` of vectors, where there are such.
    """
    title = f"{model}: from one song to another"
    here, there = (style.text(name, 28) for name in names)
    note = f"{here} and {there} as they are, and what comes out in equal steps between them"
    note += ", labels too" * told
    count = len(next(iter(steps.values()))) - 2
    share = [f"{100 * i / max(count - 1, 1):.0f} %" for i in range(count)]
    figures = {}
    for patches in (x for x in steps.values() if x.ndim == 3):
        first, last = (style.text(name, 12) for name in names)
        figures["songs_mel"] = mel_strip(patches, [first, *share, last], title, note)
    vectors = {name: x for name, x in steps.items() if x.ndim == 2}
    if vectors:
        first, last = (style.text(name, 24) for name in names)
        figures["songs"] = strip(*_side_by_side(vectors, sources), [first, *share, last], title, note)
    return figures


def grouped(source: str, names: Sequence[str] | np.ndarray, n: int) -> list[Group]:
    """Groups of the `n` columns of a feature file, in the order in which they begin.

    ``mfcc1_mean``, ``mfcc2_mean``, ... are the group ``mfcc mean``; ``centroid_mean`` and ``centroid_std``
    are ``centroid``; any other name is a group of its own. Columns without names, or as diverse as words, are
    one group, called after their `source`.
    """
    found: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        numbered = re.fullmatch(rf"(.*\D)\d+_{STATISTIC}", name)
        key = f"{numbered[1]} {numbered[2]}" if numbered else re.sub(rf"_{STATISTIC}$", "", name)
        found.setdefault(key.replace("_", " "), []).append(i)
    if not 0 < len(found) <= MOST_GROUPS:
        return [Group(source.removeprefix("latents/"), np.arange(n))]
    return [Group(key, np.array(columns)) for key, columns in found.items()]


def _side_by_side(vectors: Arrays, sources: Sources) -> tuple[np.ndarray, list[Group]]:
    """The columns of all modalities, and their groups."""
    groups: list[Group] = []
    start = 0
    for modality, x in vectors.items():
        here = grouped(*sources[modality], x.shape[1])
        groups += [Group(group.name, start + group.columns) for group in here]
        start += x.shape[1]
    return np.concatenate(list(vectors.values()), axis=1), groups


def _largest(change: Arrays, sources: Sources) -> str:
    """The named features that change most, with sign; where there are several groups, one of each."""
    named = {modality: x for modality, x in change.items() if len(sources[modality][1])}
    lines: list[str] = []
    for modality, x in named.items():
        groups = grouped(*sources[modality], len(x))
        best = [group.columns[np.abs(x[group.columns]).argmax()] for group in groups]
        best = best if len(groups) > 1 else list(range(len(x)))
        order = sorted(best, key=lambda i: -abs(x[i]))[: 6 * LINES]
        shown = [f"{style.text(sources[modality][1][i], 20)} {_signed(x[i], '+')}" for i in order]
        lines += _wrapped(shown)[: max(1, LINES // len(named))]
    return "\n".join(lines)


def _wrapped(parts: Sequence[str]) -> list[str]:
    """Parts joined by commas on lines that are not too long."""
    lines = [parts[0]]
    for part in parts[1:]:
        longer = f"{lines[-1]}, {part}"
        if style.columns(longer) <= WORDS:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _signed(value: float, plus: str) -> str:
    """A number with one decimal and a true minus."""
    return f"{value:{plus}.1f}".replace("-", "−")
