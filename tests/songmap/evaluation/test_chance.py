import numpy as np
import pytest

from songmap.evaluation.agreement import against
from songmap.evaluation.chance import mean_scores, one_cluster, random_clusters

pytestmark = pytest.mark.slow

LABELS = np.repeat(["a", "b", "c", "d"], [90, 60, 30, 20])


def test_random_clusters_agree_with_nothing():
    scores = mean_scores(lambda clusters: against(LABELS, clusters), 200, 6, seed=0)
    assert abs(scores["ami"]) < 0.01
    assert abs(scores["ari"]) < 0.01
    assert scores["nmi"] > 0.01  # not corrected for chance
    assert scores["purity"] >= 0.45


def test_one_cluster_has_the_purity_of_the_commonest_label():
    scores = against(LABELS, one_cluster(200))
    assert scores["purity"] == pytest.approx(0.45)
    assert scores["ami"] == 0


def test_draws_are_uniform_seeded_and_differ():
    drawn = random_clusters(60_000, 6, 0, 0)
    assert np.bincount(drawn) == pytest.approx(10_000, rel=0.05)
    np.testing.assert_array_equal(drawn, random_clusters(60_000, 6, 0, 0))
    assert not np.array_equal(drawn, random_clusters(60_000, 6, 0, 1))
    assert not np.array_equal(drawn, random_clusters(60_000, 6, 1, 0))


@pytest.mark.parametrize("seed", range(5))
def test_labels_drawn_with_the_same_seed_are_not_drawn_again(seed):
    for generator in (np.random.default_rng(seed), np.random.default_rng([seed, 0])):
        labels = generator.integers(4, size=300).astype(str)
        assert mean_scores(lambda c, labels=labels: against(labels, c), 300, 4, seed)["ami"] < 0.02


def test_the_mean_is_the_mean_and_none_stays_none():
    scores = mean_scores(lambda clusters: {"first": int(clusters[0]), "none": None}, 5, 3, 7, draws=4)
    assert scores["first"] == np.mean([random_clusters(5, 3, 7, draw)[0] for draw in range(4)])
    assert scores["none"] is None
