"""A store of arrays by the content they were computed from, so that nothing is computed twice.

It is a cache: what is absent or damaged in it is computed again, and all of it may be deleted at any time.
"""

import hashlib
import io
import json
import math
import os
import re
import stat
import struct
import time
import tokenize
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from songmap.errors import DataError
from songmap.files import atomic, read_json, write_json

RECIPE = "recipe.json"
KEY = "[0-9a-f]{8,64}"
ENTRY = re.compile(rf"{KEY}\.npz|\.{KEY}\.npz\.\w+\.npz")  # the second is what a killed writer leaves
DIRECTORY = re.compile("[0-9a-f]{16}")
DAMAGED = (
    *(OSError, EOFError, ValueError, OverflowError, RuntimeError, MemoryError, AttributeError),
    *(SyntaxError, tokenize.TokenError, struct.error, zipfile.BadZipFile),
)  # what zipfile and numpy raise for an entry that another program wrote


class Store:
    """Arrays computed by one recipe, by the digest of what they were computed from.

    Safe where several processes read and write the same entries: each entry is whole or absent.

    Parameters
    ----------
    root : Path
        A directory that stores of several recipes share. Made by the first `put`.
    recipe : mapping
        All that the arrays depend on besides the key: parameters, versions, digests of code; as JSON has it.

    Attributes
    ----------
    directory : Path
        Where the entries are: `root` / the recipe's digest.
    """

    def __init__(self, root: Path, recipe: Mapping[str, Any]) -> None:
        self.recipe = dict(recipe)
        text = json.dumps(self.recipe, sort_keys=True, allow_nan=False)
        self.directory = root / hashlib.sha256(text.encode()).hexdigest()[:16]

    def get(self, key: str) -> dict[str, np.ndarray] | None:
        """Arrays of an entry by name, or None where it is absent or damaged; marks the entry as used."""
        if not re.fullmatch(KEY, key):
            return None
        path = self._path(key)
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                return None
            with zipfile.ZipFile(path) as archive:
                arrays = {
                    item.filename.removesuffix(".npy"): _array(archive, item) for item in archive.infolist()
                }
        except DAMAGED:
            return None
        with suppress(OSError):
            os.utime(path)
        return arrays

    def put(self, key: str, arrays: Mapping[str, np.ndarray]) -> bool:
        """Write an entry, whole or not at all; the same arrays give the same bytes.

        Parameters
        ----------
        key : str
            Hexadecimal digest of the content, 8 to 64 digits.
        arrays : mapping of str to np.ndarray
            Numbers or strings, no objects.

        Returns
        -------
        bool
            False where it cannot be kept: the key is no such digest, the disk is full or not writable.
        """
        if not re.fullmatch(KEY, key):
            return False
        path = self._path(key)
        try:
            if not (self.directory / RECIPE).exists():
                write_json(self.directory / RECIPE, self.recipe)
            with atomic(path) as temporary, temporary.open("wb") as file:
                np.savez(file, allow_pickle=False, **arrays)
        except OSError:
            return False
        return True

    def _path(self, key: str) -> Path:
        return self.directory / key[:2] / f"{key}.npz"


def _array(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> np.ndarray:
    """A member, read whole before it is looked at: only then its CRC is checked.

    One that is compressed, or has extra fields, was not written so: a length that is damaged hides the next.
    """
    if item.compress_type != zipfile.ZIP_STORED or item.extra or item.comment:
        raise zipfile.BadZipFile
    data = io.BytesIO(archive.read(item))
    version = np.lib.format.read_magic(data)
    shape, _, dtype = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")(data)
    if data.tell() + math.prod(shape) * dtype.itemsize != item.file_size:
        raise zipfile.BadZipFile
    data.seek(0)
    return np.lib.format.read_array(data, allow_pickle=False)


@dataclass(frozen=True)
class Usage:
    """What one recipe's entries take.

    Parameters
    ----------
    recipe : dict
        What the store was made with.
    entries : int
        Their number.
    bytes : int
        Their size on disk.
    last_used : float [scalar], seconds since the epoch
        When an entry was last written or read; 0 without entries.
    """

    recipe: dict[str, Any]
    entries: int
    bytes: int
    last_used: float


def usage(root: Path) -> list[Usage]:
    """What the stores under `root` take, the last used first."""
    found = []
    for directory in _stores(root):
        states = [state for path, state in _files(directory) if not path.name.startswith(".")]
        last_used = max((state.st_mtime for state in states), default=0.0)
        size = sum(state.st_size for state in states)
        found.append(Usage(_recipe(directory), len(states), size, last_used))
    return sorted(found, key=lambda item: -item.last_used)


def prune(root: Path, days: float = 0.0) -> tuple[int, int]:
    """Delete entries that were not used for some days, and directories that are empty then.

    Parameters
    ----------
    root : Path
        What the stores share; files in it that are not theirs stay.
    days : float >= 0 [scalar]
        0 deletes all.

    Returns
    -------
    entries, size : int
        How many were deleted, and their bytes.

    Raises
    ------
    OSError
        If one cannot be deleted.
    """
    limit = time.time() - days * 86_400
    entries = size = 0
    for directory in _stores(root):
        for path, state in _files(directory):
            if state.st_mtime < limit or not days:
                path.unlink(missing_ok=True)
                entries += not path.name.startswith(".")
                size += state.st_size
        _remove_empty(directory)
    return entries, size


def _stores(root: Path) -> list[Path]:
    """Directories that `put` made."""
    if not root.is_dir():
        return []
    found = [path for path in root.iterdir() if DIRECTORY.fullmatch(path.name) and not path.is_symlink()]
    return sorted(path for path in found if (path / RECIPE).is_file())


def _files(directory: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Entries, and what killed writers left, with their sizes and times."""
    for shard in directory.glob("[0-9a-f][0-9a-f]"):
        if shard.is_symlink() or not shard.is_dir():
            continue
        for path in shard.iterdir():
            with suppress(FileNotFoundError):  # another process may delete meanwhile
                if ENTRY.fullmatch(path.name) and stat.S_ISREG((state := path.lstat()).st_mode):
                    yield path, state


def _recipe(directory: Path) -> dict[str, Any]:
    try:
        return read_json(directory / RECIPE)
    except (OSError, DataError):
        return {}


def _remove_empty(directory: Path) -> None:
    """Remove what has no entries; what holds other files, or is written to now, stays."""
    for shard in directory.glob("[0-9a-f][0-9a-f]"):
        with suppress(OSError):
            shard.rmdir()
    if not any(path.is_dir() for path in directory.iterdir()):
        with suppress(OSError):
            (directory / RECIPE).unlink()
            directory.rmdir()
