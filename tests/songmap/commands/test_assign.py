"""The command on models that the pipeline's own stages trained, on a small demo."""

import importlib
import json
import shutil
import sys
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from songmap.clustering.centroids import kmeans
from songmap.clustering.labeling import Settings
from songmap.clustering.membership import Centres, confidence
from songmap.commands import assign
from songmap.errors import DataError, ParameterError
from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray

pytestmark = pytest.mark.slow

MODELS = {
    "mfcc": {"like": "mfcc"},
    "conv_vae": {"like": "conv_vae", "hidden": [16], "channels": [4, 8]},
    "cvae": {"like": "cvae", "hidden": [16]},
    "n2d": {"like": "n2d", "latent_dim": 2},
    "words": {"like": "lyrics", "lyrics": "char_centred"},
    "style": {"like": "lyrics", "lyrics": "style"},
    "both": {"like": "multimodal_vae", "lyrics": "tfidf", "hidden": [16]},
    "pca": {"like": "pca", "latent_dim": 4},
    "fusion": {"like": "early_fusion"},
    "table": {"like": "mfcc", "audio": "table"},
}
NEW = "data/raw/new"


@pytest.fixture(scope="module")
def trained(tmp_path_factory, pytestconfig):
    """A directory in which the pipeline ran on a demo of 24 songs."""
    folder = tmp_path_factory.mktemp("trained")
    settings = yaml.safe_load((pytestconfig.rootpath / "params.yaml").read_text(encoding="utf-8"))
    settings["demo"] |= {"songs": 24, "seconds": 2.0}
    settings["train"] |= {"epochs": 2, "warmup": 0, "device": "cpu"}
    settings["lyrics"]["languages"] = ["de", "en", "es", "fr"]
    settings["k"] = 3
    known = settings["models"]
    settings["models"] = {name: known[model["like"]] | model for name, model in MODELS.items()}
    for model in settings["models"].values():
        del model["like"]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        Path("params.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        stages = ["demo", "manifest", "audio", "languages"]
        stages += [f"lyrics {encoder}" for encoder in ("tfidf", "char", "style")]
        stages += [f"train {model}" for model in MODELS]
        for stage in stages:
            patch.setattr(sys, "argv", stage.split())
            importlib.import_module(f"stages.{stage.split()[0]}").main()
        for model in MODELS:
            write_clusters(model)
    return folder


def write_clusters(model):
    """As the stage does, of three clusters."""
    latents = TrackArray.load(f"data/features/latents/{model}.npz")
    rows = []
    if len(latents):
        points = latents.values[:, 0]
        labels = kmeans(points, Settings(3, 5, 10, 0)).labels
        firm = confidence(Centres.of(points, labels).distances(points), labels)
        found = zip(latents.track_id.tolist(), labels, firm, strict=True)
        rows = [{"track_id": name, "cluster": label, "confidence": firm} for name, label, firm in found]
    write_csv(f"data/clusters/{model}.csv", ("track_id", "title", "cluster", "confidence", "rank"), rows)


@pytest.fixture
def run(trained, monkeypatch, capsys):
    """Run the command where the pipeline ran; gives the rows it writes, by id, and what it prints."""
    monkeypatch.chdir(trained)
    shutil.rmtree(NEW, ignore_errors=True)
    Path(NEW).mkdir()
    parser = ArgumentParser()
    assign.add(parser.add_subparsers(required=True))

    def command(*arguments):
        Path("out.csv").unlink(missing_ok=True)
        parsed = parser.parse_args(["assign", *map(str, arguments), "--csv", "out.csv"])
        parsed.run(parsed)
        return {row["track_id"]: row for row in read_csv("out.csv")}, capsys.readouterr().out

    return command


def clusters(model):
    return {row["track_id"]: row for row in read_csv(f"data/clusters/{model}.csv")}


def song(name, source=0, **labels):
    """A song of the demo under another name, in the folder of new songs."""
    shutil.copy(sorted(Path("data/raw/demo/audio").iterdir())[source], Path(NEW, name))
    return {"path": name, **labels}


def table(*rows):
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(f'"{row.get(column, "")}"' for column in columns) for row in rows]
    Path(NEW, "tracks.csv").write_text("\n".join([",".join(columns), *lines]), encoding="utf-8")


