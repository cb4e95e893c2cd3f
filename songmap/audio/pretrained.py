"""Pretrained audio models of transformers: from windows of sound to one vector each.

CLAP (Wu et al. 2023, arXiv:2211.06687) gives its audio embedding. wav2vec 2.0 (Baevski et al. 2020,
arXiv:2006.11477), HuBERT (Hsu et al. 2021, arXiv:2106.07447), WavLM (Chen et al. 2022, arXiv:2110.13900),
MERT (Li et al. 2024, arXiv:2306.00107) and their relatives give the mean over time of the last hidden state.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from songmap import hub
from songmap.errors import DataError
from songmap.files import read_json
from songmap.params import Encoder
from songmap.processes import available

CLAP = "clap"
SPEECH = frozenset(
    {"wav2vec2", "wav2vec2-conformer", "hubert", "wavlm", "data2vec-audio"}
    | {"sew", "sew-d", "unispeech", "unispeech-sat"}
)
UNUSED = "masked_spec_embed"  # a weight of training alone, which many checkpoints lack
BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, RuntimeError)


@dataclass(frozen=True)
class Pretrained:
    """A model with its feature extractor. Made by `load`.

    Parameters
    ----------
    model, features : Any
        A model of transformers and the feature extractor that comes with it.
    clap : bool
        Whether it is a CLAP model.
    device : str
        cuda, mps or cpu.
    """

    model: Any
    features: Any
    clap: bool
    device: str

    @property
    def rate(self) -> int:
        """Sample rate that the model hears, Hz."""
        return int(self.features.sampling_rate)

    @property
    def longest(self) -> float:
        """Seconds that the model hears of a window."""
        return float(self.features.max_length_s) if self.clap else float("inf")

    def __call__(self, windows: Sequence[np.ndarray]) -> np.ndarray:
        """Encode windows of one length.

        Parameters
        ----------
        windows : sequence of np.ndarray [shape=(n,)], float32
            One channel at the model's rate.

        Returns
        -------
        np.ndarray [shape=(len(windows), d)], float32

        Raises
        ------
        DataError
            If the device has not enough memory for them.
        """
        import torch

        try:
            with torch.inference_mode():
                return self._vectors(self._inputs(windows)).float().cpu().numpy()
        except torch.OutOfMemoryError as error:
            size = f"a batch of {len(windows)} windows is too much for the memory of {self.device}"
            raise DataError(f"{size}: give a smaller encoder.batch_size") from error

    def _inputs(self, windows: Sequence[np.ndarray]) -> dict[str, Any]:
        """What the model takes. CLAP's extractor marks a random window of several, so that it gets one."""
        import torch

        batches = [[window] for window in windows] if self.clap else [list(windows)]
        parts = [self.features(batch, sampling_rate=self.rate, return_tensors="pt") for batch in batches]
        return {name: torch.cat([part[name] for part in parts]).to(self.device) for name in parts[0]}

    def _vectors(self, inputs: dict[str, Any]) -> Any:
        if self.clap:
            return self.model.get_audio_features(**inputs).pooler_output
        return self.model(**inputs).last_hidden_state.mean(dim=1)


def find(settings: Encoder) -> Path:
    """The folder of the model that `settings` name, fetched from the hub if need be, and fit to be loaded.

    Raises
    ------
    DataError
        If it cannot be found, is of another kind, has weights in pickles alone or needs code that is not
        allowed to run.
    """
    named = f"encoder.model={settings.model!r}"
    code = ("*.py",) if settings.trust_remote_code else ()
    folder = hub.find_model(settings.model, "encoder.model", (*hub.SAFE_FILES, *code))
    try:
        config = read_json(folder / "config.json")
        kind = config["model_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{named} is no transformers model: it has no config.json with a model_type"
        ) from error
    if kind != CLAP and kind not in SPEECH:
        if "auto_map" not in config:
            known = ", ".join(sorted({CLAP, *SPEECH}))
            raise DataError(
                f"{named} is of the type {kind!r}: must be one of {known}, or bring code of its own"
            )
        if not settings.trust_remote_code:
            raise DataError(
                f"{named} brings code of its own; if you trust it, encoder.trust_remote_code=true runs it"
            )
    if not any(folder.glob("*.safetensors")):
        raise DataError(
            f"{named} has no weights in the safetensors format, and others are pickles, which can run code; "
            "where you trust them, load them once with transformers and write them with save_pretrained"
        )
    return folder


def digest(folder: Path) -> str:
    """Hexadecimal SHA-256 of everything in a model's folder that decides what it gives."""
    total = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".safetensors", ".py"):
            with path.open("rb") as file:
                total.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


def best_device() -> str:
    """The device to compute on: cuda, mps or cpu."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def load(folder: Path, settings: Encoder, device: str) -> Pretrained:
    """Load the model in a folder that `find` gave, in float32.

    Raises
    ------
    DataError
        If it is damaged, lacks weights, or hears less of a window than `settings.seconds`.
    """
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from safetensors import SafetensorError

    disable_progress_bars()
    _be_deterministic(device)
    try:
        loaded = _load(folder, settings.trust_remote_code, device)
        rate = loaded.rate
    except (*BROKEN, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"encoder.model={settings.model!r} cannot be loaded: {reason}") from error
    if settings.seconds > loaded.longest:
        raise DataError(
            f"encoder.seconds={settings.seconds:g}: {settings.model} hears {loaded.longest:g} s at {rate} Hz"
        )
    return loaded


def _load(folder: Path, trust: bool, device: str) -> Pretrained:
    import torch
    from transformers import AutoFeatureExtractor, AutoModel, ClapModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    clap = read_json(folder / "config.json")["model_type"] == CLAP
    kind: Any = ClapModel if clap else AutoModel
    extractor: Any = AutoFeatureExtractor
    local = {"local_files_only": True, "trust_remote_code": trust}
    model, report = kind.from_pretrained(
        folder, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **local
    )
    lacking = sorted(name for name in report["missing_keys"] if not name.endswith(UNUSED))
    if lacking:
        raise ValueError(f"{len(lacking)} of its weights are missing, {lacking[0]} for one")
    return Pretrained(model.eval().to(device), extractor.from_pretrained(folder, **local), clap, device)


def _be_deterministic(device: str) -> None:
    """The same bytes again on the same machine."""
    import torch

    torch.set_num_threads(available())
    if device == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)
        torch.backends.cudnn.allow_tf32 = False
