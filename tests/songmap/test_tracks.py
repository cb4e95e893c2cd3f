import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.errors import DataError
from songmap.tracks import TrackArray, union

IDS = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1), unique=True
)


@given(IDS, st.randoms())
def test_rows_follow_ids_not_positions(ids, random):
    array = TrackArray(np.array(ids, dtype=str), np.arange(len(ids)))
    wanted = ids.copy()
    random.shuffle(wanted)
    assert [ids[i] for i in array.rows(wanted)] == wanted


@given(IDS)
def test_save_and_load_keep_everything(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("tracks") / "a.npz"
    array = TrackArray(
        np.array(ids, dtype=str), np.random.default_rng(0).normal(size=(len(ids), 2)), ["a", "b"]
    )
    array.save(path)
    loaded = TrackArray.load(path)
    assert list(loaded.track_id) == ids
    assert np.array_equal(loaded.values, array.values)
    assert list(loaded.names) == ["a", "b"]


def test_same_array_same_bytes(tmp_path):
    digests = set()
    for name in ("one.npz", "two.npz"):
        TrackArray(["a", "ß"], np.ones((2, 3), np.float32)).save(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_missing_track_is_named():
    with pytest.raises(DataError, match="'z' has no row"):
        TrackArray(["a", "b"], np.zeros((2, 1))).rows(["a", "z"])
    with pytest.raises(DataError, match="'z' has no row"):
        TrackArray.empty("nothing").rows(["z"])


@pytest.mark.parametrize(
    ("ids", "values", "names", "message"),
    [
        (["a", "a"], np.zeros((2, 1)), [], "'a' occurs more than once"),
        (["a"], np.zeros((2, 1)), [], "1 track ids for 2 rows"),
        (["a", "b"], np.array([[0.0], [np.nan]]), [], "'b' has a value that is NaN"),
        (["a"], np.zeros((1, 2)), ["x"], "1 column names for values of shape"),
    ],
)
def test_what_does_not_fit_is_refused(ids, values, names, message):
    with pytest.raises(DataError, match=message):
        TrackArray(ids, values, names)


def test_a_pickle_is_refused(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, track_id=np.array(["a"]), values=np.array([{"a": 1}], dtype=object), names=[], note="")
    with pytest.raises(DataError, match="is not an array of tracks"):
        TrackArray.load(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz"):
        TrackArray.load(tmp_path / "a.npz")


def test_union_keeps_the_order_of_appearance():
    one, two = TrackArray(["b", "a"], np.zeros(2)), TrackArray(["c", "a"], np.zeros(2))
    assert list(union(one, two)) == ["b", "a", "c"]
