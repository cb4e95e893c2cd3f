"""`python -m songmap cache`: what is kept to save time, and how to be rid of it."""

import os
import re
import stat
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from songmap import store
from songmap.commands.arguments import command, number
from songmap.console import shown
from songmap.errors import ParameterError

CACHE = Path(".cache")
TRAININGS = CACHE / "training"
DIGEST = "[0-9a-f]{32}"
STATE = re.compile(rf"{DIGEST}\.pt|\.{DIGEST}\.pt\.\w+\.pt")  # the second is what a killed writer leaves
MIB = 2**20  # bytes
WIDTH = 80  # characters of a recipe in the table
HELP = """List what is kept of files that were analysed, so that no file is analysed twice, or delete it.

Each line is one set of parameters (and of versions); one more is of trainings that were interrupted, which go
on from there. What is deleted is computed again when it is needed.

examples:
  python -m songmap cache
  python -m songmap cache --prune --older-than 30     # what was not used for 30 days
  python -m songmap cache --prune                     # everything
"""


def add(commands: Any) -> None:
    """Add `cache` to the parser's commands."""
    parser = command(commands, "cache", "list or delete what is kept of analysed files", HELP, _run)
    parser.add_argument("--prune", action="store_true", help="delete")
    parser.add_argument(
        "--older-than",
        type=number(float, 0, 100_000),
        metavar="DAYS",
        help="only what was not used for so long; with --prune",
    )


def _run(arguments: Namespace) -> None:
    if arguments.prune:
        _prune(arguments.older_than or 0.0)
    elif arguments.older_than is not None:
        raise ParameterError("--older-than goes with --prune")
    else:
        _list()


def _roots() -> list[Path]:
    """Where the stores of each kind are: audio, ..."""
    return (
        sorted(path for path in CACHE.iterdir() if path.is_dir() and not path.is_symlink())
        if CACHE.is_dir()
        else []
    )


def _prune(days: float) -> None:
    freed = [store.prune(root, days) for root in _roots()] + [_prune_trainings(days)]
    entries, size = (sum(part) for part in zip(*freed, strict=True))
    print(f"{CACHE}: deleted {entries:,} entries, {size / MIB:.1f} MiB")


def _prune_trainings(days: float) -> tuple[int, int]:
    """See `songmap.store.prune`."""
    limit = time.time() - days * 86_400
    old = [(path, state) for path, state in _trainings() if state.st_mtime < limit or not days]
    for path, _ in old:
        path.unlink(missing_ok=True)
    with suppress(OSError):  # there is none, or it holds something else
        TRAININGS.rmdir()
    whole = sum(not path.name.startswith(".") for path, _ in old)
    return whole, sum(state.st_size for _, state in old)


def _trainings() -> Iterator[tuple[Path, os.stat_result]]:
    """States of trainings under way, and what killed writers left."""
    for path in sorted(TRAININGS.iterdir()) if TRAININGS in _roots() else []:
        with suppress(FileNotFoundError):  # another process may end its training meanwhile
            if STATE.fullmatch(path.name) and stat.S_ISREG((state := path.lstat()).st_mode):
                yield path, state


def _list() -> None:
    found = [(root.name, item) for root in _roots() for item in store.usage(root)]
    states = [state for path, state in _trainings() if not path.name.startswith(".")]
    if states:
        size, last = sum(state.st_size for state in states), max(state.st_mtime for state in states)
        recipe = {"trainings": "interrupted, or under way"}
        found.append((TRAININGS.name, store.Usage(recipe, len(states), size, last)))
    print(f"{'kind':<10} {'entries':>9} {'MiB':>9}  {'last used':<10}  recipe")
    for kind, item in found:
        used = time.strftime("%Y-%m-%d", time.localtime(item.last_used)) if item.entries else "-"
        line = f"{kind:<10} {item.entries:>9,} {item.bytes / MIB:>9.1f}  {used:<10}  {_short(item.recipe)}"
        print(shown(line))
    entries, size = sum(item.entries for _, item in found), sum(item.bytes for _, item in found)
    print(f"{'total':<10} {entries:>9,} {size / MIB:>9.1f}")


def _short(recipe: dict[str, Any]) -> str:
    """The parameters of a recipe, as many as a line holds."""
    text = ", ".join(f"{name}={value}" for name, value in recipe.items())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
