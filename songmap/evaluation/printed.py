"""The table of all clusterings as text for a console, with a legend for its marks."""

from collections.abc import Sequence
from typing import Any

from songmap.evaluation.rounding import decimals
from songmap.evaluation.summary import best_rows

SHOWN = {
    "model": "model",
    "algorithm": "algorithm",
    "tracks": "tracks",
    "k": "k",
    "coverage": "covered",
    "silhouette": "silh.",
    "common_silhouette": "common",
    "genre_ami": "genre AMI",
    "genre_purity": "purity",
    "language_ami": "lang. AMI",
}

Row = dict[str, Any]


def as_text(rows: Sequence[Row]) -> str:
    """Part of the table for a console, at most 110 columns wide where names are short.

    Parameters
    ----------
    rows : sequence of dict
        Of `songmap.evaluation.table`.
    """
    best = [id(row) for row in best_rows(rows).values()]
    cells = [[_cell(row, name, id(row) in best) for name in SHOWN] for row in rows]
    lines = [list(SHOWN.values()), *cells]
    widths = [max(len(line[i]) for line in lines) for i in range(len(SHOWN))]
    text = [
        "  ".join(
            cell.ljust(width) if i < 2 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    text.insert(1, "-" * max(map(len, text)))
    return "\n".join(text + _legend(rows))


def _legend(rows: Sequence[Row]) -> list[str]:
    """What the columns and the marks that occur mean."""
    space = next((row["common_space"] for row in rows), "") or "none"
    text = [
        f"silh.: silhouette in the model's own space; common: in one space for all ({space}).",
        "covered: share of tracks that are not noise; AMI: 0 by chance, at most 1.",
    ]
    if any(best_rows(rows).values()):
        text.append("+ the model's best by silhouette, noise counted as 0: no label has a say.")
    if any((row["seeds"] or 1) > 1 for row in rows):
        text.append("±: standard deviation over the seeds.")
    if any(row["collapsed"] for row in rows):
        text.append("!: collapsed, fewer than a quarter of its latent dimensions are active.")
    if any(row["degenerate"] for row in rows):
        text.append("~ degenerate: one cluster, one giant cluster or mostly noise; never the best.")
    if any(row["informed_by"] for row in rows):
        text.append("* the model was told this label, so that the score is no evidence.")
    return text


def _cell(row: Row, name: str, best: bool) -> str:
    value = row.get(name)
    if value is None:
        return "-"
    if name == "model" and row["collapsed"]:
        return f"{value} !"
    if name == "algorithm":
        return f"{value} ~" if row["degenerate"] else f"{value} +" if best else str(value)
    if isinstance(value, float):
        value = f"{value:.0%}" if name == "coverage" else f"{decimals(value, 3):.3f}"
    if row.get(f"{name}_sd") is not None:
        value = f"{value}±{decimals(row[f'{name}_sd'], 2):.2f}"
    told = any(label and name.startswith(label) for label in row["informed_by"].split("_"))
    return f"*{value}" if told else str(value)
