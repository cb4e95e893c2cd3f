"""What a damaged or foreign checkpoint is told; see test_contract.py for those that are whole."""

import zipfile

import numpy as np
import pytest
import torch

from songmap.errors import DataError
from songmap.models import checkpoint
from songmap.models.fit import fit
from songmap.models.serial import check_finite, dumps, loads

from .conftest import SETTINGS, config, make_inputs

NAMES = ["vae", "power_pca", "quantile_standardized", "n2d"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Bytes of a checkpoint of each of NAMES."""
    folder, settings, found = tmp_path_factory.mktemp("m"), SETTINGS.model_copy(update={"epochs": 1}), {}
    for name in NAMES:
        inputs = make_inputs(name)
        if name == "power_pca":
            inputs.modalities["audio"].values[:, 0] = 4.0  # its scale is infinite
        checkpoint.save(
            folder / name, config(name), fit(config(name), inputs, settings, 1.0, 0, name).encoder
        )
        found[name] = (folder / name).read_bytes()
    return found


def refused(path, data):
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"m\.pt is not a checkpoint: ") as caught:
        checkpoint.load(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_is_whole_or_the_checkpoint_is_refused(saved, tmp_path, name):
    (tmp_path / "m.pt").write_bytes(saved[name])
    checkpoint.load(tmp_path / "m.pt")
    with zipfile.ZipFile(tmp_path / "m.pt") as archive:
        parts = [item for item in archive.infolist() if item.file_size]
    for part in parts:
        data = bytearray(saved[name])
        names = data[part.header_offset + 26 :]
        start = part.header_offset + 30 + sum(int.from_bytes(names[k : k + 2], "little") for k in (0, 2))
        data[start + part.file_size // 2] ^= 64
        refused(tmp_path / "m.pt", bytes(data))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("vae", ("state", "decoders.audio.head.bias")),
        ("vae", ("scalers", "audio", "mean")),
        ("vae", ("scalers", "audio", "scale")),
        ("power_pca", ("blocks", "audio", "components")),
        ("power_pca", ("blocks", "audio", "bend", "power")),
        ("quantile_standardized", ("blocks", "audio", "bend", "quantiles")),
        ("n2d", ("vectors",)),
        ("n2d", ("places",)),
    ],
)
def test_what_is_not_finite_is_named(saved, tmp_path, name, path):
    content = loads(saved[name])
    *groups, last = path
    group = content
    for part in groups:
        group = group[part]
    for value in (torch.nan, torch.inf):
        group[last] = torch.full_like(group[last], value)
        assert refused(tmp_path / "m.pt", dumps(content)).endswith(f"{last} is not finite")


def test_scales_of_zero_are_refused(saved, tmp_path):
    content = loads(saved["vae"])
    content["scalers"]["audio"]["scale"][0] = 0
    assert "1 / scale is not finite" in refused(tmp_path / "m.pt", dumps(content))


@pytest.mark.parametrize("scalers", [{}, {"lyrics": None}])
def test_each_input_has_its_scaler(saved, tmp_path, scalers):
    content = loads(saved["vae"]) | {"scalers": scalers}
    assert "for inputs ['audio']" in refused(tmp_path / "m.pt", dumps(content))


def test_values_come_back_and_equal_ones_have_equal_bytes():
    content = {"a": torch.arange(5), "b": {"c": [1, "x", None]}}
    data = dumps(content)
    assert dumps({"a": torch.arange(5), "b": {"c": [1, "x", None]}}) == data
    found = loads(data)
    assert torch.equal(found["a"], content["a"])
    assert found["b"] == content["b"]
    check_finite(dict(zip("abc", (torch.arange(3), torch.ones(2), None), strict=True)))
    with pytest.raises(ValueError, match="b is not finite"):
        check_finite({"a": torch.ones(2), "b": torch.from_numpy(np.array([1, np.nan]))})
