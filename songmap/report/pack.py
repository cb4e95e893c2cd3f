"""Numbers as text: little-endian arrays in base64, which a page decodes when it needs them."""

import base64
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

LEVELS = 255  # of a quantised value; 0 stands for none
TAILS = (2.0, 98.0)  # percentiles between which the levels lie


def packed(values: np.ndarray) -> dict[str, str]:
    """An array as ``type`` (a typed array of JavaScript) and ``data`` (base64, row by row)."""
    kind = {"u": "Uint", "i": "Int", "f": "Float"}[values.dtype.kind]
    little = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    data = base64.b64encode(little.tobytes()).decode("ascii")
    return {"type": f"{kind}{8 * values.dtype.itemsize}Array", "data": data}


def indices(values: np.ndarray, n: int) -> dict[str, str]:
    """Indices below `n`, in as few bytes as hold them."""
    return packed(values.astype(np.uint16 if n <= 2**16 else np.uint32))


def categories(values: Sequence[str]) -> dict[str, Any]:
    """Texts as ``names``, the commonest first, and ``codes`` (n,): 0 for '', i for the name i - 1."""
    counts = Counter(value for value in values if value)
    names = sorted(counts, key=lambda value: (-counts[value], value))
    code = {name: i + 1 for i, name in enumerate(names)}
    codes = np.array([code.get(value, 0) for value in values], dtype=int)
    return {"names": names, "codes": indices(codes, len(names) + 1)}


def quantised(values: np.ndarray) -> dict[str, Any]:
    """A column as one byte per row, fine enough for a colour.

    Parameters
    ----------
    values : np.ndarray [shape=(n,)], float
        NaN where a row has no value.

    Returns
    -------
    dict
        ``low`` and ``high``: the 2nd and 98th percentile; ``levels``: 1 at or below the one, 255 at or above
        the other, evenly between, 0 for NaN.
    """
    known = np.isfinite(values)
    low, high = np.percentile(values[known], TAILS) if known.any() else (0.0, 0.0)
    span = high - low
    share = np.clip((values - low) / span, 0, 1) if span > 0 else np.full(len(values), 0.5)
    levels = np.where(known, 1 + np.rint(np.where(known, share, 0) * (LEVELS - 1)), 0)
    return {
        "low": float(f"{low:.4g}"),
        "high": float(f"{high:.4g}"),
        "levels": packed(levels.astype(np.uint8)),
    }
