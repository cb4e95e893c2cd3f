"""Saving an encoder and loading it again: plain values and tensors alone, no pickled code."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from songmap.errors import DataError
from songmap.files import atomic
from songmap.models.ablation import Encoder
from songmap.models.linear import Block, LinearEncoder
from songmap.models.neural import NeuralEncoder, build
from songmap.models.scaling import Power, Quantiles, Scaler
from songmap.models.serial import DAMAGE, check_finite, dumps, loads
from songmap.models.umap import UmapEncoder
from songmap.params import LINEAR, AnyModel, Umap, model_config

FORMAT = 3  # 1 had no scalers that bend, 2 neither learnt priors nor layouts


def save(path: Path | str, config: AnyModel, encoder: Encoder) -> None:
    """Write what encodes a track from its features: architecture, weights, scalers, and a learnt prior."""
    content: dict[str, Any] = {"format": FORMAT, "config": config.model_dump()} | _content(encoder)
    data = dumps(content)
    with atomic(path) as temporary:
        temporary.write_bytes(data)


def load(path: Path | str) -> tuple[AnyModel, Encoder]:
    """Read what `save` wrote.

    Raises
    ------
    DataError
        If the file is absent, damaged, or not a checkpoint of this format: an old one says so.
    """
    try:
        data = Path(path).read_bytes()
        if not data:
            raise DataError(f"{path} is empty, as the model was left out; metrics/training says why")
        content = loads(data)
        if content["format"] in range(FORMAT):
            raise DataError(f"{path} is of an earlier format, {content['format']}; dvc repro trains it again")
        if content["format"] != FORMAT:
            raise ValueError(f"its format is {content['format']!r}, not {FORMAT}")
        return _build(content)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such checkpoint; dvc repro trains it") from error
    except DAMAGE as error:
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
        linear = LinearEncoder({name: _block(block) for name, block in content["blocks"].items()})
        if not isinstance(config, Umap):
            return config, linear
        check_finite({name: content[name] for name in ("vectors", "places")})
        vectors, places = content["vectors"].numpy(), content["places"].numpy()
        return config, UmapEncoder(linear, vectors, places, content["n_neighbors"])
    if content["scalers"].keys() != content["shapes"].keys():
        raise ValueError(f"scalers of {[*content['scalers']]} for inputs {[*content['shapes']]}")
    check_finite(content["state"])
    model = build(config, content["shapes"], content["n_condition"])
    head = {name: x for name, x in model.state_dict().items() if name.startswith("projection.")}
    model.load_state_dict({**head, **content["state"]})
    model.eval()
    return config, NeuralEncoder(model, {n: _unpack(s) for n, s in content["scalers"].items()})


def _block(content: dict[str, Any]) -> Block:
    components = content["components"]
    check_finite({"components": components})
    return Block(_unpack(content), None if components is None else components.numpy())


def _pack(scaler: Scaler) -> dict[str, Any]:
    bend = None
    if scaler.bend is not None:
        bend = {"kind": type(scaler.bend).__name__, **{k: _tensor(v) for k, v in vars(scaler.bend).items()}}
    return {"mean": _tensor(scaler.mean), "scale": _tensor(scaler.scale), "bend": bend}


def _unpack(content: dict[str, Any]) -> Scaler:
    scale = content["scale"]
    check_finite({"mean": content["mean"], "scale": scale, "1 / scale": 1 / scale})
    bend = None
    if content["bend"] is not None:
        arrays = dict(content["bend"])
        kind = {"Power": Power, "Quantiles": Quantiles}[arrays.pop("kind")]
        # a power's scale is infinite where a column never varies, and divided by
        check_finite({name: 1 / x if name == "scale" else x for name, x in arrays.items()})
        bend = kind(**{name: tensor.numpy() for name, tensor in arrays.items()})
    return Scaler(content["mean"].numpy(), scale.numpy(), bend)


def _tensor(values: np.ndarray | None) -> torch.Tensor | None:
    return None if values is None else torch.from_numpy(np.ascontiguousarray(values))
