import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.errors import ParameterError
from songmap.files import read_csv, read_json
from songmap.tracks import TrackArray
from stages import select

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OUTPUTS = ("metrics/selection/pca.json", "plots/selection/pca.csv", "plots/density/pca.csv")


def set_params(**cluster):
    settings = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    settings["cluster"] |= {"k_max": 6} | cluster
    Path("params.yaml").write_text(yaml.safe_dump(settings))


def save(values):
    ids = np.array([f"t{i:04}" for i in range(len(values))])
    TrackArray(ids, values[:, None].astype(np.float32)).save("data/features/latents/pca.npz")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Songs in three blobs; the second run of the model is noise."""
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["select", "pca"])
    monkeypatch.setattr("songmap.clustering.gap.REFERENCES", 6)
    monkeypatch.setattr("songmap.clustering.stability.DRAWS", 3)
    set_params()
    values = 12 * np.eye(3, 4)[np.arange(60) % 3] + rng.normal(size=(60, 4))
    both = np.stack([values, rng.normal(size=(60, 4))], axis=1).astype(np.float32)
    TrackArray(np.array([f"t{i:02}" for i in range(60)]), both).save("data/features/latents/pca.npz")
    return tmp_path


def test_three_blobs(folder):
    select.main()
    report = read_json("metrics/selection/pca.json")
    assert (report["tracks"], report["sample"], report["k"], report["k_from"]) == (60, 60, 3, "gap")
    assert report["by"] == {"gap": 3, "elbow": 3, "silhouette": 3, "stability": 3}
    assert report["reason"].startswith("3: the gap statistic's")
    table = read_csv("plots/selection/pca.csv")
    assert [row["k"] for row in table] == ["1", "2", "3", "4", "5", "6"]
    assert [row["recommended"] for row in table] == ["", "", "yes", "", "", ""]
    assert table[2]["picked_by"] == "gap elbow silhouette stability"
    assert table[0]["silhouette"] == ""
    radius = report["dbscan"]
    assert (radius["clusters"], radius["degenerate"], radius["core"]) == (3, "", None)
    taken = [row for row in read_csv("plots/density/pca.csv") if row["taken"]]
    assert [(row["eps"], row["min_samples"]) for row in taken] == [(str(radius["eps"]), "5")]


def test_an_eps_of_the_sweep_comes_with_its_share_of_core_points(folder):
    save(np.random.default_rng(1).normal(size=(240, 2)))
    select.main()
    radius = read_json("metrics/selection/pca.json")["dbscan"]
    assert radius["eps_from"] == "sweep"
    assert 0 < radius["core"] < 1
    assert radius["degenerate"] == ""


def test_many_tracks_are_sampled(folder, monkeypatch):
    monkeypatch.setattr("songmap.clustering.criteria.SAMPLE", 30)
    select.main()
    report = read_json("metrics/selection/pca.json")
    assert (report["tracks"], report["sample"], report["k"]) == (60, 30, 3)


def test_the_same_bytes_twice(folder):
    written = []
    for _ in range(2):
        select.main()
        written.append([(folder / name).read_bytes() for name in OUTPUTS])
    assert written[0] == written[1]


def test_a_model_that_was_left_out(folder, capsys):
    TrackArray.empty("no track has audio").save("data/features/latents/pca.npz")
    select.main()
    assert read_json("metrics/selection/pca.json") == {"tracks": 0, "left_out": "no track has audio"}
    assert read_csv("plots/selection/pca.csv") == read_csv("plots/density/pca.csv") == []
    assert "no track has audio" in capsys.readouterr().err


@pytest.mark.parametrize("n", [1, 2, 3])
def test_hardly_any_track(folder, n):
    save(np.eye(n, 4))
    select.main()
    report = read_json("metrics/selection/pca.json")
    assert (report["k"], report["k_from"]) == (max(1, n - 1), "too few points")
    assert read_csv("plots/selection/pca.csv") == []


def test_an_unknown_model_is_refused(folder, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["select", "nothing"])
    with pytest.raises(ParameterError, match="nothing"):
        select.main()
