import numpy as np
import pytest

from songmap.evaluation.agreement import ami
from songmap.evaluation.artists import COLUMNS, artist_effect

NOTHING = dict.fromkeys(COLUMNS)


def labels(values):
    return {"genre": np.asarray(values), "language": np.full(len(values), "")}


def test_the_share_of_the_commonest_artist_by_hand():
    artists = np.array(["a", "a", "a", "b", "b", "c", "d", "", "e"])
    clusters = np.array([0, 0, 0, 0, 1, 1, 1, 1, -1])
    found = artist_effect(artists, clusters, labels(["x"] * 9), 0)
    assert tuple(found) == COLUMNS
    # cluster 0: a 3 of 4; cluster 1: any 1 of 3, the track without artist left out; noise left out
    assert found["artist_share"] == pytest.approx((4 * 3 / 4 + 3 * 1 / 3) / 7)
    assert (found["artists"], found["artist_tracks"]) == (5, 8)
    assert found["genre_ami_one_per_artist"] is None


def test_chance_has_no_excess_and_artists_alone_have_much():
    artists = np.repeat([f"artist {i}" for i in range(30)], 10)
    drawn = [
        artist_effect(artists, np.random.default_rng(seed).integers(6, size=300), labels(["x"] * 300), seed)
        for seed in range(8)
    ]
    assert all(found["artist_share"] > 0.05 for found in drawn)
    assert abs(np.mean([found["artist_excess"] for found in drawn])) < 0.01
    told = artist_effect(artists, np.arange(300) // 10, labels(["x"] * 300), 0)
    assert told["artist_share"] == 1
    assert told["artist_excess"] > 0.7


def test_agreement_that_is_only_artists_goes_with_one_track_each():
    rng = np.random.default_rng(0)
    artists = np.repeat([f"artist {i}" for i in range(60)], 8)
    genres = np.repeat(rng.choice(["rock", "jazz"], 60), 8)
    home = np.repeat(rng.integers(12, size=60), 8)  # an artist's songs lie together, wherever
    found = artist_effect(artists, home, labels(genres), 0)
    assert ami(genres, home) > 0.05
    assert abs(found["genre_ami_one_per_artist"]) < 0.6 * ami(genres, home)
    real = artist_effect(artists, (genres == "rock").astype(int), labels(genres), 0)
    assert real["genre_ami_one_per_artist"] == pytest.approx(1)


def test_where_every_artist_has_one_track_it_is_the_score_of_all():
    rng = np.random.default_rng(1)
    genres, clusters = rng.choice(["rock", "jazz"], 50), rng.integers(3, size=50)
    artists = np.array([f"artist {i}" for i in range(50)])
    unlabeled = np.append(genres, ""), np.append(clusters, 0), np.append(artists, "artist 0")
    found = artist_effect(unlabeled[2], unlabeled[1], labels(unlabeled[0]), 0)
    assert found["genre_ami_one_per_artist"] == pytest.approx(ami(genres, clusters))


@pytest.mark.parametrize("artists", [[""] * 4, ["a", "b", "c", "d"], ["a", "", "b", ""]])
def test_without_two_tracks_of_an_artist_there_is_nothing_to_say(artists):
    assert artist_effect(np.array(artists), np.zeros(4, int), labels(["x", "y"] * 2), 0) == NOTHING


def test_all_noise_and_no_tracks():
    found = artist_effect(np.array(["a", "a"]), np.array([-1, -1]), labels(["x", "y"]), 0)
    assert (found["artist_share"], found["artist_excess"], found["artist_tracks"]) == (None, None, 2)
    assert artist_effect(np.array([], str), np.array([], int), labels([]), 0) == NOTHING


def test_the_same_seed_gives_the_same_numbers():
    rng = np.random.default_rng(2)
    case = rng.choice(list("abcdefgh"), 60), rng.integers(4, size=60), labels(rng.choice(["x", "y"], 60))
    assert artist_effect(*case, 1) == artist_effect(*case, 1) != artist_effect(*case, 2)
