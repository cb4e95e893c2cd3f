"""`python -m songmap cache`: what the store keeps, and how to be rid of it."""

import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from songmap import store
from songmap.commands.arguments import command, number
from songmap.errors import ParameterError

CACHE = Path(".cache")
MIB = 2**20  # bytes
WIDTH = 80  # characters of a recipe in the table
HELP = """List what is kept of files that were analysed, so that no file is analysed twice, or delete it.

Each line is one set of parameters (and of versions). What is deleted is computed again when it is needed.

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
    freed = [store.prune(root, days) for root in _roots()]
    entries, size = (sum(part) for part in zip(*freed, strict=True)) if freed else (0, 0)
    print(f"{CACHE}: deleted {entries:,} entries, {size / MIB:.1f} MiB")


def _list() -> None:
    found = [(root.name, item) for root in _roots() for item in store.usage(root)]
    print(f"{'kind':<10} {'entries':>9} {'MiB':>9}  {'last used':<10}  recipe")
    for kind, item in found:
        used = time.strftime("%Y-%m-%d", time.localtime(item.last_used)) if item.entries else "-"
        print(f"{kind:<10} {item.entries:>9,} {item.bytes / MIB:>9.1f}  {used:<10}  {_short(item.recipe)}")
    entries, size = sum(item.entries for _, item in found), sum(item.bytes for _, item in found)
    print(f"{'total':<10} {entries:>9,} {size / MIB:>9.1f}")


def _short(recipe: dict[str, Any]) -> str:
    """The parameters of a recipe, as many as a line holds."""
    text = ", ".join(f"{name}={value}" for name, value in recipe.items())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
