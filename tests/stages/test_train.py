import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.errors import DataError
from songmap.files import read_csv, read_json
from songmap.latents import load_latents
from songmap.models import checkpoint
from songmap.models.inputs import Inputs
from songmap.tracks import TrackArray
from stages import train

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
OUTPUTS = (
    "models/m.pt",
    "data/features/latents/m.npz",
    "data/reconstructions/m.npz",
    "data/ablations/m.npz",
    "plots/training/m.csv",
    "metrics/training/m.json",
)
IDS = np.array([f"t{i:02}" for i in range(24)])


@pytest.fixture
def set_model(tmp_path, monkeypatch):
    """Write params.yaml with one model `m`, of features that are there."""
    settings = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    rng = np.random.default_rng(0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", "m"])
    TrackArray(IDS, rng.normal(size=(24, 5)).astype(np.float32)).save("data/features/mfcc.npz")
    TrackArray(IDS, np.full((24, 5), 0.3, np.float32)).save("data/features/descriptors.npz")
    TrackArray(IDS, rng.normal(size=(24, 2, 16, 24)).astype(np.float32)).save("data/features/mel.npz")
    TrackArray(IDS[4:], rng.normal(size=(20, 6)).astype(np.float32)).save("data/features/tfidf.npz")
    TrackArray(IDS, rng.normal(size=(24, 2, 3)).astype(np.float32)).save("data/features/latents/other.npz")
    TrackArray(IDS, np.eye(2, dtype=np.float32)[np.arange(24) % 2]).save("data/labels/genre.npz")
    TrackArray.empty("the songs bring no table").save("data/features/table.npz")

    def write(model, **training):
        base = settings["models"][model.pop("like")]
        settings["models"] = {"m": base | model, "other": settings["models"]["pca"]}
        settings["train"] |= {"seeds": 1, "epochs": 3, "warmup": 0, "device": "cpu"} | training
        Path("params.yaml").write_text(yaml.safe_dump(settings))

    return write


def test_a_model_of_three_inputs_and_a_label(set_model, capsys):
    set_model({"like": "vae", "beside": "latents/other", "lyrics": "tfidf", "condition": "genre"}, seeds=2)
    train.main()
    latents = TrackArray.load("data/features/latents/m.npz")
    assert latents.track_id.tolist() == IDS.tolist()
    assert latents.values.shape[:2] == (24, 2)
    ablations = TrackArray.load("data/ablations/m.npz")
    assert ablations.track_id.tolist() == IDS[4:].tolist()
    assert ablations.names[:, 0].tolist() == ["audio", "beside", "lyrics"]
    report = read_json("metrics/training/m.json")
    assert report["seeds"] == 2
    assert report["tracks_with_lyrics"] == 20
    assert {"without_beside", "r2_beside", "over_seeds", "kl_per_dimension", "collapsed"} <= report.keys()
    assert [row["epoch"] for row in read_csv("plots/training/m.csv")] == ["1", "2", "3"]
    config, encoder = checkpoint.load("models/m.pt")
    assert config.lyrics == "tfidf"
    assert set(encoder.scalers) == {"audio", "beside", "lyrics"}
    assert not list(Path(".cache").glob("**/*.pt"))
    before = {name: Path(name).read_bytes() for name in OUTPUTS}
    train.main()
    assert {name: Path(name).read_bytes() for name in OUTPUTS} == before


def test_a_collapse_is_said_on_the_console(set_model, capsys):
    set_model({"like": "vae", "kl": "beta"}, precision=1e-6, epochs=60, learning_rate=0.02)
    train.main()
    assert read_json("metrics/training/m.json")["collapsed"]
    assert "m has collapsed: 0 of 16 units carry anything" in capsys.readouterr().err


def test_an_input_that_never_varies_is_named_instead(set_model, capsys):
    set_model({"like": "vae", "kl": "beta", "audio": "descriptors"})
    train.main()
    said = capsys.readouterr().err
    assert (
        "m has collapsed: 0 of 16 units carry anything; audio=descriptors is the same in every track" in said
    )
    assert "beta" not in said
    assert read_json("metrics/training/m.json")["r2_audio"] is None


SMALL = {"hidden": [8], "latent_dim": 4}


@pytest.mark.parametrize(
    ("model", "more"),
    [
        ({"like": "multimodal_vae", "lyrics": "tfidf", "experts": "mixture", **SMALL}, {"kl", "r2_lyrics"}),
        ({"like": "conv_vae", "contrast": 1.0, "channels": [2, 4], **SMALL}, {"kl", "r2_audio"}),
        ({"like": "conv_vae", "contrast": 1.0, "lyrics": "tfidf", "experts": "mixture", **SMALL},
         {"without_lyrics"}),
    ],
)  # fmt: skip
def test_a_mixture_of_experts_and_a_contrastive_term(set_model, model, more):
    config = model | {}
    set_model(model)
    train.main()
    latents = load_latents("data/features/latents/m.npz")
    assert latents.values.shape == (24, 1, 4)
    assert more | {"active_units"} <= read_json("metrics/training/m.json").keys()
    typed, encoder = checkpoint.load("models/m.pt")
    assert (typed.experts, getattr(typed, "contrast", None)) == (
        config.get("experts", "product"), config.get("contrast")
    )  # fmt: skip
    arrays = {slot: TrackArray.load(f"data/features/{source}.npz") for slot, source in typed.inputs.items()}
    np.testing.assert_allclose(encoder.encode(Inputs(arrays)), latents.values[:, 0], rtol=1e-5, atol=1e-6)


def test_a_contrastive_encoder_says_nothing_of_units(set_model, capsys):
    set_model({"like": "contrastive", "channels": [2, 4], **SMALL})
    train.main()
    assert not {"active_units", "collapsed"} & read_json("metrics/training/m.json").keys()
    assert "collapsed" not in capsys.readouterr().err


def test_latents_that_are_none_are_refused(set_model):
    set_model({"like": "vae", "audio": "latents/other"})
    TrackArray(IDS, np.zeros((24, 3), np.float32)).save("data/features/latents/other.npz")
    with pytest.raises(DataError, match=r"latents/other\.npz holds no latents"):
        train.main()
    Path("data/features/latents/other.npz").unlink()
    with pytest.raises(DataError, match=r"latents/other\.npz: there are no such latents; dvc repro"):
        train.main()


def test_a_model_without_its_input_is_left_out_and_says_why(set_model, capsys):
    set_model({"like": "pca", "audio": "table"})
    train.main()
    assert "m is left out: the songs bring no table" in capsys.readouterr().err
    assert all(Path(name).exists() for name in OUTPUTS)
    assert Path("models/m.pt").read_bytes() == b""
    for name in OUTPUTS[1:4]:
        found = TrackArray.load(name)
        assert (len(found), found.note) == (0, "the songs bring no table")
