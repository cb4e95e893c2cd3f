"""Numbers as files hold them, so that the last bits of a float never change a byte."""

from collections.abc import Mapping, Sequence
from typing import Any


def significant(value: Any, digits: int = 6) -> Any:
    """Floats to so many significant digits, in dicts and lists too; all else as it is."""
    if isinstance(value, dict):
        return {key: significant(item, digits) for key, item in value.items()}
    if isinstance(value, list):
        return [significant(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def decimals(value: Any, digits: int = 4) -> Any:
    """A float to so many decimals, never -0; all else as it is."""
    return round(value, digits) + 0.0 if isinstance(value, float) else value


def rounded(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a table with four decimals."""
    return [{name: decimals(value) for name, value in row.items()} for row in rows]
