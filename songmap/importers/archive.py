"""Zip archives of strangers: chosen members, each whole or absent, and none that lies about itself."""

import bz2
import errno
import io
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from songmap.catalogue.text import has_control, quoted
from songmap.errors import DataError
from songmap.files import atomic
from songmap.importers.download import require_space
from songmap.importers.names import shown
from songmap.importers.staging import Skipped

LARGEST = 2**30  # bytes unpacked; an uncompressed hour of stereo is two thirds of it
RATIO = 200  # unpacked to packed; tables of text stay below 50
SMALL = 2**20  # bytes unpacked, below which any ratio will do
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(NotImplementedError, ValueError, OverflowError),
)  # what zipfile raises for an archive that lies
_DRIVE = re.compile("[A-Za-z]:")
_ENCRYPTED = 0x1
_BLOCK = 2**16  # bytes unpacked at a time


def members(archive: Path) -> tuple[dict[str, int], list[Skipped]]:
    """List the files of an archive.

    Parameters
    ----------
    archive : Path
        A zip archive.

    Returns
    -------
    usable : dict of str to int
        Those that `extract` unpacks, in the archive's order, and their sizes in bytes.
    refused : list of Skipped
        Those it does not: names that are absolute, leave the folder or occur twice, links and devices, what
        is encrypted, packed otherwise than by deflate or bzip2, too large or too dense.

    Raises
    ------
    DataError
        If it is no zip archive, or its directory is damaged.
    """
    with _opened(archive) as zipped:
        usable, reasons = _sift(zipped)
    sizes = {name: info.file_size for name, info in usable.items()}
    return sizes, [Skipped(shown(name), reason) for name, reason in reasons.items()]


@contextmanager
def reading(archive: Path, name: str) -> Iterator[IO[bytes]]:
    """Open one member as a stream of bytes, without unpacking it.

    Raises
    ------
    DataError
        If there is no such member, it is refused, or is found damaged on the way.
    """
    with _opened(archive) as zipped:
        usable, reasons = _sift(zipped)
        if name not in usable:
            raise DataError(f"{archive}: {quoted(name)} {reasons.get(name, 'is not in it')}")
        with _damage_named(f"{archive}: {quoted(name)}"), _unpacked(zipped, usable[name]) as file:
            yield io.BufferedReader(file, _BLOCK)


def extract(archive: Path, chosen: Mapping[str, str], folder: Path) -> list[Skipped]:
    """Unpack members of an archive.

    A file that exists in the member's size is left alone. The size tells enough: each file is written beside
    its place and moved there once its checksum is right, so that none is ever half written.

    Parameters
    ----------
    archive : Path
        A zip archive.
    chosen : mapping of str to str
        Names of members, and where they go: relative to `folder`, with forward slashes.
    folder : Path
        An existing directory.

    Returns
    -------
    list of Skipped
        What is absent, refused or damaged, in the order of `chosen`.

    Raises
    ------
    DataError
        If the archive's directory is damaged, a target leaves `folder` or the disk has no room.
    """
    wrong = [f"{quoted(target)} {reason}" for target in chosen.values() if (reason := _bad_name(target))]
    if wrong:
        raise DataError(f"cannot unpack {archive.name}: {wrong[0]}")
    with _opened(archive) as zipped:
        usable, reasons = _sift(zipped)
        wanted = {name: folder / target for name, target in chosen.items() if name in usable}
        todo = {name: path for name, path in wanted.items() if not _is_there(path, usable[name].file_size)}
        require_space(folder, sum(usable[name].file_size for name in todo), f"unpacking {archive.name}")
        absent = f"is not in {archive.name}"
        skipped = {name: reasons.get(name, absent) for name in chosen if name not in usable}
        for name, path in _progress(todo, len(wanted), archive):
            try:
                _extract(zipped, usable[name], path)
            except DataError as error:
                skipped[name] = str(error)
    return [Skipped(shown(name), skipped[name]) for name in chosen if name in skipped]


