import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.errors import ParameterError
from songmap.files import write_csv
from songmap.lyrics.fitted import ENCODERS, Fitted, encode
from songmap.params import load as load_params
from songmap.tracks import TrackArray
from stages import lyrics

ENGLISH = ["love me do", "love\nme tender", "you love me", "love is a word, I said"]
GERMAN = ["der Wald ist still", "still\nruht der See", "der See ist tief", "tief im Wald, sagt sie"]
SONGS = {f"{i}": text for i, text in enumerate(ENGLISH + GERMAN)}
CHEAP = [encoder for encoder in ENCODERS if encoder != "sentence"]


@pytest.fixture
def workspace(tmp_path, monkeypatch, pytestconfig):
    """A directory with the repository's parameters and eight songs in two languages."""
    shutil.copy(pytestconfig.rootpath / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    rows = [
        {"track_id": track_id, "text": text, "language": "en" if text in ENGLISH else "de"}
        for track_id, text in reversed(SONGS.items())
    ]
    write_csv("data/texts.csv", ("track_id", "text", "language", "shares"), rows)
    return tmp_path


def run(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["lyrics", *arguments])
    lyrics.main()


def load(name):
    return TrackArray.load(f"data/features/{name}.npz")


def set_parameters(**lyrics):
    raw = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    raw["lyrics"] |= lyrics
    Path("params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")


@pytest.mark.parametrize("encoder", CHEAP)
def test_a_row_per_song_with_and_without_its_language(workspace, monkeypatch, encoder):
    run(monkeypatch, encoder)
    plain, centred = load(encoder), load(f"{encoder}_centred")
    assert plain.track_id.tolist() == centred.track_id.tolist() == list(reversed(SONGS))
    english = plain.select([name for name in SONGS if SONGS[name] in ENGLISH]).values.mean(axis=0)
    german = plain.select([name for name in SONGS if SONGS[name] in GERMAN]).values.mean(axis=0)
    if encoder == "style":
        np.testing.assert_array_equal(plain.values, centred.values)
        np.testing.assert_allclose([english, german], 0, atol=1e-6)
    else:
        assert np.linalg.norm(english - german) > 0.5
        np.testing.assert_allclose(centred.values @ np.stack([english, german]).T, 0, atol=1e-5)
    before = {path: path.read_bytes() for path in Path("data/features").iterdir()}
    run(monkeypatch, encoder)
    assert before == {path: path.read_bytes() for path in Path("data/features").iterdir()}


@pytest.mark.parametrize("encoder", CHEAP)
def test_what_is_kept_gives_the_songs_their_vectors(workspace, monkeypatch, encoder):
    run(monkeypatch, encoder)
    fitted = Fitted.load(f"data/encoders/{encoder}.npz")
    language = {name: "en" if text in ENGLISH else "de" for name, text in SONGS.items()}
    for source in [encoder] if encoder == "style" else [encoder, f"{encoder}_centred"]:
        asked = (source, SONGS, language, fitted, load_params().lyrics, Path(".cache"))
        found = encode(*asked)
        np.testing.assert_allclose(found.values, load(source).rows(found.track_id), atol=1e-4)


@pytest.mark.parametrize("encoder", CHEAP)
def test_remove_language_centres_both(workspace, monkeypatch, encoder):
    run(monkeypatch, encoder)
    before = load(f"{encoder}_centred")
    set_parameters(remove_language=True)
    run(monkeypatch, encoder)
    for name in (encoder, f"{encoder}_centred"):
        np.testing.assert_array_equal(load(name).values, before.values)


def test_columns_have_names_where_they_mean_something(workspace, monkeypatch):
    for encoder in CHEAP:
        run(monkeypatch, encoder)
    assert load("tfidf_centred").names.tolist() == load("tfidf").names.tolist()
    assert {"love", "love me", "der"} <= set(load("tfidf").names.tolist())
    assert load("style").names.tolist()[:3] == ["words", "lines", "words_per_line"]
    assert load("char").names.size == 0


def test_sentences_are_kept(workspace, monkeypatch):
    from songmap.lyrics import sentence

    asked = []
    found = TrackArray(np.array(list(SONGS)), np.eye(8, dtype=np.float32))
    monkeypatch.setattr(sentence, "embed", lambda *given: asked.append(given) or found)
    run(monkeypatch, "sentence")
    ((track_id, texts, *rest),) = asked
    assert dict(zip(track_id, texts, strict=True)) == SONGS
    assert rest == ["all-MiniLM-L6-v2", "auto", Path(".cache/lyrics")]
    np.testing.assert_array_equal(load("sentence").values, found.values)
    assert load("sentence_centred").values.shape == (8, 8)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_no_lyrics_give_empty_arrays(workspace, monkeypatch, encoder):
    write_csv("data/texts.csv", ("track_id", "text", "language", "shares"), [])
    run(monkeypatch, encoder)
    for name in (encoder, f"{encoder}_centred"):
        assert (len(load(name)), load(name).note) == (0, "no lyrics in this catalogue")
    assert Fitted.load(f"data/encoders/{encoder}.npz").parts == {}


@pytest.mark.parametrize("arguments", [(), ("word2vec",), ("tfidf", "sentence")])
def test_wrong_arguments(workspace, monkeypatch, arguments):
    with pytest.raises(ParameterError, match="give one of tfidf, char, sentence, style"):
        run(monkeypatch, *arguments)
