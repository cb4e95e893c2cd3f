import numpy as np
import pytest

from songmap.assignment.placing import place
from songmap.clustering.centroids import fit_kmeans
from songmap.clustering.labeling import by_size
from songmap.clustering.membership import Centres, confidence
from songmap.tracks import TrackArray

# two clusters of mean (0, 0) and (10, 0), within 1 and 2
POINTS = [[-1, 0], [1, 0], [0, 1], [0, -1], [8, 0], [12, 0]]
KNOWN = TrackArray(np.array(list("abcdef")), np.array(POINTS, np.float32))
CLUSTERS = TrackArray(np.array(list("fedcba")), np.array([1, 1, 0, 0, 0, 0]))


def at(**points):
    return TrackArray(np.array(list(points)), np.array(list(points.values()), np.float32))


def test_by_hand():
    found = place(at(near=[0.5, 0], far=[4, 0], other=[12.5, 0]), KNOWN, CLUSTERS)
    assert [vars(found[name])["cluster"] for name in found] == [0, 0, 1]
    assert found["near"].confidence == pytest.approx(1 - 0.5 / 9.5, abs=1e-4)
    assert found["far"].confidence == pytest.approx(1 - 4 / 6, abs=1e-4)
    assert [found[name].outlier for name in found] == [False, True, True]
    assert [found[name].nearest for name in found] == ["b", "b", "f"]
    assert [found[name].distance for name in found] == pytest.approx([0.5, 3, 0.5])


def test_the_only_song_of_a_cluster_is_no_outlier():
    known = TrackArray(np.array(list("abc")), np.array([[0, 0], [0.1, 0], [9, 9.3]], np.float32))
    clusters = TrackArray(known.track_id, np.array([0, 0, 1]))
    found = place(at(c=[9, 9.3 + 1e-6], d=[9, 9.4]), known, clusters)
    assert (found["c"].outlier, found["d"].outlier) == (False, True)
    assert found["c"].confidence == 1


def test_songs_of_the_catalogue_get_the_labels_of_k_means():
    rng = np.random.default_rng(0)
    known = TrackArray(np.array([f"{i:03}" for i in range(300)]), rng.normal(size=(300, 5)))
    labels = by_size(fit_kmeans(known.values, 6, 0).labels_)
    found = place(known, known, TrackArray(known.track_id, labels))
    assert [song.cluster for song in found.values()] == labels.tolist()
    assert [song.nearest for song in found.values()] == list(found)
    firm = confidence(Centres.of(known.values, labels).distances(known.values), labels)
    assert [song.confidence for song in found.values()] == firm.round(4).tolist()
    assert 0 < sum(song.outlier for song in found.values()) <= 0.01 * 300 + 6


def test_no_songs():
    assert place(TrackArray(np.array([], str), np.zeros((0, 2))), KNOWN, CLUSTERS) == {}
