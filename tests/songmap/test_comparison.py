import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from songmap.comparison import compare
from songmap.errors import DataError
from songmap.tracks import TrackArray


def clusters(values, ids=None):
    return TrackArray(np.array(list(ids or map(str, range(len(values))))), np.array(values, dtype=int))


def test_a_case_by_hand():
    found = compare(clusters([0, 0, 0, 1, 1, 2]), clusters([5, 5, 7, 7, 7, 7]))
    assert found.matched == {0: 5, 1: 7}
    assert found.moved.tolist() == [2, 5]


def test_other_numbers_move_nothing():
    found = compare(clusters([0, 1, 2, 0, 1, 2]), clusters([2, 0, 1, 2, 0, 1]))
    assert found.ari == found.ami == 1
    assert found.moved.tolist() == []


def test_tracks_are_joined_by_id_and_those_of_one_alone_left_out():
    found = compare(clusters([0, 0, 1, 1], "abcd"), clusters([3, 4, 3, 3], "xdba"))
    assert found.track_id.tolist() == ["a", "b", "d"]
    assert found.second.tolist() == [3, 3, 4]
    assert found.ari == 1


def test_noise_is_a_cluster_like_any_other():
    found = compare(clusters([-1, -1, 0, 0]), clusters([0, 0, -1, 1]))
    assert found.matched[-1] == 0
    assert len(found.moved) == 1


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4)), min_size=1, max_size=40))
def test_it_agrees_with_scikit_learn_and_with_every_matching(pairs):
    first, second = zip(*pairs, strict=True)
    found = compare(clusters(first), clusters(second))
    back = compare(clusters(second), clusters(first))
    assert found.ari == pytest.approx(adjusted_rand_score(first, second))
    assert found.ami == pytest.approx(adjusted_mutual_info_score(first, second))
    assert len(set(found.matched.values())) == len(found.matched)
    assert len(found.moved) == len(back.moved)
    kept = sum(found.matched.get(a) == b for a, b in pairs)
    assert kept == len(pairs) - len(found.moved)
    assert kept >= max(pairs.count(pair) for pair in pairs)


def test_nothing_shared_is_an_error():
    with pytest.raises(DataError, match="none is in both"):
        compare(clusters([0], "a"), clusters([0], "b"))
