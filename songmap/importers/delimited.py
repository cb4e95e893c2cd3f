"""Tables of strangers: CSV of any common encoding and delimiter, read row by row."""

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from songmap.catalogue.table import records
from songmap.catalogue.text import quoted
from songmap.errors import DataError
from songmap.importers.staging import Skipped

DELIMITERS = ",;\t|"
MARKS = (
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


@dataclass
class Delimited:
    """A table as it stands in the file.

    Parameters
    ----------
    header : list of str
        Names of the columns, in the file's order.
    unknown : list of str
        Those that the reader was not told of.
    notes : list of str
        What the user should know: an encoding that was guessed.
    skipped : list of Skipped
        Rows that are broken; complete once `rows` is exhausted.
    """

    header: list[str]
    unknown: list[str]
    notes: list[str]
    lines: Iterator[tuple[int, list[str] | csv.Error]]
    skipped: list[Skipped] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The line each row starts on, from 1, and its fields by column; broken rows go to `skipped`."""
        for line, record in self.lines:
            if isinstance(record, csv.Error):
                self.skipped.append(Skipped(f"line {line}", str(record)))
            elif any("\0" in value for value in record):
                self.skipped.append(Skipped(f"line {line}", "holds a NUL"))
            elif len(record) != len(self.header):
                reason = f"has {len(record)} fields, the header has {len(self.header)}"
                self.skipped.append(Skipped(f"line {line}", reason))
            else:
                yield line, dict(zip(self.header, record, strict=True))


def read_delimited(path: Path, required: Sequence[str], optional: Sequence[str] = ()) -> Delimited:
    """Open a table with a header.

    The encoding is that of the byte order mark, else UTF-8; a line that is not UTF-8 is read as Windows-1252,
    and so are Latin-1 texts. The delimiter is the one of comma, semicolon, tab and bar that the header has
    most of.

    Parameters
    ----------
    path : Path
        A CSV file.
    required, optional : sequence of str
        Names of the columns that are used. Names match whatever their case.

    Raises
    ------
    DataError
        If the file cannot be read, is no text, lacks a required column or has one twice.
    """
    if path.exists() and not path.is_file():
        raise DataError(f"cannot read {path}: it is not a file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    text, notes = decoded(path, data)
    lines = list(io.StringIO(text, newline=""))
    first = next((line for line in lines if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    found = records(lines, delimiter)
    record = next(found, (0, []))[1]
    if isinstance(record, csv.Error) or not record:
        raise DataError(f"{path}: no header: {record or 'the file is empty'}")
    if any("\0" in name for name in record):
        raise DataError(f"{path} is not a table of text: its header holds a NUL")
    known = {name.casefold(): name for name in (*required, *optional)}
    header = [known.get(name.strip().casefold(), name.strip()) for name in record]
    _check_header(path, header, required, known.values())
    unknown = [name for name in header if name not in known.values()]
    return Delimited(header, unknown, notes, found)


def decoded(path: Path, data: bytes) -> tuple[str, list[str]]:
    """The text of a file's bytes, and a note where its encoding is a guess; encodings as in `read_delimited`.

    Raises
    ------
    DataError
        If it is UTF-16 by its byte order mark alone.
    """
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding), []
    except UnicodeDecodeError as error:
        if encoding == "utf-16":
            raise DataError(f"{path} is not {encoding} text: {error.reason} at byte {error.start}") from error
    lines = [_line(line) for line in data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True)]
    guessed = sum(is_guessed for _, is_guessed in lines)
    note = f"{path.name}: lines that are not UTF-8, and were read as Windows-1252: {guessed:,}"
    return "".join(text for text, _ in lines), [note]


def _line(data: bytes) -> tuple[str, bool]:
    """The text of a line, and whether its encoding is a guess."""
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), True


def _check_header(path: Path, header: list[str], required: Sequence[str], known: Collection[str]) -> None:
    missing = [name for name in required if name not in header]
    if missing:
        shown = ", ".join(quoted(name) for name in header[:30])
        raise DataError(f"{path}: no column is called {' or '.join(missing)}; there are {shown}")
    repeated = sorted({name for name in known if header.count(name) > 1})
    if repeated:
        raise DataError(f"{path}: the column {quoted(repeated[0])} occurs more than once")
