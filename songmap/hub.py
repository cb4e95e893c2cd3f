"""Pretrained models by their folder or by their name on the Hugging Face hub."""

import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException
from pathlib import Path

from songmap.errors import DataError

TIMEOUT = 5.0  # seconds
SAFE_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")


def find_model(model: str, parameter: str, files: Sequence[str] = SAFE_FILES) -> Path:
    """The folder that holds a model, fetched from the hub where it is no folder.

    Parameters
    ----------
    model : str
        The path of a folder, or a name on the hub.
    parameter : str
        The parameter that named it, for messages.
    files : sequence of str
        Patterns of the files to fetch.

    Returns
    -------
    Path
        The folder given, or the hub's latest snapshot; the one in the local cache if the hub is silent.

    Raises
    ------
    DataError
        If there is no such folder, or neither hub nor cache have the model; within seconds.
    """
    if Path(model).is_dir():
        return Path(model)
    if model.startswith((".", "/", "~")) or "\\" in model or model.count("/") > 1:
        raise DataError(f"{parameter}={model!r}: there is no such folder")

    from huggingface_hub import snapshot_download
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE

    answers = not HF_HUB_OFFLINE and _answers(ENDPOINT)
    try:
        return Path(
            snapshot_download(
                model, allow_patterns=list(files), etag_timeout=TIMEOUT, local_files_only=not answers
            )
        )
    except (OSError, ValueError, HTTPException) as error:
        reason = " ".join(str(error).split())[:200] if answers else f"{ENDPOINT} cannot be reached"
        message = f"{parameter}={model!r} is neither a folder nor cached, and no hub gave it: {reason}"
        raise DataError(message) from error


def _answers(endpoint: str) -> bool:
    """Whether a server answers at all; the hub's own client waits minutes for one that is silent."""
    request = urllib.request.Request(endpoint, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT):
            return True
    except urllib.error.HTTPError:
        return True
    except (OSError, ValueError, HTTPException):
        return False
