"""What an import says when it is done."""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from songmap.console import shown
from songmap.importers.staging import SKIPPED, Outcome, Skipped

MOST = 20  # rows left out that are printed where no file lists them


def report(dest: Path, outcome: Outcome) -> None:
    """Print what was made, what was not, and what to type next."""
    print(shown(f"{dest}: {outcome.tracks:,} tracks"))
    if outcome.skipped:
        first = outcome.skipped[0]
        where = dest / SKIPPED
        told = f"{where} says why; the first" if where.is_file() else "the first"
        count = f"left out, whole or in part: {len(outcome.skipped):,}"
        print(shown(f"{count}; {told}: {first.what}: {first.reason}"))
    for note in outcome.notes:
        print(shown(f"note: {note}"))
    print(f"next: dvc exp run -S {shlex.quote(f'dataset={hydra(str(dest))}')}")


def list_some(skipped: Sequence[Skipped]) -> None:
    """Print the first of what was left out, where no file lists it, and how much more there is."""
    for item in skipped[:MOST]:
        print(shown(f"left out: {item.what}: {item.reason}"))
    if len(skipped) > MOST:
        print(f"left out: {len(skipped) - MOST:,} more")


def hydra(value: str) -> str:
    """A value as the overrides of `dvc exp run -S` need it quoted."""
    if re.fullmatch(r"[\w./-]+", value, re.ASCII):
        return value
    return '"{}"'.format(value.replace('"', '\\"'))
