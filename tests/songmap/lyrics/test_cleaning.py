import time
import unicodedata
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.lyrics.cleaning import clean

pytestmark = pytest.mark.slow

HEADERS = [
    *(
        "[Chorus]",
        "[Verse 1: Artist & Friend]",
        "[Verse 1][Artist]",
        "[Instrumental Break]",
        "[Music]",
        "[?]",
    ),
    *("(Chorus)", "(Refrain: X2)", "(Verse 2)", "(guitar solo)", "{Bridge}", "<Outro>", "Chorus", "CHORUS:"),
    *(
        "Pre-Chorus :",
        "Verse 2",
        "Verse II.",
        "Bridge 2",
        "Hook:",
        "Chorus x2",
        "Repeat chorus (2x)",
        "[Hook] x4",
    ),
    *("[Estribillo]", "Estribillo:", "Coro:", "[Puente]", "Estrofa 3", "(Refrão)", "Pré-refrão", "[Ponte]"),
    *(
        "Couplet 2",
        "Refrain :",
        "(Pont)",
        "Ritornello",
        "Strofa 1",
        "Strophe 2",
        "[Kehrreim]",
        "Refrein",
        "Vers 1",
    ),
    *("Omkvæd", "Refräng:", "Kertosäe", "Zwrotka 2", "Refren", "Sloka 1", "Куплет 1", "Припев:", "(Приспів)"),
    *("Κουπλέ 1", "Nakarat", "Bölüm 1", "Reff:", "Điệp khúc", "[اللازمة]", "פזמון", "मुखड़ा", "副歌", "主歌 2"),
    *("サビ", "Aメロ", "【サビ】", "［サビ］", "후렴", "[벌스 2]"),
]
GONE = {
    "section header": HEADERS,
    "repeat mark": ["x4", "(x4)", "[2x]", "×3", "(2X)", "(bis)", "(repeat)"],
    "advertisement": [
        "You might also like",
        "Get tickets as low as $45",
        "See X Live\nGet tickets as low as $1,045",
    ],
    "link": [
        "https://example.org/a?b=c",
        "more at www.example.org",
        "songtexts.com",
        "lyrics.net/artist/song",
    ],
    "credit": [
        *(
            "© 2020 Some Music Ltd",
            "Copyright (c) 1999 Somebody",
            "(c) 2001 by A",
            "℗ Label",
            "All rights reserved.",
        ),
        *("Lyrics provided by Someone", "Lyrics licensed & provided by X", "Paroles fournies par X"),
        *("******* This Lyrics is NOT for Commercial use *******", "(1409617886462)", "Source: Someone"),
        *(
            "Songwriters: A / B",
            "Written by: A",
            "Words and music by A. B.",
            "Paroles : A",
            "Letra: A",
            "Музыка: А",
        ),
        *(
            "作词 : 某人",
            "作曲：某人",
            "작사: 누구",
            "Untertitel der Amara.org-Community",
            "Artist: A",
            "Album: B",
        ),
    ],
    "no lyrics": [
        "Lyrics for this song have yet to be released.",
        "Please check back once the song has been released.",
        "This song is an instrumental",
    ],
}
STAYS = [
    *("embed me in your heart", "never to Embed", "I said [sic] it", "[Chorus", "Chorus of angels", "Bridge"),
    *("Bridge over troubled water", "Verse after verse I write", "verses 2 to 4", "the chorus: a prayer"),
    *("hook", "coro de ángeles", "(oh my love)", "(verse by verse)", "Puente sobre el río", "Vers le ciel"),
    *("Malcolm X", "x marks the spot", "four by 4", "10x better now", "Sector x 12 y", "(four times)"),
    *(
        "You might also like the moon",
        "and you might also like",
        "See the band live",
        "get tickets as low as I can",
    ),
    *("I'm on the world wide web", "www", "dot com", "amazon.com is down", "Mr. Comet", "https"),
    *(
        "Copyright my heart",
        "the lyrics of my heart",
        "lyrics I wrote by the sea",
        "written by the stars",
        "(1999)",
    ),
    *(
        "the source: a spring",
        "music by the sea",
        "paroles, paroles",
        "I reserve all my rights",
        "song of songs",
    ),
    *(
        "this song is instrumental to me",
        "12 contributors",
        "Lyrics",
        "Letra",
        "曲",
        "作詞",
        "Instrumental love",
    ),
    *(
        "♥ you",
        "50% love & 100° heat",
        "l'été",
        "नमस्ते",
        "می\u200cخواهم",
        "love 👩\u200d👩\u200d👧 you ❤\ufe0f",
    ),
]
PAGE = """\
12 ContributorsTranslationsEspañolSome Song Lyrics“Some Song” is a song
about songs… Read More\u00a0[Verse 1: A]
I walk alone
I walk alone (x2)

[Chorus]
And you might also like
♪ The way I walk ♪
See A LiveGet tickets as low as $45You might also like[Verse 2]
I walk along, oh
I walk along, oh
I walk along, oh


I walkYou might also like[Outro]
The end at last12Embed"""


@pytest.mark.parametrize(("rule", "line"), [(rule, line) for rule, lines in GONE.items() for line in lines])
def test_what_is_not_sung_goes(rule: str, line: str) -> None:
    removed = Counter[str]()
    assert clean(f"one line\n{line}\nanother", removed).split() == ["one", "line", "another"]
    assert removed[rule] > 0
    assert clean(line) == ""


