"""The pictures that compare the models, on a made-up run of the pipeline."""

from pathlib import Path

import pytest
import yaml
from PIL import Image

from songmap.figures.sweep import PANELS
from songmap.files import write_csv
from stages import figures

PARAMS = Path(__file__).parents[2] / "params.yaml"
MODELS = ("pca", "vae", "lyrics")
EPOCH = ["epoch", "train", "validation", "kl"]
PICTURES = {"training.png", "comparison.png", "scores.png", "betas.png"}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A working directory in which `lyrics` was left out and `vae` learned the genre from another."""
    monkeypatch.chdir(tmp_path)
    settings = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    settings["models"] = {name: settings["models"][name] for name in MODELS}
    Path("params.yaml").write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    for name in MODELS:
        epochs = [{"epoch": i + 1, "train": 9 - i, "validation": 10 - i, "kl": 1} for i in range(4)]
        write_csv(f"plots/training/{name}.csv", EPOCH, epochs if name == "vae" else [])
    write_csv("metrics/evaluation.csv", COLUMNS, scores())
    write_csv("plots/betas.csv", ["model", "beta", "seed", *PANELS], [])
    return tmp_path


COLUMNS = [
    "model", "algorithm", "informed_by", "collapsed", "degenerate", "coverage", "genre_ami", "language_ami",
    "genre_ami_sd", "language_ami_sd",
]  # fmt: skip


def scores():
    told = {"vae": "genre"}
    return [
        dict.fromkeys(COLUMNS, "")
        | {"model": name, "algorithm": algorithm, "informed_by": told.get(name, ""), "genre_ami": 0.1}
        for name in ("pca", "vae", "chance")
        for algorithm in ("kmeans", "dbscan", "random")
    ]


def pictures(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*.png")}


def test_draws_them_all_as_wide_as_a_page(run):
    figures.main()
    assert pictures(run / "plots/figures") == PICTURES
    assert all(Image.open(run / "plots/figures" / name).width in (899, 900) for name in PICTURES)


def test_same_bytes_again_and_stale_pictures_go(run):
    figures.main()
    before = {path: path.read_bytes() for path in (run / "plots/figures").rglob("*")}
    stale = Path("plots/figures/old/x.png")
    stale.parent.mkdir()
    stale.touch()
    figures.main()
    assert {path: path.read_bytes() for path in (run / "plots/figures").rglob("*")} == before


def test_nothing_at_all_to_draw(run):
    for name in MODELS:
        write_csv(f"plots/training/{name}.csv", EPOCH, [])
    write_csv("metrics/evaluation.csv", COLUMNS, [])
    figures.main()
    assert pictures(run / "plots/figures") == PICTURES