@pytest.mark.parametrize("model", [name for name in MODELS if name != "table"])
def test_songs_that_the_model_was_trained_on_get_their_labels(run, model):
    rows, printed = run("data/raw/demo", "--model", model)
    expected = clusters(model)
    found = {track_id: row for track_id, row in rows.items() if row["cluster"]}
    assert {i: row["cluster"] for i, row in found.items()} == {
        i: row["cluster"] for i, row in expected.items()
    }
    for track_id, row in found.items():
        assert float(row["confidence"]) == pytest.approx(float(expected[track_id]["confidence"]), abs=2e-3)
        assert float(row["distance"]) == pytest.approx(0, abs=1e-2)
    assert len(rows) == 24
    assert f"{len(expected)} of 24 songs in clusters of {model}" in printed


def test_a_song_without_words(run):
    silent = {row["track_id"] for row in read_csv("data/tracks.csv")} - set(clusters("words"))
    assert silent
    rows, _ = run("data/raw/demo", "--model", "words")
    assert {track_id for track_id, row in rows.items() if not row["cluster"]} == silent
    assert {rows[track_id]["note"] for track_id in silent} == {"no lyrics"}
    rows, _ = run("data/raw/demo", "--model", "both")
    assert {rows[track_id]["note"] for track_id in silent} == {"no lyrics"}
    assert all(row["cluster"] for row in rows.values())


def test_one_file_is_the_same_song(run):
    (track_id, known), *_ = clusters("mfcc").items()
    rows, printed = run(Path("data/raw/demo", track_id), "--model", "mfcc")
    ((name, row),) = rows.items()
    assert name == Path(track_id).name
    assert (row["cluster"], row["nearest"]) == (known["cluster"], track_id)
    assert "1 of 1 songs" in printed


def test_a_folder_without_a_table_reads_tags_and_sidecars(run):
    song("a.flac")
    Path(NEW, "a.txt").write_text("The night is long and the road is wet", encoding="utf-8")
    rows, _ = run(NEW, "--model", "words")
    assert rows["a.flac"]["cluster"] in set("012")
    rows, _ = run(Path(NEW, "a.flac"), "--model", "words")
    assert rows["a.flac"]["cluster"] in set("012")


def test_bad_songs_cost_a_row_each(run):
    table(
        song("good.flac"),
        {"path": "absent.flac"},
        song("broken.flac", 1),
        {"track_id": "x", "lyrics": "la la"},
    )
    Path(NEW, "broken.flac").write_bytes(b"fLaC" + bytes(100))
    rows, printed = run(NEW, "--model", "mfcc")
    assert {track_id for track_id, row in rows.items() if row["cluster"]} == {"good.flac"}
    assert "missing file" in rows["absent.flac"]["note"]
    assert rows["broken.flac"]["note"]
    assert rows["x"]["note"] == "no sound"
    assert "1 of 4 songs in clusters of mfcc" in printed
    assert "not placed: 3" in printed


def test_words_in_an_unknown_language_and_of_no_word_that_is_known(run):
    table(
        {"track_id": "ru", "lyrics": "ночь темна и долга дорога"},
        {"track_id": "de", "lyrics": "Die Nacht ist lang"},
    )
    rows, _ = run(NEW, "--model", "style")
    assert {row["cluster"] for row in rows.values()} <= set("012")
    rows, _ = run(NEW, "--model", "words")
    assert rows["ru"]["note"] == "lyrics without a word that it knows"
    assert rows["de"]["cluster"] in set("012")


def test_a_model_that_is_told_labels(run):
    known = read_csv("data/tracks.csv")[0]
    labels = {"genre": known["genre"], "language": known["language"]}
    table(
        song("told.flac", **labels),
        song("untold.flac", 1),
        song("fado.flac", 2, **labels | {"genre": "Fado"}),
    )
    rows, _ = run(NEW, "--model", "cvae")
    assert rows["told.flac"]["cluster"] == clusters("cvae")[known["track_id"]]["cluster"]
    assert rows["untold.flac"]["note"].startswith("no genre, which it is told")
    assert rows["fado.flac"]["note"] == "no song that it was trained on has genre=Fado"
    Path(NEW, "told.flac").unlink()
    with pytest.raises(DataError, match=r"cvae can place none of 3 songs; "):
        run(NEW, "--model", "cvae")


def test_a_strange_sound_is_an_outlier(run):
    rng = np.random.default_rng(0)
    soundfile.write(Path(NEW, "noise.wav"), rng.normal(size=66_150) * 0.3, 22_050)
    rows, printed = run(NEW, "--model", "mfcc")
    assert rows["noise.wav"]["outlier"] == "yes"
    assert "outliers: 1" in printed


