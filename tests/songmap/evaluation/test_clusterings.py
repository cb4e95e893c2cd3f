import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn import metrics

from songmap.errors import DataError
from songmap.evaluation import agreement
from songmap.evaluation import internal as internal_scores
from songmap.evaluation.agreement import AGAINST, against
from songmap.evaluation.contingency import EXACT, ami_of, amis_of, contingency
from songmap.evaluation.internal import INTERNAL, NAMES, internal
from songmap.evaluation.validation import coverage, n_clusters

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(60, 4)) + np.array([3, 0, 0, 1e3])
CLUSTERS = RNG.integers(4, size=60)
GENRES = np.array(["rock", "jazz", "folk"])[RNG.integers(3, size=60)]


def test_random_clusterings_score_as_in_scikit_learn():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        points, clusters = rng.normal(size=(50, 3)), rng.integers(5, size=50)
        labels = rng.integers(4, size=50).astype(str)
        found = internal(points, clusters) | against(labels, clusters)
        expected = {
            "silhouette": metrics.silhouette_score(points, clusters),
            "calinski_harabasz": metrics.calinski_harabasz_score(points, clusters),
            "davies_bouldin": metrics.davies_bouldin_score(points, clusters),
            "nmi": metrics.normalized_mutual_info_score(labels, clusters),
            "ami": metrics.adjusted_mutual_info_score(labels, clusters),
            "ari": metrics.adjusted_rand_score(labels, clusters),
            "homogeneity": metrics.homogeneity_score(labels, clusters),
            "completeness": metrics.completeness_score(labels, clusters),
        }
        assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)
        assert found["nmi"] == pytest.approx(metrics.v_measure_score(labels, clusters))


def test_by_hand():
    line = np.array([[0.0], [2], [10], [12]])
    pairs = np.array([0, 0, 1, 1])
    # a = 2; b = 11 for the outer points, 9 for the inner ones
    assert internal_scores.silhouette(line, pairs) == pytest.approx((9 / 11 + 7 / 9) / 2)
    # between 4 * 5^2 = 100, within 4 * 1^2 = 4, n = 4, k = 2
    assert internal_scores.calinski_harabasz(line, pairs) == pytest.approx((100 / 1) / (4 / 2))
    assert internal_scores.davies_bouldin(line, pairs) == pytest.approx((1 + 1) / 10)


def test_label_scores_by_hand():
    labels = np.array(["a", "a", "a", "b", "b", "c"])
    clusters = np.array([0, 0, 1, 1, 1, 2])
    assert agreement.purity(labels, clusters) == pytest.approx(5 / 6)
    assert agreement.accuracy(labels, clusters) == pytest.approx(5 / 6)
    # clusters 0 and 1 both hold mostly a, and only one may take it
    assert agreement.accuracy(np.array(list("aaaaab")), np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(4 / 6)
    # pairs together in both: (1,2), (4,5); in labels 4; in clusters 4; of 15
    expected = 4 * 4 / 15
    assert agreement.ari(labels, clusters) == pytest.approx((2 - expected) / (4 - expected))
    assert agreement.nmi(labels, np.array([5, 5, 5, 0, 0, 9])) == pytest.approx(1)


def test_the_names_of_clusters_and_the_order_of_points_change_nothing():
    expected = internal(POINTS, CLUSTERS) | against(GENRES, CLUSTERS)
    renamed = np.array([30, 2, 11, 7])[CLUSTERS]
    assert internal(POINTS, renamed) | against(GENRES, renamed) == pytest.approx(expected)
    order = RNG.permutation(60)
    shuffled = internal(POINTS[order], CLUSTERS[order]) | against(GENRES[order], CLUSTERS[order])
    assert shuffled == pytest.approx(expected)


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e9, 1e200])
def test_scale_and_offset_change_nothing(scale):
    points = POINTS - POINTS.mean(axis=0)
    assert internal(points * scale, CLUSTERS) == pytest.approx(internal(points, CLUSTERS))
    assert internal(points + 1e3, CLUSTERS) == pytest.approx(internal(points, CLUSTERS))


