import json
import pickle
import shutil
import socket
import time
from pathlib import Path

import ctranslate2
import pytest
from faster_whisper import available_models

from songmap import hub
from songmap.errors import DataError
from songmap.importers import whisper
from songmap.importers.transcription import load
from tests.songmap.importers import tiny_whisper


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return tiny_whisper.save(tmp_path_factory.mktemp("whisper") / "model")


@pytest.fixture
def folder(made, tmp_path):
    """A model that a test may change."""
    return Path(shutil.copytree(made, tmp_path / "model"))


@pytest.fixture(autouse=True)
def no_hub(monkeypatch, tmp_path):
    monkeypatch.setattr(hub, "TIMEOUT", 0.5)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", endpoint)
        yield


class Bomb:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.touch, (self.mark,)


def refusal(model, device="cpu", compute_type="auto"):
    with pytest.raises(DataError) as caught:
        load(str(model), device, compute_type)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_loaded_as_it_is(folder):
    model = load(str(folder), "auto").model
    assert model.model.is_multilingual
    assert model.model.compute_type.startswith("int8")  # of a processor, unless told otherwise
    assert load(str(folder), "cpu", "float32").model.model.compute_type == "float32"


def test_a_size_is_a_name_on_the_hub(monkeypatch, folder):
    asked = []

    def found(name, parameter, files):
        asked.append((name, files))
        return folder

    monkeypatch.setattr(hub, "find_model", found)
    for size in available_models():
        assert whisper.find(size) == folder
    assert whisper.find("someone/theirs") == folder
    names = [name for name, _ in asked]
    assert {"Systran/faster-whisper-tiny", "Systran/faster-whisper-large-v3"} < set(names)
    assert names[-1] == "someone/theirs"
    assert all(files == whisper.FILES for _, files in asked)
    assert {"model.bin", "tokenizer.json", "vocabulary.*"} < set(whisper.FILES)
    assert not any(name.endswith((".py", ".pt")) for name in whisper.FILES)


@pytest.mark.parametrize("model", ["tiny", "turbo", "someone/theirs"])
def test_a_hub_out_of_reach_costs_seconds(model):
    start = time.monotonic()
    assert "cannot be reached" in refusal(model)
    assert time.monotonic() - start < 5


def test_a_model_that_there_is_not(tmp_path):
    assert "there is no such folder" in refusal(tmp_path / "gone")
    assert refusal("gigantic").startswith(
        "model='gigantic': must be a folder, owner/name on the hub, or one of tiny"
    )


def test_pickles_are_refused_unopened(tmp_path):
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "burst")))
    assert "its weights are pickles, which can run code; ct2-transformers-converter" in refusal(folder)
    (folder / "model.safetensors").touch()
    assert "it has no model.bin; ct2-transformers-converter makes one" in refusal(folder)
    assert not (tmp_path / "burst").exists()


def test_a_pickle_by_the_name_of_weights_is_refused_unopened(folder, tmp_path):
    (folder / "model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "burst")))
    assert "cannot be loaded" in refusal(folder)
    assert not (tmp_path / "burst").exists()


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json"])
def test_what_is_missing_is_not_looked_for_elsewhere(folder, name):
    (folder / name).unlink()
    assert f"it has no {name}" in refusal(folder)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.bin", b""),
        ("model.bin", b"\6\0\0\0\x0c\0WhisperSpec\0"),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", b"\xff"),
        ("vocabulary.json", b"no list"),
        ("config.json", b"[["),
        ("preprocessor_config.json", b'{"feature_size": "many"}'),
        ("preprocessor_config.json", b'{"hop_length": 0}'),
    ],
)
def test_damage_is_one_line(folder, name, content):
    (folder / name).write_bytes(content)
    assert refusal(folder).startswith(f"model='{folder}' cannot be loaded: ")


def test_weights_cut_short_are_one_line(folder):
    weights = (folder / "model.bin").read_bytes()
    (folder / "model.bin").write_bytes(weights[: len(weights) // 2])
    assert "cannot be loaded" in refusal(folder)


def test_mel_bands_that_the_model_does_not_hear(folder):
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": 128}))
    assert refusal(folder).endswith("has 80 mel bands, its preprocessor_config.json 128")


def test_a_device_or_type_that_there_is_not(folder, monkeypatch):
    assert refusal(folder, "gpu") == "device='gpu': must be auto, cpu or cuda"
    assert "compute_type='int3': must be auto or, on cpu, one of " in refusal(folder, "cpu", "int3")
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 0)
    assert refusal(folder, "cuda").startswith("device='cuda': CTranslate2 sees none here")


@pytest.mark.parametrize(
    ("offered", "chosen"), [({"float16", "float32", "int8"}, "float16"), ({"float32"}, "float32")]
)
def test_cuda_is_taken_where_there_is_one(folder, monkeypatch, offered, chosen):
    given = {}

    def load_there(path, **options):
        given.update(options)
        raise RuntimeError("far enough")

    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda device: offered)
    monkeypatch.setattr(whisper, "Whisper", load_there)
    assert "far enough" in refusal(folder, "auto")
    assert (given["device"], given["compute_type"]) == ("cuda", chosen)