def test_names_of_clusters_and_titles_of_strangers(run):
    Path("data/explanations").mkdir(exist_ok=True)
    cards = [{"cluster": n, "name": f"quiet {n}"} for n in range(3)]
    Path("data/explanations/mfcc.json").write_text(json.dumps(cards))
    table(song("a.flac", title="夜の街を歩いて君の声を探してる夜の街を歩いて", artist="\u202eevil\u001b"))
    try:
        rows, printed = run(NEW, "--model", "mfcc")
    finally:
        shutil.rmtree("data/explanations")
    row = rows["a.flac"]
    assert row["name"] == f"quiet {row['cluster']}"
    assert f"{row['cluster']}: quiet {row['cluster']}" in printed
    assert all(line.isprintable() for line in printed.splitlines())


@pytest.mark.parametrize("model", ["mfcc", "fusion", "words"])
def test_features_of_other_parameters_are_refused_and_newer_clusters_said(run, trained, model, capsys):
    settings = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    ran = {
        "audio": {"audio": settings["audio"] | {"n_fft": 1024}},
        "lyrics@char": {"lyrics.char": settings["lyrics"]["char"] | {"min_df": 7}},
        f"cluster@{model}": {"k": 4},
    }
    stages = {stage: {"params": {"params.yaml": values}} for stage, values in ran.items()}
    try:
        Path("dvc.lock").write_text(yaml.safe_dump({"stages": stages}))
        with pytest.raises(DataError, match=r"is 2048, was 1024|is 2, was 7"):
            run("data/raw/demo", "--model", model)
        Path("dvc.lock").write_text(
            yaml.safe_dump({"stages": {f"cluster@{model}": stages[f"cluster@{model}"]}})
        )
        capsys.readouterr()
        parser = ArgumentParser()
        assign.add(parser.add_subparsers(required=True))
        parsed = parser.parse_args(["assign", "data/raw/demo", "--model", model])
        parsed.run(parsed)
        assert "k is 3, was 4" in capsys.readouterr().err
    finally:
        Path("dvc.lock").unlink()


def test_a_model_of_earlier_features_is_refused(run):
    path = "data/features/mfcc.npz"
    stages = {"audio": {"outs": [{"path": path, "md5": "new"}]}}
    stages["train@mfcc"] = {"deps": [{"path": path, "md5": "old"}]}
    try:
        Path("dvc.lock").write_text(yaml.safe_dump({"stages": stages}))
        with pytest.raises(DataError, match=r"data/features/mfcc\.npz is not what mfcc was made from: dvc"):
            run("data/raw/demo", "--model", "mfcc")
        rows, _ = run("data/raw/demo", "--model", "conv_vae")
        assert all(row["cluster"] for row in rows.values())
    finally:
        Path("dvc.lock").unlink()


def test_features_of_another_form_are_refused(run):
    path = Path("data/features/mfcc.npz")
    before = path.read_bytes()
    array = TrackArray.load(path)
    try:
        TrackArray(array.track_id, array.values[:, :9], array.names[:9]).save(path)
        rows, _ = run("data/raw/demo", "--model", "conv_vae")
        assert len(rows) == 24
        TrackArray(array.track_id, array.values, np.char.add(array.names, "x")).save(path)
        with pytest.raises(DataError, match="no column mfcc"):
            run("data/raw/demo", "--model", "mfcc")
    finally:
        path.write_bytes(before)


def test_errors_name_what_is_wrong(run, tmp_path, monkeypatch):
    with pytest.raises(ParameterError, match=r"'wavenet' is not known: give one of .*mfcc"):
        run("data/raw/demo", "--model", "wavenet")
    with pytest.raises(DataError, match="table has no songs: no track in this catalogue brings feature"):
        run("data/raw/demo", "--model", "table")
    with pytest.raises(DataError, match="is empty"):
        run(NEW, "--model", "mfcc")
    with pytest.raises(DataError, match="there is no song folder and no file absent"):
        run("absent", "--model", "mfcc")
    Path(NEW, "words.txt").write_text("la la")
    with pytest.raises(DataError, match=r"words\.txt "):
        run(Path(NEW, "words.txt"), "--model", "mfcc")
    Path(NEW, "words.txt").unlink()
    table({"track_id": "x", "lyrics": "la la la"})
    with pytest.raises(DataError, match="mfcc can place none of 1 songs; x: no sound"):
        run(NEW, "--model", "mfcc")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=r"data/tracks\.csv: dvc repro makes it"):
        run(".", "--model", "mfcc")


def test_help_has_an_example(run, capsys):
    with pytest.raises(SystemExit):
        run("--help")
    assert "python -m songmap assign ~/Music/new --model vae" in capsys.readouterr().out
