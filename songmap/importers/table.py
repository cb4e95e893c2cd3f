"""tracks.csv of a song folder as it stands: read, completed by one process at a time, and written back."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE, S_IWGRP, S_IWOTH, S_IWUSR

from filelock import FileLock, Timeout

from songmap.catalogue.checks import Folder
from songmap.catalogue.entries import Entry
from songmap.catalogue.song_folder import TABLE
from songmap.catalogue.table import read_table, records
from songmap.errors import DataError
from songmap.files import atomic

LOCK = ".songmap.lock"
_WRITABLE = S_IWUSR | S_IWGRP | S_IWOTH


@dataclass
class Tracks:
    """A table of tracks as it stands: its fields, and the entry that the reader makes of each row.

    Parameters
    ----------
    header : list of str
        Names of the columns as they are spelt.
    rows : list of list of str
        Fields; a broken row may have more or fewer than the header.
    entries : list of Entry or None
        None for a broken row.
    """

    header: list[str]
    rows: list[list[str]]
    entries: list[Entry | None]

    def column(self, name: str) -> int:
        """Where a column is, whatever its case; it is added where there is none."""
        names = [field.strip().lower() for field in self.header]
        if name not in names:
            self.header.append(name)
            for row in self.rows:
                row.append("")
            return len(names)
        return names.index(name)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from completing the folder.

    Raises
    ------
    DataError
        If there is no such folder, it cannot be written to, or another process completes it.
    """
    if not folder.is_dir():
        state = "is not a folder" if folder.exists() else "does not exist"
        raise DataError(f"song folder {folder} {state}")
    lock = FileLock(folder / LOCK, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise DataError(f"another process completes {folder}: wait for it to end") from None
    except OSError as error:
        raise DataError(f"song folder {folder} cannot be written to: {error.strerror}") from error
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)  # while it is held, so that nobody else holds it
        lock.release()


def read_tracks(folder: Path) -> Tracks | None:
    """The folder's tracks.csv; None where it has none.

    Raises
    ------
    DataError
        If it is no track table, is read-only, lies outside the folder or has a row that cannot be written
        back.
    """
    path = folder / TABLE
    if not path.is_symlink() and not path.exists():
        return None
    Folder(folder).find(TABLE)
    if not path.stat().st_mode & _WRITABLE:
        raise DataError(f"{path} is read-only, must be a file that may be changed")
    try:
        entries, _ = read_table(path)
        content = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    rows: list[list[str]] = []
    for line, record in records(list(io.StringIO(content, newline=""))):
        if isinstance(record, csv.Error):
            raise DataError(f"{path}, line {line}: {record}; mend it first")
        rows.append(record)
    return Tracks(rows[0], rows[1:], [entry if isinstance(entry, Entry) else None for entry in entries])


def write_tracks(folder: Path, tracks: Tracks) -> None:
    """Write tracks.csv; each field reads as it was, strange bytes and line ends within it too.

    Its permissions stay as they are.
    """
    path = (folder / TABLE).resolve()
    permissions = S_IMODE(path.stat().st_mode) if path.exists() else None
    rows = [tracks.header, *tracks.rows]
    with (
        atomic(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file,
    ):
        has_return = any("\r" in field for row in rows for field in row)  # kept by quotation marks alone
        writer = csv.writer(
            file, quoting=csv.QUOTE_ALL if has_return else csv.QUOTE_MINIMAL, lineterminator="\n"
        )
        writer.writerows(rows)
    if permissions is not None:
        path.chmod(permissions)
