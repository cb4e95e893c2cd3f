import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.tracks import TrackArray
from stages import project

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["umap", "tsne", "pca"])
def method(request, tmp_path, monkeypatch):
    settings = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    settings["project"]["method"] = request.param
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(settings))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["project", "vae"])
    return request.param


def test_every_track_is_placed_and_keeps_its_id(method):
    values = np.random.default_rng(0).normal(size=(20, 2, 4)).astype(np.float32)
    latents = TrackArray(np.array([f"t{i}" for i in range(20)]), values)
    latents.save("data/features/latents/vae.npz")
    project.main()
    first = Path("data/projections/vae.npz").read_bytes()
    placed = TrackArray.load("data/projections/vae.npz")
    assert placed.track_id.tolist() == latents.track_id.tolist()
    assert placed.values.shape == (20, 2)
    assert placed.names.tolist() == ["x", "y"]
    project.main()
    assert Path("data/projections/vae.npz").read_bytes() == first


def test_a_model_that_was_left_out_says_why(method, capsys):
    TrackArray.empty("no lyrics").save("data/features/latents/vae.npz")
    project.main()
    placed = TrackArray.load("data/projections/vae.npz")
    assert (len(placed), placed.note) == (0, "no lyrics")
    assert "no lyrics" in capsys.readouterr().err
