"""What decides the content of a store: a sound file's digest, our code, and the libraries that decode."""

import hashlib
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import soundfile as sf
import soxr


def key(path: Path, sha256: str, as_of: float) -> str:
    """Key of a file in the store.

    Parameters
    ----------
    path : Path
        The file.
    sha256 : str
        Hexadecimal digest of its bytes; '' where it is not known.
    as_of : float [scalar], seconds since the epoch
        When that was taken: a file that changed later is digested again.

    Returns
    -------
    str
        Hexadecimal digest; '' for ''.
    """
    with suppress(OSError):  # reading it says what is wrong with it
        if sha256 and path.stat().st_ctime > as_of:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    return sha256


def provenance(*modules: ModuleType) -> dict[str, str]:
    """A digest of the source of `modules`, and the versions of what decodes and resamples."""
    code = hashlib.sha256()
    for module in modules:
        code.update(Path(str(module.__file__)).read_bytes())
    return {
        "code": code.hexdigest()[:16],
        "libsndfile": f"{sf.__libsndfile_version__} in soundfile {sf.__version__}",
        "soxr": f"{soxr.__libsoxr_version__} in soxr {soxr.__version__}",
        "ffmpeg": ffmpeg_version(),
    }


def ffmpeg_version() -> str:
    """What ffmpeg says it is; '' where it is not installed or does not answer."""
    with suppress(OSError, subprocess.SubprocessError):
        if shutil.which("ffmpeg"):
            told = subprocess.run(["ffmpeg", "-version"], capture_output=True, check=True, timeout=60)
            return told.stdout.decode("utf-8", "replace").partition("\n")[0]
    return ""
