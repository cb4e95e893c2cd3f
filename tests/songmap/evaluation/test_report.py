import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, silhouette_score

from songmap.evaluation.report import agreement, report

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(30, 3))
CLUSTERS = np.repeat([0, 1, -1], 10)
GENRE = RNG.choice(["rock", "jazz"], 30)


def test_scores_are_those_of_scikit_learn_over_what_is_no_noise():
    found = report(POINTS, CLUSTERS, {"genre": GENRE})
    assert (found["clusters"], found["noise_share"]) == (2, pytest.approx(1 / 3))
    assert found["silhouette"] == pytest.approx(silhouette_score(POINTS[:20], CLUSTERS[:20]))
    expected = adjusted_mutual_info_score(GENRE[:20], CLUSTERS[:20])
    assert found["genre"]["ami"] == pytest.approx(expected)
    assert agreement(CLUSTERS, {"genre": GENRE}) == {"genre_ami": pytest.approx(expected)}
