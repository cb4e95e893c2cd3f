"""Lyrics cut into pieces that a model can read whole."""

import re
from collections.abc import Callable, Sequence

Count = Callable[[Sequence[str]], list[int]]
_SPACE = re.compile(r"\s")


def pack(text: str, window: int, count: Count) -> list[tuple[str, int]]:
    """Consecutive lines, as many in each piece as fit; a line that is too long is cut between words.

    Parameters
    ----------
    text : str
        Lines that hold nothing are left out.
    window : int > 0 [scalar], tokens
        Most tokens of a piece.
    count : callable
        Numbers of tokens in each of several texts.

    Returns
    -------
    list of (str, int)
        Pieces and their tokens. A single character may have more than fit.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    packed: list[list[str]] = []
    sizes: list[int] = []
    for line, whole in zip(lines, count(lines), strict=True):
        for part, size in _cut(line, whole, window, count):
            if packed and sizes[-1] + size <= window:
                packed[-1].append(part)
                sizes[-1] += size
            else:
                packed.append([part])
                sizes.append(size)
    return [("\n".join(parts), size) for parts, size in zip(packed, sizes, strict=True)]


def _cut(line: str, size: int, window: int, count: Count) -> list[tuple[str, int]]:
    """Halve a line until its parts fit: at the first space after the middle, or there where there is none."""
    if size <= window or len(line) < 2:
        return [(line, size)]
    middle = len(line) // 2
    space = _SPACE.search(line, middle)
    at = space.start() if space else middle
    halves = [half for half in (line[:at].strip(), line[at:].strip()) if half]
    return [
        part for half, n in zip(halves, count(halves), strict=True) for part in _cut(half, n, window, count)
    ]