def _sift(zipped: zipfile.ZipFile) -> tuple[dict[str, zipfile.ZipInfo], dict[str, str]]:
    """Files by name, and the reasons why others are refused."""
    found = [info for info in zipped.infolist() if not info.filename or not info.is_dir()]
    times = Counter(info.filename for info in found)
    reasons = {name: "occurs more than once" for name, n in times.items() if n > 1}
    reasons |= {info.filename: reason for info in found if (reason := _refusal(info))}
    return {info.filename: info for info in found if info.filename not in reasons}, reasons


def _refusal(info: zipfile.ZipInfo) -> str:
    """Why a member is not unpacked; '' where nothing speaks against it."""
    if reason := _bad_name(info.orig_filename):
        return reason
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        return "is a link or a device, not a file"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in METHODS:
        return f"is packed by method {info.compress_type}, must be stored, deflate or bzip2"
    if info.file_size > LARGEST:
        return f"unpacks to {info.file_size} bytes, must be at most {LARGEST}"
    if info.file_size > max(SMALL, RATIO * info.compress_size):
        return f"unpacks from {info.compress_size} to {info.file_size} bytes, must be at most {RATIO} times"
    return ""


def _bad_name(name: str) -> str:
    """Why a name may not become a path; '' where it may."""
    if not name or has_control(name):
        return "is empty or holds a control character"
    if "\\" in name or name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
        return "is no path below a folder, with forward slashes"
    return ""


def _is_there(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _progress(todo: dict[str, Path], total: int, archive: Path) -> Iterator[tuple[str, Path]]:
    start = total - len(todo)
    yield from tqdm(
        todo.items(), f"unpacking {archive.name}", total, unit="file", initial=start, disable=None
    )


def _extract(zipped: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> None:
    with (
        _damage_named("it"),
        _unpacked(zipped, info) as source,
        atomic(path) as temporary,
        temporary.open("wb") as target,
    ):
        shutil.copyfileobj(source, target, _BLOCK)


class _Checked(io.RawIOBase):
    """A member's bytes, which at the end must be as many as the directory says, and of its checksum."""

    def __init__(self, file: IO[bytes], info: zipfile.ZipInfo) -> None:
        self._file, self._left, self._wanted, self._crc = file, info.file_size, info.CRC, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(len(buffer))
        self._left -= len(block)
        self._crc = zlib.crc32(block, self._crc)
        if self._left < 0 or (not block and (self._left or self._crc != self._wanted)):
            raise zipfile.BadZipFile("its size or checksum is not what the directory says")
        buffer[: len(block)] = block
        return len(block)


@contextmanager
def _unpacked(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[_Checked]:
    """Open a member; one of bzip2 by `BZ2File`, as zipfile would unpack any number of gigabytes at a time."""
    if info.compress_type != zipfile.ZIP_BZIP2:
        with zipped.open(info) as file:
            yield _Checked(file, info)
        return
    packed = copy(info)
    packed.compress_type, packed.file_size = zipfile.ZIP_STORED, info.compress_size
    del packed.CRC  # is that of the unpacked bytes
    with zipped.open(packed) as raw, bz2.BZ2File(raw) as file:
        yield _Checked(file, info)


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with _damage_named(str(archive)):
            zipped = zipfile.ZipFile(archive)
    except OSError as error:
        raise DataError(f"cannot read {archive}: {error.strerror}") from error
    with zipped:
        yield zipped


@contextmanager
def _damage_named(what: str) -> Iterator[None]:
    """Turn the errors of a damaged archive into a `DataError`; those of the disk pass."""
    try:
        yield
    except _DAMAGE as error:
        raise DataError(f"{what} is damaged: {quoted(str(error))}") from error
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):
            raise
        raise DataError(f"{what} is damaged: {quoted(str(error))}") from error
