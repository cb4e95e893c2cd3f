import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.errors import ParameterError
from songmap.lyrics.languages import Languages, identify, known

VERSES = {
    "de": (
        "Ich gehe durch die leere Stadt\n"
        "und denke jeden Tag an dich\n"
        "Der Regen fällt auf das Dach\n"
        "und keiner fragt nach mir"
    ),
    "en": (
        "I walk along the empty street\n"
        "thinking of you every day\n"
        "The rain is falling on the roof\n"
        "and no one asks for me"
    ),
    "es": (
        "Camino por la calle vacía\n"
        "pensando en ti cada día\n"
        "La lluvia cae sobre el tejado\n"
        "y nadie pregunta por mí"
    ),
    "fr": (
        "Je marche dans la rue déserte\n"
        "en pensant à toi chaque jour\n"
        "La pluie tombe sur le toit\n"
        "et personne ne me demande"
    ),
    "it": (
        "Cammino per la strada vuota\n"
        "pensando a te ogni giorno\n"
        "La pioggia cade sopra il tetto\n"
        "e nessuno chiede di me"
    ),
    "pt": (
        "Eu caminho pela rua vazia\n"
        "pensando em você todo dia\n"
        "A chuva cai sobre o telhado\n"
        "e ninguém pergunta por mim"
    ),
    "pl": ("Idę przez pustą ulicę\nmyśląc o tobie każdego dnia\nDeszcz pada na dach\ni nikt o mnie nie pyta"),
    "tr": ("Boş sokakta yürüyorum\nher gün seni düşünüyorum\nYağmur çatıya yağıyor\nve kimse beni sormuyor"),
    "ru": (
        "Я иду по пустой улице\nи думаю о тебе каждый день\nДождь падает на крышу\nи никто не спросит обо мне"
    ),
    "ja": ("誰もいない道を歩いている\n毎日君のことを考えて\n雨が屋根に降っている"),
    "ko": ("텅 빈 거리를 걸어가요\n매일 당신을 생각해요\n비가 지붕 위에 내려요"),
    "zh": ("我走在空荡荡的街上\n每天都在想着你\n雨落在屋顶上"),
    "hi": ("मैं खाली सड़क पर चलता हूँ\nहर दिन तुम्हारे बारे में सोचता हूँ\nछत पर बारिश गिर रही है"),
    "ar": ("أمشي في الشارع الفارغ\nأفكر فيك كل يوم\nالمطر يسقط على السطح"),
}
FEW = ["de", "en", "es", "fr"]


def test_songs_in_one_language() -> None:
    found = identify(list(VERSES.values()))
    assert [languages.main for languages in found] == list(VERSES)
    assert all(languages.shares == {code: 1.0} for code, languages in zip(VERSES, found, strict=True))


@pytest.mark.parametrize("languages", ["all", FEW])
def test_shares_of_a_mixed_song_are_those_of_its_letters(languages: list[str] | str) -> None:
    es, en = VERSES["es"].split("\n"), VERSES["en"].split("\n")
    (found,) = identify(["\n".join([*es, en[0], en[2]])], languages)
    letters = {code: sum(map(str.isalpha, "".join(lines))) for code, lines in (("es", es), ("en", en[::2]))}
    assert list(found.shares) == ["es", "en"]
    assert found.shares["en"] == pytest.approx(letters["en"] / sum(letters.values()))
    assert sum(found.shares.values()) == pytest.approx(1)
    assert (found.main, found.spoken) == ("es", ["es", "en"])


def test_letters_that_are_syllables_count_twice() -> None:
    (found,) = identify(["텅 빈 거리를 걸어가요\n매일 당신을 생각해요\nthinking of you every single day"])
    assert found.shares == {"ko": pytest.approx(36 / 63), "en": pytest.approx(27 / 63)}


def test_what_is_sung_again_counts_again() -> None:
    chorus = VERSES["en"]
    (found,) = identify([f"{VERSES['fr']}\n\n{chorus}\n\n{chorus}\n\n{chorus}"], FEW)
    assert found.main == "en"
    en, fr = (sum(map(str.isalpha, VERSES[code])) for code in ("en", "fr"))
    assert found.shares["en"] == pytest.approx(3 * en / (3 * en + fr))


def test_lines_too_short_to_tell_take_the_songs_language() -> None:
    (found,) = identify([VERSES["de"] + "\noh\nla la la la\nbaby baby\nna na na\nYeah"])
    assert found.shares == {"de": 1.0}


def test_one_long_line_is_told_in_sentences() -> None:
    original, translation = (VERSES[code].replace("\n", ", ") + "." for code in ("de", "en"))
    (found,) = identify([f"{original} {translation}"])
    assert set(found.spoken) == {"de", "en"}
    assert found.shares["de"] == pytest.approx(0.51, abs=0.03)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "la",
        "hm",
        "!!! ???",
        "😀",
        "\x00",
        "la la la la la la",
        "ah ah ah ah ah ah",
        "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",
    ],
)
def test_no_language(text: str) -> None:
    (found,) = identify([text])
    assert (found, found.main, found.spoken) == (Languages(), "", [])


def test_another_script_than_those_of_the_languages_is_none_of_them() -> None:
    mostly, partly = identify(
        [f"{VERSES['ru']}\n{VERSES['de'][:30]}", f"{VERSES['de']}\n{VERSES['ru'][:21]}"], ["de", "en"]
    )
    assert mostly.shares == {}
    assert list(partly.shares) == ["de"]
    assert partly.shares["de"] == pytest.approx(88 / 105, abs=0.02)


def test_only_the_languages_allowed() -> None:
    (found,) = identify([VERSES["pt"]], ["es", "ru"])
    assert found.main == "es"


def test_one_song_does_not_depend_on_the_others() -> None:
    texts = [VERSES[code] for code in FEW] + [VERSES["de"] + "\n" + VERSES["fr"]]
    together = identify(texts, FEW)
    assert together == [identify([text], FEW)[0] for text in texts]
    assert identify(texts[::-1], FEW) == together[::-1]


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        (["en", "xx"], "lyrics.languages: 'xx' cannot be identified; allowed: af, ar, az, be"),
        (["no", "en"], "lyrics.languages: 'no' cannot be identified; allowed: .* nb, nl, nn"),
        (["en", "en"], r"lyrics.languages=\['en', 'en'\]: must be all, or at least two languages"),
    ],
)
def test_languages_that_cannot_be(languages: list[str], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        identify([], languages)


def test_known_languages_are_codes() -> None:
    assert len(known()) >= 75
    assert {"de", "en", "es", "fr", "hi", "ja", "ko", "pt", "zh"} <= set(known())
    assert identify([]) == []


LARGE = {
    "equal lines": "we sing all night\n" * 10_000,
    "one line": "we sing all night " * 55_000,
    "a megabyte of lines": "\n".join(f"we sing all night until the morning {i:b}" for i in range(20_000)),
    "no space": "a" * 1_000_000,
    "one letter": "a\n" * 500_000,
}


@pytest.mark.parametrize("text", LARGE.values(), ids=LARGE.keys())
def test_very_long_texts(text: str) -> None:
    (found,) = identify([text], ["en", "de"])
    assert found.main in ("en", "")


@settings(max_examples=50)
@given(
    st.text() | st.lists(st.sampled_from([*VERSES.values(), "\n", " ", "x", "\x00", "愛", "."])).map("".join)
)
def test_any_text_has_shares_that_add_up(text: str) -> None:
    (found,) = identify([text], FEW)
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)
    assert set(found.shares) <= set(FEW)
    assert sum(found.shares.values()) <= 1 + 1e-9
