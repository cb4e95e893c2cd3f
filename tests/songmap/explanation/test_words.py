"""Distinctive words, against tables worked out by hand."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import fisher_exact

from songmap.explanation.words import ctfidf, distinctive


def test_a_table_by_hand():
    """Rows sing 4 and 8 words, so that A is 6; the words are sung 3, 3 and 6 times."""
    weights = ctfidf(csr_array(np.array([[3.0, 1, 0], [0, 2, 6]]))).toarray()
    expected = [
        [3 / 4 * math.log(1 + 6 / 3), 1 / 4 * math.log(1 + 6 / 3), 0],
        [0, 2 / 8 * math.log(1 + 6 / 3), 6 / 8 * math.log(1 + 6 / 6)],
    ]
    np.testing.assert_allclose(weights, expected)


def test_a_cluster_without_words_is_no_part_of_the_average():
    counts = np.array([[3.0, 1, 0], [0, 2, 6], [0, 0, 0]])
    with_nothing = ctfidf(csr_array(counts)).toarray()
    np.testing.assert_allclose(with_nothing[:2], ctfidf(csr_array(counts[:2])).toarray())
    assert not with_nothing[2].any()
    assert not ctfidf(csr_array(np.zeros((2, 3)))).toarray().any()


LYRICS = [["the", "sea", "sea"]] * 4 + [["the", "road"]] * 3 + [["the", "sea", "train"]] + [["the"]] * 4
CLUSTERS = np.array([0] * 4 + [1] * 8)


def test_weight_shares_and_p_by_hand():
    """Of 12 songs 5 use sea: 4 of 4 in cluster 0 and 1 of 8 elsewhere."""
    (sea,) = distinctive(LYRICS, CLUSTERS)[0]
    assert (sea.word, sea.songs, sea.elsewhere) == ("sea", 4, 1 / 8)
    average = (12 + 13) / 2
    assert sea.weight == pytest.approx(8 / 12 * math.log(1 + average / 9) * math.log(12 / 5))
    assert sea.p == pytest.approx(5 / 495)  # C(5, 4) C(7, 0) / C(12, 4)
    assert sea.p == pytest.approx(fisher_exact([[4, 0], [1, 7]], alternative="greater").pvalue)


def test_p_counts_every_word_that_was_tested():
    more = [[*words, "sail"] if i in (0, 5, 6) else words for i, words in enumerate(LYRICS)]
    (sea,) = distinctive(more, CLUSTERS)[0]
    assert sea.p == pytest.approx(5 / 495), "sail is in one song of cluster 0"
    twice = [[*words, "wave"] if "sea" in words else words for words in LYRICS]
    assert [word.p for word in distinctive(twice, CLUSTERS)[0]] == pytest.approx([2 * 5 / 495] * 2)


def test_what_most_songs_use_or_one_song_or_others_too_is_left_out():
    found = distinctive(LYRICS, CLUSTERS)
    words = {word.word for words in found.values() for word in words}
    assert words == {"sea"}, "the is common, train is in one song, road is in 3 of 8 songs by chance"


def test_only_the_cluster_that_sings_of_it_has_a_word_whatever_its_number():
    same = distinctive(LYRICS[::-1], 7 - 3 * CLUSTERS[::-1])
    assert same == {7 - 3 * cluster: words for cluster, words in distinctive(LYRICS, CLUSTERS).items()}


def test_words_of_the_only_cluster_of_a_language_are_the_rarer_ones():
    found = distinctive([["a", "x"], ["a", "x"], ["a", "y"], ["a", "z"]], np.zeros(4, dtype=int))
    assert [(word.word, word.p, word.elsewhere) for word in found[0]] == [("x", 1, 0)]


def test_at_most_ten_the_strongest_first_and_alike_ones_by_name():
    lyrics = [[f"w{i:02}" for i in range(15)]] * 5 + [["other"]] * 10
    words = distinctive(lyrics, np.array([0] * 5 + [1] * 10))[0]
    assert [word.word for word in words] == [f"w{i:02}" for i in range(10)]
    louder = [["w12", *song] if "w12" in song else song for song in lyrics]
    assert distinctive(louder, np.array([0] * 5 + [1] * 10))[0][0].word == "w12"


@pytest.mark.parametrize("lyrics", [[[], []], [["only"], []]])
def test_hardly_any_words(lyrics):
    assert distinctive(lyrics, np.array([0, 3])) == {0: [], 3: []}
