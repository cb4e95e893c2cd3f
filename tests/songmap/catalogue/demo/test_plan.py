from collections import Counter

import pytest
from sklearn.metrics import adjusted_mutual_info_score

from songmap.catalogue.demo.plan import Song, plan
from songmap.catalogue.demo.styles import STYLES
from songmap.catalogue.demo.verse import LANGUAGES


@pytest.fixture(scope="module")
def catalogue() -> list[Song]:
    return plan(240, 0)


@pytest.mark.parametrize("songs", [12, 13, 24, 61])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_small_catalogues_have_every_style_and_language(songs: int, seed: int) -> None:
    made = plan(songs, seed)
    assert len(made) == songs
    assert {song.style for song in made} == set(STYLES)
    assert {song.language for song in made} == {"", *LANGUAGES}
    assert sum(not song.text for song in made) == round(songs / 5)
    assert all(bool(song.text) == bool(song.language) == bool(song.lyrics) for song in made)


def test_parts_are_equal(catalogue: list[Song]) -> None:
    assert set(Counter(song.style for song in catalogue).values()) == {40}
    assert set(Counter(song.language for song in catalogue).values()) == {48}


def test_language_and_instrumentals_tell_nothing_of_the_style(catalogue: list[Song]) -> None:
    styles = [song.style for song in catalogue]
    assert abs(adjusted_mutual_info_score(styles, [song.language for song in catalogue])) < 0.05
    assert abs(adjusted_mutual_info_score(styles, [bool(song.text) for song in catalogue])) < 0.05


def test_topics_lean_towards_the_style(catalogue: list[Song]) -> None:
    styles = [song.style for song in catalogue]
    assert 0.08 < adjusted_mutual_info_score(styles, [song.factors.topic for song in catalogue]) < 0.5


def test_artists_have_a_home_and_stray(catalogue: list[Song]) -> None:
    assert 35 <= len({song.artist_name for song in catalogue}) <= 42
    homes: dict[int, Counter[str]] = {}
    for song in catalogue:
        homes.setdefault(song.artist, Counter())[song.style] += 1
    at_home = sum(count.most_common(1)[0][1] for count in homes.values())
    assert 0.7 < at_home / 240 < 1


def test_titles_are_songs_own_and_albums_have_one_artist(catalogue: list[Song]) -> None:
    assert len({song.title for song in catalogue}) == 240
    for artist in {song.artist for song in catalogue}:
        mine = [song for song in catalogue if song.artist == artist]
        assert {song.album for song in mine} <= {song.title for song in mine}


def test_same_seed_same_catalogue_and_only_then(catalogue: list[Song]) -> None:
    assert plan(240, 0) == catalogue
    assert [song.factors for song in plan(240, 1)] != [song.factors for song in catalogue]
