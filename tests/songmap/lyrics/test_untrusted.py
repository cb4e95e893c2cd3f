"""Each encoder on texts as strangers write them: a clear outcome, in bounded time."""

import time

import numpy as np
import pytest

from songmap.lyrics import tokens
from songmap.lyrics.centring import remove_language
from songmap.lyrics.char import char
from songmap.lyrics.sentence import embed
from songmap.lyrics.style import style
from songmap.lyrics.tfidf import tfidf

pytestmark = pytest.mark.slow

READ = {
    "a megabyte": "love me do, the words of me\n" * 36_000,
    "a megabyte without a space": "la" * 500_000,
    "NUL bytes": "love\0me\0\0do",
    "right-to-left marks": "\u202elove\u202c \u200fשיר\u200f \u2067me\u2069",
    "emoji": "🎵 love 👩‍👩‍👧 me 🏳️‍🌈",
    "10,000 repeated lines": "la la la\n" * 10_000,
    "50,000 lines of nothing": "\u200f\n" * 49_990 + "love me",
    "marks without end": "e" + "\u0301" * 50_000 + " love",
    "no spaces": "愛してる夜の街" * 10_000,
    "stray halves": "love \ud83d me \udfff",
    "unassigned": "love \U000e0fff\uffff\ufdd0 me",
    "other line ends": "love\u2028me\x85do\x0bla",
}
NOT_READ = {
    "punctuation": "?!… -- ()",
    "emoji alone": "🎵🎵",
    "nothing": "",
    "white space": " \n\t\u3000",
    "NUL": "\0",
}
OTHERS = {f"song {i}": f"love me do {word}\nthe words of you" for i, word in enumerate(("la", "the", "and"))}
TEXTS = OTHERS | READ | NOT_READ
MEASURES = ("words", "lines", "words_per_line", "vocabulary", "repetition", "word_length", "punctuation")
LONGEST = 60.0  # seconds; a twentieth of it where nothing else runs
LANGUAGE = dict.fromkeys([*TEXTS, "a", "b"], "en")


@pytest.fixture(params=["tfidf", "char", "sentence", "style"])
def encode(request, tiny, tmp_path):
    """Run one encoder on texts by id."""
    sizes = {"max_features": 5000, "min_df": 1}

    def run(texts):
        songs = list(texts), list(texts.values())
        match request.param:
            case "tfidf":
                return tfidf(*songs, ngram_max=2, **sizes)
            case "char":
                return char(*songs, ngram_min=2, ngram_max=4, dimensions=64, **sizes)
            case "sentence":
                return embed(*songs, str(tiny(window=128)), False, tmp_path)
        return style(*songs, LANGUAGE, MEASURES)

    return run


def test_all_of_them_at_once(encode, capsys, monkeypatch):
    monkeypatch.setattr(tokens, "READ", 2000)
    found = encode({name: text[-2000:] for name, text in TEXTS.items()})
    assert found.track_id.tolist() == [name for name in TEXTS if name not in NOT_READ]
    assert np.isfinite(found.values).all()
    assert f"{len(NOT_READ)} of {len(TEXTS)} lyrics hold no letter" in capsys.readouterr().err
    assert found.names.nbytes < 50e6
    assert np.isfinite(remove_language(found, LANGUAGE).values).all()


@pytest.mark.parametrize("name", READ)
def test_each_alone(encode, name):
    start = time.perf_counter()
    found = encode({name: READ[name]})
    assert time.perf_counter() - start < LONGEST
    assert len(found) == 1
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize("name", NOT_READ)
def test_what_holds_no_letter_has_no_row(encode, name):
    found = encode({name: NOT_READ[name]})
    assert (len(found), found.note) == (0, "the lyrics hold no words")


def test_what_comes_after_the_first_100_000_characters_does_not_count(encode):
    opening = ("love me do, the words of you\n" * 4000)[:100_000]
    found = encode(OTHERS | {"a": opening, "b": opening + " la" * 300_000})
    np.testing.assert_allclose(found.rows(["a"]), found.rows(["b"]), atol=1e-6)
