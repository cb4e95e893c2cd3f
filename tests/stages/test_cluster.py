import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.errors import DataError, ParameterError
from songmap.files import read_csv, read_json, write_csv, write_json
from songmap.tracks import TrackArray
from stages import cluster

ROOT = Path(__file__).parents[2]
OUTPUTS = ("data/clusters/pca.csv", "data/labelings/pca.npz", "data/clusters/pca.json")
COLUMNS = ["track_id", "title", "artist", "cluster", "confidence", "rank", "agglomerative", "dbscan"]
GENRES = ["rock", "jazz", "folk"]


def set_k(k, seeds=1):
    settings = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    settings["train"]["seeds"] = seeds
    settings["cluster"]["algorithms"] = ["kmeans", "agglomerative", "dbscan"]
    Path("params.yaml").write_text(yaml.safe_dump({**settings, "k": k}))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Songs in three blobs, one per genre; t00 has no genre."""
    rng = np.random.default_rng(0)
    ids = np.array([f"t{i:02}" for i in range(45)])
    values = 12 * np.eye(3, 4)[np.arange(45) % 3] + rng.normal(size=(45, 4))
    order = rng.permutation(45)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["cluster", "pca"])
    set_k(3)
    TrackArray(ids[order], values[order, None].astype(np.float32)).save("data/features/latents/pca.npz")
    TrackArray.empty("one modality").save("data/ablations/pca.npz")
    Path("metrics/selection").mkdir(parents=True)
    for name in ("pca", "multimodal_vae"):
        selected = {"k": 3, "k_from": "gap", "dbscan": {"core": None}}
        write_json(f"metrics/selection/{name}.json", selected)
    rows = [
        {"track_id": track, "genre": GENRES[i % 3] if i else "", "language": "en"}
        for i, track in enumerate(ids.tolist())
    ]
    write_csv("data/tracks.csv", ["track_id", "genre", "language"], rows)
    return tmp_path


def test_three_blobs(folder):
    cluster.main()
    rows = read_csv("data/clusters/pca.csv")
    assert list(rows[0]) == COLUMNS
    named = {row["track_id"]: row["cluster"] for row in rows}
    for cluster_ in "012":
        members = [row for row in rows if row["cluster"] == cluster_]
        assert sorted(int(row["rank"]) for row in members) == list(range(1, 16))
        assert all(float(row["confidence"]) > 0.5 for row in members)
    assert all(named[f"t{i:02}"] == named[f"t{i % 3:02}"] for i in range(45))
    report = read_json("data/clusters/pca.json")
    assert (report["tracks"], report["k"], report["k_from"]) == (45, 3, "given")
    for algorithm in ("kmeans", "agglomerative", "dbscan"):
        scores = report[algorithm]
        assert scores["clusters"] == 3
        assert scores["silhouette"] > 0.5
        assert scores["genre"]["ami"] == pytest.approx(1)
        assert scores["genre"]["unlabeled"] == 1
        assert scores["language"]["ami"] is None
    assert report["dbscan"]["eps"] > 0
    assert report["dbscan"]["eps_from"] == "knee"
    assert report["kmeans"]["noise_share"] == 0


def test_every_seed_has_a_run(folder):
    set_k(3, seeds=3)
    latents = TrackArray.load("data/features/latents/pca.npz")
    shuffled = latents.values[np.random.default_rng(1).permutation(45)]
    TrackArray(latents.track_id, np.concatenate([latents.values, shuffled], axis=1)).save(
        "data/features/latents/pca.npz"
    )
    cluster.main()
    found = TrackArray.load("data/labelings/pca.npz")
    assert found.values.shape == (45, 3, 3)
    rows = {row["track_id"]: int(row["cluster"]) for row in read_csv("data/clusters/pca.csv")}
    assert [rows[track] for track in found.track_id] == found.values[:, 0, 0].tolist()
    assert (found.values[:, 0, 0] != found.values[:, 1, 0]).any()  # another space
    assert (
        found.values[:, 1, 1] == found.values[:, 2, 1]
    ).all()  # the last space there is, Ward knows no seed


def test_what_the_clusters_lose_without_a_modality(folder, monkeypatch):
    latents = TrackArray.load("data/features/latents/pca.npz")
    latents.save("data/features/latents/multimodal_vae.npz")
    monkeypatch.setattr(sys, "argv", ["cluster", "multimodal_vae"])
    some = latents.track_id[:30]
    values = latents.select(some).values[:, 0]
    noise = np.random.default_rng(1).normal(size=values.shape).astype(np.float32)
    TrackArray(some, np.stack([noise, values], axis=1)).save("data/ablations/multimodal_vae.npz")
    cluster.main()
    ablation = read_json("data/clusters/multimodal_vae.json")["ablation"]
    assert list(ablation) == ["all", "without_audio", "without_lyrics"]
    assert ablation["all"]["genre_ami"] == ablation["without_lyrics"]["genre_ami"] == pytest.approx(1)
    assert ablation["without_audio"]["genre_ami"] < 0.3


def test_auto_takes_what_was_selected(folder):
    set_k("auto")
    write_json("metrics/selection/pca.json", {"k": 5, "k_from": "gap", "dbscan": {"core": 0.5}})
    cluster.main()
    report = read_json("data/clusters/pca.json")
    assert (report["k"], report["k_from"]) == (5, "gap")
    assert report["kmeans"]["clusters"] == 5
    assert report["dbscan"]["eps_from"] == "sweep"


def test_the_same_bytes_twice(folder):
    written = []
    for _ in range(2):
        cluster.main()
        written.append([(folder / name).read_bytes() for name in OUTPUTS])
    assert written[0] == written[1]


def test_a_model_that_was_left_out(folder, capsys):
    TrackArray.empty("no track has audio").save("data/features/latents/pca.npz")
    cluster.main()
    assert (folder / "data/clusters/pca.csv").read_text() == ",".join(COLUMNS) + "\n"
    assert read_json("data/clusters/pca.json") == {"tracks": 0, "left_out": "no track has audio"}
    assert "no track has audio" in capsys.readouterr().err


def test_one_track(folder):
    TrackArray(np.array(["t07"]), np.ones((1, 1, 4), np.float32)).save("data/features/latents/pca.npz")
    cluster.main()
    assert read_csv("data/clusters/pca.csv") == [
        dict(zip(COLUMNS, ["t07", "", "", "0", "1.0", "1", "0", "-1"], strict=True))
    ]
    report = read_json("data/clusters/pca.json")
    assert (report["k"], report["k_from"]) == (1, "distinct points")


def test_a_track_without_a_row_in_the_table_is_an_error(folder):
    TrackArray(np.array(["nobody"]), np.ones((1, 1, 4), np.float32)).save("data/features/latents/pca.npz")
    with pytest.raises(DataError, match="nobody"):
        cluster.main()


def test_parameters_that_are_not_in_range_are_refused(folder):
    set_k(1)
    with pytest.raises(ParameterError, match="k=1"):
        cluster.main()
