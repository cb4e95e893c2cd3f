import copy
from pathlib import Path

import pytest
import yaml

from songmap import params
from songmap.errors import ParameterError

RAW = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))


def load_with(tmp_path, **changes):
    """Load params.yaml with changes by dotted name (two underscores for a dot); `...` removes a name."""
    raw = copy.deepcopy(RAW)
    for name, value in changes.items():
        *groups, last = name.split("__")
        group = raw
        for part in groups:
            group = group[part]
        if value is ...:
            del group[last]
        else:
            group[last] = value
    path = tmp_path / "params.yaml"
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return params.load(path)


def test_the_repository_s_own_parameters_are_valid():
    loaded = params.load()
    assert {"mfcc", "vae", "cvae", "beta_conv_vae", "multimodal_vae"} <= set(loaded.models)
    assert loaded.kl_weight(loaded.models["beta_vae"]) == RAW["beta"]
    assert loaded.kl_weight(loaded.models["autoencoder"]) == 0


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"betta": 4}, ["betta=4", "did you mean beta?", "allowed:"]),
        ({"models__vae__latentdim": 8}, ["models.vae.latentdim=8", "did you mean latent_dim?"]),
        ({"k": "six"}, ["k='six'", "2 to 10000, or auto"]),
        ({"k": 1}, ["k=1", "2 to 10000"]),
        ({"k": 6.0}, ["k=6.0", "an integer"]),
        ({"beta": -1.0}, ["beta=-1.0", "greater than or equal to 0"]),
        ({"beta": float("nan")}, ["beta=nan", "finite"]),
        ({"seed": True}, ["seed=True", "valid integer"]),
        ({"models__vae__latent_dim": -3}, ["models.vae.latent_dim=-3", "greater than or equal to 1"]),
        ({"models__vae__kind": "dens"}, ["models.vae.kind='dens'", "'dense'"]),
        ({"models__vae__kind": ...}, ["models.vae.kind is missing"]),
        ({"models__vae__audio": "mel"}, ["models.vae", "kind='conv'"]),
        ({"models__conv_vae__audio": "mfcc"}, ["models.conv_vae", "audio='mel'"]),
        ({"models__vae__audio": "../../etc"}, ["models.vae.audio='../../etc'", "mfcc, descriptors"]),
        (
            {"models__early_fusion__audio": "latents/pcaa"},
            ["models.early_fusion.audio='latents/pcaa'", "no such model", "lyrics"],
        ),
        ({"models__pca__audio": "latents/pca"}, ["models.pca.audio='latents/pca'", "leads back to itself"]),
        ({"models__pca__audio": "latents/early_fusion"}, ["leads back to itself"]),
        ({"models__chance": RAW["models"]["pca"]}, ["models.chance", "means something else"]),
        ({"unit": 2.0}, ["unit=2.0", "less than or equal to 1"]),
        ({"models__lyrics__lyrics": "none"}, ["models.lyrics", "needs one of them"]),
        ({"models__a/b": {}}, ["models.a/b", "letters, digits"]),
        ({"train__learning_rate": "1e-3"}, ["train.learning_rate='1e-3'", "1.0e-3"]),
        ({"train": ...}, ["train is missing"]),
        ({"audio__mfcc_statistics": ["mean", "mean"]}, ["audio: mfcc_statistics=", "twice"]),
        ({"audio__mfcc_statistics": ["median"]}, ["audio.mfcc_statistics", "'median'", "'delta_std'"]),
        ({"audio__n_mfcc": 400}, ["audio: n_mfcc=400 must not exceed n_mels=128"]),
        ({"audio__mel__n_mels": "x" * 500}, ["audio.mel.n_mels=", "..."]),
        ({"models__vae__beside": "mel"}, ["models.vae.beside='mel'", "tfidf", "latents/<another model>"]),
        ({"models__vae__lyrics": "latents/pca"}, ["models.vae.lyrics='latents/pca'", "_centred"]),
        ({"models__vae__beside": "latents/vae"}, ["models.vae.beside='latents/vae'", "leads back to itself"]),
        ({"models__autoencoder__components": 4}, ["models.autoencoder", "components=4", "kl='unit'"]),
        ({"lyrics__languages": ["en"]}, ["lyrics.languages=", "ISO 639-1", "[en, de]"]),
        ({"lyrics__languages": ["en", False]}, ["lyrics.languages=False", "YAML reads no", "write 'no'"]),
        ({"train__cycles": 31}, ["train: cycles=31 must not exceed half of epochs=60"]),
        (
            {"models__contrastive__temperature": 0.0005},
            ["models.contrastive.temperature=0.0005", "greater than or equal to 0.001"],
        ),
        ({"audio__descriptors": ["rms", "rms"]}, ["audio: descriptors=", "twice"]),
        ({"lyrics__languages": ["en", "en"]}, ["lyrics: languages=['en', 'en']", "twice"]),
        ({"lyrics__languages": "english"}, ["lyrics.languages='english'", "ISO 639-1"]),
        ({"lyrics__char__ngram_min": 5}, ["lyrics.char: ngram_min=5 must not exceed ngram_max=4"]),
        ({"lyrics__style__measures": ["words", "words"]}, ["lyrics.style: measures=", "twice"]),
        ({"lyrics__sentence__bfloat16": "yes"}, ["lyrics.sentence.bfloat16='yes'", "true, false or auto"]),
        ({"train__bfloat16": 1}, ["train.bfloat16=1", "true, false or auto"]),
        ({"train__device": "gpu"}, ["train.device='gpu'", "'cuda'"]),
        ({"cluster__algorithms": ["dbscan"]}, ["cluster: algorithms=['dbscan']", "must hold kmeans"]),
        ({"cluster__algorithms": ["kmeans", "som"]}, ["cluster.algorithms", "'som'", "'hdbscan'"]),
        ({"project__method": "som"}, ["project.method='som'", "'umap', 'tsne' or 'pca'"]),
    ],
)
def test_a_bad_parameter_is_one_line_with_name_value_and_what_is_allowed(tmp_path, change, parts):
    with pytest.raises(ParameterError) as caught:
        load_with(tmp_path, **change)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    for part in parts:
        assert part in message


@pytest.mark.parametrize("text", ["k: 2001-99-99", "[" * 20_000, "a: [1", "- 1", "", "\t"])
def test_a_file_that_is_no_mapping_is_one_line(tmp_path, text):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(ParameterError) as caught:
        params.load(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_one_line(tmp_path):
    (tmp_path / "params.yaml").write_bytes("dataset: müsik".encode("latin-1"))
    with pytest.raises(ParameterError, match=r"params\.yaml is not UTF-8"):
        params.load(tmp_path / "params.yaml")


def test_a_parameter_of_another_kind_of_model_is_not_allowed(tmp_path):
    with pytest.raises(ParameterError, match=r"models\.vae\.channels=.*is not a parameter") as caught:
        load_with(tmp_path, models__vae__channels=[8])
    allowed = str(caught.value).split("allowed: ")[1].split(", ")
    assert "hidden" in allowed
    assert "channels" not in allowed


def test_one_cycle_needs_no_second_epoch(tmp_path):
    assert load_with(tmp_path, train__epochs=1).train.cycles == 1


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"cannot read .*none\.yaml"):
        params.load(tmp_path / "none.yaml")
