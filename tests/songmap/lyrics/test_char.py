import warnings

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from threadpoolctl import threadpool_limits

from songmap.lyrics.char import char

PLAIN = {"max_features": 20_000, "ngram_min": 2, "ngram_max": 4, "min_df": 1, "dimensions": 128}
SONGS = {
    "d": "Love me tender, love me sweet",
    "a": "Never let me go, you've made my life complete",
    "c": "Leise rieselt der Schnee, still und starr liegt der See",
    "b": "Der Wald steht schwarz und schweiget",
    "e": "愛してる、愛してる",
}
IDS, TEXTS = list(SONGS), list(SONGS.values())


def test_cosines_are_those_of_the_sequences():
    """Where every dimension is kept, the reduction only turns the space."""
    found = char(IDS, TEXTS, **PLAIN)
    only_letters = ["".join(c if c.isalpha() else " " for c in text) for text in TEXTS]
    truth = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    weights = truth.fit_transform(only_letters).toarray()
    np.testing.assert_allclose(found.values @ found.values.T, weights @ weights.T, atol=1e-5)
    assert (found.track_id.tolist(), found.values.dtype, found.values.shape) == (IDS, np.float32, (5, 5))


def test_fewer_dimensions_are_the_best_of_that_number():
    weights = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
    table = weights.fit_transform(
        "".join(c if c.isalpha() else " " for c in text) for text in TEXTS
    ).toarray()
    u, s, _ = np.linalg.svd(table, full_matrices=False)
    best = (u * s)[:, :3]
    best /= np.linalg.norm(best, axis=1, keepdims=True)
    found = char(IDS, TEXTS, **PLAIN | {"dimensions": 3}).values
    np.testing.assert_allclose(found @ found.T, best @ best.T, atol=1e-3)


def test_case_punctuation_and_figures_do_not_count():
    plain, noisy = "love me do", "LOVE, me!! 123 (do) 🎵"
    found = char(["a", "b", "c"], [plain, noisy, "something else"], **PLAIN).values
    assert found[0] @ found[1] == pytest.approx(1, abs=1e-5)
    assert found[0] @ found[2] < 0.9


def test_songs_of_one_language_are_near():
    values = char(IDS, TEXTS, **PLAIN).values
    alike = values @ values.T
    assert alike[0, 1] > max(alike[0, 2:])
    assert alike[2, 3] > max(alike[2, 0], alike[2, 1], alike[2, 4])


def test_the_same_bytes_on_any_number_of_threads():
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(["la", "mi", "sol", "the", "der", "die"], 40)) for _ in range(60)]
    ids = [str(i) for i in range(60)]
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(char(ids, texts, **PLAIN | {"dimensions": 8}).values.tobytes())
    assert found[0] == found[1]


def test_songs_that_say_the_same_span_one_dimension():
    assert char(list("abc"), ["love me"] * 3, **PLAIN).values.shape == (3, 1)
    assert char(["a"], ["love me"], **PLAIN).values.tolist() == [[1.0]]


def test_a_song_without_a_kept_sequence_has_no_row(capsys):
    texts = ["love me", "love me do", "zzz"]
    assert char(list("abc"), texts, **PLAIN | {"min_df": 2}).track_id.tolist() == ["a", "b"]
    assert "1 of 3 lyrics" in capsys.readouterr().err


@pytest.mark.parametrize(("texts", "note"), [([], "no lyrics in this catalogue"), (["", "?"], "no words")])
def test_nothing_to_count(texts, note):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert note in char([str(i) for i in range(len(texts))], texts, **PLAIN).note
        char(["a"], ["x"], **PLAIN)
