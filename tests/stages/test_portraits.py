"""The pictures of each model, on a made-up run of the pipeline."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray
from stages import explain, portraits, select

pytestmark = pytest.mark.slow

PARAMS = Path(__file__).parents[2] / "params.yaml"
MODELS = ("pca", "vae", "conv_vae", "lyrics")
COLUMNS = ["model", "algorithm", "informed_by", "collapsed", "coverage", "genre_ami", "language_ami"]
COLUMNS += ["genre_ami_sd", "language_ami_sd"]
KINDS = ("map", "composition", "profile", "dendrogram", "selection", "density")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A working directory in which `lyrics` was left out and `vae` learned the genre from another."""
    monkeypatch.chdir(tmp_path)
    settings = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    settings["models"] = {name: settings["models"][name] for name in MODELS}
    settings["cluster"]["k_max"] = 4
    Path("params.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    ids = np.array([f"t{i}" for i in range(30)])
    tracks = [
        {
            "track_id": t,
            "title": "$Song🎸",
            "artist": "",
            "genre": ["Rock", "", "字" * 99][i % 3],
            "language": "en",
        }
        for i, t in enumerate(ids)
    ]
    write_csv("data/tracks.csv", ["track_id", "title", "artist", "genre", "language"], tracks)
    write_csv("data/texts.csv", ["track_id", "text", "language"], [])
    TrackArray.empty("no audio").save("data/features/descriptors.npz")
    table = np.random.default_rng(0).normal(size=(30, 2))
    TrackArray(ids, table, np.array(["feature.energy", "feature.tempo"])).save("data/features/table.npz")
    for name in MODELS:
        _model(name, ids, np.random.default_rng(0))
        for stage in (select, explain):
            monkeypatch.setattr("sys.argv", [stage.__name__, name])
            stage.main()
    told = {"vae": "genre"}
    scores = [
        dict.fromkeys(COLUMNS, "") | {"model": name, "algorithm": "kmeans", "informed_by": told.get(name, "")}
        for name in MODELS[:3]
    ]
    write_csv("metrics/evaluation.csv", COLUMNS, scores)
    return tmp_path


def _model(name, ids, rng):
    left_out, trained = name == "lyrics", name in ("vae", "conv_vae")
    columns = ["track_id", "title", "artist", "cluster", "confidence", "rank", "dbscan"]
    clusters = [
        dict.fromkeys(columns, "") | {"track_id": t, "cluster": i % 2, "confidence": 0.5, "rank": i // 2 + 1}
        for i, t in enumerate(ids)
    ]
    write_csv(f"data/clusters/{name}.csv", columns, [] if left_out else clusters)
    nothing = TrackArray.empty("no lyrics")
    latents = TrackArray(ids[::-1], rng.normal(size=(30, 1, 4)).astype(np.float32))
    (nothing if left_out else latents).save(f"data/features/latents/{name}.npz")
    points = TrackArray(ids[::-1], np.arange(60.0).reshape(30, 2)[::-1])
    (nothing if left_out else points).save(f"data/projections/{name}.npz")
    shape = (2, 2, 8, 12) if name == "conv_vae" else (2, 2, 20)
    pairs = TrackArray(ids[:2], rng.normal(size=shape)) if trained else nothing
    pairs.save(f"data/reconstructions/{name}.npz")


def pictures(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*.png")}


def test_draws_what_there_is_and_leaves_out_the_rest(run):
    portraits.main()
    expected = {"reconstructions/vae.png", "reconstructions/conv_vae.png"}
    expected |= {f"{kind}/{name}.png" for kind in KINDS for name in MODELS[:3]}
    assert pictures(run / "plots/portraits") == expected
    assert all(Image.open(run / "plots/portraits" / path).width in (899, 900) for path in expected)
    assert {path.name for path in (run / "plots/maps").iterdir()} == {f"{name}.csv" for name in MODELS[:3]}


def test_points_are_joined_by_id(run):
    portraits.main()
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
    portraits.main()
    before = {path: path.read_bytes() for path in (run / "plots").rglob("*") if path.is_file()}
    stale = [
        Path(f"plots/{name}") for name in ("portraits/map/gone.png", "maps/gone.csv", "portraits/old/x.png")
    ]
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.touch()
    portraits.main()
    after = {path: path.read_bytes() for path in (run / "plots").rglob("*") if path.is_file()}
    assert after == before


def test_nothing_at_all_to_draw(run):
    for name in MODELS:
        write_csv(f"data/clusters/{name}.csv", ["track_id", "cluster"], [])
        TrackArray.empty("no audio").save(f"data/reconstructions/{name}.npz")
    write_csv("metrics/evaluation.csv", COLUMNS, [])
    portraits.main()
    assert pictures(run / "plots/portraits") == set()
    assert not list((run / "plots/maps").iterdir())
    assert read_csv("plots/composition.csv") == []
