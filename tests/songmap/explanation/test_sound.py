"""z-scores, against tables worked out by hand."""

import numpy as np
import pytest

from songmap.explanation.sound import described, profiles
from songmap.tracks import TrackArray


def array(values, names, ids="abcd"):
    return TrackArray(np.array(list(ids)), np.array(values, dtype=np.float32), np.array(names))


def test_z_scores_by_hand():
    """The column 1, 3, 5, 7 has mean 4 and variance 5."""
    features = array([[1, 9], [3, 9], [5, 9], [7, 9]], ["tempo", "flat"])
    found = profiles(features, {"d": 0, "a": 1, "c": 0})
    assert found == {
        0: {"tempo": round(2 / 5**0.5, 4), "flat": 0},
        1: {"tempo": round(-3 / 5**0.5, 4), "flat": 0},
    }


def test_a_track_of_no_cluster_counts_in_the_collection_and_one_without_a_row_does_not():
    features = array([[0], [0], [0], [4]], ["tempo"])
    assert profiles(features, {"a": 0, "nobody": 0, "noone": 1}) == {0: {"tempo": round(-1 / 3**0.5, 4)}}


def test_a_column_that_float32_alone_moves_is_flat():
    values = np.float32(1e6) + np.array([[0], [0.0625], [0], [0]])
    assert profiles(array(values, ["x"]), {"b": 0}) == {0: {"x": 0}}


def test_of_a_wide_table_the_four_furthest_columns_of_any_cluster():
    values = np.zeros((4, 8))
    values[0, :4], values[1, 4:] = [1, 2, 3, 4], -1
    values[2] = 1e-3
    names = [f"c{i}" for i in range(8)]
    wide = array(np.hstack([values, np.zeros((4, 20))]), [*names, *(f"n{i}" for i in range(20))])
    found = profiles(wide, {"a": 0, "b": 1})
    assert list(found[0]) == list(found[1]) == names


def test_no_columns_and_no_clusters():
    assert profiles(TrackArray.empty("no table"), {"a": 0}) == {}
    assert profiles(array([[1], [2], [3], [4]], ["x"]), {}) == {}


def test_descriptors_by_their_plain_names():
    names = ["rms_db_mean", "other", "tempo_log2", "onset_mean", "centroid_mean"]
    found = described(array(np.arange(20).reshape(4, 5), names))
    assert found.names.tolist() == ["tempo", "brightness", "loudness", "percussiveness"]
    assert found.values[1].tolist() == [7, 9, 5, 8]
    assert described(array([[1], [2], [3], [4]], ["tempo_log2"])).names.tolist() == ["tempo"]


@pytest.mark.parametrize("names", [["mfcc1_mean"], []])
def test_no_descriptor_that_has_a_name(names):
    features = array([[1], [2], [3], [4]], names) if names else TrackArray.empty("no sound")
    assert len(described(features)) == 0