def test_noise_is_left_out_and_counted():
    noisy = CLUSTERS.copy()
    noisy[:15] = -1
    kept = internal(POINTS[15:], CLUSTERS[15:])
    assert internal(POINTS, noisy) == pytest.approx(kept | {"silhouette_all": 0.75 * kept["silhouette"]})
    found, without = against(GENRES, noisy), against(GENRES[15:], CLUSTERS[15:])
    assert found["ami"] == pytest.approx(without["ami"])
    assert found["tracks"] == 45
    assert coverage(noisy) == 0.75
    assert n_clusters(noisy) == 4
    as_cluster = np.where(noisy == -1, 4, noisy)
    assert found["ami_all"] == pytest.approx(metrics.adjusted_mutual_info_score(GENRES, as_cluster))


def test_dropping_nearly_everything_does_not_win():
    clusters = np.full(60, -1)
    rock, jazz = np.flatnonzero(GENRES == "rock")[:2], np.flatnonzero(GENRES == "jazz")[:2]
    clusters[rock], clusters[jazz] = 0, 1
    found = against(GENRES, clusters)
    assert found["ami"] == pytest.approx(1)
    assert found["ami_all"] < 0.15


def test_unlabeled_points_are_left_out_and_counted():
    labels = GENRES.copy()
    labels[:10] = ""
    found, without = against(labels, CLUSTERS), against(GENRES[10:], CLUSTERS[10:])
    assert found["unlabeled"] == 10
    assert found["tracks"] == 50
    assert {k: found[k] for k in AGAINST} == {k: without[k] for k in AGAINST}


UNDEFINED = dict.fromkeys(NAMES)
NO_AGREEMENT = dict.fromkeys(AGAINST)


def test_one_cluster():
    one = np.zeros(60, dtype=int)
    share = np.unique(GENRES, return_counts=True)[1].max() / 60
    assert internal(POINTS, one) == UNDEFINED
    found = against(GENRES, one)
    assert {k: found[k] for k in AGAINST} == {
        "nmi": 0, "ami": 0, "ari": 0, "homogeneity": 0, "completeness": 1,
        "purity": pytest.approx(share), "accuracy": pytest.approx(share), "ami_all": 0,
    }  # fmt: skip


def test_all_noise():
    noise = np.full(60, -1)
    assert internal(POINTS, noise) == UNDEFINED
    assert against(GENRES, noise) == NO_AGREEMENT | {"ami_all": 0, "tracks": 0, "unlabeled": 0}
    assert coverage(noise) == 0
    assert n_clusters(noise) == 0


def test_every_point_its_own_cluster():
    singles = np.arange(60)
    assert internal(POINTS, singles) == UNDEFINED
    found = against(GENRES, singles)
    assert (found["ari"], found["purity"]) == (0, 1)
    assert found["ami"] == pytest.approx(0, abs=1e-9)


def test_every_point_its_own_label():
    found = against(np.arange(60).astype(str), np.arange(60))
    assert found["ami"] is None
    assert found["ari"] is None
    assert found["nmi"] == pytest.approx(1)


def test_no_points_and_no_labels():
    nothing = np.zeros(0, dtype=int)
    assert internal(np.zeros((0, 3)), nothing) == UNDEFINED
    assert coverage(nothing) is None
    assert against(np.array([], dtype=str), nothing) == NO_AGREEMENT | {"tracks": 0, "unlabeled": 0}
    assert against(np.full(60, ""), CLUSTERS) == NO_AGREEMENT | {"tracks": 0, "unlabeled": 60}
    assert against(np.full(60, "rock"), CLUSTERS) == NO_AGREEMENT | {"tracks": 60, "unlabeled": 0}


