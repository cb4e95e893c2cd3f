from dataclasses import replace

import numpy as np
import pytest

from songmap.evaluation import table
from songmap.tracks import TrackArray

IDS = np.array([f"t{i:02}" for i in range(40)])
GENRE = np.repeat(["rock", "jazz"], 20)
RNG = np.random.default_rng(0)
POINTS = TrackArray(IDS, RNG.normal(size=(40, 3)) + (GENRE == "rock")[:, None] * 9)
LABELS = {"genre": TrackArray(IDS, GENRE), "language": TrackArray(IDS, np.full(40, ""))}
TRUTH = table.Truth(LABELS, TrackArray(IDS, np.full(40, "")), "mfcc", POINTS, 0)


def clustering(model="vae", told="", order=slice(None), runs=1, collapsed=False):
    latents = TrackArray(IDS[order], POINTS.select(IDS[order]).values[:, None])
    clusters = (GENRE == "rock")[order].astype(int)
    columns = np.stack([np.where(np.arange(40) < i, 0, clusters) for i in range(runs)], axis=1)
    return table.Clustering(model, "kmeans", told, collapsed, latents, columns)


def test_a_row_has_every_column_and_joins_by_id():
    row = clustering(order=slice(None, None, -1)).row(TRUTH)
    assert set(row) == set(table.COLUMNS)
    assert row["genre_ami"] == pytest.approx(1)
    assert row["language_ami"] is None
    assert (row["tracks"], row["k"], row["coverage"], row["genre_tracks"]) == (40, 2, 1.0, 40)
    assert row["common_silhouette"] == pytest.approx(row["silhouette"])


def test_several_runs_give_mean_and_spread():
    one = [clustering(runs=i + 1)._run(TRUTH, i) for i in range(3)]
    row = clustering(runs=3).row(TRUTH)
    values = [run["genre_ami"] for run in one]
    assert len(set(values)) == 3
    assert row["genre_ami"] == pytest.approx(sum(values) / 3)
    assert row["genre_ami_sd"] == pytest.approx(np.std(values, ddof=1))
    assert (row["seeds"], row["tracks"], row["k"], row["language_ami_sd"]) == (3, 40, 2, None)
    assert clustering().row(TRUTH)["genre_ami_sd"] is None


def test_k_means_has_an_interval_and_a_p_value():
    row = clustering().row(TRUTH)
    assert row["genre_ami_low"] <= row["genre_ami"] <= row["genre_ami_high"] + 1e-9
    assert row["genre_ami_p"] == 1 / 200
    assert row["language_ami_low"] is None
    other = replace(clustering(), algorithm="dbscan").row(TRUTH)
    assert (other["genre_ami_low"], other["genre_ami_p"]) == (None, None)


def test_each_run_is_scored_in_the_space_of_its_seed():
    values = np.stack([POINTS.values, POINTS.values[::-1] * [1, 0, 0]], axis=1)
    clusters = np.repeat((GENRE == "rock").astype(int)[:, None], 2, axis=1)
    both = table.Clustering("vae", "kmeans", "", False, TrackArray(IDS, values), clusters)
    silhouettes = [both._run(TRUTH, i)["silhouette"] for i in range(2)]
    assert silhouettes[0] != silhouettes[1]
    assert silhouettes[0] == pytest.approx(clustering()._run(TRUTH, 0)["silhouette"])


def test_chance_rows():
    random, majority = table.chance_rows(TRUTH, IDS, 2, 0)
    assert abs(random["genre_ami"]) < 0.05
    assert abs(random["common_silhouette"]) < 0.1
    assert (random["k"], random["genre_tracks"], random["common_tracks"]) == (2, 40, 40)
    assert (random["degenerate"], majority["degenerate"]) == ("", "one cluster")
    assert (random["language_unlabeled"], random["genre_unlabeled"]) == (40, 0)
    assert set(random) == set(majority) == set(table.COLUMNS)
    assert (majority["genre_purity"], majority["genre_ami"], majority["common_silhouette"]) == (0.5, 0, None)


@pytest.mark.parametrize(
    ("clusters", "why"),
    [
        (np.arange(40) % 2, ""),
        (np.zeros(40, int), "one cluster"),
        (np.where(np.arange(40) < 38, 0, 1), "one giant cluster"),
        (np.where(np.arange(40) < 30, -1, np.arange(40) % 2), "mostly noise"),
    ],
)
def test_a_degenerate_clustering_is_said_to_be(clusters, why):
    one = replace(clustering(), algorithm="dbscan", clusters=clusters[:, None])
    assert one.row(TRUTH)["degenerate"] == why
    both = np.stack([np.arange(40) % 2, clusters], axis=1)
    assert replace(one, clusters=both).row(TRUTH)["degenerate"] == why


def test_noise_counts_as_nothing_in_the_silhouette_of_all():
    clusters = np.where(np.arange(40) < 10, -1, (GENRE == "rock").astype(int))
    row = replace(clustering(), clusters=clusters[:, None]).row(TRUTH)
    assert row["silhouette_all"] == pytest.approx(0.75 * row["silhouette"])
    assert row["common_silhouette_all"] == pytest.approx(0.75 * row["common_silhouette"])
    assert (row["genre_tracks"], row["genre_unlabeled"], row["language_unlabeled"]) == (30, 0, 40)


def test_the_artist_effect_is_that_of_k_means_alone():
    artists = TrackArray(IDS[::-1], np.repeat([f"artist {i}" for i in range(10)], 4)[::-1])
    known = replace(TRUTH, artists=artists)
    row = clustering(order=slice(None, None, -1)).row(known)
    assert (row["artists"], row["artist_tracks"]) == (10, 40)
    assert row["artist_share"] == pytest.approx(4 / 20)
    assert row["genre_ami_one_per_artist"] == pytest.approx(1)
    assert replace(clustering(), algorithm="spectral").row(known)["artist_share"] is None
    assert clustering().row(TRUTH)["artist_share"] is None
