import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from songmap.lyrics.terms import choose, rarity, weigh

rows = st.integers(1, 6).flatmap(
    lambda d: st.lists(st.lists(st.integers(0, 4), min_size=d, max_size=d), min_size=1, max_size=8)
)


@given(rows, st.integers(1, 8), st.integers(1, 9))
def test_the_most_frequent_and_of_equals_the_first(table, most, fewest):
    counts = np.array(table)
    songs, total = (counts > 0).sum(axis=0), counts.sum(axis=0)
    enough = [i for i in range(counts.shape[1]) if songs[i] >= min(fewest, songs.max())]
    expected = sorted(sorted(enough, key=lambda i: (-total[i], i))[:most])
    assert choose(csr_matrix(counts), most, fewest).tolist() == expected


def test_a_lowered_minimum_is_said(capsys):
    assert choose(csr_matrix([[1, 0], [1, 2]]), 5, 3).tolist() == [0]
    assert capsys.readouterr().err == "min_df=3 lowered to 2: no term occurs in more songs\n"


def test_weights_by_hand():
    counts = csr_matrix([[3, 1], [1, 0]])
    idf = np.log(3 / np.array([3, 2])) + 1
    first = (1 + np.log([3, 1])) * idf
    expected = [first / np.linalg.norm(first), [1, 0]]
    found = weigh(counts, rarity(counts))
    np.testing.assert_allclose(rarity(counts), idf, rtol=1e-6)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-6)
    assert found.dtype == np.float32
