"""Names of files that the file systems of Linux, macOS and Windows take and keep apart."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import count
from pathlib import PurePosixPath

from songmap.catalogue.text import label, printable, quoted

_LONGEST = 200  # bytes, of 255 that file systems allow; the rest is for suffixes and `songmap.files.atomic`
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*\\', "_"))  # on Windows, and so on many disks
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)", re.IGNORECASE)


def safe_path(path: str) -> str:
    """A relative path in one normal form (NFC, no control characters, visible, parts of at most 200 bytes).

    What Windows forbids is replaced: each of ``<>:"|?*`` and the backslash by '_'; dots and spaces that end a
    part are dropped, and the name of a device, such as 'con.mp3', gets a '_' before it.

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
    return "/".join(_safe(part) for part in PurePosixPath(path).parts or ("",))


def unique(path: str, taken: set[str]) -> str:
    """The path, numbered where `taken` has it in any case; the result is added to `taken`."""
    pure = PurePosixPath(path)
    for number in count(1):
        name = path if number == 1 else str(pure.with_name(f"{pure.stem} ({number}){pure.suffix}"))
        key = _key(name)
        if key not in taken:
            break
    taken.add(key)
    return name


def folders(paths: Iterable[str]) -> set[str]:
    """Every folder that the paths need, and each that ends in .txt without it too, in the form of `unique`.

    A set for `unique`, with which neither a file nor its .txt takes the place of a folder.
    """
    found = {_key(str(parent)) for path in paths for parent in PurePosixPath(path).parents}
    return found | {name.removesuffix(".txt") for name in found}


def shown(name: str) -> str:
    """A name of any bytes as one printable line."""
    return label(printable(name)) or quoted(name)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _safe(part: str) -> str:
    data = part.encode("utf-8", "surrogateescape")
    try:
        name = data.decode("utf-8")
    except UnicodeDecodeError:
        name = data.decode("cp1252", "replace")
    # twice, as control characters may have kept white space or a letter and its accent apart
    name = label(label(name)).translate(_FORBIDDEN).rstrip(". ")
    if not name or name.startswith(".") or _DEVICE.match(name):
        name = f"_{name}"
    if len(name.encode()) <= _LONGEST:
        return name
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).encode()[: _LONGEST - len(suffix.encode())]
    return (stem.decode("utf-8", "ignore") + suffix).rstrip(". ")
