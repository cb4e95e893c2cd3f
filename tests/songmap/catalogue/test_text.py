import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.catalogue.text import label, lyrics, quoted


def test_label_is_one_clean_line() -> None:
    assert label(" a\r\n b\t\x00c\x1b[31m \u202egnp\u202c e\u0301 ") == "a b c[31m gnp é"


@given(st.text())
def test_label_is_stable_and_visible(text: str) -> None:
    clean = label(text)
    assert label(clean) == clean
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in clean)
    assert len(clean) <= 1000


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            "[ar:Someone]\n[offset: +500]\n[00:01.00]one\n[00:02][00:09.123]two <00:03.10>three",
            "one\ntwo three",
        ),
        ("[Chorus]\r\nla\rla\x07", "[Chorus]\nla\nla"),
        ("\ufeffe\u0301te\u0301", "été"),
        ("12 : 34 ... !", ""),
        ("[00:01.00]\n[00:02.00]", ""),
        ("愛", "愛"),
        ("", ""),
    ],
)
def test_lyrics(text: str, clean: str) -> None:
    assert lyrics(text) == clean


@given(st.text())
def test_lyrics_are_stable(text: str) -> None:
    clean = lyrics(text)
    assert "\r" not in clean
    assert clean == "" or any(character.isalpha() for character in clean)


def test_quoted_is_short_and_printable() -> None:
    assert quoted("x" * 500).endswith("...")
    assert quoted("a\n\udce9").encode("utf-8") == b"'a\\n\\udce9'"
