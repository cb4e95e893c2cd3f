"""What holds for every model: ids kept, finite, reproducible, and encoding again gives the same."""

import functools
import hashlib
import os

import numpy as np
import pytest
import torch

from songmap.errors import DataError
from songmap.models import checkpoint
from songmap.models.fit import fit
from songmap.models.inputs import Inputs

from .conftest import SETTINGS, TRAINED, config, make_inputs

pytestmark = pytest.mark.slow


@functools.cache
def fitted(name):
    return fit(config(name), make_inputs(name), SETTINGS, 1.0, 0, name)


def test_latents_are_finite_carry_their_ids_and_tell_the_groups_apart(name):
    inputs, latents = make_inputs(name), fitted(name).latents
    assert list(latents.track_id) == sorted({i for a in inputs.modalities.values() for i in a.track_id})
    assert latents.values.dtype == np.float32
    assert latents.values.ndim == 3
    assert latents.values.shape[1] == 1  # one run
    assert np.isfinite(latents.values).all()
    points = latents.values[:, 0]
    group = np.array([int(track.split()[1]) % 3 for track in latents.track_id])
    centres = np.stack([points[group == g].mean(axis=0) for g in range(3)])
    nearest = np.linalg.norm(points[:, None] - centres, axis=2).argmin(axis=1)
    told = config(name).condition != "none"  # a model that is told the groups need not encode them
    assert told or (nearest == group).mean() > 0.8


def test_same_seed_same_bytes_and_the_order_of_tracks_is_no_input(name, tmp_path):
    inputs = make_inputs(name)
    shuffled = Inputs(
        {key: a.select(a.track_id[::-1]) for key, a in inputs.modalities.items()}, inputs.condition
    )
    digests = set()
    results = [fitted(name), *(fit(config(name), x, SETTINGS, 1.0, 0, name) for x in (inputs, shuffled))]
    for number, result in enumerate(results):
        result.latents.save(tmp_path / f"{number}.npz")
        checkpoint.save(tmp_path / f"{number}.pt", config(name), result.encoder)
        content = (tmp_path / f"{number}.npz").read_bytes() + (tmp_path / f"{number}.pt").read_bytes()
        digests.add(hashlib.sha256(content).hexdigest())
    assert len(digests) == 1


def test_a_saved_model_encodes_as_the_fitted_one_did(name, tmp_path):
    inputs = make_inputs(name)
    result = fitted(name)
    checkpoint.save(tmp_path / "m.pt", config(name), result.encoder)
    loaded_config, encoder = checkpoint.load(tmp_path / "m.pt")
    assert loaded_config == config(name)
    np.testing.assert_array_equal(encoder.encode(inputs.run(0)), result.latents.values[:, 0])


def test_a_new_track_alone_is_encoded_as_among_others(name, tmp_path):
    inputs = make_inputs(name)
    result = fitted(name)
    one = inputs.track_id[7:8]
    alone = Inputs({key: a.select(one) for key, a in inputs.modalities.items()}, inputs.condition)
    np.testing.assert_allclose(
        result.encoder.encode(alone.run(0))[0], result.latents.rows(one)[0, 0], rtol=1e-3, atol=1e-4
    )


def test_the_report_counts_tracks_and_units(name):
    inputs = make_inputs(name)
    result = fitted(name)
    assert result.report["tracks"] == len(inputs)
    assert result.report["latent_dim"] == result.latents.values.shape[2]
    for modality, array in inputs.modalities.items():
        assert result.report[f"tracks_with_{modality}"] == len(array)
    assert bool(result.history) == (config(name).kind in TRAINED)
    if result.history:
        assert 1 <= result.report.get("active_units", 1) <= 4
        assert result.report["best_epoch"] <= result.report["epochs"] <= SETTINGS.epochs


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"\x80\x04\x95", {"format": 3}, {"format": 4}, {"format": "1"}, [1]]
)
def test_a_damaged_checkpoint_is_one_line(tmp_path, content):
    if isinstance(content, bytes):
        (tmp_path / "m.pt").write_bytes(content)
    else:
        torch.save(content, tmp_path / "m.pt")
    with pytest.raises(DataError, match=r"m\.pt is not a checkpoint") as caught:
        checkpoint.load(tmp_path / "m.pt")
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_an_earlier_format_says_what_to_do(tmp_path):
    torch.save({"format": 1, "config": {}, "blocks": {}}, tmp_path / "m.pt")
    with pytest.raises(DataError, match=r"m\.pt is of an earlier format, 1; dvc repro trains it again"):
        checkpoint.load(tmp_path / "m.pt")


@pytest.mark.parametrize("bend", [{"kind": "Scaler"}, {"kind": "Power"}, {"power": torch.ones(1)}, [1]])
def test_a_scaler_that_is_no_scaler_is_one_line(tmp_path, bend):
    checkpoint.save(tmp_path / "m.pt", config("power_pca"), fitted("power_pca").encoder)
    content = torch.load(tmp_path / "m.pt", weights_only=True)
    content["blocks"]["audio"]["bend"] = bend
    torch.save(content, tmp_path / "m.pt")
    with pytest.raises(DataError, match=r"m\.pt is not a checkpoint"):
        checkpoint.load(tmp_path / "m.pt")


def test_an_absent_or_empty_checkpoint_says_so(tmp_path):
    with pytest.raises(DataError, match="there is no such checkpoint"):
        checkpoint.load(tmp_path / "none.pt")
    (tmp_path / "m.pt").touch()
    with pytest.raises(DataError, match="left out"):
        checkpoint.load(tmp_path / "m.pt")


def test_a_checkpoint_that_carries_code_is_not_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    torch.save({"format": 3, "config": Bomb()}, tmp_path / "m.pt")
    with pytest.raises(DataError, match="is not a checkpoint"):
        checkpoint.load(tmp_path / "m.pt")
    assert not (tmp_path / "ran").exists()
