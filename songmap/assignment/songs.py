"""The songs to place: a song folder, or one file."""

from pathlib import Path

from songmap.catalogue.checks import Folder
from songmap.catalogue.entries import Entry
from songmap.catalogue.examine import examine
from songmap.catalogue.song_folder import Catalogue, read_song_folder
from songmap.catalogue.table import track_id_of
from songmap.catalogue.walk import LYRICS
from songmap.errors import DataError


def read_songs(path: Path) -> tuple[Path, Catalogue]:
    """Read a song folder, or one audio file with its tags and the lyrics file of the same name.

    Parameters
    ----------
    path : Path

    Returns
    -------
    root : Path
        What the tracks' paths are relative to.
    catalogue : Catalogue
        At least one track.

    Raises
    ------
    DataError
        If there is no such file or folder, or no song in it can be used.
    """
    if not path.is_file():
        return path, read_song_folder(path)
    file = path.resolve()
    beside = (file.with_suffix(suffix) for suffix in LYRICS)
    words = next((sidecar.name for sidecar in beside if sidecar.is_file()), "")
    entry = Entry(track_id_of(file.name), path=file.name, lyrics=words, tagged=True)
    track, rejected = examine(Folder(file.parent), entry, [])
    if track is None:
        raise DataError(f"{path} {rejected[0].reason}")
    return file.parent, Catalogue([track], [], rejected)
