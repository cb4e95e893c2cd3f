import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.lyrics.style import WINDOW, measure, style

ALL = ("words", "lines", "words_per_line", "vocabulary", "repetition", "word_length", "punctuation")


def one(text, name):
    return measure(text, [name])[0]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("words", "Love me, love\nme do", math.log(5)),
        ("words", "愛してる rock", math.log(5)),
        ("lines", "one\n\ntwo\n?!\nthree", math.log(3)),
        ("words_per_line", "Love me, love\nme do", 2.5),
        ("vocabulary", "Love me, LOVE me do", 3 / 5),
        ("repetition", "one two three one two three", 1 / 4),  # 123 231 312 123
        ("repetition", "la\nla\nla\nla\nla", 2 / 3),
        ("repetition", "one two", 0),
        ("word_length", "I am 12 e\u0301te\u0301", 6 / 4),
        ("word_length", "愛してる", 1),
        ("punctuation", "Hey, you! ♪", 2 / 9),
        ("punctuation", "¿Qué? «sí»", 4 / 9),
    ],
)
def test_by_hand(name, text, expected):
    assert one(text, name) == pytest.approx(expected)


@given(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=3 * WINDOW))
def test_vocabulary_is_the_mean_over_windows(drawn):
    size = min(WINDOW, len(drawn))
    shares = [len(set(drawn[i : i + size])) / size for i in range(len(drawn) - size + 1)]
    assert one(" ".join(drawn), "vocabulary") == pytest.approx(sum(shares) / len(shares))


def test_vocabulary_hardly_depends_on_length():
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 100, 4000)
    short, long = (" ".join(f"w{word}" for word in drawn[:n]) for n in (400, 4000))
    assert one(short, "vocabulary") == pytest.approx(one(long, "vocabulary"), abs=0.02)


@given(st.text().filter(lambda text: any(c.isalpha() for c in text)))
def test_any_text_with_a_letter_has_finite_measures(text):
    from songmap.lyrics.tokens import readable

    _, lyrics = readable(["a"], [text])
    if lyrics:
        values = dict(zip(ALL, measure(lyrics[0], ALL), strict=True))
        assert all(math.isfinite(value) for value in values.values())
        assert 0 < values["vocabulary"] <= 1
        assert 0 <= values["repetition"] < 1
        assert 0 <= values["punctuation"] < 1


def test_each_language_has_mean_0_and_the_columns_are_as_asked():
    texts = {f"{language}{n}": "x, " * n + "y" * n * n for language in ("de", "en") for n in range(1, 6)}
    texts |= {"none": "?!"}
    language = {track_id: track_id[:2] for track_id in texts}
    asked = ("punctuation", "words")
    found = style(list(texts), list(texts.values()), language, asked)
    assert found.names.tolist() == list(asked)
    assert found.track_id.tolist() == list(texts)[:-1]
    for rows in (slice(0, 5), slice(5, 10)):
        np.testing.assert_allclose(found.values[rows].mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(found.values[rows].std(axis=0), 1, atol=1e-6)
    assert found.values.dtype == np.float32
    assert (np.diff(found.values[:5, 1]) > 0).all()


@pytest.mark.parametrize(("texts", "note"), [([], "no lyrics in this catalogue"), (["", "?"], "no words")])
def test_nothing_to_measure(texts, note):
    assert note in style([str(i) for i in range(len(texts))], texts, {}, ALL).note
