"""The figures stage on a made-up run of the pipeline."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from songmap.figures.sweep import PANELS
from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray
from stages import figures

PARAMS = Path(__file__).parents[2] / "params.yaml"
MODELS = ("pca", "vae", "conv_vae", "lyrics")
COLUMNS = [
    "model",
    "algorithm",
    "informed_by",
    "collapsed",
    "coverage",
    "genre_ami",
    "language_ami",
    "genre_ami_sd",
    "language_ami_sd",
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A working directory in which `lyrics` was left out and `vae` learned the genre from another."""
    monkeypatch.chdir(tmp_path)
    settings = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    settings["models"] = {name: settings["models"][name] for name in MODELS}
    Path("params.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    ids = np.array([f"t{i}" for i in range(30)])
    tracks = [
        {"track_id": t, "title": "$Song🎸", "genre": ["Rock", "", "字" * 99][i % 3], "language": "en"}
        for i, t in enumerate(ids)
    ]
    write_csv("data/tracks.csv", ["track_id", "title", "genre", "language"], tracks)
    for name in MODELS:
        _model(name, ids, np.random.default_rng(0))
    scores = [
        dict(
            zip(
                COLUMNS,
                [name, algorithm, "genre" if name == "vae" else "", "", 1.0, 0.1, "", 0.02, ""],
                strict=True,
            )
        )
        for name in (*MODELS[:3], "chance")
        for algorithm in ("kmeans", "dbscan", "random")
    ]
    write_csv("plots/evaluation.csv", COLUMNS, scores)
    write_csv("plots/betas.csv", ["model", "beta", "seed", *PANELS], [])
    return tmp_path


def _model(name, ids, rng):
    left_out, trained = name == "lyrics", name in ("vae", "conv_vae")
    epochs = [{"epoch": i + 1, "train": 9 - i, "validation": 10 - i, "kl": 1} for i in range(4 * trained)]
    write_csv(f"plots/training/{name}.csv", ["epoch", "train", "validation", "kl"], epochs)
    clusters = [{"track_id": t, "cluster": i % 2, "agglomerative": 0, "dbscan": -1} for i, t in enumerate(ids)]
    columns = ["track_id", "cluster", "agglomerative", "dbscan"]
    write_csv(f"data/clusters/{name}.csv", columns, [] if left_out else clusters)
    nothing = TrackArray.empty("no lyrics")
    points = TrackArray(ids[::-1], np.arange(60.0).reshape(30, 2)[::-1])
    Path("data/projections").mkdir(parents=True, exist_ok=True)
    (nothing if left_out else points).save(f"data/projections/{name}.npz")
    shape = (2, 2, 8, 12) if name == "conv_vae" else (2, 2, 20)
    pairs = TrackArray(ids[:2], rng.normal(size=shape)) if trained else nothing
    pairs.save(f"data/reconstructions/{name}.npz")


def pictures(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*.png")}


def test_draws_what_there_is_and_leaves_out_the_rest(run):
    figures.main()
    expected = {
        "training.png",
        "betas.png",
        "comparison.png",
        "reconstructions/vae.png",
        "reconstructions/conv_vae.png",
    }
    expected |= {f"{kind}/{name}.png" for kind in ("map", "composition") for name in MODELS[:3]}
    assert pictures(run / "plots/figures") == expected
    assert all(Image.open(run / "plots/figures" / path).width in (899, 900) for path in expected)
    assert {path.name for path in (run / "plots/maps").iterdir()} == {f"{name}.csv" for name in MODELS[:3]}


def test_points_are_joined_by_id(run):
    figures.main()
    rows = read_csv("plots/maps/pca.csv")
    assert [(row["track_id"], row["x"], row["cluster"]) for row in rows[:2]] == [
        ("t0", "0.0000", "0"),
        ("t1", "2.0000", "1"),
    ]
    assert rows[1]["genre"] == ""
    counts = read_csv("plots/composition.csv")
    assert {row["model"] for row in counts} == set(MODELS[:3])
    assert sum(int(row["count"]) for row in counts) == 30 * 2 * 3


def test_same_bytes_again_and_stale_pictures_go(run):
    figures.main()
    before = {path: path.read_bytes() for path in (run / "plots").rglob("*") if path.is_file()}
    stale = [Path("plots/figures/map/gone.png"), Path("plots/maps/gone.csv"), Path("plots/figures/old/x.png")]
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    figures.main()
    after = {path: path.read_bytes() for path in (run / "plots").rglob("*") if path.is_file()}
    assert after == before


def test_nothing_at_all_to_draw(run):
    for name in MODELS:
        write_csv(f"data/clusters/{name}.csv", ["track_id", "cluster"], [])
        write_csv(f"plots/training/{name}.csv", ["epoch", "train", "validation", "kl"], [])
        TrackArray.empty("no audio").save(f"data/reconstructions/{name}.npz")
    write_csv("plots/evaluation.csv", COLUMNS, [])
    figures.main()
    assert pictures(run / "plots/figures") == {"training.png", "betas.png", "comparison.png"}
    assert not list((run / "plots/maps").iterdir())
    assert read_csv("plots/composition.csv") == []
