"""Files that are whole or absent, and small tables."""

import csv
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from songmap.errors import DataError

csv.field_size_limit(2**31 - 1)  # a lyric may be longer than the csv module's 128 KiB


@contextmanager
def atomic(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path` that replaces it when the block ends well.

    A crash, an interrupt or a full disk leaves the old file, or none, never half of one.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    short = os.fsencode(path.name)[:100].decode(
        "utf-8", "ignore"
    )  # a name may hold 255 bytes, not characters
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{short}.", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if error.filename in (None, name, temporary):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path | str, value: Mapping[str, Any] | Sequence[Any]) -> None:
    """Write `value` as indented JSON; NaN and infinity are refused, as JSON has neither."""
    with atomic(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def read_json(path: Path | str) -> Any:
    """Read what `write_json` wrote.

    Raises
    ------
    DataError
        If the file is damaged.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from error


def parse_yaml(text: str) -> Any:
    """Plain values of a YAML text, by libyaml where PyYAML has it: several times as fast."""
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def write_csv(path: Path | str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a table in UTF-8; a value that is missing or None becomes the empty string.

    Line ends within a text become a line feed, as a lone carriage return would end the row.
    """
    clean = [{key: _line_feeds(value) for key, value in row.items()} for row in rows]
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(clean)


def read_csv(path: Path | str) -> list[dict[str, str]]:
    """Read a table that `write_csv` wrote: one dict per row, every value a string.

    Raises
    ------
    DataError
        If the file is not UTF-8, or a row has more or fewer fields than the header.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a table in UTF-8: {error}") from error
    if any(None in row or None in row.values() for row in rows):
        raise DataError(f"{path}: a row has more or fewer fields than the header")
    return rows


def _line_feeds(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
