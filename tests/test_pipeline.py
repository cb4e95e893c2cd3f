"""The whole pipeline with a real DVC, on a tiny demo in a temporary clone."""

import csv
import io
import re
import time

import numpy as np
import pytest
import soundfile
import yaml

from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray
from tests.clone import ROOT, Clone, copied

pytestmark = pytest.mark.slow

ALL = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["models"]
SOME = ("mfcc", "vae", "beta_vae", "multimodal_vae")  # the presets have other kinds
MODELS = {name: ALL[name] for name in SOME}
TINY = {
    "demo.songs": 24,
    "demo.seconds": 3.0,
    "train.epochs": 3,
    "train.warmup": 1,
    "k": 3,
    "cluster.k_max": 4,
    "cluster.algorithms": ["kmeans", "agglomerative", "dbscan"],
    "project.method": "pca",
    "sweep.betas": [1.0, 4.0],
    "sweep.seeds": 1,
    "models": MODELS,
}
BETA = [name for name, model in MODELS.items() if model["kl"] == "beta"]
WITH_WORDS = [name for name, model in MODELS.items() if model["lyrics"] != "none"]
ALWAYS = {"evaluate", "portraits", "figures", "report"}  # what follows from any change of clusters
BY_MODEL = ("train", "select", "cluster", "explain", "project")
RETRAINED = ALWAYS | {"traverse"}  # what follows from any change of a model


