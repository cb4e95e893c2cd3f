import pytest

from songmap.recommend.search import find

TRACKS = [
    {"track_id": "1", "title": "Déjà Vu", "artist": "Émile"},
    {"track_id": "2", "title": "Vu d'en haut", "artist": "Nora"},
    {"track_id": "3", "title": "The Storm", "artist": "Velvet Harbour"},
    {"track_id": "4", "title": "The Storm", "artist": "Émile"},
    {"track_id": "5", "title": "夜に駆ける", "artist": ""},
    {"track_id": "deja vu", "title": "Other", "artist": "1"},
    {"track_id": "7", "title": "", "artist": ""},
]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("1", ["1"]),
        ("deja vu", ["deja vu"]),
        ("DEJA  VU!", ["1"]),
        ("vu", ["1", "2"]),
        ("the storm", ["3", "4"]),
        ("velvet harbour - the storm", ["3"]),
        ("the storm velvet harbour", ["3"]),
        ("emile the storm", ["4"]),
        ("駆ける", ["5"]),
        ("nothing like it", []),
        ("", []),
        ("\n\x00", []),
    ],
)
def test_what_a_query_means(query, ids):
    assert [track["track_id"] for track in find(TRACKS, query)] == ids
