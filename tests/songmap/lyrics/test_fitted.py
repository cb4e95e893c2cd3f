import pickle

import numpy as np
import pytest
import yaml

from songmap.errors import DataError
from songmap.lyrics.centring import Centring, Standards, remove_language
from songmap.lyrics.char import fit_char
from songmap.lyrics.fitted import Fitted, encode
from songmap.lyrics.style import fit_style
from songmap.lyrics.tfidf import fit_tfidf
from songmap.params import Lyrics

ENGLISH = ["love me do, love", "love me tender\nlove me sweet", "you love the night", "the night is a word"]
GERMAN = ["der Wald ist still", "still ruht der See", "der See ist tief, sagt sie", "tief im Wald"]
SONGS = {f"{i}": text for i, text in enumerate(ENGLISH + GERMAN)}
LANGUAGE = {track_id: "en" if text in ENGLISH else "de" for track_id, text in SONGS.items()}
SIZES = {
    "tfidf": {"max_features": 50, "ngram_max": 2, "min_df": 1},
    "char": {"max_features": 500, "ngram_min": 2, "ngram_max": 3, "min_df": 1, "dimensions": 5},
    "style": {"measures": ["words", "lines", "vocabulary"]},
}
FIT = {"tfidf": fit_tfidf, "char": fit_char}


@pytest.fixture
def settings(pytestconfig):
    text = (pytestconfig.rootpath / "params.yaml").read_text(encoding="utf-8")
    return Lyrics.model_validate(yaml.safe_load(text)["lyrics"] | SIZES)


@pytest.fixture
def fit(tmp_path):
    """Fit an encoder, and read again what is kept of it; gives the songs' vectors, and that."""

    def run(name):
        songs = list(SONGS), list(SONGS.values())
        if name == "style":
            array, learnt = fit_style(*songs, LANGUAGE, SIZES["style"]["measures"])
            parts = {"style": learnt}
        else:
            array, learnt = FIT[name](*songs, **SIZES[name])
            parts = {name: learnt, "centring": Centring.of(array, LANGUAGE)}
        Fitted(parts).save(tmp_path / "encoder.npz")
        return array, Fitted.load(tmp_path / "encoder.npz")

    return run


@pytest.mark.parametrize("name", SIZES)
def test_the_songs_fitted_get_their_vectors_alone_or_together(fit, settings, tmp_path, name):
    array, fitted = fit(name)
    together = encode(name, SONGS, LANGUAGE, fitted, settings, tmp_path)
    np.testing.assert_allclose(together.values, array.values, atol=1e-5)
    assert together.track_id.tolist() == list(SONGS)
    assert together.names.tolist() == array.names.tolist()
    for track_id, text in SONGS.items():
        alone = encode(name, {track_id: text}, LANGUAGE, fitted, settings, tmp_path)
        np.testing.assert_allclose(alone.values, array.rows([track_id]), atol=1e-5)


@pytest.mark.parametrize("name", ["tfidf", "char"])
def test_without_language_as_well(fit, settings, tmp_path, name):
    array, fitted = fit(name)
    expected = remove_language(array, LANGUAGE).values
    asked = (SONGS, LANGUAGE, fitted)
    np.testing.assert_allclose(
        encode(f"{name}_centred", *asked, settings, tmp_path).values, expected, atol=1e-4
    )
    removing = settings.model_copy(update={"remove_language": True})
    np.testing.assert_allclose(encode(name, *asked, removing, tmp_path).values, expected, atol=1e-4)


@pytest.mark.parametrize("name", ["tfidf", "char"])
def test_an_unknown_language_is_a_rare_one(fit, settings, tmp_path, name):
    """Without rare ones to share a mean with, that is the mean of all songs."""
    array, fitted = fit(name)
    text = {"new": "the night ist still, love"}
    mean = array.values.mean(axis=0)
    np.testing.assert_allclose(fitted.parts["centring"].means[-1], mean, atol=1e-6)
    found = encode(f"{name}_centred", text, {"new": "xx"}, fitted, settings, tmp_path).values[0]
    rest = encode(name, text, {}, fitted, settings, tmp_path).values[0] - mean
    means = [array.values[:4].mean(axis=0), array.values[4:].mean(axis=0)]
    rest = rest - rest @ np.linalg.pinv(np.stack(means)) @ np.stack(means)
    np.testing.assert_allclose(found, rest / np.linalg.norm(rest), atol=1e-4)


