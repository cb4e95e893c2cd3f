import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.lyrics.agreement import Agreement, agreement, standard
from songmap.lyrics.languages import Languages


@pytest.mark.parametrize(
    ("code", "labels"),
    [
        ("en", ["en", "EN", "eng", "English", "english", "en-US", "en_GB", "Inglés", "anglais"]),
        ("de", ["de", "ger", "deu", "German", "Deutsch", "de-AT"]),
        ("pt", ["pt", "por", "pt-BR", "Portuguese", "Brazilian Portuguese"]),
        ("zh", ["zh", "cmn", "chi", "Chinese", "zh-Hant", "zh-TW"]),
        ("no", ["no", "nb", "nn", "Norwegian", "nb-NO"]),
        ("fil", ["tl", "fil", "Tagalog"]),
        ("he", ["he", "iw"]),
        ("", ["", "?", "unknown", "Instrumental", "mul", "und", "zxx", "x-none", "\x00", "a" * 1000]),
    ],
)
def test_many_names_of_one_language(code: str, labels: list[str]) -> None:
    assert {standard(label) for label in labels} == {code}


@given(st.text() | st.from_regex(r"[a-z]{1,8}(-[a-zA-Z0-9]{1,8}){0,4}", fullmatch=True))
def test_any_label_has_an_answer(label: str) -> None:
    assert standard(label).islower() or standard(label) == ""


def test_by_hand() -> None:
    songs = [
        ("English", Languages({"en": 1.0})),
        ("nb", Languages({"nn": 1.0})),
        ("es", Languages({"en": 0.7, "es": 0.3})),
        ("es", Languages({"en": 0.9, "es": 0.1})),
        ("de", Languages({"nl": 1.0})),
        ("de", Languages()),
        ("", Languages({"en": 1.0})),
        ("none", Languages({"en": 1.0})),
    ]
    assert agreement(songs) == Agreement(compared=5, main=2, spoken=3)
    assert agreement([]) == Agreement(0, 0, 0)
