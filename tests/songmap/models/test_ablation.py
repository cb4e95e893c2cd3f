import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from songmap.models.ablation import MOST, ablate, knn_overlap
from songmap.models.fit import fit
from songmap.models.inputs import Inputs
from songmap.tracks import TrackArray

from .conftest import SETTINGS, config, make_inputs

pytestmark = pytest.mark.slow

SEVERAL = ["fusion", "fusion_of_three", "n2d_of_two", "multimodal_vae", "mixture_vade", "vae_of_three"]


def test_the_overlap_is_that_of_the_nearest_neighbours():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, 3))
    b = a + 0.4 * rng.normal(size=(40, 3))
    near = [
        NearestNeighbors(n_neighbors=6).fit(x).kneighbors(x, return_distance=False)[:, 1:] for x in (a, b)
    ]
    expected = np.mean([len(set(one) & set(other)) / 5 for one, other in zip(*near, strict=True)])
    assert knn_overlap(a, b, 5) == pytest.approx(expected)
    assert knn_overlap(a, 3 * a - 1, 5) == 1
    assert knn_overlap(a[:2], b[:2], 5) == 1  # the only other one is the nearest
    unrelated = knn_overlap(a, rng.normal(size=(40, 3)), 5)
    assert unrelated < 0.3


def test_many_tracks_are_sampled():
    points = np.random.default_rng(0).normal(size=(MOST + 500, 2))
    assert knn_overlap(points, points) == 1


@pytest.mark.parametrize("name", SEVERAL)
def test_each_modality_is_left_out_of_the_tracks_that_have_all(name):
    inputs = make_inputs(name)
    result = fit(config(name), inputs, SETTINGS, 1.0, 0, name)
    found = result.ablations
    assert found.track_id.tolist() == inputs.complete().tolist()
    assert found.values.shape == (48, len(inputs.modalities), result.latents.values.shape[2])
    assert found.names[:, 0].tolist() == list(config(name).inputs)
    for i, modality in enumerate(inputs.modalities):
        kept = {n: a.select(found.track_id) for n, a in inputs.modalities.items() if n != modality}
        kept[modality] = TrackArray(
            [], np.zeros((0, *inputs.modalities[modality].values.shape[1:]), np.float32)
        )
        kept = {n: kept[n] for n in inputs.modalities}
        np.testing.assert_array_equal(found.values[:, i], result.encoder.encode(Inputs(kept).run(0)))
        shares = result.report[f"without_{modality}"]
        full = result.latents.rows(found.track_id)[:, 0]
        assert shares["knn_overlap"] == pytest.approx(knn_overlap(full, found.values[:, i]), abs=1e-4)
        if result.history:
            assert shares[f"r2_{modality}_change"] < 0


def test_a_modality_that_says_nothing_is_not_missed():
    inputs = make_inputs("multimodal_vae")
    ids = inputs.modalities["lyrics"].track_id
    noise = np.random.default_rng(0).normal(size=(len(ids), 8)).astype(np.float32)
    silent = Inputs({**inputs.modalities, "lyrics": TrackArray(ids, noise)})
    report = fit(config("multimodal_vae"), silent, SETTINGS, 4.0, 0, "m").report
    assert report["without_lyrics"]["knn_overlap"] > report["without_audio"]["knn_overlap"] + 0.2


def test_one_modality_and_too_few_whole_tracks_have_none():
    result = fit(config("pca"), make_inputs("pca"), SETTINGS, 1.0, 0, "pca")
    assert len(result.ablations) == 0
    assert "one modality" in result.ablations.note
    inputs = make_inputs("fusion")
    few = inputs.of(np.concatenate([inputs.complete()[:3], np.setdiff1d(inputs.track_id, inputs.complete())]))
    encoder = fit(config("fusion"), inputs, SETTINGS, 1.0, 0, "fusion").encoder
    found, report = ablate(encoder, few, encoder.encode(few))
    assert found.note == "only 3 tracks have all modalities"
    assert report == {}
