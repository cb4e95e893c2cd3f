import numpy as np

from songmap.catalogue.entries import Track
from songmap.catalogue.labels import one_hot

TRACKS = [
    Track("a", genre="Rock", language="fr"),
    Track("b", genre="", language="en"),
    Track("c", genre="Blues", language="fr"),
]


def test_one_column_per_label_and_one_for_the_unknown() -> None:
    found = one_hot(TRACKS, "genre")
    assert found.names.tolist() == ["genre=Blues", "genre=Rock", "genre=?"]
    assert found.values.tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert found.values.dtype == np.float32
    assert found.track_id.tolist() == ["a", "b", "c"]


def test_no_unknown_column_where_all_are_known() -> None:
    assert one_hot(TRACKS, "language").names.tolist() == ["language=en", "language=fr"]


def test_both_stand_side_by_side() -> None:
    both = one_hot(TRACKS, "genre", "language")
    parts = [one_hot(TRACKS, field) for field in ("genre", "language")]
    assert np.array_equal(both.values, np.hstack([part.values for part in parts]))
    assert both.names.tolist() == [name for part in parts for name in part.names]


def test_labels_that_no_track_has() -> None:
    bare = [Track("a"), Track("b", genre="Rock")]
    assert len(one_hot(bare, "language")) == 0
    assert "language" in one_hot(bare, "language").note
    assert one_hot(bare, "genre", "language").names.tolist() == ["genre=Rock", "genre=?"]