def stages(*kinds, models):
    return {f"{kind}@{model}" for kind in kinds for model in models}


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone in which the pipeline has run once on a tiny demo, and is committed."""
    made = copied(tmp_path_factory.mktemp("pipeline") / "songmap")
    made.set(TINY)
    made.commit()
    made.output = made.run("dvc", "repro")
    made.commit()
    return made


@pytest.fixture(autouse=True)
def restored(clone):
    """Every test starts from the committed run and leaves it behind."""
    yield
    clone.run("git", "checkout", "--quiet", "--force", "HEAD")
    clone.run("dvc", "checkout", "--quiet", "--force")


def test_every_stage_ran_and_a_second_run_has_nothing_to_do(clone):
    ran = set(re.findall(r"Running stage '(.*)'", clone.output))
    assert ran == RETRAINED | {
        "params",
        "demo",
        "manifest",
        "audio",
        "embed",
        "languages",
        "lyrics@tfidf",
        "lyrics@char",
        "lyrics@sentence",
        "lyrics@style",
        "sweep",
    } | stages(*BY_MODEL, models=MODELS)
    assert "kmeans" in clone.output  # the table is on the console
    assert clone.ran("dvc", "repro") == set()


def test_all_outputs_carry_the_same_tracks(clone):
    tracks = {row["track_id"] for row in read_csv(clone.folder / "data/tracks.csv")}
    assert len(tracks) == 24
    for name in MODELS:
        latents = TrackArray.load(clone.folder / f"data/features/latents/{name}.npz")
        clusters = read_csv(clone.folder / f"data/clusters/{name}.csv")
        projection = TrackArray.load(clone.folder / f"data/projections/{name}.npz")
        assert (
            set(latents.track_id)
            == {row["track_id"] for row in clusters}
            == set(projection.track_id)
            <= tracks
        )
    summary = clone.json("metrics/summary.json")
    assert set(summary) == {*MODELS, "left_out"}


def test_the_same_commit_run_twice_gives_the_same_bytes(clone, tmp_path):
    again = Clone(tmp_path / "again")
    clone.run("git", "clone", "--quiet", str(clone.folder), str(again.folder))
    before = {
        path.relative_to(again.folder): path.read_bytes()
        for folder in ("metrics", "plots")
        for path in (again.folder / folder).rglob("*")
        if path.is_file()
    }
    assert len(before) > 50
    again.run("dvc", "repro", "--force", "--no-run-cache")
    different = [
        str(path) for path, content in before.items() if (again.folder / path).read_bytes() != content
    ]
    assert different == []


def test_beta_runs_only_models_with_a_beta_and_what_follows(clone):
    ran = clone.ran("dvc", "exp", "run", "-S", "beta=2")
    assert ran == RETRAINED | {"params"} | stages(*BY_MODEL, models=BETA)
    changes = clone.run("git", "diff", "--unified=0", "HEAD", "--", "params.yaml")
    assert [line for line in changes.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-beta: 4.0", "+beta: 2"
    ]  # fmt: skip


def test_lyrics_retrain_no_model_of_sound_alone(clone):
    ran = clone.ran("dvc", "exp", "run", "-S", "lyrics.remove_language=true")
    encoders = stages("lyrics", models=("tfidf", "char", "sentence", "style"))
    assert ran == RETRAINED | {"params"} | encoders | stages(*BY_MODEL, models=WITH_WORDS)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"betta": 4.0}, "params.yaml: betta=4.0 is not a parameter; did you mean beta?"),
        ({"k": "six"}, "params.yaml: k='six': must be an integer from 2 to 10000, or auto"),
        (
            {"models.vae.latent_dim": 0},
            "params.yaml: models.vae.latent_dim=0: must be greater than or equal to 1",
        ),
    ],
)
def test_a_bad_parameter_is_one_line_and_no_traceback(clone, change, line):
    clone.set(change)
    output = clone.run("dvc", "repro", code=1)
    assert next(text for text in output.splitlines() if text.startswith("songmap: ")).startswith(
        f"songmap: {line}"
    )
    assert "Traceback" not in output


def test_one_model_s_parameter_touches_that_model_alone_and_can_be_compared(clone):
    ran = clone.ran("dvc", "exp", "run", "-n", "narrow", "-S", "models.vae.latent_dim=2")
    assert ran == RETRAINED | {"params"} | stages(*BY_MODEL, models=["vae"])
    difference = clone.run("dvc", "metrics", "diff")
    assert re.search(r"metrics/training/vae\.json\s+latent_dim\s+16\s+2\s+-14", difference)
    assert "metrics/training/mfcc.json" not in difference
    assert "narrow" in clone.run("dvc", "exp", "show", "--csv")
    assert "mfcc.genre_ami" in clone.run("dvc", "metrics", "show", "metrics/summary.json")


def test_a_queue_of_betas_runs_each(clone):
    clone.set({"models": {"beta_vae": ALL["beta_vae"]}})
    clone.run("dvc", "exp", "run", "--queue", "-S", "beta=1,2")
    clone.run("dvc", "queue", "start", "-j", "2")
    for _ in range(180):
        status = clone.run("dvc", "queue", "status")
        if not re.search("Queued|Running", status):
            break
        time.sleep(2)
    assert status.count("Success") == 2, status
    table = list(csv.DictReader(io.StringIO(clone.run("dvc", "exp", "show", "--csv"))))
    assert {"1", "2"} <= {row["beta"] for row in table}


def test_k_trains_nothing_and_plots_are_pages_with_pictures(clone):
    ran = clone.ran("dvc", "exp", "run", "-n", "other", "-S", "k=2")
    assert ran == ALWAYS | {"params"} | stages("cluster", "explain", models=MODELS)
    clone.run("dvc", "plots", "show", "--out", "shown")
    page = (clone.folder / "shown/index.html").read_text(encoding="utf-8")
    for word in ("Training of vae", "comparison.png", "map/vae.png"):
        assert word in page.replace("_comparison", "/comparison").replace("map_", "map/")
    clone.run("dvc", "plots", "diff", "HEAD", "--out", "compared")
    assert "workspace" in (clone.folder / "compared/index.html").read_text(encoding="utf-8")


def test_a_folder_of_songs_without_words_leaves_models_out(clone, tmp_path):
    songs = tmp_path / "my songs é"
    songs.mkdir()
    rng = np.random.default_rng(0)
    for i in range(8):
        tone = 0.3 * np.sin(2 * np.pi * (200 + 90 * i) * np.arange(44_100) / 22_050)
        soundfile.write(songs / f"{i} ü.wav", tone + 0.01 * rng.normal(size=len(tone)), 22_050)
    (songs / "broken.mp3").write_bytes(b"no music")
    clone.set({"models": {name: ALL[name] for name in ("vae", "multimodal_vae")}})
    clone.run("dvc", "exp", "run", "-S", f'dataset="{songs}"')
    summary = clone.json("metrics/summary.json")
    assert summary["left_out"] == 1
    assert "vae" in summary
    left_out = clone.json("metrics/training/multimodal_vae.json")
    assert left_out["tracks"] == 0
    assert "lyrics" in left_out["left_out"]
    assert [row["path"] for row in read_csv(clone.folder / "data/rejected.csv")] == ["broken.mp3"]


def test_a_table_without_sound_or_words_goes_through(clone, tmp_path):
    rng = np.random.default_rng(0)
    rows = [
        {
            "track_id": f"t{i}",
            "genre": "ab"[i % 2],
            **{f"feature.{j}": rng.normal() + 3 * (i % 2) for j in range(5)},
        }
        for i in range(20)
    ]
    write_csv(tmp_path / "table/tracks.csv", list(rows[0]), rows)
    clone.set({"models": {name: ALL[name] for name in ("mfcc", "conv_vae")}})
    output = clone.run("dvc", "exp", "run", "-S", f"dataset={tmp_path / 'table'}")
    assert "conv_vae is left out: this catalogue brings feature.* columns, no sound" in output
    summary = clone.json("metrics/summary.json")
    assert summary["mfcc"]["genre_ami"] > 0.5
    assert "conv_vae" not in summary
