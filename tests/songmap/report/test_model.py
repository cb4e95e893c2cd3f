"""What the page knows of one model."""

import numpy as np
import pytest

from songmap.report.cards import card
from songmap.report.model import model, nearest
from songmap.tracks import TrackArray
from tests.songmap.report.test_pack import unpacked


def test_nearest_are_those_of_all_distances_sorted():
    points = np.random.default_rng(0).normal(size=(40, 5))
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    assert (nearest(points, 7) == np.argsort(distance, axis=1)[:, :7]).all()


def test_a_song_is_not_its_own_neighbour_even_where_songs_are_equal():
    found = nearest(np.zeros((5, 2)), 8)
    assert found.shape == (5, 4)
    assert all(sorted([i, *row]) == [0, 1, 2, 3, 4] for i, row in enumerate(found.tolist()))


@pytest.mark.parametrize("n", [0, 1])
def test_a_song_alone_has_no_neighbours(n):
    assert nearest(np.zeros((n, 3))).shape == (n, 0)


def test_arrays_follow_the_clusters_and_point_into_the_catalogue():
    rows = [
        {"track_id": "c", "cluster": "1", "confidence": "1.0", "dbscan": "-1"},
        {"track_id": "a", "cluster": "0", "confidence": "0.5", "dbscan": "2"},
    ]
    ids = np.array(["a", "c"])
    places = TrackArray(ids, np.array([[1.0, 2.0], [3.0, 4.0]]))
    found = model(["a", "b", "c"], rows, places, TrackArray(ids, np.zeros((2, 1, 3))), [])
    arrays = {name: unpacked(found[name]).tolist() for name in ("song", "x", "y", "confidence", "nearest")}
    assert arrays == {"song": [2, 0], "x": [3, 1], "y": [4, 2], "confidence": [255, 128], "nearest": [1, 0]}
    clusters = {name: unpacked(block).tolist() for name, block in found["clusters"].items()}
    assert clusters == {"cluster": [1, 0], "dbscan": [-1, 2]}


def test_a_card_is_cut_to_what_is_shown():
    explained = {
        "cluster": 0,
        "name": "fast",
        "size": 3,
        "medoids": [{"track_id": "b", "title": "Beta"}],
        "profile": {"tempo": 0.2, "loudness": -1.5},
        "words": [{"language": "en", "words": [{"word": "sea"}]}, {"language": "fr", "words": []}],
        "genre": {"top": [{"value": "Folk", "tracks": 2, "share": 0.6667}]},
        "artist": {"top": [{"value": "Ann", "tracks": 1, "share": 0.3333}]},
    }
    assert card(explained, {"a": 0, "b": 1}) == {
        "cluster": 0,
        "name": "fast",
        "size": 3,
        "medoids": [1],
        "profile": [("loudness", -1.5), ("tempo", 0.2)],
        "words": [["en", ["sea"]]],
        "labels": [["genre", [["Folk", 0.6667]]]],
    }
    bare = card({"cluster": 1, "size": 9}, {})
    assert (bare["name"], bare["medoids"], bare["profile"], bare["labels"]) == ("", [], [], [])
