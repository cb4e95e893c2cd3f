import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import normalized_mutual_info_score
from sklearn.model_selection import cross_val_score

from songmap.lyrics.centring import groups, remove_language, standardise
from songmap.tracks import TrackArray


def unit(values):
    return values / np.linalg.norm(values, axis=-1, keepdims=True)


def catalogue(languages, d=40, meaning=0.5, seed=0):
    """Unit vectors of a language's direction, one of two meanings, and noise; with languages and meanings."""
    rng = np.random.default_rng(seed)
    names = sorted(set(languages))
    of = unit(rng.normal(size=(len(names), d)))
    about = unit(rng.normal(size=(2, d)))
    topic = rng.integers(0, 2, len(languages))
    rows = [names.index(language) for language in languages]
    values = unit(of[rows] + meaning * about[topic] + 0.05 * rng.normal(size=(len(languages), d)))
    array = TrackArray(np.array([f"{i:03}" for i in range(len(languages))]), values.astype(np.float32))
    return array, dict(zip(array.track_id.tolist(), languages, strict=True)), topic


FOUR = ["de"] * 50 + ["en"] * 50 + ["es"] * 50 + ["fr"] * 50


def test_few_songs_of_a_language_are_taken_with_the_other_rare_ones():
    found = groups(["en"] * 4 + [""] * 5 + ["fi", "sv", "fi"] + ["de"] * 4)
    assert found.tolist() == [2] * 4 + [0] * 5 + [3] * 3 + [1] * 4
    assert groups([]).tolist() == []
    assert groups(["en", "de"]).tolist() == [0, 0]


def test_clusters_follow_meaning_instead_of_language():
    array, language, topic = catalogue(FOUR)
    languages = list(language.values())

    def clusters(values, k):
        return KMeans(k, n_init=10, random_state=0).fit_predict(values)

    removed = remove_language(array, language).values
    assert normalized_mutual_info_score(languages, clusters(array.values, 4)) == pytest.approx(1)
    assert normalized_mutual_info_score(languages, clusters(removed, 4)) < 0.1
    assert normalized_mutual_info_score(topic, clusters(removed, 2)) == pytest.approx(1)


def test_no_line_tells_the_languages_apart_any_more():
    array, language, _ = catalogue(FOUR)
    languages = np.array(list(language.values()))
    classifier = LogisticRegression(max_iter=1000)
    assert cross_val_score(classifier, array.values, languages, cv=5).mean() == 1
    assert cross_val_score(classifier, remove_language(array, language).values, languages, cv=5).mean() < 0.4


def test_rows_are_what_is_left_beside_the_means():
    array, language, _ = catalogue(["de"] * 6 + ["en"] * 5)
    values = array.values.astype(np.float64)
    means = np.stack([values[:6].mean(axis=0), values[6:].mean(axis=0)])
    rest = values - values @ np.linalg.pinv(means) @ means
    found = remove_language(array, language)
    np.testing.assert_allclose(found.values, unit(rest), atol=1e-4)
    np.testing.assert_allclose(found.values @ means.T, 0, atol=1e-5)
    assert (found.values.dtype, found.track_id.tolist()) == (np.float32, array.track_id.tolist())


def test_a_song_in_two_languages_keeps_neither():
    array, language, _ = catalogue(FOUR, meaning=0)
    both = unit(array.values[:50].mean(axis=0) + array.values[50:100].mean(axis=0) + 0.1 * array.values[0])
    mixed = TrackArray(np.append(array.track_id, "mixed"), np.vstack([array.values, both]))
    found = remove_language(mixed, language | {"mixed": "de"}).values
    own_mean_alone = unit(both - array.values[:50].mean(axis=0))
    english = unit(array.values[50:100].mean(axis=0))
    assert own_mean_alone @ english > 0.5
    assert abs(found[-1] @ english) < 0.05


def test_languages_are_joined_by_id():
    array, language, _ = catalogue(FOUR)
    again = remove_language(array, dict(reversed(language.items())))
    assert again.values.tobytes() == remove_language(array, language).values.tobytes()
    with pytest.raises(KeyError):
        remove_language(array, {})


def test_rare_languages_share_a_mean_or_take_that_of_all():
    array, language, _ = catalogue(["de"] * 20 + ["fi", "sv", "it", "pt"], meaning=0.3)
    found = remove_language(array, language).values
    together = array.values[20:].mean(axis=0)
    np.testing.assert_allclose(found @ together, 0, atol=1e-5)
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    alone, language, _ = catalogue(["de"] * 20 + ["fi"], meaning=0.3)
    last = remove_language(alone, language).values[-1]
    assert np.linalg.norm(last) == pytest.approx(1, abs=1e-5)
    assert abs(last @ alone.values[:20].mean(axis=0)) < 1e-5


def test_a_handful_of_songs_is_centred_alone():
    array, language, _ = catalogue(["de", "en", "en"])
    centred = array.values - array.values.mean(axis=0)
    np.testing.assert_allclose(remove_language(array, language).values, unit(centred), atol=1e-5)


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_at_most_half_of_the_dimensions_are_removed(d):
    array, language, _ = catalogue(FOUR, d=d)
    found = remove_language(array, language).values
    assert np.isfinite(found).all()
    assert np.linalg.matrix_rank(found, tol=1e-3) == (d - min(4, d // 2) if d > 1 else 0)


def test_songs_that_are_all_the_same_are_nothing_beyond_their_language():
    same = TrackArray(np.array(list("abcd")), np.tile(unit(np.ones((1, 8))), (4, 1)).astype(np.float32))
    assert not remove_language(same, dict.fromkeys("abcd", "en")).values.any()


def test_nothing_stays_nothing():
    empty = TrackArray.empty("no lyrics in this catalogue")
    assert remove_language(empty, {}).note == standardise(empty, {}).note == "no lyrics in this catalogue"


def test_names_stay():
    array, language, _ = catalogue(FOUR, d=2)
    named = TrackArray(array.track_id, array.values, np.array(["x", "y"]))
    assert remove_language(named, language).names.tolist() == ["x", "y"]
    assert standardise(named, language).names.tolist() == ["x", "y"]


def test_mean_and_variance_within_each_language():
    rng = np.random.default_rng(0)
    languages = ["de"] * 10 + ["en"] * 7 + ["fi", "sv", "it", "pt", ""]
    values = rng.normal(size=(22, 3)) * [1, 10, 0] + rng.normal(size=(22, 1))
    values[:, 2] = 7.0
    array = TrackArray(np.array([f"{i:02}" for i in range(22)]), values)
    found = standardise(array, dict(zip(array.track_id.tolist(), languages, strict=True))).values
    assert found.dtype == np.float32
    for rows in (slice(0, 10), slice(10, 17), slice(17, 22)):
        np.testing.assert_allclose(found[rows].mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(found[rows].std(axis=0), [1, 1, 0], atol=1e-6)
    lonely = standardise(array, dict.fromkeys(array.track_id.tolist(), "de") | {"21": "fi"}).values[21]
    expected = (values[21, :2] - values[:, :2].mean(axis=0)) / values[:, :2].std(axis=0)
    np.testing.assert_allclose(lonely, [*expected, 0], rtol=1e-5)
