"""Playlists as players read them: extended M3U in UTF-8, paths relative to the list.

References
----------
https://en.wikipedia.org/wiki/M3U; ``#PLAYLIST`` is the list's title. A line that begins with # is a comment,
so that no path may.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from songmap.catalogue.text import has_control, label
from songmap.errors import DataError
from songmap.files import atomic
from songmap.importers.names import safe_path, unique
from songmap.recommend.playlists import Song

HEAD = "#EXTM3U"
MARK = "# made by songmap playlists"  # second line: such a file may be replaced
SUFFIX = ".m3u8"
LONGEST = 80  # bytes of a name, so that a number and the suffix stay within 100
_COMMENT_OR_SCHEME = re.compile(r"#|\s|[^/]*:")


def relative(sound: Path, folder: Path) -> str:
    """The path of a sound file as a list in `folder` names it: forward slashes, one line, no comment.

    Both are taken where they really lie, so that ``..`` leads where it should.

    Raises
    ------
    DataError
        If a list cannot hold the name.
    """
    real = sound.parent.resolve() / sound.name
    try:
        path = os.path.relpath(real, folder.resolve())
    except ValueError:  # another drive of Windows
        path = str(real)
    path = Path(path).as_posix()
    if has_control(path) or path != path.rstrip() or len(path.splitlines()) != 1:
        raise DataError(f"{path!r}: a playlist cannot hold such a name")
    return f"./{path}" if _COMMENT_OR_SCHEME.match(path) and not Path(path).is_absolute() else path


def as_text(name: str, songs: Sequence[Song], paths: Mapping[str, str]) -> str:
    """The list of one cluster.

    Parameters
    ----------
    name : str
        What it is called.
    songs : sequence of Song
        In order.
    paths : mapping of str to str
        Relative paths by track id, see `relative`.
    """
    lines = [HEAD, MARK, f"#PLAYLIST:{label(name)}"]
    for song in songs:
        seconds = -1 if song.duration is None else round(song.duration)
        title = label(song.title) or Path(song.path).stem
        shown = f"{label(song.artist)} - {title}" if label(song.artist) else title
        lines += [f"#EXTINF:{seconds},{shown}", paths[song.track_id]]
    return "\n".join(lines) + "\n"


def file_names(names: Iterable[str]) -> list[str]:
    """A file's name for each list: fit for any file system, at most 100 bytes, no two alike in any case."""
    taken: set[str] = set()
    return [unique(_file_name(name), taken) for name in names]


def _file_name(name: str) -> str:
    plain = label(name).replace("/", "-").encode("utf-8")[:LONGEST].decode("utf-8", "ignore").rstrip(". ")
    return safe_path((plain or "_") + SUFFIX)


def write(folder: Path, lists: Mapping[str, str], replace: bool = False) -> None:
    """Write lists, and delete those of an earlier run that are not among them.

    Parameters
    ----------
    folder : Path
        Made if need be.
    lists : mapping of str to str
        Text by name of the file.
    replace : bool
        Whether files that songmap did not write may be replaced.

    Raises
    ------
    DataError
        If such a file is there; nothing is written then.
    """
    there = {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}
    wanted = {name.casefold() for name in lists}  # file systems may take them for the same
    own = {name for name, path in there.items() if is_own(path)}
    foreign = sorted(name for name in there if name.casefold() in wanted and name not in own)
    if foreign and (not replace or any(there[name].is_dir() for name in foreign)):
        raise DataError(
            f"{there[foreign[0]]} is not of songmap: --replace replaces files, or name another folder"
        )
    for name, text in lists.items():
        with atomic(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    for name in own - set(lists):
        if not any(there[name].samefile(folder / written) for written in lists):
            there[name].unlink()


def is_own(path: Path) -> bool:
    """Whether songmap wrote this list."""
    if path.suffix != SUFFIX or path.is_symlink() or not path.is_file():
        return False
    head = f"{HEAD}\n{MARK}\n".encode()
    with path.open("rb") as file:
        return file.read(len(head)) == head
