"""Reading an excerpt of a sound file: one open, one seek, and little decoded that is not asked for."""

from pathlib import Path

import numpy as np
import soundfile as sf

from songmap.errors import DataError
from songmap.sound import Stream

BLOCK = 65_536  # samples per channel: a block stays in the cache while it is mixed down
ENDLESS = 2**62  # samples: libsndfile's count where a stream does not state its length
TOLERANCE = 0.05  # share of an excerpt that may be missing: some MP3 headers only estimate the length


def read_excerpt(path: Path | str, seconds: float, position: float) -> tuple[np.ndarray, int]:
    """Decode an excerpt and mix it down to one channel, the mean of all.

    Parameters
    ----------
    path : Path or str
        A file that libsndfile reads: WAV, FLAC, Ogg Vorbis, Opus, MP3, AIFF, ...
    seconds : float > 0 [scalar], seconds
        Length of the excerpt; a shorter track is read whole.
    position : float in [0, 1] [scalar]
        Where the excerpt lies: 0 at the start of the track, 1 at its end.

    Returns
    -------
    y : np.ndarray [shape=(n,)], float32
        Samples, full scale at 1.
    sample_rate : int > 0 [scalar], Hz
        The file's own rate.

    Raises
    ------
    DataError
        Why the file cannot be read; the text leaves out the path.
    """
    try:
        Path(path).open("rb").close()  # libsndfile only says "System error" where this says which
        with Stream(path) as file:
            return _excerpt(file, seconds, position), int(file.samplerate)
    except (sf.SoundFileError, TypeError) as error:  # TypeError: raw samples without a header
        reason = getattr(error, "error_string", str(error)) or "damaged"
        raise DataError(f"cannot be decoded: {reason}") from error
    except OSError as error:
        raise DataError(f"cannot be opened: {error.strerror or error}") from error


def _excerpt(file: Stream, seconds: float, position: float) -> np.ndarray:
    if file.frames >= ENDLESS:
        raise DataError("does not state its length; re-encode it")
    wanted = min(file.frames, max(1, round(seconds * file.samplerate)))
    start = round((file.frames - wanted) * position)
    file.start_at(start)
    y = _mixed_down(file, wanted)
    if not len(y) or len(y) < (1 - TOLERANCE) * wanted:
        end, stated = ((start + len(y)) / file.samplerate, file.frames / file.samplerate)
        raise DataError(
            f"holds sound up to {end:.3f} s where its header states {stated:.3f} s: is it truncated?"
        )
    return y


def _mixed_down(file: Stream, n: int) -> np.ndarray:
    """Up to `n` samples from where the file stands; 16-bit ones are mixed as integers: same and sooner."""
    integer = file.subtype == "PCM_16"
    block = np.empty((min(BLOCK, n), file.channels), np.int16 if integer else np.float32)
    y = np.empty(n, np.float32)
    done = 0
    while done < n and len(part := file.read(out=block[: n - done])):
        mixed = y[done : done + len(part)]
        mixed[:] = part[:, 0]
        for channel in range(1, file.channels):
            mixed += part[:, channel]
        done += len(part)
    y = y[:done]
    y *= np.float32(1 / (file.channels * (32_768 if integer else 1)))
    return y
