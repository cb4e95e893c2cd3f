"""Reading excerpts of a sound file: one open, and little decoded that is not asked for."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

from songmap.errors import DataError
from songmap.sound import FfmpegStream, Stream, open_sound

BLOCK = 65_536  # samples per channel: a block stays in the cache while it is mixed down
ENDLESS = 2**62  # samples: libsndfile's count where a stream does not state its length
TOLERANCE = 0.05  # share of an excerpt that may be missing: some MP3 headers only estimate the length


def read_excerpts(
    path: Path | str, seconds: float, count: int, position: float, sample_rate: int | None = None
) -> Iterator[tuple[np.ndarray, int]]:
    """Decode excerpts spread over a track, and mix each down to one channel, the mean of all.

    What excerpts share where they overlap is decoded once.

    Parameters
    ----------
    path : Path or str
        A file that `songmap.sound.open_sound` opens.
    seconds : float > 0 [scalar], seconds
        Length of an excerpt.
    count : int > 0 [scalar]
        Excerpts. A track that is not longer than one has only one, the whole track.
    position : float in [0, 1] [scalar]
        Excerpt i lies at (i + position) / count of the track, where 0 is at its start and 1 at its end.
    sample_rate : int > 0 [scalar], Hz
        What excerpts are resampled to by soxr; by default they keep the file's own rate.

    Yields
    ------
    y : np.ndarray [shape=(n,)], float32
        Samples, full scale at 1.
    sample_rate : int > 0 [scalar], Hz
        Of the samples.

    Raises
    ------
    DataError
        Why the file cannot be read; the text leaves out the path.
    """
    try:
        Path(path).open("rb").close()  # libsndfile only says "System error" where this says which
        with open_sound(path) as file:
            rate = sample_rate or int(file.samplerate)
            for y in _excerpts(file, seconds, count, position, rate):
                yield y, rate
    except (sf.SoundFileError, TypeError) as error:  # TypeError: raw samples without a header
        reason = getattr(error, "error_string", str(error)) or "damaged"
        raise DataError(f"cannot be decoded: {reason}") from error
    except OSError as error:
        raise DataError(f"cannot be opened: {error.strerror or error}") from error


def excerpt_starts(spare: int, count: int, position: float) -> list[int]:
    """Where excerpts start, of a track longer than one of them by `spare`; one if it is not longer."""
    return [round(spare * (i + position) / count) for i in range(count if spare else 1)]


def _excerpts(
    file: Stream | FfmpegStream, seconds: float, count: int, position: float, sample_rate: int
) -> Iterator[np.ndarray]:
    if file.frames >= ENDLESS:
        raise DataError("does not state its length; re-encode it")
    wanted = min(file.frames, max(1, round(seconds * file.samplerate)))
    spare = file.frames - wanted
    starts = excerpt_starts(spare, count, position)
    known = np.empty(0, np.float32)
    for start, following in zip(starts, [*starts[1:], file.frames], strict=True):
        if not len(known):
            file.start_at(start)
        y = _excerpt(file, start, wanted, known)
        known = y[following - start :].copy()
        if file.samplerate != sample_rate:
            y = soxr.resample(y, file.samplerate, sample_rate, "HQ")
        yield y


def _excerpt(file: Stream | FfmpegStream, start: int, wanted: int, known: np.ndarray) -> np.ndarray:
    """The `wanted` samples from `start`, the first of them known from the excerpt before."""
    y = _mixed_down(file, wanted - len(known))
    y = np.concatenate([known, y]) if len(known) else y
    if not len(y) or len(y) < (1 - TOLERANCE) * wanted:
        end, stated = (start + len(y)) / file.samplerate, file.frames / file.samplerate
        raise DataError(
            f"holds sound up to {end:.3f} s where its header states {stated:.3f} s: is it truncated?"
        )
    return y


def _mixed_down(file: Stream | FfmpegStream, n: int) -> np.ndarray:
    """Up to `n` samples from where the file stands; 16-bit ones are mixed as integers: same and sooner."""
    integer = file.subtype == "PCM_16"
    block = np.empty((min(BLOCK, n), file.channels), np.int16 if integer else np.float32)
    y = np.empty(n, np.float32)
    done = 0
    while done < n and len(part := file.read(out=block[: n - done])):
        mixed = y[done : done + len(part)]
        if file.channels == 1:
            mixed[:] = part[:, 0]
        else:
            np.add(part[:, 0], part[:, 1], out=mixed, dtype=np.float32)
        for channel in range(2, file.channels):
            mixed += part[:, channel]
        done += len(part)
    y = y[:done]
    y *= np.float32(1 / (file.channels * (32_768 if integer else 1)))
    return y
