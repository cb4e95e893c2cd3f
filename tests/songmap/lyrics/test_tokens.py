import time

import pytest

from songmap.lyrics.tokens import LONGEST, READ, readable, terms, wordless, words


def test_words_and_the_terms_among_them():
    assert words("I don't, at 7 p.m.!") == ["I", "don", "t", "at", "7", "p", "m"]
    assert terms("I don't, at 7 p.m.!") == ["don", "at"]
    assert words("愛してる rock") == terms("愛してる rock") == ["愛", "し", "て", "る", "rock"]
    assert words("हिन्दी \u202eשלום\u202c") == ["हिन्दी", "שלום"]
    assert words("?! \0 🎵 …") == []


def test_a_run_of_letters_without_end_is_cut():
    found = words("a" * 1050)
    assert [len(word) for word in found] == [LONGEST] * 10 + [50]
    assert terms("a" * (LONGEST + 1)) == ["a" * LONGEST]
    assert len(words("e" + "\u0301" * 10_000)[0]) == 9


@pytest.mark.parametrize("unit", ["a", "a\u0301", "愛", "a ", "\u0301", "!", "0"])
def test_time_grows_with_length_alone(unit):
    start = time.perf_counter()
    words(unit * (READ // len(unit)))
    assert time.perf_counter() - start < 2


def test_only_songs_with_a_letter_are_read(capsys):
    ids, texts = readable(list("abcde"), ["la la", "?! 🎵 123", "", "\0愛", "x\ud800y"])
    assert (ids, texts) == (list("ade"), ["la la", "\0愛", "xy"])
    assert capsys.readouterr().err == "2 of 5 lyrics hold no letter\n"
    assert readable([], []) == ([], [])


def test_of_a_long_song_the_opening_is_read():
    assert readable(["a"], ["la" * READ])[1] == ["la" * (READ // 2)]
    assert readable(["a"], ["?" * READ + "la"]) == ([], [])


def test_without_words_there_are_no_rows_and_the_reason_is_told():
    assert wordless([]).note == "no lyrics in this catalogue"
    assert wordless(["?"]).note == "the lyrics hold no words"
    assert len(wordless(["?"]).track_id) == 0
