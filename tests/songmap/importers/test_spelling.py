import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.importers.spelling import (
    brief,
    is_instrumental,
    normalised,
    scripts,
    without_artist,
    without_remix,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("  Béyoncé & JAY‐Z ", "beyonce and jay z"),
        ("Don’t Stop", "dont stop"),
        ("A.B.C.", "abc"),
        ("Straße", "strasse"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ", "full width"),
        ("が", "が"),
        ("हिन्दी", "हिन्दी"),
        ("Ёлка", "елка"),
        ("AC/DC", "ac dc"),
        ("a\u202eb\x00c\u200b", "a b c"),
        ("!!!", "!!!"),
        ("? ♥", "?♥"),
        ("\u200b\x07 ", ""),
        ("", ""),
    ],
)
def test_normalised(name, words):
    assert normalised(name) == words


@given(st.text(max_size=30))
def test_normalised_is_stable_and_short(name):
    words = normalised(name)
    assert normalised(words) == words
    assert len(words) <= 200
    assert words == words.strip()
    assert normalised(name.upper().lower()) == normalised(name.lower().upper().lower())


@given(st.text(max_size=30))
def test_composed_and_decomposed_names_are_the_same(name):
    assert normalised(unicodedata.normalize("NFD", name)) == normalised(unicodedata.normalize("NFC", name))


@pytest.mark.parametrize(
    ("title", "shorter"),
    [
        ("Song (Live)", "Song"),
        ("Song (Live in Paris, 2001)", "Song"),
        ("Song [2011 Remaster]", "Song"),
        ("Song - 2009 Digital Remaster", "Song"),
        ("Song - Single Version", "Song"),
        ("Song - Radio Edit - Remastered", "Song"),
        ("Song (2003 Stereo Remastered Version)", "Song"),
        ("Song - 2011 Remastered Version", "Song"),
        ("Song (2015 Stereo Mix)", "Song"),
        ("Song (with Somebody)", "Song"),
        ("Song (From the Motion Picture)", "Song"),
        ("Song feat. Somebody - Remix", "Song - Remix"),
        ("Song (Somebody Remix)", "Song (Somebody Remix)"),
        ("Song (Reprise)", "Song (Reprise)"),
        ("(Nobody Knows) Song", "(Nobody Knows) Song"),
        ("Song - With You", "Song - With You"),
        ("Live and Let Die", "Live and Let Die"),
        ("(Live)", "(Live)"),
        ("12 - Song", "Song"),
        ("03 Song", "Song"),
        ("04_Ann_-_Song_(Live)", "Ann - Song"),
        ("99 Problems", "99 Problems"),
        ("7 Years", "7 Years"),
        ("1979", "1979"),
        ("24-7", "24-7"),
        ("", ""),
    ],
)
def test_remarks_that_change_no_word_are_left_out(title, shorter):
    assert brief(title) == shorter


@given(st.text(max_size=60))
def test_a_title_keeps_something(title):
    assert bool(brief(title).strip()) == bool(title.strip())
    assert without_remix("Song" + title)


def test_remixes_artists_and_scripts_are_told_apart():
    assert normalised(without_remix("Song (X Remix) - VIP Mix")) == "song"
    assert without_artist("Adele - Hello - Live", "ADELE") == "Hello - Live"
    assert without_artist("Hello - Adele", "Adele") == "Hello - Adele"
    assert without_artist("Adele", "Adele") == "Adele"
    assert scripts("桜 (Sakura)") == ["桜 (Sakura)", "桜  ", "Sakura"]
    assert scripts("Song (Words)") == ["Song (Words)"]


@pytest.mark.parametrize(
    ("title", "says"),
    [
        ("Song (Instrumental)", True),
        ("Song - Instrumental Version", True),
        ("Song [Karaoke]", True),
        ("Song_-_Instrumental", True),
        ("Instrumental", False),
        ("Instrumental Song", False),
        ("", False),
    ],
)
def test_a_remark_may_say_that_nobody_sings(title, says):
    assert is_instrumental(title) is says
