"""Sound files as streams: opened, moved to a place, and read on from there."""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf

from songmap.errors import DataError

PREROLL = 16_384  # samples decoded before the place: an MP3 or Opus decoder is exact again after fewer
LOSSLESS = ("WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "AU", "CAF")

FFMPEG_SUFFIXES = frozenset(
    {".aac", ".ac3", ".ape", ".dts", ".eac3", ".m4a", ".m4b", ".mka", ".mpc", ".tta", ".wma", ".wv"}
)
PATIENCE = 60.0  # seconds that ffmpeg may take to answer
# Never a playlist, which would open other files.
_CONTAINERS = "aac,ac3,ape,asf,caf,dts,dtshd,eac3,matroska,mov,mpc,mpc8,tak,tta,wv"
# Without a table of contents: their length would be a guess from the bit rate.
_ESTIMATED = frozenset({"aac", "ac3", "dts", "dtshd", "eac3"})
_INPUT = ("-protocol_whitelist", "file", "-format_whitelist", _CONTAINERS)
_SKIPPED = 65_536  # samples per channel read at a time where they are not wanted


class NeedsFfmpegError(DataError):
    """The file's format needs ffmpeg, which is not installed."""


class _Parts:
    """Reading block by block what `read` reads at a time."""

    read: Any

    def parts(self, block: np.ndarray) -> Iterator[np.ndarray]:
        """Read on to the end, block by block.

        Parameters
        ----------
        block : np.ndarray [shape=(n, channels)], float32, or int16 from libsndfile
            Overwritten by every step.

        Yields
        ------
        np.ndarray [shape=(<= n, channels)]
            The filled part of `block`.
        """
        while len(part := self.read(out=block)):
            yield part


class Stream(_Parts, sf.SoundFile):  # type: ignore[misc]
    """A sound file that libsndfile reads from front to back.

    soundfile seeks after every read to where the file already stands. A decoder of MP3 loses its state by
    that, and the next 3,000 samples are wrong by up to full scale; here nothing seeks but `start_at`.
    """

    def seekable(self) -> bool:
        """False, so that reading does not seek."""
        return False

    def start_at(self, sample: int) -> None:
        """Move to a sample per channel, so that what follows is what decoding from the start gives."""
        before = sample if self.format in LOSSLESS else max(0, sample - PREROLL)
        if before or self.tell():
            self.seek(before)
        if sample > before:
            self.read(sample - before, dtype="float32")


class FfmpegStream(_Parts):
    """A sound file that ffmpeg decodes, read like a `Stream`, as float32.

    It is decoded from its start whatever is wanted of it. After a
    seek a decoder of AAC fills bands with other noise, and Matroska and WMA tell the time in milliseconds.

    Attributes
    ----------
    samplerate : int > 0 [scalar], Hz
    channels : int > 0 [scalar]
    frames : int >= 0 [scalar]
        Samples per channel that the container states; a lossy coder may give one block more or less.

    Raises
    ------
    DataError
        If ffprobe finds no sound in it, or no answer.
    """

    subtype = "FLOAT"

    def __init__(self, path: Path | str) -> None:
        self._path = path
        self._process: subprocess.Popen[bytes] | None = None
        self._at = 0
        self.samplerate, self.channels, self.frames = _probe(path)

    def __enter__(self) -> "FfmpegStream":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End ffmpeg."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def start_at(self, sample: int) -> None:
        """Move to a sample per channel, counted from the first that is decoded."""
        if self._process is None or sample < self._at:
            self._restart(sample)
        block = np.empty((_SKIPPED, self.channels), np.float32)
        while self._at < sample and len(self.read(block[: sample - self._at])):
            pass

    def read(self, out: np.ndarray) -> np.ndarray:
        """Read on.

        Parameters
        ----------
        out : np.ndarray [shape=(n, channels)], float32
            Overwritten.

        Returns
        -------
        np.ndarray [shape=(<= n, channels)]
            The filled part of `out`; shorter only at the end.

        Raises
        ------
        DataError
            If ffmpeg gave nothing for a minute, or crashed.
        """
        process = self._process or self._restart(0)
        assert process.stdout is not None
        raw = out.reshape(-1).view(np.uint8)
        timer = threading.Timer(PATIENCE, process.kill)
        timer.start()
        try:
            size = process.stdout.readinto(raw)  # type: ignore[attr-defined]
        finally:
            timer.cancel()
        if size < len(raw) and process.wait() < 0:
            raise DataError(f"ffmpeg cannot decode it: killed after {PATIENCE:g} s, or crashed")
        part = out[: size // (4 * self.channels)]
        self._at += len(part)
        return part

    def _restart(self, sample: int) -> "subprocess.Popen[bytes]":
        self.close()
        arguments = [
            "ffmpeg",
            "-nostdin",
            "-v",
            "quiet",
            "-threads",
            "1",
            *_INPUT,
            "-i",
            f"file:{self._path}",
        ]
        arguments += ["-map", "0:a:0", "-af", f"atrim=start_sample={sample}", "-f", "f32le"]
        arguments += ["-ar", str(self.samplerate), "-ac", str(self.channels), "pipe:1"]
        self._process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self._at = sample
        return self._process


def open_sound(path: Path | str) -> Stream | FfmpegStream:
    """Open a sound file with libsndfile, or else with ffmpeg where that is installed.

    Parameters
    ----------
    path : Path or str
        WAV, FLAC, Ogg, Opus, MP3, AIFF, ...; with ffmpeg also M4A, AAC, WMA, Matroska, Monkey's Audio, ...

    Returns
    -------
    Stream or FfmpegStream
        To be used as a context manager.

    Raises
    ------
    soundfile.LibsndfileError
        If neither can open it.
    NeedsFfmpegError
        If its suffix is one of `FFMPEG_SUFFIXES` and ffmpeg is not installed.
    DataError
        If its suffix is one of those and ffmpeg cannot open it; the text leaves out the path.
    """
    try:
        return Stream(path)
    except sf.LibsndfileError as error:
        refused = error
    for_ffmpeg = Path(path).suffix.lower() in FFMPEG_SUFFIXES
    if shutil.which("ffmpeg") and shutil.which("ffprobe"):
        try:
            return FfmpegStream(path)
        except DataError:
            if for_ffmpeg:
                raise
    elif for_ffmpeg:
        raise NeedsFfmpegError("needs ffmpeg: install it") from refused
    raise refused


def _probe(path: Path | str) -> tuple[int, int, int]:
    """Sample rate, channels and length in samples per channel of a file's first stream of sound."""
    found = _ffprobe(path, "stream=sample_rate,channels,duration:format=format_name,duration")
    stream: dict[str, Any] = next(iter(found["streams"]), {})
    rate, channels = int(stream.get("sample_rate", 0)), int(stream.get("channels", 0))
    if rate < 1 or channels < 1:
        raise DataError("ffmpeg cannot decode it: no stream of sound")
    seconds = stream.get("duration") or found["format"].get("duration")
    if seconds is None or found["format"]["format_name"] in _ESTIMATED:
        packets = _ffprobe(path, "packet=duration_time")["packets"]
        seconds = sum(float(packet.get("duration_time", 0)) for packet in packets)
    return rate, channels, round(float(seconds) * rate)


def _ffprobe(path: Path | str, entries: str) -> dict[str, Any]:
    """What ffprobe says of a file's first stream of sound."""
    arguments = ["ffprobe", "-v", "error", *_INPUT, "-select_streams", "a:0", "-show_entries", entries]
    try:
        done = subprocess.run(
            [*arguments, "-of", "json", "-i", f"file:{path}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"ffmpeg cannot decode it: no answer in {PATIENCE:g} s") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise DataError(f"ffmpeg cannot decode it: {last.rpartition(': ')[2]}") from error
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise DataError("ffmpeg cannot decode it: ffprobe gave no JSON") from error
