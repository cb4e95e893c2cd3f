"""Mel spectrograms that a table brings as lists of numbers, written into a song folder."""

import hashlib
import io
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from songmap.catalogue.checks import BAD_ARRAY
from songmap.catalogue.entries import RefusedError
from songmap.files import atomic

BANDS = 128
LARGEST = BANDS * 320_000  # values; an hour at 44,100 Hz and 512 samples a frame is a little less

_PLAIN_NAME = re.compile("[0-9a-z_-]{1,64}")  # one file on every disk, whether or not case matters there


def power_of(field: pa.Scalar) -> np.ndarray:
    """A spectrogram from a field of lists.

    Parameters
    ----------
    field : pa.Scalar
        128 lists of numbers, all as long, or one list with the bands one after the other.

    Returns
    -------
    np.ndarray [shape=(128, frames)], float32, >= 0

    Raises
    ------
    RefusedError
        If it is empty, of another number of bands, longer than an hour, or has a value that is
        missing, NaN, infinite or negative.
    """
    if not field.is_valid:
        raise RefusedError("no mel", "the field is empty")
    numbers = _in_a_row(field.values)
    if len(numbers) > LARGEST:
        raise RefusedError("mel too long", f"has {len(numbers):,} values, at most {LARGEST:,}")
    with np.errstate(over="ignore"):
        power = numbers.to_numpy(zero_copy_only=False).astype(np.float32).reshape(BANDS, -1)
    if not power.size:
        raise RefusedError("bad mel", "has no frames")
    if not np.isfinite(power).all():
        raise RefusedError("bad mel", "has a value that is missing, NaN or infinite")
    if power.min() < 0:
        raise RefusedError("bad mel", f"has the value {power.min():g}, must be power, which is not negative")
    return power


def save(folder: Path, name: str, power: np.ndarray) -> str:
    """Write a spectrogram to mel/NAME.npy, unless it is there.

    Parameters
    ----------
    folder : Path
        The song folder.
    name : str
        The track's id; where it cannot be the name of a file, its digest is.
    power : np.ndarray [shape=(bands, frames)]
        The spectrogram.

    Returns
    -------
    str
        The path below the folder.
    """
    stem = name if _PLAIN_NAME.fullmatch(name) else f"id.{hashlib.sha256(name.encode()).hexdigest()}"
    path = folder / "mel" / f"{stem}.npy"
    if not _holds(path, power):
        data = io.BytesIO()
        np.save(data, power)
        with atomic(path) as temporary:
            temporary.write_bytes(data.getbuffer())
    return path.relative_to(folder).as_posix()


def _in_a_row(values: pa.Array) -> pa.Array:
    """The numbers of all bands, one after the other."""
    if not pa.types.is_nested(values.type):
        if len(values) % BANDS:
            raise RefusedError("bad mel", f"{len(values)} numbers, must be a multiple of {BANDS}")
        return values
    if len(values) != BANDS:
        raise RefusedError("bad mel", f"{len(values)} bands, must be {BANDS}")
    frames = pc.unique(pc.list_value_length(values))
    if len(frames) != 1:
        raise RefusedError("bad mel", "its bands are not all as long")
    return values.flatten()


def _holds(path: Path, power: np.ndarray) -> bool:
    try:
        return np.array_equal(np.load(path, mmap_mode="r", allow_pickle=False), power)
    except BAD_ARRAY:
        return False
