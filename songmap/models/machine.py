"""What a model is trained on: processor or accelerator, how many threads, in which precision.

Decided by what the machine has, never by how busy it is, so that a run can be repeated to the byte.
"""

import platform
from dataclasses import dataclass
from pathlib import Path

import torch

from songmap.errors import ParameterError
from songmap.params import AnyModel, Contrastive, Conv, Train
from songmap.processes import available

MOST_THREADS = 8


@dataclass(frozen=True)
class Machine:
    """Where and how to compute.

    Parameters
    ----------
    device : torch.device
    bfloat16 : bool
        Whether convolutional nets compute in bfloat16; losses, weights and latents are float32 always.
    """

    device: torch.device
    bfloat16: bool


def choose(settings: Train, config: AnyModel) -> Machine:
    """Choose for one model, and set torch up for it.

    Vectors are for one thread, and pictures for half of the processors: threads that wait for a processor
    that is busy otherwise cost several times what they bring.

    Raises
    ------
    ParameterError
        If ``train.device`` names an accelerator that is not there.
    """
    pictures = isinstance(config, Conv | Contrastive)
    torch.set_num_threads(max(1, min(available() // 2, MOST_THREADS)) if pictures else 1)
    device = _device(settings.device)
    if device.type == "cuda":
        torch.backends.cudnn.deterministic = True
    pays = _has_bfloat16(device) if settings.bfloat16 == "auto" else settings.bfloat16
    return Machine(device, pictures and pays)


def _device(wanted: str) -> torch.device:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        wanted = next(name for name, here in there.items() if here)
    if not there[wanted]:
        allowed = ", ".join(["auto", *(name for name, here in there.items() if here)])
        raise ParameterError(f"train.device={wanted!r}: there is none on this machine; allowed: {allowed}")
    return torch.device(wanted)


def _has_bfloat16(device: torch.device) -> bool:
    """Whether the device has instructions for products of bfloat16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu" and platform.system() == "Linux":
        return not {"amx_bf16", "avx512_bf16"}.isdisjoint(_flags())
    return False


def _flags() -> list[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return next((line.split() for line in lines if line.startswith("flags")), [])
