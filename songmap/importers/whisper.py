"""Whisper models in the format of CTranslate2: found, loaded, and made to count what they leave out.

No code that comes with a model is run, and no pickle is opened: model.bin is CTranslate2's own format.
"""

from pathlib import Path
from typing import Any

import ctranslate2
from faster_whisper import WhisperModel
from faster_whisper.utils import _MODELS as SIZES

from songmap import hub
from songmap.errors import DataError
from songmap.importers.hallucinations import is_silent
from songmap.processes import available

FILES = ("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.*")
NEEDED = ("model.bin", "config.json", "tokenizer.json")  # faster-whisper asks the hub for the last of them
COMPUTE_TYPES = {"cpu": ("int8", "float32"), "cuda": ("float16", "float32")}  # the first that there is
_PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl"})
_SEED = 0  # of the tokens that are drawn at temperatures above 0


class Whisper(WhisperModel):  # type: ignore[misc]
    """A `WhisperModel` that counts the windows, of up to 30 s, which it leaves out as holding no speech.

    Attributes
    ----------
    silent : int
        Such windows, since it was last set.
    """

    silent = 0

    def generate_with_fallback(
        self, encoder_output: Any, prompt: list[int], tokenizer: Any, options: Any
    ) -> tuple[Any, float, float, float]:
        """Decode a window, at higher temperatures where need be.

        Returns
        -------
        tuple
            As faster-whisper gives it: the result, the mean log probability of its tokens in nats, the
            temperature and the compression ratio.
        """
        decoded = super().generate_with_fallback(encoder_output, prompt, tokenizer, options)
        self.silent += is_silent(decoded[0].no_speech_prob, decoded[1])
        return decoded


def load(model: str, device: str, compute_type: str) -> Whisper:
    """Load a model. Parameters and errors are those of `transcription.load`."""
    device = _device(device)
    compute_type = _compute_type(compute_type, device)
    folder = find(model)
    ctranslate2.set_random_seed(_SEED)
    try:
        loaded = Whisper(str(folder), device=device, compute_type=compute_type, cpu_threads=available())
        bands, heard = loaded.model.n_mels, len(loaded.feature_extractor.mel_filters)
    except Exception as error:  # tokenizers raises just that
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"model={model!r} cannot be loaded: {reason}") from error
    if bands != heard:
        raise DataError(f"model={model!r} has {bands} mel bands, its preprocessor_config.json {heard}")
    return loaded


def find(model: str) -> Path:
    """The folder of a model, fetched from the hub if need be.

    Parameters
    ----------
    model : str
        A size, a folder or a name on the hub.

    Raises
    ------
    DataError
        If there is none, or it holds no model in the format of CTranslate2.
    """
    is_folder = Path(model).is_dir()
    if not is_folder and model not in SIZES and "/" not in model and "\\" not in model:
        raise DataError(
            f"model={model!r}: must be a folder, owner/name on the hub, or one of {', '.join(SIZES)}"
        )
    folder = hub.find_model(model if is_folder else SIZES.get(model, model), "model", FILES)
    missing = next((name for name in NEEDED if not (folder / name).is_file()), None)
    if missing is None:
        return folder
    held = {path.suffix for path in folder.iterdir()}
    is_pickled = missing == "model.bin" and held & _PICKLED and ".safetensors" not in held
    problem = "its weights are pickles, which can run code" if is_pickled else f"it has no {missing}"
    raise DataError(
        f"model={model!r} is no Whisper model of CTranslate2: {problem}; ct2-transformers-converter makes "
        "one, given --copy_files tokenizer.json preprocessor_config.json"
    )


def _device(device: str) -> str:
    seen = ctranslate2.get_cuda_device_count() > 0
    if device not in ("auto", "cpu", "cuda"):
        raise DataError(f"device={device!r}: must be auto, cpu or cuda")
    if device == "cuda" and not seen:
        raise DataError("device='cuda': CTranslate2 sees none here; give auto or cpu")
    return device if device != "auto" else "cuda" if seen else "cpu"


def _compute_type(compute_type: str, device: str) -> str:
    offered = ctranslate2.get_supported_compute_types(device)
    if compute_type == "auto":
        return next(name for name in COMPUTE_TYPES[device] if name in offered)
    if compute_type not in offered:
        names = ", ".join(sorted(offered))
        raise DataError(f"compute_type={compute_type!r}: must be auto or, on {device}, one of {names}")
    return compute_type