def test_identical_points_and_duplicates():
    assert internal(np.full((6, 2), 0.1), np.array([0, 0, 0, 1, 1, 1])) == UNDEFINED
    stacks = np.repeat([[0.1, 0.7], [5, 5]], 3, axis=0)
    found = internal(stacks, np.array([0, 0, 0, 1, 1, 1]))
    assert found == {
        "silhouette": pytest.approx(1), "silhouette_all": pytest.approx(1), "calinski_harabasz": None,
        "davies_bouldin": 0,
    }  # fmt: skip
    rings = np.array([[-1.0], [1], [-2], [2]])
    assert internal_scores.davies_bouldin(rings, np.array([0, 0, 1, 1])) is None


@pytest.mark.parametrize("score", INTERNAL.values())
@pytest.mark.parametrize(
    ("points", "clusters"),
    [
        (np.full((4, 2), np.nan), [0, 0, 1, 1]),
        (np.full((4, 2), np.inf), [0, 0, 1, 1]),
        (np.eye(4), [0, 1, 1]),
        (np.eye(4), [0.5, 1.0, 1.0, 2.0]),
        (np.eye(4), [-2, 0, 1, 1]),
        (np.zeros(4), [0, 0, 1, 1]),
    ],
)
def test_what_is_no_clustering_is_refused(score, points, clusters):
    with pytest.raises(DataError):
        score(points, np.array(clusters))


def test_labels_of_another_length_are_refused():
    with pytest.raises(DataError, match="must be one each"):
        against(GENRES[:10], CLUSTERS)


def test_silhouette_of_a_sample_is_near_the_whole(monkeypatch):
    rng = np.random.default_rng(0)
    points = np.repeat(np.eye(3), 500, axis=0) * 3 + rng.normal(size=(1500, 3))
    clusters = np.repeat([0, 1, 2], 500)
    whole = internal_scores.silhouette(points, clusters)
    monkeypatch.setattr(internal_scores, "SILHOUETTE_SAMPLE", 600)
    sample = internal_scores.silhouette(points, clusters)
    assert sample != whole
    assert sample == pytest.approx(whole, abs=0.02)


ANY = st.integers(0, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float32, (n, 2), elements=st.floats(-1e6, 1e6, width=32)),
        arrays(np.int64, n, elements=st.integers(-1, 4)),
        arrays("U2", n, elements=st.sampled_from(["", "a", "b", "c"])),
    )
)


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_any_clustering_has_scores_in_range_or_none(case):
    points, clusters, labels = case
    found = internal(points, clusters) | against(labels, clusters)
    ranges = {
        "silhouette": (-1, 1), "silhouette_all": (-1, 1),
        "calinski_harabasz": (0, np.inf), "davies_bouldin": (0, np.inf),
        "nmi": (0, 1), "ami": (-1, 1), "ari": (-1, 1), "purity": (0, 1), "ami_all": (-1, 1),
        "homogeneity": (0, 1), "completeness": (0, 1), "accuracy": (0, 1),
    }  # fmt: skip
    for name, (low, high) in ranges.items():
        value = found[name]
        assert value is None or (low - 1e-9 <= value <= high + 1e-9 and np.isfinite(value)), name


@settings(max_examples=100, deadline=None)
@given(ANY)
def test_ami_of_counts_is_that_of_scikit_learn(case):
    _, clusters, labels = case
    counts = contingency(labels, clusters)
    assert counts.sum() == np.sum(labels != "")
    assert ami_of(counts) == pytest.approx(agreement.ami_all(labels, clusters), abs=1e-9)


