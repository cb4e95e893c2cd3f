"""Plain values and tensors as bytes, and back: no pickled code, and nothing that was damaged on the way."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

DAMAGE = (
    *(OSError, EOFError, RuntimeError, LookupError, TypeError, ValueError, AttributeError),
    *(UnpicklingError, zipfile.BadZipFile, zlib.error),
)  # what reading bytes that are damaged, and building from values that do not fit, may raise


def dumps(content: Mapping[str, Any]) -> bytes:
    """Plain values and tensors in torch's format; the same values give the same bytes."""
    buffer = io.BytesIO()  # in a file, its name would be among the bytes, and a full disk would be no OSError
    torch.save(content, buffer)
    return buffer.getvalue()


def loads(data: bytes) -> dict[str, Any]:
    """Values that `dumps` made bytes of, on the processor. Raises one of `DAMAGE` where it did not."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        damaged = archive.testzip()  # torch checks no CRC
        folders = [part.filename for part in archive.infolist() if part.external_attr]  # torch skips these
    if damaged is not None:
        raise zipfile.BadZipFile(f"its part {damaged} is damaged")
    if folders:
        raise zipfile.BadZipFile(f"its part {folders[0]} is none that torch wrote")
    content = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    if not isinstance(content, dict):
        raise TypeError(f"it holds a {type(content).__name__}")
    return content


def check_finite(values: Mapping[str, Tensor | None]) -> None:
    """Raise ValueError, with its name, for a tensor that has a value which is NaN or infinite."""
    for name, tensor in values.items():
        if tensor is not None and not tensor.isfinite().all():
            raise ValueError(f"{name} is not finite")
