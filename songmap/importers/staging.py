"""A song folder in the making: complete or absent, and an interrupted import goes on where it stopped."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from songmap.catalogue.table import LABELS
from songmap.errors import DataError
from songmap.files import read_json, write_csv, write_json

RECIPE = "import.json"
SKIPPED = "skipped.csv"
COLUMNS = ("track_id", "path", *LABELS, "lyrics", "mel")


@dataclass(frozen=True)
class Skipped:
    """Something of the source that did not become a track, and why, in one line."""

    what: str
    reason: str


@dataclass
class Outcome:
    """What an import made.

    Parameters
    ----------
    tracks : int
        Rows of tracks.csv.
    skipped : list of Skipped
        What was left out; also in the folder's skipped.csv.
    notes : list of str
        What the user should know, a line each.
    """

    tracks: int
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextmanager
def staged(dest: Path, recipe: Mapping[str, Any], *, replace: bool = False) -> Iterator[Path]:
    """Give a directory that becomes `dest` when the block ends well.

    It lies beside `dest` as ``.NAME.importing`` and outlives a failure, an interrupt or a crash. The next
    call with the same recipe finds in it what the last one finished; one with another recipe starts afresh.

    Parameters
    ----------
    dest : Path
        The song folder to make.
    recipe : mapping
        What determines the result, as plain JSON values: its ``kind``, options, the source's digest. It
        is kept in the folder as import.json.
    replace : bool
        Whether an earlier import at `dest` may be replaced.

    Yields
    ------
    Path
        The directory to fill. Files in it must be written atomically; hidden ones are taken for those that
        an interrupt left half written, and go.

    Raises
    ------
    DataError
        If `dest` exists and may not be replaced, or another process is importing to it.
    """
    if dest.is_symlink() or dest.resolve().parent == dest.resolve():
        raise DataError(f"{dest} is not a folder that can be made: name one that does not exist")
    dest = dest.resolve()
    staging = dest.with_name(f".{dest.name}.importing")
    staging.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(staging.with_name(f"{staging.name}.lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise DataError(f"another import to {dest} is running") from None
    try:
        _take_back(dest)
        _refuse_foreign(dest, replace)
        _begin(staging, recipe)
        yield staging
        _refuse_foreign(dest, replace)
        _swap(staging, dest)
    finally:
        if staging.is_dir() and {path.name for path in staging.iterdir()} <= {RECIPE}:
            shutil.rmtree(staging)
        Path(lock.lock_file).unlink(missing_ok=True)  # while it is held, so that nobody else holds it
        lock.release()


def write_folder(folder: Path, rows: Sequence[Mapping[str, Any]], skipped: Sequence[Skipped]) -> None:
    """Write tracks.csv, with the columns that some row fills, and skipped.csv where something was.

    Parameters
    ----------
    folder : Path
        The song folder.
    rows : sequence of mapping
        Keys of `COLUMNS`, or feature.*; `features` keep the order in which they occur.
    skipped : sequence of Skipped
        What was left out.

    Raises
    ------
    DataError
        If there are no rows.
    """
    if not rows:
        first = f"; {skipped[0].what}: {skipped[0].reason}" if skipped else ""
        raise DataError(f"nothing to import: no track is left{first}")
    filled = {key: None for row in rows for key, value in row.items() if value not in ("", None)}
    columns = [name for name in COLUMNS if name in filled] + [name for name in filled if name not in COLUMNS]
    write_csv(folder / "tracks.csv", columns, [{name: row.get(name) for name in columns} for row in rows])
    (folder / SKIPPED).unlink(missing_ok=True)
    if skipped:
        write_csv(folder / SKIPPED, ("what", "reason"), [vars(item) for item in skipped])


def _refuse_foreign(dest: Path, replace: bool) -> None:
    around = next((parent for parent in dest.parents if (parent / RECIPE).is_file()), None)
    if around:
        raise DataError(f"{dest} lies in {around}, which is an import of its own: name a folder elsewhere")
    if dest.exists() and not dest.is_dir():
        raise DataError(f"{dest} is not a folder: name one that does not exist")
    if not dest.exists() or not any(dest.iterdir()):
        return
    if not _is_import(dest):
        raise DataError(f"{dest} holds files that no import wrote: name a folder that does not exist")
    if not replace:
        raise DataError(f"{dest} is an earlier import: give --replace to make it again")


def _is_import(folder: Path) -> bool:
    """Whether an import wrote, or began to write, what is in the folder."""
    try:
        return "kind" in read_json(folder / RECIPE)
    except (OSError, DataError):
        return False


def _begin(staging: Path, recipe: Mapping[str, Any]) -> None:
    """Empty the directory unless it was begun with the same recipe; then remove files half written."""
    plain = json.loads(json.dumps(recipe))
    _refuse_other(staging)
    if _is_import(staging) and read_json(staging / RECIPE) == plain:
        for path in [path for path in staging.rglob(".*") if path.is_file()]:
            path.unlink()
        return
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    write_json(staging / RECIPE, plain)


def _take_back(dest: Path) -> None:
    """Undo half an exchange: the earlier folder comes back where an interrupt left none."""
    old = _replaced(dest)
    if _is_import(old) and not dest.exists():
        old.rename(dest)


def _refuse_other(folder: Path) -> None:
    """Raise where a folder that would be emptied holds what is not ours."""
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if RECIPE not in names and not all(name.startswith(".") for name in names):
        raise DataError(f"{folder} holds files that no import wrote: move it away")


def _replaced(dest: Path) -> Path:
    return dest.with_name(f".{dest.name}.replaced")


def _swap(staging: Path, dest: Path) -> None:
    """Put the finished directory in the place of what was there."""
    old = _replaced(dest)
    _refuse_other(old)
    shutil.rmtree(old, ignore_errors=True)
    if not dest.exists():
        staging.rename(dest)
        return
    dest.rename(old)
    try:
        staging.rename(dest)
    except BaseException:
        old.rename(dest)
        raise
    shutil.rmtree(old, ignore_errors=True)
