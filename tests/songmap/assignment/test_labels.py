from songmap.assignment.labels import told
from songmap.catalogue.entries import Track
from songmap.catalogue.labels import one_hot

TRAINED = [
    Track("a", genre="Rock", language="en"),
    Track("b", genre="Jazz", language="de"),
    Track("c", genre="Rock"),
]


def test_songs_of_the_catalogue_get_their_own_columns():
    expected = one_hot(TRAINED, "genre", "language")
    found, refused = told(TRAINED[1:], expected.names.tolist())
    assert refused == {}
    assert found.names.tolist() == expected.names.tolist()
    assert (found.values == expected.rows(["b", "c"])).all()
    assert found.values.dtype == expected.values.dtype


def test_what_has_no_column_is_refused():
    names = one_hot(TRAINED, "genre", "language").names.tolist()
    songs = [Track("new", genre="Fado", language="pt"), Track("bare"), Track("fine", genre="Jazz")]
    found, refused = told(songs, names)
    assert found.track_id.tolist() == ["fine"]
    lacking = "no song that it was trained on has "
    assert refused == {
        "new": f"{lacking}genre=Fado and {lacking}language=pt",
        "bare": "no genre, which it is told",
    }
    assert told([songs[0]], names)[0].values.shape == (0, len(names))