@pytest.mark.parametrize(
    ("n", "shares", "error"),
    [
        (60, [0.4, 0.3, 0.1, 0.1, 0.04, 0.02, 0.02, 0.02], 1e-9),
        (1200, [0.005] * 100 + [0.5], 1e-9),  # few songs a cell
        (1600, [0.4, 0.3, 0.1, 0.1, 0.06, 0.03, 0.005, 0.005], 1e-3),
    ],
)
def test_ami_of_many_subsamples_is_nearly_that_of_each(n, shares, error):
    rng = np.random.default_rng(1)
    names = rng.choice(len(shares), n, p=shares)
    clusters = np.where(rng.random(n) < 0.5, rng.integers(6, size=n), names % 6)
    rows = [rng.choice(n, int(0.8 * n), replace=False) for _ in range(3 * EXACT)]
    tables = np.zeros((3 * EXACT, len(shares), 6), int)
    for table, some in zip(tables, rows, strict=True):
        np.add.at(table, (names[some], clusters[some]), 1)
    exact = [metrics.adjusted_mutual_info_score(names[some], clusters[some]) for some in rows]
    assert np.abs(amis_of(tables) - exact).max() < error


CLUSTERINGS = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, (n, 3), elements=st.integers(-500, 500).map(lambda value: value / 8)),
        arrays(np.int64, n, elements=st.integers(-1, 5)),
        arrays("U2", n, elements=st.sampled_from(["", "a", "b", "c"])),
        st.permutations(range(6)),
    )
)


@settings(max_examples=50, deadline=None)
@given(CLUSTERINGS)
def test_a_permuted_naming_changes_nothing(case):
    points, clusters, labels, order = case
    renamed = np.where(clusters < 0, -1, 3 * np.array(order)[clusters])
    other = np.array(["", "z", "y", "x"])[np.searchsorted(["", "a", "b", "c"], labels)]
    expected = internal(points, clusters) | against(labels, clusters)
    assert internal(points, renamed) | against(labels, renamed) == pytest.approx(expected, abs=1e-9)
    assert against(other, clusters) == pytest.approx(against(labels, clusters), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(CLUSTERINGS)
def test_what_scikit_learn_defines_is_what_it_says(case):
    points, clusters, labels, _ = case
    inside = clusters != -1
    found, unique = internal(points, clusters), len(np.unique(clusters[inside]))
    if 1 < unique < inside.sum() and np.ptp(points[inside], axis=0).any():
        expected = metrics.silhouette_score(points[inside], clusters[inside])
        assert found["silhouette"] == pytest.approx(expected, abs=1e-6)
        assert found["silhouette_all"] == pytest.approx(expected * inside.mean(), abs=1e-6)
    else:
        assert found == UNDEFINED
    kept = inside & (labels != "")
    if 1 < len(np.unique(labels[kept])) < kept.sum():
        scores = against(labels, clusters)
        for name, score in (
            ("nmi", metrics.normalized_mutual_info_score), ("ami", metrics.adjusted_mutual_info_score),
            ("ari", metrics.adjusted_rand_score), ("homogeneity", metrics.homogeneity_score),
            ("completeness", metrics.completeness_score),
        ):  # fmt: skip
            assert scores[name] == pytest.approx(score(labels[kept], clusters[kept]), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(CLUSTERINGS, st.sampled_from(["one", "noise", "singles", "identical"]))
def test_degenerate_cases_have_no_score_that_reads_like_a_result(case, kind):
    points, clusters, labels, _ = case
    n = len(points)
    if kind == "identical":
        assert internal(np.repeat(points[:1], n, axis=0), clusters) == UNDEFINED
        return
    clusters = {"one": np.zeros(n, int), "noise": np.full(n, -1), "singles": np.arange(n)}[kind]
    assert internal(points, clusters) == UNDEFINED
    found = against(labels, clusters)
    assert found["ami"] in (None, pytest.approx(0, abs=1e-9))
    assert found["ari"] in (None, 0)
    if kind == "noise":
        assert {found[name] for name in AGAINST if name != "ami_all"} == {None}


@settings(max_examples=40, deadline=None)
@given(CLUSTERINGS, st.sampled_from([np.nan, np.inf, -np.inf]), st.data())
def test_a_point_that_is_no_number_is_named(case, value, data):
    points, clusters, *_ = case
    row = data.draw(st.integers(0, len(points) - 1))
    points = points.copy()
    points[row, 1] = value
    with pytest.raises(DataError, match=rf"^point {row} is NaN or infinite$"):
        internal(points, clusters)
