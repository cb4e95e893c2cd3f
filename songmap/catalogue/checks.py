"""Checks of single files: inside the folder, present, and really audio, a mel spectrogram or lyrics."""

import hashlib
import tokenize
import unicodedata
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np
import soundfile as sf

from songmap.catalogue import text
from songmap.catalogue.entries import RefusedError
from songmap.errors import DataError
from songmap.sound import FfmpegStream, NeedsFfmpegError, Stream, open_sound

SHORTEST = 1.0  # seconds
SILENCE = 1e-4  # of full scale, -80 dBFS
MOST_BANDS = 4096  # of a mel spectrogram
LYRICS_LIMIT = 2**20  # bytes
_BLOCK = 16_384  # frames
_UNKNOWN_LENGTH = 2**62  # frames; libsndfile reports 2^63 - 1 for a stream that does not say


class Folder:
    """A song folder: finds its files under composed and decomposed Unicode names, and none outside it.

    Parameters
    ----------
    root : Path
        The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._resolved = root.resolve()
        self._names: Callable[[Path], dict[str, str]] = lru_cache(maxsize=None)(_composed_names)

    def find(self, relative: str) -> Path:
        """The file that a relative path means.

        Parameters
        ----------
        relative : str
            Path with forward slashes.

        Returns
        -------
        Path
            `root` / the name as it is spelt on disk.

        Raises
        ------
        RefusedError
            If the path leaves the folder or there is no such regular file.
        """
        if text.has_control(relative):
            raise RefusedError(
                "bad path", f"{text.quoted(relative)} holds a control character or is not UTF-8"
            )
        pure = PurePosixPath(relative)
        if pure.is_absolute() or Path(relative).is_absolute() or ".." in pure.parts:
            raise RefusedError(
                "outside the folder", f"{text.quoted(relative)} must stay inside the song folder"
            )
        try:
            found = self._spelt(pure)
            if not found.is_file():
                raise RefusedError("missing file", f"there is no file {text.quoted(relative)}")
            if not found.resolve().is_relative_to(self._resolved):
                raise RefusedError("outside the folder", f"{text.quoted(relative)} links to a file outside")
        except OSError as error:
            raise RefusedError("missing file", f"{text.quoted(relative)}: {error.strerror}") from error
        return found

    def relative(self, found: Path) -> str:
        """A found file's path below the folder, with forward slashes."""
        return found.relative_to(self.root).as_posix()

    def _spelt(self, pure: PurePosixPath) -> Path:
        """The path with every part as the disk spells it (macOS decomposes accents, others do not)."""
        if (self.root / pure).exists():
            return self.root / pure
        found = self.root
        for part in pure.parts:
            found = found / self._names(found).get(unicodedata.normalize("NFC", part), part)
        return found


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of the file's bytes.

    Raises
    ------
    RefusedError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RefusedError("unreadable", str(error.strerror)) from error


def audio_duration(path: Path) -> float:
    """Length of a sound file that libsndfile or ffmpeg can decode, that lasts 1 s and is not silent.

    Only as much is decoded as it takes to hear something above -80 dBFS.

    Returns
    -------
    float
        Seconds.

    Raises
    ------
    RefusedError
        If the file is unreadable, holds NaN or infinity, is too short or silent, or needs ffmpeg.
    """
    try:
        with open_sound(path) as file:
            frames = file.frames if file.frames < _UNKNOWN_LENGTH else _count(path)
            seconds = frames / file.samplerate
            if seconds < SHORTEST:
                raise RefusedError("too short", f"{seconds:.3f} s, must be at least {SHORTEST:g} s")
            if getattr(file, "format", "") == "RAW":
                raise RefusedError("unreadable", "samples without a header: nothing says what they are")
            peak = _first_peak(file)
    except (sf.SoundFileError, OSError, ValueError, TypeError) as error:  # TypeError: headerless .raw
        raise RefusedError("unreadable", _told(error, path)) from error
    except RefusedError:
        raise
    except NeedsFfmpegError as error:
        raise RefusedError("needs ffmpeg", "install it, then dvc repro -f manifest") from error
    except DataError as error:
        raise RefusedError("unreadable", str(error)) from error
    if peak < SILENCE:
        level = f"{20 * np.log10(peak):.0f} dBFS" if peak else "0"
        raise RefusedError("silent", f"peak {level}, must reach -80 dBFS")
    return seconds


def _told(error: Exception, path: Path) -> str:
    """What a decoder says, where it helps."""
    said = getattr(error, "error_string", str(error).replace(str(path), path.name))
    return "no sound of a known format" if "not a regular file" in said else text.quoted(said)


BAD_ARRAY = (
    *(OSError, EOFError, ValueError, TypeError, OverflowError, MemoryError),
    *(RecursionError, tokenize.TokenError, zipfile.BadZipFile),
)  # what numpy raises for a .npy whose header lies


def check_mel(path: Path) -> None:
    """Check that a .npy file holds a mel spectrogram, shape (bands, frames), of finite real numbers.

    Raises
    ------
    RefusedError
        If it does not. Pickled objects are refused unread.
    """
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except BAD_ARRAY as error:
        raise RefusedError("bad mel", f"not a .npy array: {text.quoted(str(error))}") from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        kind = array.dtype if isinstance(array, np.ndarray) else "an archive"
        raise RefusedError("bad mel", f"{kind}, must be an array of real numbers")
    if array.ndim != 2 or 0 in array.shape or len(array) > MOST_BANDS:
        raise RefusedError(
            "bad mel", f"shape {array.shape}, must be bands x frames, {MOST_BANDS} bands at most"
        )
    if array.dtype.kind == "f" and not all(np.isfinite(band).all() for band in array):
        raise RefusedError("bad mel", "has a value that is NaN or infinite")


def read_lyrics(path: Path) -> str:
    """The text of a lyrics file, as it stands.

    Raises
    ------
    RefusedError
        If it is larger than 1 MiB or not UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(LYRICS_LIMIT + 1)
    except OSError as error:
        raise RefusedError("unreadable lyrics", str(error.strerror)) from error
    check_lyrics_size(len(data))
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RefusedError("lyrics not text", f"not UTF-8 at byte {error.start}") from error
    if "\0" in words:
        raise RefusedError("lyrics not text", f"NUL at character {words.index(chr(0))}")
    return words


def check_lyrics_size(size: int) -> None:
    """Raise `RefusedError` for lyrics of more than 1 MiB; `size` in bytes."""
    if size > LYRICS_LIMIT:
        raise RefusedError("lyrics too large", f"more than {LYRICS_LIMIT} bytes")


def _count(path: Path) -> int:
    with Stream(path) as file:
        return sum(len(part) for part in file.parts(_block(file)))


def _block(file: Stream | FfmpegStream) -> np.ndarray:
    return np.empty((_BLOCK, file.channels), np.float32)


def _first_peak(file: Stream | FfmpegStream) -> float:
    """Peak of the first blocks up to one that is not silent, of full scale."""
    peak, seen = 0.0, 0
    for block in file.parts(_block(file)):
        if not np.isfinite(block).all():
            raise RefusedError("unreadable", "has a sample that is NaN or infinite")
        seen += len(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        if peak >= SILENCE:
            return peak
    if not seen:
        raise RefusedError("unreadable", "no sample can be decoded")
    return peak


def _composed_names(directory: Path) -> dict[str, str]:
    """Names in a directory by their composed form; the first in order where two share one."""
    try:
        names = sorted((entry.name for entry in directory.iterdir()), reverse=True)
    except OSError:
        return {}
    return {unicodedata.normalize("NFC", name): name for name in names}
