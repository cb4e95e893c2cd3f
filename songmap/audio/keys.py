"""Keys in the store: digests of what a sound file gives when it is decoded."""

import hashlib
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from songmap.sound import FFMPEG_SUFFIXES


def key(path: Path, sha256: str, as_of: float, ffmpeg: str) -> str:
    """Key of a file in the store.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str
        Hexadecimal digest of its bytes; '' where it is not known.
    as_of : float [scalar], seconds since the epoch
        When that was taken: a file that changed later is digested again.
    ffmpeg : str
        From `ffmpeg_version`: what ffmpeg makes of a file depends on it.

    Returns
    -------
    str
        Hexadecimal digest; '' for ''.
    """
    with suppress(OSError):  # reading it says what is wrong with it
        if sha256 and path.stat().st_ctime > as_of:
            with path.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 and path.suffix.lower() in FFMPEG_SUFFIXES:
        return hashlib.sha256(f"{sha256} {ffmpeg}".encode()).hexdigest()
    return sha256


def ffmpeg_version() -> str:
    """What ffmpeg says it is; '' where it is not installed."""
    if not shutil.which("ffmpeg"):
        return ""
    told = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=False, timeout=60)
    return told.stdout.partition("\n")[0]
