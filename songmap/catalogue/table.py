"""Reading tracks.csv: every row becomes an entry or a rejection, whatever the file holds."""

import csv
import io
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from songmap.catalogue.entries import Entry, RefusedError, Rejection, rejection
from songmap.catalogue.text import LABEL_LENGTH, label, quoted
from songmap.errors import DataError

LABELS = ("title", "artist", "album", "genre", "language")
KNOWN = ("track_id", "path", "lyrics", "mel", *LABELS)
FEATURE = "feature."
_RESTARTS = 100  # after quotation marks that nothing closes; bounds the work on a hostile file

csv.field_size_limit(2**31 - 1)


def read_table(path: Path) -> tuple[list[Entry | Rejection], list[str]]:
    """Read tracks.csv.

    Parameters
    ----------
    path : Path
        UTF-8, comma-separated, with a header; a byte order mark is tolerated.

    Returns
    -------
    rows : list of Entry or Rejection
        One per row, in the file's order; blank lines are none.
    features : list of str
        Names of the feature.* columns, without the prefix, in the file's order.

    Raises
    ------
    DataError
        If the header is not that of a track table, or there is no row.
    """
    content = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    found = records(list(io.StringIO(content, newline="")))
    header = _header(path, next(found, (0, [])))
    rows = [_row(line, record, header) for line, record in found]
    if not rows:
        raise DataError(f"{path} has a header but no tracks")
    return rows, [name.removeprefix(FEATURE) for name in header if name.startswith(FEATURE)]


def track_id_of(path: str) -> str:
    """The id of a track that has only a path: the path with forward slashes, in NFC."""
    return unicodedata.normalize("NFC", PurePosixPath(path).as_posix())


def records(lines: list[str], delimiter: str = ",") -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Records of a CSV text with the line each starts on, from 1; a broken one costs its first line alone."""
    start, restarts = 0, 0
    while start < len(lines):
        reader = csv.reader((lines[i] for i in range(start, len(lines))), strict=True, delimiter=delimiter)
        before = 0
        try:
            for record in reader:
                if record:
                    yield start + before + 1, record
                before = reader.line_num
            return
        except csv.Error as error:
            unclosed = str(error) == "unexpected end of data"
            yield start + before + 1, csv.Error("a quotation mark is not closed") if unclosed else error
        restarts += unclosed
        if restarts > _RESTARTS:
            yield start + before + 2, csv.Error("too many quotation marks are open; the rest is left out")
            return
        start += before + 1


def _header(path: Path, first: tuple[int, list[str] | csv.Error]) -> list[str]:
    """Names of the columns; those this program does not know become ''."""
    record = first[1]
    if isinstance(record, csv.Error) or not record:
        raise DataError(f"{path}: no header: {record or 'the file is empty'}")
    names = [name.strip() for name in record]
    names = [name if name.startswith(FEATURE) else name.lower() for name in names]
    if any("\0" in name or not _is_utf8(name) for name in names):
        raise DataError(f"{path} is not UTF-8 text; save it as CSV UTF-8")
    names = [name if name in KNOWN or name.removeprefix(FEATURE) != name else "" for name in names]
    names = ["" if name == FEATURE else name for name in names]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise DataError(f"{path}: the column {quoted(repeated[0])} occurs more than once")
    if "path" not in names and "track_id" not in names:
        raise DataError(
            f"{path}: no column is called path or track_id, separated by commas: {quoted(','.join(record))}"
        )
    return names


def _row(line: int, record: list[str] | csv.Error, header: list[str]) -> Entry | Rejection:
    fields = {} if isinstance(record, csv.Error) else dict(zip(header, record, strict=False))
    named = Entry(track_id=fields.get("track_id", ""), path=fields.get("path", ""))
    try:
        if isinstance(record, csv.Error):
            raise RefusedError("broken row", f"line {line}: {record}")
        _check_record(line, record, len(header))
        return _entry(line, header, record, fields)
    except RefusedError as refused:
        return rejection(named, "track", refused)


def _check_record(line: int, record: list[str], columns: int) -> None:
    if len(record) != columns:
        raise RefusedError("broken row", f"line {line} has {len(record)} fields, the header has {columns}")
    for value in record:
        if "\0" in value:
            raise RefusedError("broken row", f"line {line} holds a NUL: {quoted(value)}")
        if not _is_utf8(value):
            raise RefusedError("broken row", f"line {line} is not UTF-8: {quoted(value)}")


def _entry(line: int, header: list[str], record: list[str], fields: dict[str, str]) -> Entry:
    path = fields.get("path", "")
    path = path if path.strip() else ""
    track_id = label(fields.get("track_id", "")) or (track_id_of(path) if path else "")
    if not track_id:
        raise RefusedError("no path and no track_id", f"line {line}")
    length = max(len(fields.get("track_id", "")), len(track_id))
    if length > LABEL_LENGTH:
        raise RefusedError("track_id too long", f"line {line}: {length} characters, at most {LABEL_LENGTH}")
    return Entry(
        track_id=track_id,
        path=path,
        mel=fields.get("mel", "").strip(),
        lyrics=fields.get("lyrics", ""),
        labels={name: label(fields[name]) for name in LABELS if name in fields},
        features=tuple(v for name, v in zip(header, record, strict=True) if name.startswith(FEATURE)),
    )


def _is_utf8(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
