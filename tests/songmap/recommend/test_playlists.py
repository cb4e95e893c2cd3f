from dataclasses import replace

import numpy as np
import pytest

from songmap.recommend.playlists import Limits, Song, playlists
from songmap.tracks import TrackArray

ALL = Limits(per_artist=0, minimum=1, length=2000)


def song(track_id, cluster=0, confidence=0.5, artist="", title="", sha256=""):
    title = title or f"title {track_id}"
    return Song(track_id, title, artist, f"{track_id}.flac", sha256, 60.0, cluster, confidence)


def made(songs, limits=ALL, seed=0):
    rng = np.random.default_rng(seed)
    ids = np.array([item.track_id for item in songs])
    lists, left_out = playlists(songs, TrackArray(ids, rng.normal(size=(len(ids), 4))), limits)
    assert left_out.total() + sum(map(len, lists.values())) == len(songs)
    return {c: sorted(item.track_id for item in found) for c, found in lists.items()}, dict(left_out)


def test_each_cluster_has_its_songs_and_noise_has_none():
    assert made([song("a"), song("b", 1), song("c"), song("d", -1)]) == (
        {0: ["a", "c"], 1: ["b"]},
        {"noise": 1},
    )


def test_of_an_artist_the_least_confident_go():
    songs = [
        song(f"{i}", confidence=i / 10, artist=name) for i, name in enumerate(["Ünal", "UNAL", "unal!", "x"])
    ]
    assert made(songs, replace(ALL, per_artist=2)) == ({0: ["1", "2", "3"]}, {"artist's share": 1})
    assert made(songs)[0] == {0: ["0", "1", "2", "3"]}


def test_unknown_artists_are_not_one_artist():
    assert made([song(str(i)) for i in range(5)], replace(ALL, per_artist=1))[1] == {}


def test_an_artist_has_his_share_in_every_cluster():
    songs = [song(f"{i}", cluster=i % 2, artist="x") for i in range(6)]
    lists, left_out = made(songs, replace(ALL, per_artist=2))
    assert [len(found) for found in lists.values()] == [2, 2]
    assert left_out == {"artist's share": 2}


def test_small_clusters_have_no_list():
    songs = [song(str(i), cluster=int(i > 3)) for i in range(6)]
    assert made(songs, replace(ALL, minimum=3)) == ({0: ["0", "1", "2", "3"]}, {"small cluster": 2})


def test_the_cap_counts_before_the_size():
    songs = [song(str(i), artist="x") for i in range(9)]
    assert made(songs, Limits(per_artist=3, minimum=5, length=10)) == (
        {},
        {"artist's share": 6, "small cluster": 3},
    )


@pytest.mark.parametrize(
    "other",
    [
        {"artist": "BEYONCE", "title": "Halo!"},
        {"sha256": "ab"},
        {"sha256": "ab", "cluster": 1},
    ],
)
def test_of_duplicates_the_most_confident_stays(other):
    first = song("a", confidence=0.2, artist="Beyoncé", title="Halo", sha256="ab")
    second = song("b", **({"confidence": 0.9} | other))
    lists, left_out = made([first, second, song("c", artist="Beyoncé")])
    assert sorted(track for found in lists.values() for track in found) == ["b", "c"]
    assert left_out == {"duplicate": 1}


def test_what_is_unknown_is_no_duplicate():
    songs = [song("a", title="Intro"), song("b", title="Intro"), song("c", artist="x", title=" ")]
    songs.append(song("d", artist="x", title=" "))
    assert made(songs)[1] == {}


def test_chains_of_duplicates_are_one_song():
    songs = [
        song("a", confidence=0.9, artist="x", title="one"),
        song("b", confidence=0.5, artist="x", title="one", sha256="ab"),
        song("c", confidence=0.1, artist="x", title="another name", sha256="ab"),
    ]
    assert made(songs) == ({0: ["a"]}, {"duplicate": 2})


def test_a_long_cluster_keeps_its_most_confident():
    songs = [song(str(i), confidence=i / 10) for i in range(9)]
    assert made(songs, replace(ALL, length=3)) == ({0: ["6", "7", "8"]}, {"beyond the length": 6})


def test_the_order_does_not_depend_on_that_of_the_catalogue():
    songs = [song(f"{i:02d}", cluster=i % 3, confidence=(i * 7 % 10) / 10) for i in range(40)]
    ids = np.array([item.track_id for item in songs])
    latents = TrackArray(ids, np.random.default_rng(0).normal(size=(40, 4)))
    assert playlists(songs, latents, ALL) == playlists(songs[::-1], latents, ALL)
