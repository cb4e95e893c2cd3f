"""What the page knows of every song."""

import numpy as np
import pytest

from songmap.report.songs import base, features, first_lines, songs
from songmap.tracks import TrackArray
from tests.songmap.report.test_pack import unpacked

TRACKS = [
    {"track_id": "b", "title": "Beta", "artist": "", "genre": "Folk", "language": ""},
    {"track_id": "a", "title": "", "artist": "Ann", "genre": "", "language": ""},
]


def test_texts_and_sounds_are_joined_by_id():
    texts = [{"track_id": "a", "text": "la\n\nle", "language": "fr"}]
    found = songs(TRACKS, texts, [{"track_id": "a", "path": "x.wav"}], "data/raw/my songs")
    assert found["title"] == ["Beta", "a"]
    assert found["lines"] == ["", "la\nle"]
    assert found["path"] == ["", "x.wav"]
    assert found["base"] == "../data/raw/my%20songs/"
    assert set(found["labels"]) == {"genre", "artist", "language of the words"}
    assert unpacked(found["labels"]["language of the words"]["codes"]).tolist() == [0, 1]


def test_first_lines_are_few_and_short():
    assert first_lines("\n \n a \nb\n\nc\nd") == "a\nb\nc"
    cut = first_lines("x" * 300)
    assert len(cut) == 90
    assert cut.endswith("…")


@pytest.mark.parametrize(
    ("dataset", "url"),
    [
        ("data/raw/demo/", "../data/raw/demo/"),
        ("/music/ü #1", "file:///music/%C3%BC%20%231/"),
        ("../songs", "../../songs/"),
    ],
)
def test_the_song_folder_as_seen_from_the_page(dataset, url):
    assert base(dataset) == url


def test_features_are_joined_by_id_and_mfcc_come_last():
    array = TrackArray(
        np.array(["a", "z"]), np.array([[1.0, 2.0], [3.0, 4.0]]), np.array(["mfcc1_mean", "tempo"])
    )
    found = features(["b", "a"], [array, TrackArray.empty("no table")])
    assert [feature["name"] for feature in found] == ["tempo", "mfcc1_mean"]
    assert unpacked(found[0]["levels"]).tolist() == [0, 128]
    assert found[0]["low"] == found[0]["high"] == 2.0
