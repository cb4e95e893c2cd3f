"""Sound that songmap does not read itself, converted to FLAC by ffmpeg."""

import errno
import os
import re
from pathlib import Path

import soundfile as sf

from songmap.errors import DataError
from songmap.files import atomic
from songmap.importers.programs import call, failure

CONVERTED = frozenset(
    {".m4a", ".m4b", ".mp4", ".aac", ".wma", ".ape", ".wv", ".mpc", ".mp2", ".mka", ".webm", ".weba"}
    | {".tta", ".tak", ".ac3", ".dts", ".amr", ".caf", ".dsf", ".spx", ".au"}
)
_FORMATS = (  # none that names other files, as playlists do
    "mov,aac,asf,ape,wv,mpc,mpc8,mp3,matroska,tta,tak,ac3,eac3,dts,amr,caf,dsf,ogg,au,flac,wav,aiff"
)
_REASONS = {
    r"not on whitelist '[^'\n]*'!?": "names other files rather than hold sound, or is of a rare format",
    r"matches no streams\.?": "holds no sound",
}
_UNPRINTED = re.compile("[\x00-\x07\x0e-\x1f]")  # which ffmpeg writes as '?'
_TIME_LIMIT = 900.0  # seconds; far more than an hour of sound takes


def convert(source: Path, target: Path) -> None:
    """Write the first audio stream of a file as FLAC: 16 bit, its own rate and channels, its tags kept.

    Parameters
    ----------
    source : Path
        A sound or video file; what it holds is found out by its content, not its name.
    target : Path
        Where the FLAC file goes; whole or absent.

    Raises
    ------
    DataError
        If ffmpeg is not installed, fails or takes more than 15 minutes, or there is no sound.
    OSError
        If the disk is full.
    """
    with atomic(target) as temporary:
        done = call(_arguments(source, temporary), _TIME_LIMIT)
        messages = done.stderr.decode("utf-8", "surrogateescape")
        for path in (source, temporary):  # whose names may be words that are looked for below
            messages = messages.replace(_UNPRINTED.sub("?", f"file:{path.absolute()}"), "it")
        for number in (errno.ENOSPC, errno.EDQUOT):
            if _ends_a_line(re.escape(os.strerror(number)), messages):  # with which ffmpeg may well exit 0
                raise OSError(number, os.strerror(number), str(target))
        for pattern, reason in _REASONS.items():
            if _ends_a_line(pattern, messages):
                raise DataError(reason)
        if done.returncode or not _has_sound(temporary):
            raise failure("ffmpeg", done.returncode, messages)


def _ends_a_line(pattern: str, messages: str) -> bool:
    return re.search(rf"(?:{pattern})$", messages, re.MULTILINE) is not None


def _arguments(source: Path, target: Path) -> list[str]:
    safe = ["-format_whitelist", _FORMATS, "-protocol_whitelist", "file"]
    sound = ["-map", "0:a:0", "-c:a", "flac", "-sample_fmt", "s16", "-threads", "1"]
    repeatable = ["-fflags", "+bitexact", "-flags:a", "+bitexact"]
    reading, writing = ["-i", f"file:{source.absolute()}"], ["-f", "flac", f"file:{target.absolute()}"]
    return ["ffmpeg", "-nostdin", "-v", "error", "-y", *safe, *reading, *sound, *repeatable, *writing]


def _has_sound(path: Path) -> bool:
    try:
        return sf.info(os.fsencode(path)).frames > 0
    except sf.SoundFileError:
        return False
