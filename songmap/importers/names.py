"""Names of files that every file system takes and keeps apart."""

import unicodedata
from itertools import count
from pathlib import PurePosixPath

from songmap.catalogue.text import label

_LONGEST = 200  # bytes, of 255 that file systems allow; the rest is for suffixes and `songmap.files.atomic`


def safe_path(path: str) -> str:
    """A relative path in one normal form (NFC, no control characters, visible, parts of at most 200 bytes).

    Parameters
    ----------
    path : str
        With forward slashes; bytes that are not UTF-8 as `os.fsdecode` gives them, which are read as
        Windows-1252.

    Returns
    -------
    str
        No part is empty, hidden or '..'.
    """
    return "/".join(_safe(part) for part in PurePosixPath(path).parts)


def unique(path: str, taken: set[str]) -> str:
    """The path, numbered where `taken` has it in any case; the result is added to `taken`."""
    pure = PurePosixPath(path)
    for number in count(1):
        name = path if number == 1 else str(pure.with_name(f"{pure.stem} ({number}){pure.suffix}"))
        key = unicodedata.normalize("NFC", name.casefold())
        if key not in taken:
            break
    taken.add(key)
    return name


def _safe(part: str) -> str:
    data = part.encode("utf-8", "surrogateescape")
    try:
        name = label(data.decode("utf-8"))
    except UnicodeDecodeError:
        name = label(data.decode("cp1252", "replace"))
    if not name or name.startswith("."):
        name = f"_{name}"
    if len(name.encode()) <= _LONGEST:
        return name
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).encode()[: _LONGEST - len(suffix.encode())]
    return stem.decode("utf-8", "ignore").rstrip() + suffix
