import math
from dataclasses import replace

import numpy as np
import pytest

from songmap.evaluation import table
from songmap.evaluation.rounding import decimals, significant
from songmap.tracks import TrackArray

IDS = np.array([f"t{i:02}" for i in range(40)])
GENRE = np.repeat(["rock", "jazz"], 20)
RNG = np.random.default_rng(0)
POINTS = TrackArray(IDS, RNG.normal(size=(40, 3)) + (GENRE == "rock")[:, None] * 9)
TRUTH = table.Truth(
    {"genre": TrackArray(IDS, GENRE), "language": TrackArray(IDS, np.full(40, ""))}, "mfcc", POINTS, 0
)


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
    assert "±" in table.as_text([row])
    assert table.summary([row], 0)["vae"]["genre_ami_sd"] == pytest.approx(row["genre_ami_sd"], rel=1e-5)
    alone = clustering().row(TRUTH)
    assert alone["genre_ami_sd"] is None
    assert "±" not in table.as_text([alone])


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


def test_a_collapsed_model_is_marked():
    text = table.as_text([clustering(collapsed=True).row(TRUTH), clustering("pca").row(TRUTH)])
    assert "vae !" in text
    assert "pca !" not in text
    assert "!: collapsed" in text


def test_chance_rows():
    random, majority = table.chance_rows(TRUTH, IDS, 2, 0)
    assert abs(random["genre_ami"]) < 0.05
    assert abs(random["common_silhouette"]) < 0.1
    assert (random["k"], random["genre_tracks"], random["common_tracks"]) == (2, 40, 40)
    assert (majority["genre_purity"], majority["genre_ami"], majority["common_silhouette"]) == (0.5, 0, None)


def test_the_summary_says_where_the_model_was_told():
    rows = [clustering(told=told, model=f"m_{told}").row(TRUTH) for told in ("", "genre", "genre_language")]
    short = table.summary(rows, 2)
    assert list(short["m_"]) == ["genre_ami", "language_ami", "common_silhouette"]
    assert list(short["m_genre"]) == ["genre_ami_told", "language_ami", "common_silhouette"]
    assert list(short["m_genre_language"]) == ["genre_ami_told", "language_ami_told", "common_silhouette"]
    assert short["left_out"] == 2


def test_the_text_marks_what_was_told_and_fits_a_console():
    rows = [clustering().row(TRUTH), clustering("cvae", "genre").row(TRUTH)]
    text = table.as_text(rows + table.chance_rows(TRUTH, IDS, 2, 0))
    plain, told = text.splitlines()[2:4]
    assert "*" not in plain
    assert told.count("*1.000") == 2
    assert "(mfcc)" in text
    assert "told" in text.splitlines()[-1]
    assert max(map(len, text.splitlines())) <= 110
    assert "*" not in table.as_text(rows[:1])


def test_rounding():
    assert significant({"a": 123456.789, "b": [1.23456789e-9, 3, None, "x"]}) == {
        "a": 123457.0, "b": [1.23457e-9, 3, None, "x"],
    }  # fmt: skip
    assert decimals(0.123456) == 0.1235
    assert math.copysign(1, decimals(-0.00001)) == 1
    assert decimals(7) == 7
    assert decimals(None) is None
    assert table.rounded([{"a": 0.99999, "b": None}]) == [{"a": 1.0, "b": None}]
