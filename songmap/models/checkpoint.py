"""Saving an encoder and loading it again: plain values and tensors alone, no pickled code."""

import io
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from songmap.errors import DataError
from songmap.files import atomic
from songmap.models.ablation import Encoder
from songmap.models.linear import Block, LinearEncoder
from songmap.models.neural import NeuralEncoder, build
from songmap.models.scaling import Power, Quantiles, Scaler
from songmap.models.umap import UmapEncoder
from songmap.params import LINEAR, AnyModel, Umap, model_config

FORMAT = 3  # 1 had no scalers that bend, 2 neither learnt priors nor layouts
DAMAGE = (OSError, EOFError, RuntimeError, LookupError, TypeError, ValueError, AttributeError)


def save(path: Path | str, config: AnyModel, encoder: Encoder) -> None:
    """Write what encodes a track from its features: architecture, weights, scalers, and a learnt prior."""
    content: dict[str, Any] = {"format": FORMAT, "config": config.model_dump()} | _content(encoder)
    buffer = io.BytesIO()  # saved to a path, the file's name would be part of its bytes
    torch.save(content, buffer)
    with atomic(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def load(path: Path | str) -> tuple[AnyModel, Encoder]:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        If the file is absent, damaged, or not a checkpoint of this format: an old one says so.
    """
    path = Path(path)
    if not path.exists():
        raise DataError(f"{path}: there is no such checkpoint; dvc repro trains it")
    if path.stat().st_size == 0:
        raise DataError(f"{path} is empty, as the model was left out; metrics/training says why")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["format"] in range(FORMAT):
            raise DataError(f"{path} is of an earlier format, {content['format']}; dvc repro trains it again")
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, not {FORMAT}")
        return _build(content)
    except (*DAMAGE, UnpicklingError) as error:
        raise DataError(f"{path} is not a checkpoint: {' '.join(str(error).split())[:100]}") from error


def _content(encoder: Encoder) -> dict[str, Any]:
    if isinstance(encoder, LinearEncoder):
        blocks = {
            name: {**_pack(block.scaler), "components": _tensor(block.components)}
            for name, block in encoder.blocks.items()
        }
        return {"blocks": blocks}
    if isinstance(encoder, UmapEncoder):
        layout = {"vectors": _tensor(encoder.vectors), "places": _tensor(encoder.places)}
        return _content(encoder.linear) | layout | {"n_neighbors": encoder.n_neighbors}
    model = encoder.model
    state = {name: x for name, x in model.state_dict().items() if not name.startswith("projection.")}
    scalers = {name: _pack(scaler) for name, scaler in encoder.scalers.items()}
    return {"scalers": scalers, "state": state, "shapes": model.shapes, "n_condition": model.n_condition}


def _build(content: dict[str, Any]) -> tuple[AnyModel, Encoder]:
    config = model_config(content["config"])
    if isinstance(config, (*LINEAR, Umap)):
        blocks = {n: Block(_unpack(b), _array(b["components"])) for n, b in content["blocks"].items()}
        linear = LinearEncoder(blocks)
        if not isinstance(config, Umap):
            return config, linear
        vectors, places = content["vectors"].numpy(), content["places"].numpy()
        return config, UmapEncoder(linear, vectors, places, content["n_neighbors"])
    model = build(config, content["shapes"], content["n_condition"])
    head = {name: x for name, x in model.state_dict().items() if name.startswith("projection.")}
    model.load_state_dict({**head, **content["state"]})
    model.eval()
    return config, NeuralEncoder(model, {n: _unpack(s) for n, s in content["scalers"].items()})


def _pack(scaler: Scaler) -> dict[str, Any]:
    bend = None
    if scaler.bend is not None:
        bend = {"kind": type(scaler.bend).__name__, **{k: _tensor(v) for k, v in vars(scaler.bend).items()}}
    return {"mean": _tensor(scaler.mean), "scale": _tensor(scaler.scale), "bend": bend}


def _unpack(content: dict[str, Any]) -> Scaler:
    bend = None
    if content["bend"] is not None:
        arrays = dict(content["bend"])
        kind = {"Power": Power, "Quantiles": Quantiles}[arrays.pop("kind")]
        bend = kind(**{name: tensor.numpy() for name, tensor in arrays.items()})
    return Scaler(content["mean"].numpy(), content["scale"].numpy(), bend)


def _tensor(values: np.ndarray | None) -> torch.Tensor | None:
    return None if values is None else torch.from_numpy(np.ascontiguousarray(values))


def _array(tensor: torch.Tensor | None) -> np.ndarray | None:
    return None if tensor is None else tensor.numpy()
