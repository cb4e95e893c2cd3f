"""What the commands' parsers share: how a command is added, and arguments that are checked when read."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from songmap.errors import DataError

DEMO = "data/raw/demo"
CODES = "exit codes: 0 done; 1 it cannot be done, a line says why; 2 wrong arguments; 130 interrupted"


def command(
    commands: Any, name: str, summary: str, description: str, run: Callable[[Namespace], None]
) -> ArgumentParser:
    """Add a command to a parser's subparsers; the description keeps its lines, examples among them."""
    layout = RawDescriptionHelpFormatter
    parser = commands.add_parser(
        name, help=summary, description=description, epilog=CODES, formatter_class=layout
    )
    parser.set_defaults(run=run)
    return parser


def number(kind: type, least: float, most: float) -> Callable[[str], Any]:
    """A type for `add_argument`: a number of this kind within bounds, both of them allowed."""

    def read(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            raise ArgumentTypeError(f"{text!r}: must be a number from {least} to {most}")
        return value

    return read


def names(text: str) -> tuple[str, ...]:
    """A type for `add_argument`: names, separated by commas."""
    found = tuple(name.strip() for name in text.split(",") if name.strip())
    if not found or not text.isprintable():
        raise ArgumentTypeError(f"{text!r}: give names, separated by commas")
    return found


def folder_to_make(text: str) -> Path:
    """A type for `add_argument`: where a song folder may be made."""
    dest = Path(text)
    if dest.absolute() == Path(DEMO).absolute():
        raise ArgumentTypeError(f"{text!r}: the pipeline's demo songs go there; name another folder")
    return dest


def path(text: str) -> Path:
    """A type for `add_argument`: a path; an empty one, of a variable that is not set say, is refused."""
    if not text:
        raise ArgumentTypeError("'': give a path, . for the folder you are in")
    return Path(text)


def table(text: str) -> Path:
    """A type for `add_argument`: a .csv file to write, which may be there; links are followed."""
    file = Path(text).resolve()
    if file.suffix.lower() != ".csv" or (file.exists() and not file.is_file()):
        raise ArgumentTypeError(f"{text!r}: give a file whose name ends in .csv, no folder or pipe")
    return file


def regular_file(text: str) -> Path:
    """A type for `add_argument`: a file, and no pipe or device that would never end.

    Raises
    ------
    DataError
        If it is something else; one that is absent is left to what reads it.
    """
    file = Path(text)
    if file.exists() and not file.is_file():
        raise DataError(f"cannot read {text}: it is not a file")
    return file
