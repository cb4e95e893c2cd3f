import numpy as np
import pytest

from songmap.errors import DataError
from songmap.evaluation.labels import column, labels_of

TABLE = [
    {"track_id": "a", "genre": "rock", "language": "en"},
    {"track_id": "b", "genre": "jazz", "language": ""},
]


def test_labels_are_joined_by_id_and_named_by_what_was_told():
    labels = labels_of(TABLE, np.array(["b", "a"]), "genre")
    assert {name: values.tolist() for name, values in labels.items()} == {
        "genre_told": ["jazz", "rock"], "language": ["", "en"],
    }  # fmt: skip


def test_a_track_without_a_row_is_an_error():
    with pytest.raises(DataError, match="'c'"):
        labels_of(TABLE, np.array(["c"]))


def test_a_column_travels_with_its_ids():
    genres = column(TABLE, "genre")
    assert dict(zip(genres.track_id.tolist(), genres.values.tolist(), strict=True)) == {
        "a": "rock",
        "b": "jazz",
    }
    assert len(column([], "genre")) == 0
