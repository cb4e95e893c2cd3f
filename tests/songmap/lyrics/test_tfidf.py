import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from songmap.lyrics.tfidf import tfidf

SONGS = [
    "Love me tender, love me sweet",
    "Tender is the night and sweet the love",
    "The night they drove old dixie down, love",
    "Love love love me do",
]
IDS = ["b", "a", "d", "c"]


@pytest.mark.parametrize(("ngram_max", "min_df"), [(1, 1), (2, 1), (2, 2), (3, 2)])
def test_agrees_with_scikit_learn_on_spaced_text(ngram_max: int, min_df: int) -> None:
    found = tfidf(IDS, SONGS, max_features=5000, ngram_max=ngram_max, min_df=min_df)
    truth = TfidfVectorizer(ngram_range=(1, ngram_max), min_df=min_df, sublinear_tf=True)
    values = truth.fit_transform(SONGS).toarray()
    assert found.names.tolist() == truth.get_feature_names_out().tolist()
    np.testing.assert_allclose(found.values, values, atol=1e-6)
    assert found.values.dtype == np.float32
    assert found.track_id.tolist() == IDS


def test_keeps_the_most_frequent_terms_and_the_first_of_equals() -> None:
    found = tfidf(IDS, SONGS, max_features=4, ngram_max=1, min_df=1)
    assert found.names.tolist() == ["love", "me", "night", "the"]  # 7, 3, 2 (as sweet, tender), 3


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Don't stop l'amour, e\u0301te\u0301!", {"amour", "don", "e\u0301te\u0301", "stop"}),
        ("你好世界", {"你", "好", "世", "界"}),
        ("愛してるコーヒー", {"愛", "し", "て", "る", "コ", "ー", "ヒ"}),
        ("हिन्दी गीत", {"हिन्दी", "गीत"}),
        ("ฉันรัก", {"ฉั", "น", "รั", "ก"}),
        ("한국어 노래", {"한국어", "노래"}),
        ("حبيبي يا", {"حبيبي", "يا"}),
        ("Москва 2024 __ a", {"москва", "2024"}),
        ("rock你好roll", {"rock", "你", "好", "roll"}),
    ],
)
def test_words_of_any_script(text: str, terms: set[str]) -> None:
    assert set(tfidf(["x"], [text], max_features=100, ngram_max=1, min_df=1).names) == terms


def test_unspaced_scripts_have_character_bigrams() -> None:
    assert "你 好" in tfidf(["x"], ["你好"], max_features=100, ngram_max=2, min_df=1).names


def test_min_df_falls_to_what_leaves_a_term(capsys: pytest.CaptureFixture[str]) -> None:
    found = tfidf(list("abc"), ["one two", "two three", "four"], max_features=100, ngram_max=1, min_df=5)
    assert found.names.tolist() == ["two"]
    assert "min_df=5 lowered to 2" in capsys.readouterr().err
    apart = tfidf(list("abc"), ["one", "two", "three"], max_features=100, ngram_max=1, min_df=2)
    assert len(apart) == 3
    tfidf(list("ab"), ["one", "one"], max_features=100, ngram_max=1, min_df=2)
    assert "lowered to 2" not in capsys.readouterr().err


def test_a_song_without_a_known_term_has_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    found = tfidf(list("abc"), ["one two", "unheard", "two one"], max_features=100, ngram_max=1, min_df=2)
    assert found.track_id.tolist() == ["a", "c"]
    np.testing.assert_allclose(np.linalg.norm(found.values, axis=1), 1, atol=1e-6)
    assert "1 of 3 lyrics" in capsys.readouterr().err


@pytest.mark.parametrize(("texts", "note"), [([], "no lyrics in this catalogue"), (["a", "?"], "no words")])
def test_nothing_to_count(texts: list[str], note: str) -> None:
    found = tfidf([str(i) for i in range(len(texts))], texts, max_features=100, ngram_max=2, min_df=2)
    assert len(found) == 0
    assert note in found.note