def test_an_unknown_language_is_measured_against_all_songs(fit, settings, tmp_path):
    _, fitted = fit("style")
    found = encode("style", {"new": "one two\nthree"}, {"new": "xx"}, fitted, settings, tmp_path)
    logs = np.log([len(text.replace(",", "").split()) for text in SONGS.values()])
    assert found.values[0, 0] == pytest.approx((np.log(3) - logs.mean()) / logs.std(), abs=1e-5)


def test_characters_of_more_songs_than_sequences(settings, tmp_path):
    """An approximate decomposition still gives the songs that it was made of their own vectors."""
    rng = np.random.default_rng(0)
    texts = {f"{i}": "".join(rng.choice(list("abcdefghijkl"), 60)) for i in range(200)}
    sizes = {"max_features": 60, "ngram_min": 1, "ngram_max": 3, "min_df": 1, "dimensions": 6}
    array, learnt = fit_char(list(texts), list(texts.values()), **sizes)
    found = encode("char", texts, {}, Fitted({"char": learnt}), settings, tmp_path)
    np.testing.assert_allclose(found.values, array.values, atol=1e-5)


def test_tfidf_by_hand(settings, tmp_path):
    _, learnt = fit_tfidf(["a", "b"], ["one two", "one"], max_features=9, ngram_max=1, min_df=1)
    found = encode("tfidf", {"x": "two two one three"}, {}, Fitted({"tfidf": learnt}), settings, tmp_path)
    weights = np.array([1.0, (1 + np.log(2)) * (np.log(3 / 2) + 1)])  # one is in both songs, two in one
    np.testing.assert_allclose(found.values[0], weights / np.linalg.norm(weights), atol=1e-6)


def test_standards_by_hand(tmp_path):
    songs = [f"{'word ' * n}end" for n in (1, 2, 3, 4)]
    _, learnt = fit_style(list("abcd"), songs, dict.fromkeys("abcd", "en"), ["words", "lines"])
    assert isinstance(learnt, Standards)
    logs = np.log([2, 3, 4, 5])
    np.testing.assert_allclose(learnt.means[0], [logs.mean(), 0])
    np.testing.assert_allclose(learnt.spreads[0], [logs.std(), np.inf])


@pytest.mark.parametrize("name", SIZES)
def test_words_that_nobody_sang(fit, settings, tmp_path, name):
    _, fitted = fit(name)
    found = encode(name, {"x": "привет", "y": "?!"}, {"x": "ru", "y": ""}, fitted, settings, tmp_path)
    assert found.track_id.tolist() == (["x"] if name == "style" else [])
    assert len(encode(name, {"y": "?!"}, {"y": ""}, fitted, settings, tmp_path)) == 0


def test_the_same_bytes(fit, tmp_path):
    _, fitted = fit("char")
    before = (tmp_path / "encoder.npz").read_bytes()
    fitted.save(tmp_path / "encoder.npz")
    assert (tmp_path / "encoder.npz").read_bytes() == before


@pytest.mark.parametrize("name", ["tfidf", "char_centred", "sentence_centred", "style"])
def test_an_encoder_that_learnt_nothing_says_so(settings, tmp_path, name):
    with pytest.raises(DataError, match=f"{name.split('_')[0]} learnt nothing"):
        encode(name, {"a": "some words"}, {"a": "en"}, Fitted({}), settings, tmp_path)


def test_nothing_learnt(tmp_path):
    Fitted({}).save(tmp_path / "encoder.npz")
    assert Fitted.load(tmp_path / "encoder.npz").parts == {}


@pytest.mark.parametrize("content", ["", "text", "pickle", "object", "other"])
def test_damaged_files(tmp_path, content):
    path = tmp_path / "encoder.npz"
    if content == "pickle":
        path.write_bytes(pickle.dumps({"tfidf.terms": 1}))
    elif content == "object":
        np.savez(path, **{"tfidf.terms": np.array([{}], dtype=object)})
    elif content == "other":
        np.savez(path, track_id=np.zeros(3))
    else:
        path.write_text(content)
    with pytest.raises(DataError, match="is no encoder of lyrics"):
        Fitted.load(path)
    with pytest.raises(DataError, match="dvc repro"):
        Fitted.load(tmp_path / "absent.npz")
