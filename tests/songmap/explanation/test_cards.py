"""Cards of clusters."""

import json
from dataclasses import replace

import numpy as np
import pytest

from songmap.explanation.cards import Song, explain
from songmap.explanation.text import paragraph

SONG = Song("", "", "", "", "", "", [], 0, 0.5, 1)


def songs(n, **fields):
    return [replace(SONG, track_id=f"{fields.get('cluster', 0)}-{i}", rank=i + 1, **fields) for i in range(n)]


def test_sizes_shares_confidence_and_medoids():
    six = [replace(song, confidence=0.1 * i, title=f"T{i}") for i, song in enumerate(songs(6))]
    first, second = explain([*songs(2, cluster=1), *six[::-1]], {})
    assert (first["cluster"], first["size"], first["share"]) == (0, 6, 0.75)
    assert (second["cluster"], second["size"], second["share"]) == (1, 2, 0.25)
    assert first["confidence"] == pytest.approx(0.25)
    assert [song["title"] for song in first["medoids"]] == ["T0", "T1", "T2", "T3", "T4"]
    assert second["medoids"][0] == {"track_id": "1-0", "title": "", "artist": ""}


def test_composition_counts_the_unknown_apart():
    values = ["b", "a", "", "b", "c", "d", "e", "f", "", "g"]
    (card,) = explain([replace(SONG, track_id=str(i), artist=v) for i, v in enumerate(values)], {})
    counts = card["artist"]
    assert (counts["known"], counts["unknown"]) == (8, 2)
    assert [(top["value"], top["tracks"], top["share"]) for top in counts["top"]] == [
        ("b", 2, 0.25), ("a", 1, 0.125), ("c", 1, 0.125), ("d", 1, 0.125), ("e", 1, 0.125),
    ]  # fmt: skip
    assert card["genre"] == {"known": 0, "unknown": 10, "top": []}


def test_function_words_of_a_language_are_not_the_words_of_its_cluster():
    """Cluster 0 is all Spanish with one English song, 1 the reverse; one theme of each is in one cluster."""
    spanish = ["la", "de", "que"]
    sea = songs(8, sung="es", words=[*spanish, "mar"])
    road = songs(4, sung="es", words=[*spanish, "tren"], cluster=1)
    english = songs(20, sung="en", words=["the", "of"], cluster=2)
    first, second, third = explain([*sea, *road, *english], {})
    assert [(g["language"], g["songs"], g["others"]) for g in first["words"]] == [("es", 8, 4)]
    assert not {"la", "de", "que"} & {
        w["word"] for card in (first, second) for g in card["words"] for w in g["words"]
    }
    assert [w["word"] for w in second["words"][0]["words"]] == ["tren"]
    assert third["words"][0]["words"] == []


def test_words_are_told_language_by_language_the_commonest_first():
    both = [*songs(3, sung="de", words=["see"]), *songs(5, sung="en", words=["sea"])]
    others = [*songs(9, sung="de", words=["weg"], cluster=1), *songs(9, sung="en", words=["way"], cluster=1)]
    first = explain([*both, *others], {})[0]
    assert [(g["language"], [w["word"] for w in g["words"]]) for g in first["words"]] == [
        ("en", ["sea"]),
        ("de", ["see"]),
    ]


def test_a_genre_is_in_no_name():
    found = explain([*songs(9, genre="Rock"), *songs(9, genre="Jazz", cluster=1)], {0: {"tempo": 1.0}})
    assert [card["name"] for card in found] == ["fast", "nothing stands out"]
    swapped = explain([*songs(9, genre="Jazz"), *songs(9, genre="", cluster=1)], {0: {"tempo": 1.0}})
    assert [card["name"] for card in swapped] == [card["name"] for card in found]


def test_one_cluster_no_lyrics_and_a_cluster_without_sound():
    (card,) = explain(songs(3), {0: {"tempo": 0.0}})
    assert (card["name"], card["share"], card["words"]) == ("near the average", 1.0, [])
    first, second = explain([*songs(2), *songs(1, cluster=1)], {0: {"tempo": -2.0}})
    assert (first["profile"], second["profile"]) == ({"tempo": -2.0}, {})
    assert "sound" not in paragraph(second)
    assert explain([], {}) == []


def test_hostile_text_is_kept_as_it_is_and_makes_a_paragraph():
    wild = "\u202e$\\frac{1}{0}$\x1b[31m\n</script>" + "字" * 500
    found = explain(songs(3, title=wild, artist=wild, genre=wild, language=wild), {0: {wild: 3.0}})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found[0]["medoids"][0]["title"] == wild
    assert wild[:10] in paragraph(found[0])
    assert len(paragraph(found[0])) < 1200


def test_a_paragraph():
    fields = {"artist": "Ana", "genre": "Folk", "language": "es", "sung": "es"}
    inside = songs(4, title="Mar", words=["mar", "la"], **fields)
    card = explain(
        [*inside, *songs(12, sung="es", words=["la"], cluster=1)], {0: {"tempo": 1.23, "loudness": -0.01}}
    )[0]
    assert paragraph(card) == (
        "cluster 0: fast; mar. 4 tracks (25%), confidence 0.50. sound (standard deviations): tempo +1.2, "
        "loudness +0.0. words (es, 4 of its 16 songs): mar. genre: Folk 4. language: es 4. artist: Ana 4. "
        "most typical: Mar (Ana); Mar (Ana); Mar (Ana); Mar (Ana)."
    )


def test_numbers_are_plain():
    rng = np.random.default_rng(0)
    words = [list(rng.choice(list("abcdefgh"), 4)) for _ in range(40)]
    many = [replace(SONG, track_id=str(i), words=w, cluster=i % 2) for i, w in enumerate(words)]
    json.dumps(explain(many, {}), allow_nan=False)
