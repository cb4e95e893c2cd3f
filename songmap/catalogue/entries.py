"""What a song folder claims about a track, what was found to be true, and what was refused."""

from dataclasses import dataclass, field

from songmap.catalogue.text import LABEL_LENGTH, label, printable
from songmap.errors import DataError


@dataclass(frozen=True)
class Entry:
    """One track as the folder describes it; nothing is checked yet.

    Parameters
    ----------
    track_id : str
        Its id; '' where it has none.
    path, mel : str
        Files relative to the folder; '' where the track has none.
    lyrics : str
        A text, or a relative path that ends in .txt or .lrc.
    labels : dict of str to str
        Of title, artist, album, genre and language, those that are known.
    features : tuple of str
        The feature.* fields in the order of the table's columns; () without such columns.
    tagged : bool
        Whether the audio file's own tags complete what is missing.
    """

    track_id: str
    path: str = ""
    mel: str = ""
    lyrics: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    tagged: bool = False


@dataclass(frozen=True)
class Track:
    """One usable track.

    Parameters
    ----------
    sha256, mel_sha256 : str
        Hexadecimal digests of the files' bytes; '' without the file.
    duration : float or None
        Seconds; None without audio.
    lyrics : str
        Cleaned text, '' if there is none.
    features : tuple of float or None
        Finite numbers, one per feature column; None if the track has no row in the table.
    """

    track_id: str
    path: str = ""
    sha256: str = ""
    duration: float | None = None
    title: str = ""
    artist: str = ""
    album: str = ""
    genre: str = ""
    language: str = ""
    lyrics: str = ""
    mel: str = ""
    mel_sha256: str = ""
    features: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Rejection:
    """Something that was refused, and why.

    Parameters
    ----------
    what : str
        track, lyrics, mel or features; where it is not track, the track itself stays.
    kind : str
        The reason in a few fixed words, to be counted.
    detail : str
        The value at fault.
    """

    path: str
    track_id: str
    what: str
    kind: str
    detail: str

    @property
    def reason(self) -> str:
        """One line: the kind and the value."""
        return f"{self.kind}: {self.detail}"


class RefusedError(DataError):
    """A file or a value cannot be used: `kind` in a few fixed words, `detail` with the value."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


def rejection(entry: Entry, what: str, refused: RefusedError) -> Rejection:
    """The row that lists what was refused of `entry`."""
    path, detail = (" ".join(printable(text).split()) for text in (entry.path, refused.detail))
    return Rejection(path[:LABEL_LENGTH], label(entry.track_id), what, refused.kind, detail)
