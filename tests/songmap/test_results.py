import json
import subprocess
import sys

import numpy as np
import pytest

import songmap
from songmap.errors import DataError, ParameterError
from songmap.tracks import TrackArray
from tests.songmap.results_folder import GROUP, IDS, MODELS, K, N, write_results


@pytest.fixture
def results(tmp_path):
    return songmap.open(write_results(tmp_path))


def test_what_was_written_is_read_with_its_ids(results):
    assert results.models == sorted(MODELS)
    assert [row["track_id"] for row in results.tracks] == IDS
    assert results.features("mfcc").values.shape == (N, 6)
    assert results.features("mfcc").names[0] == "mfcc_0"
    assert results.latents("mfcc").values.shape == (N, 4)
    assert results.projection("mfcc").values.shape == (N, 2)
    clusters = results.clusters("lyrics")
    assert clusters.track_id.tolist() == IDS[6:]
    assert clusters.values.tolist() == GROUP[6:].tolist()
    assert set(results.clusters("mfcc", "dbscan").values.tolist()) == {-1, 0}
    genre = results.labels("genre")
    assert genre.rows(IDS[5:7]).tolist() == ["", "genre 0"]
    assert results.labels("title").rows(IDS[:1]).tolist() == ["Déjà vu"]


def test_latents_are_the_first_run(results, tmp_path):
    values = np.arange(12.0).reshape(2, 3, 2)
    TrackArray(np.array(["a", "b"]), values).save(tmp_path / "data/features/latents/mfcc.npz")
    assert results.latents("mfcc").values.tolist() == [[0, 1], [6, 7]]


def test_scores_are_numbers_or_none(results):
    rows = results.scores()
    assert len(rows) == 2 * len(MODELS)
    assert rows[0]["model"] == MODELS[0]
    assert rows[0]["genre_ami"] == 0.5
    assert rows[0]["language_ami"] is None


def test_clusters_have_numbers_until_they_have_names(results, tmp_path):
    assert results.cluster_names("mfcc") == {i: f"cluster {i}" for i in range(K)}
    path = tmp_path / "data/explanations/mfcc.json"
    path.parent.mkdir()
    cards = [{"cluster": 1, "name": "calm / slow"}, {"cluster": 9, "name": "x"}, {"cluster": 2, "name": " "}]
    path.write_text(json.dumps(cards))
    assert results.cluster_names("mfcc") == {0: "cluster 0", 1: "calm / slow", 2: "cluster 2"}
    path.write_text('[{"cluster": "x"}]')
    with pytest.raises(DataError, match=r"mfcc\.json is not a list of clusters"):
        results.cluster_names("mfcc")


def test_a_model_left_out_has_no_rows_but_a_reason(results, tmp_path):
    TrackArray.empty("no lyrics").save(tmp_path / "data/features/latents/lyrics.npz")
    found = results.latents("lyrics")
    assert len(found) == 0
    assert found.note == "no lyrics"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda results: results.latents("x"),
            "model 'x' is not known: give one of lyrics, mfcc, multimodal_vae",
        ),
        (lambda results: results.latents("../mfcc"), "model '../mfcc' is not known"),
        (lambda results: results.features("vae"), "features 'vae' is not known: give one of mfcc"),
        (lambda results: results.labels("mood"), "label 'mood' is not known: give one of title, artist"),
        (
            lambda results: results.clusters("mfcc", "rank"),
            "algorithm 'rank' is not known: give one of kmeans, dbs",
        ),
    ],
)
def test_an_unknown_name_lists_those_there_are(results, ask, message):
    with pytest.raises(ParameterError, match=message):
        ask(results)


def test_before_the_pipeline_ran(tmp_path):
    with pytest.raises(DataError, match=r"there is no .*tracks\.csv: dvc repro makes it"):
        songmap.open(tmp_path)


def test_importing_songmap_costs_nothing():
    code = "import songmap, sys; assert not {'numpy', 'torch', 'songmap.results'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