@pytest.mark.parametrize("line", STAYS)
def test_what_is_sung_stays(line: str) -> None:
    removed = Counter[str]()
    assert clean(f"one line\n{line}\nanother", removed) == f"one line\n{line}\nanother"
    assert +removed == {}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (
            "[Chorus: A] Love me\n(Refrain) do\nCoro: amor\nla la (x4)\nmi amor (bis)",
            "Love me\ndo\namor\nla la\nmi amor",
        ),
        ("one\n[Chorus]\ntwo", "one\n\ntwo"),
        ("one\nx2\ntwo", "one\ntwo"),
        ("a love12Embed", "a love"),
        ("a love\n12Embed", "a love"),
        ("a loveEmbedShare URLCopyEmbedCopy", "a love"),
        ("the nightYou might also likeAnd day", "the night\nAnd day"),
        ("Embed", ""),
        ("Instrumental", ""),
        ("instrumental\nmusic", "instrumental\nmusic"),
        ("3 ContributorsA Lyrics of Love Lyrics[Intro]\nwords", "of Love Lyrics[Intro]\nwords"),
        ("words\n3 ContributorsSong Lyrics", "words\n3 ContributorsSong Lyrics"),
        ("a\tb  c\u00a0d \n\n \n\n e\n", "a b c d\n\ne"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
    ],
)
def test_by_hand(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_whole_page() -> None:
    removed = Counter[str]()
    assert clean(PAGE, removed) == (
        "I walk alone\nI walk alone\n\nAnd you might also like\nThe way I walk\n\n"
        "I walk along, oh\nI walk along, oh\n\nI walk\n\nThe end at last"
    )
    assert +removed == {
        "page head": 1,
        "page tail": 1,
        "advertisement": 3,
        "section header": 4,
        "repeat mark": 1,
        "repeated line": 1,
    }


def test_equal_lines_in_a_row_stay_twice_and_a_chorus_each_time() -> None:
    assert clean("la la\nLa la\nla la\nla la\noh\nla la") == "la la\nLa la\noh\nla la"
    chorus = "we sing\nwe dance\n\n"
    assert clean((chorus + "verse words\n\n") * 3).count("we dance") == 3


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("!!! ... ???", ""),
        ("1 2 3", ""),
        ("😀 🎵 👩\u200d👩\u200d👧", ""),
        ("\x00\x00", ""),
        ("lo\x00ve\u202e me\u200f \u2066now\u2069\ufeff", "love me now"),
        ("[Cho\u200brus]\nlo\u00adve", "love"),
        ("e\u0301te\u200b\u0301", "\u00e9t\u00e9"),
        ("\u200d a\u200c \u200d", "a"),
        ("שלום עולם\u200f", "שלום עולם"),
        ("😀 smile 😀", "😀 smile 😀"),
        ("\ud800 torn", "torn"),
        ("愛", "愛"),
    ],
)
def test_strange_characters(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


TOKENS = st.sampled_from(
    [
        *(
            "la",
            "Love me",
            " ",
            "\n",
            "\n\n",
            "x2",
            "(x4)",
            "[",
            "]",
            "[Chorus]",
            "(Refrain: A)",
            "Verse 2",
            "Coro:",
        ),
        *("12Embed", "Embed", "1 ContributorA Lyrics", "… Read More", "You might also like", "See A Live"),
        *(
            "Get tickets as low as $4",
            "www.a.b",
            "© 2020",
            "Written by: A",
            "♪",
            "\u200d",
            "\u200b",
            "\u0301",
            "e",
        ),
        *(
            "\x00",
            "\u202e",
            "😀",
            "\ufe0f",
            "Instrumental",
            "bis",
            "(",
            ")",
            ":",
            "愛",
            "\u0958",
            "\r",
            "\u2028",
        ),
    ]
)


@given(st.text() | st.lists(TOKENS).map("".join))
def test_cleaning_again_changes_nothing_and_nothing_is_added(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert len(cleaned) <= len(unicodedata.normalize("NFC", text))
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned == cleaned.strip()
    assert "\n\n\n" not in cleaned
    assert cleaned == "" or any(character.isalpha() for character in cleaned)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned.replace("\n", ""))


@pytest.mark.parametrize(
    ("text", "rule"), [("Chorus: " * 15 + "la", "section header"), ("la" + " x2" * 15, "repeat mark")]
)
def test_a_run_of_equal_remarks_goes_at_once_and_counts_once(text: str, rule: str) -> None:
    removed: Counter[str] = Counter()
    assert clean(text, removed) == "la"
    assert +removed == Counter({rule: 1})


@given(st.lists(st.sampled_from(["we sing", "we dance", "all night", "", "so long"])))
def test_words_are_never_lost(lines: list[str]) -> None:
    assert set(clean("\n".join(lines)).split()) == set(" ".join(lines).split())


LARGE = {
    "equal lines": "na na na\n" * 10_000,
    "a megabyte of lines": "\n".join(f"line {i} goes on and on" for i in range(45_000)),
    "one line": "a " * 500_000,
    "no space": "a" * 1_000_000,
    "brackets": "[" * 1_000_000,
    "bracketed lines": ("[a]" * 90 + "x\n") * 3_500,
    "joiners": "a" + "\u200d" * 1_000_000 + "b",
    "digits": "1" * 1_000_000 + "Embed",
    "advertisements": "See " * 125_000 + "You might also like" * 25_000,
    "marks": "x4 " * 333_000,
    "blank lines": "\n" * 1_000_000,
    "NUL": "\x00" * 1_000_000,
    "heads": "1 Contributors" + "a … " * 250_000,
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_time_in_proportion_to_length(text: str) -> None:
    start = time.process_time()
    clean(text)
    assert time.process_time() - start < 5


def test_ten_thousand_equal_lines_are_two() -> None:
    assert clean(LARGE["equal lines"]) == "na na na\nna na na"
