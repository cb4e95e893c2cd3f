"""Names of clusters."""

from hypothesis import given
from hypothesis import strategies as st

from songmap.explanation.names import names


def word(text, p=1e-6, songs=5):
    return {"word": text, "songs": songs, "elsewhere": 0.0, "weight": 0.1, "p": p}


def card(size=10, words=(), **profile):
    groups = [{"language": code, "songs": n, "others": 0, "words": list(found)} for code, n, found in words]
    return {"size": size, "profile": profile, "words": groups}


def test_the_strongest_traits_the_language_and_the_surest_words():
    spanish = ("es", 8, [word("sol", 1e-5), word("noche", 1e-9), word("mar", 1e-7), word("ay", 0.01)])
    sound = {"tempo": 1.1, "brightness": -0.6, "loudness": 0.5, "percussiveness": 2, "energy": -0.4}
    assert names([card(words=[spanish], **sound), card()]) == [
        "percussive, fast, dark; es; noche, mar",
        "nothing stands out",
    ]


def test_low_sound_and_columns_of_a_table():
    one = card(tempo=-1, brightness=-0.9, percussiveness=-0.8)
    two = card(loudness=-1, brightness=0.7, danceability=0.6)
    three = card(acousticness=-2)
    assert names([one, two, three]) == [
        "slow, dark, sustained",
        "quiet, bright, high danceability",
        "low acousticness",
    ]


def test_a_language_is_named_where_most_tracks_are_in_it_and_elsewhere_fewer():
    en, es, unknown = ("en", 6, []), ("es", 6, []), ("", 9, [])
    assert names([card(words=[es]), card(words=[en])]) == ["es", "en"]
    assert names([card(tempo=1, words=[en]), card(tempo=-1, words=[en])]) == ["fast", "slow"]
    assert names([card(words=[("es", 5, [])]), card(words=[unknown])])[0].startswith("nothing")


def test_a_word_of_two_songs_is_in_no_name():
    assert names([card(tempo=0.1, words=[("es", 2, [word("sol", songs=2)])])]) == ["near the average"]


def test_equal_names_are_told_apart_by_fainter_traits_then_by_numbers():
    found = names([card(tempo=1, loudness=0.3), card(tempo=1, loudness=-0.3), card(tempo=1), card(tempo=1)])
    assert found == ["fast, rather loud", "fast, rather quiet", "fast", "fast (2)"]


@given(
    st.lists(
        st.builds(
            lambda tempo, column, language, text: card(
                tempo=tempo, words=[(language, 9, [word(text)])], **{column: -1.0}
            ),
            st.sampled_from([0.0, 0.3, 1.0]),
            st.sampled_from(["x", "x (2)", "loudness", "\u202e\n\x1b[31m"]),
            st.sampled_from(["", "es", "en"]),
            st.sampled_from(["a", "b (2)", "字", "$x$"]),
        ),
        max_size=12,
    )
)
def test_no_two_names_are_alike(cards):
    found = names(cards)
    assert len(set(found)) == len(found) == len(cards)
    assert all(found)
