"""What an audio file says of itself: the tags within, read with tinytag."""

from pathlib import Path

from tinytag import TinyTag, TinyTagException


def read_tags(path: Path) -> dict[str, str]:
    """Title, artist, album, genre and lyrics from a file's tags, as they stand.

    Parameters
    ----------
    path : Path
        A sound file.

    Returns
    -------
    dict of str to str
        Only what the tags hold; empty where they cannot be read.
    """
    try:
        tag = TinyTag.get(path, duration=False)
    except (TinyTagException, OSError):
        return {}
    words = tag.other.get("lyrics") or tag.other.get("uslt") or [""]  # ffmpeg writes TXXX:USLT
    found = {"title": tag.title, "artist": tag.artist, "album": tag.album, "genre": tag.genre}
    found["lyrics"] = str(words[0])
    return {name: value for name, value in found.items() if value}
