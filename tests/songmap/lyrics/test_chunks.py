import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.lyrics.chunks import pack


def words(texts):
    return [len(text.split()) for text in texts]


def letters(texts):
    return [sum(not c.isspace() for c in text) for text in texts]


def test_consecutive_lines_share_a_piece():
    assert pack("a b\n\nc\n d e f \ng", 3, words) == [("a b\nc", 3), ("d e f", 3), ("g", 1)]
    assert pack("a b\nc", 100, words) == [("a b\nc", 3)]
    assert pack("", 3, words) == []


def test_a_long_line_is_cut_between_words():
    pieces = pack("one two three four five\nsix", 2, words)
    assert " ".join(piece for piece, _ in pieces).split() == ["one", "two", "three", "four", "five", "six"]
    assert max(size for _, size in pieces) == 2


def test_what_has_no_spaces_is_cut_anywhere():
    assert [size for _, size in pack("愛" * 8, 3, letters)] == [2, 2, 2, 2]
    assert pack("愛愛", 0, letters) == [("愛", 1), ("愛", 1)]


@pytest.mark.parametrize(
    "text", ["\u200f\n" * 50_000, "a" * 100_000, "a " * 50_000, "a\n" * 50_000, " a" + "b" * 99_998]
)
def test_adversarial_texts_take_no_long_time(text):
    assert all(size <= 200 for _, size in pack(text, 200, letters))


@given(st.text("ab愛 \n\t\u2028", max_size=300), st.integers(1, 9))
def test_nothing_is_lost_and_every_piece_fits(text, window):
    for count in (words, letters):
        pieces = pack(text, window, count)
        assert "".join("".join(piece for piece, _ in pieces).split()) == "".join(text.split())
        assert all(count([piece]) == [size] or size <= window for piece, size in pieces)
        assert all(count([piece])[0] <= window for piece, _ in pieces)
        if count is words:
            assert " ".join(piece for piece, _ in pieces).split() == text.split()
