"""How a command ends: its exit code, and one line where the user can mend something."""

import os
import sys
from collections.abc import Callable, Iterable

from songmap.errors import ParameterError, SongmapError


def run(main: Callable[[], None]) -> None:
    """Run `main`; a `SongmapError` becomes one line on stderr and exit code 1, Ctrl-C exit code 130."""
    try:
        main()
    except SongmapError as error:
        print(f"songmap: {shown(str(error))}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        name = f": {error.filename}" if error.filename else ""
        print(f"songmap: {shown(f'{error.strerror or error}{name}')}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("songmap: interrupted", file=sys.stderr)
        sys.exit(130)


def shown(text: str) -> str:
    """The text on one line, with what a terminal would obey (control characters, bidi marks) as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def argument(what: str, allowed: Iterable[str]) -> str:
    """The command's one argument; raises `ParameterError` where it is absent or not allowed."""
    given = " ".join(sys.argv[1:])
    choices = list(allowed)
    if given not in choices:
        raise ParameterError(f"{what} {given!r} is not known: give one of {', '.join(choices)}")
    return given
