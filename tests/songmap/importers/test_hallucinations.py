import numpy as np
import pytest
from faster_whisper.transcribe import Segment, get_compression_ratio
from hypothesis import given
from hypothesis import strategies as st

from songmap.importers import hallucinations
from songmap.importers.hallucinations import COPIES, is_silent, sift

NONE = {"no speech": 0, "repeated": 0, "improbable": 0}
CHORUS = [
    "And we sail away tonight",
    "Under burning silver light",
    "Tell me you will hold me near",
    "Till the morning finds us here",
]
VERSE = ["My father worked the harbour", "and his father drew the nets", "they never left the island"]


def said(text, log_probability=-0.3, no_speech=0.1):
    """A segment as faster-whisper makes it."""
    return Segment(
        id=1,
        seek=0,
        start=0.0,
        end=2.0,
        text=f" {text}",
        tokens=[],
        avg_logprob=log_probability,
        compression_ratio=get_compression_ratio(text),
        no_speech_prob=no_speech,
        words=None,
        temperature=0.0,
    )


def lines(*texts):
    return sift([said(text) for text in texts])[0]


def test_nothing_and_what_is_believed():
    assert sift([]) == ([], NONE)
    assert sift([said("Olá,  meu\n amor"), said("“a noite” é longa…")]) == (
        ["Olá, meu amor", "“a noite” é longa…"],
        NONE,
    )


@pytest.mark.parametrize("times", [2, 4, COPIES])
def test_a_chorus_that_comes_again_is_no_hallucination(times):
    assert lines(*CHORUS * times) == CHORUS * times
    in_one = " ".join(CHORUS * times)
    assert lines(in_one) == [in_one]


def test_a_chorus_of_four_compresses_like_a_loop_and_stays():
    sung = said(" ".join(CHORUS[:1] * 4))
    assert sung.compression_ratio > 2.4
    assert sift([sung] * 2) == ([sung.text.strip()] * 2, NONE)


def test_a_chorus_after_every_verse_stays_however_often():
    song = [line for i in range(20) for line in (f"{VERSE[i % 3]} number {i}", *CHORUS)]
    assert lines(*song) == song


@pytest.mark.parametrize("times", [COPIES + 1, 15, 100])
@pytest.mark.parametrize(
    "phrase", ["Thank you.", "I'm going to go.", "君を愛してる", "ฉันรักเธอ", "আমি তোমায় ভালোবাসি", "na"]
)
def test_one_copy_of_a_loop_stays_within_a_segment_and_over_segments(phrase, times):
    kept, dropped = sift([said(phrase)] * times)
    assert (kept, dropped) == ([phrase], NONE | {"repeated": times - 1})
    spaced = " ".join([phrase] * times)
    assert sift([said(f"before {spaced}"), said("after")]) == (
        [f"before {phrase}", "after"],
        NONE | {"repeated": 1},
    )


def test_a_loop_is_one_whatever_its_punctuation_and_case():
    texts = ["I love you", "I LOVE YOU!", "i love you..."] * 3
    assert lines(*texts) == ["I love you"]


def test_a_loop_of_several_lines():
    assert lines(*VERSE * 10, *CHORUS) == VERSE + CHORUS


def test_a_loop_that_ran_out_of_tokens_leaves_no_stump():
    assert lines("go home now " * 30 + "go home", "go away") == ["go home now", "go away"]


def test_a_line_that_begins_like_the_loop_before_it_stays():
    assert lines(*["love me"] * 10, "love is blind") == ["love me", "love is blind"]
    assert lines("love me " * 10 + "love is blind") == ["love me love is blind"]


def words_after_first_copies(words):
    """By definition: every word within a run of more than COPIES copies, after the first of them."""
    surplus = set()
    for start in range(len(words)):
        for period in range(1, len(words)):
            phrase = words[start : start + period]
            for copies in range(hallucinations.COPIES + 1, len(words) // period + 1):
                if words[start : start + period * copies] == phrase * copies:
                    surplus.update(range(start + period, start + period * copies))
    return surplus


@given(st.lists(st.sampled_from("ab"), max_size=24))
def test_loops_are_those_of_the_definition(words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hallucinations, "COPIES", 2)
        kept, dropped = sift([said(word) for word in words])
        surplus = words_after_first_copies(words)
    assert kept == [word for index, word in enumerate(words) if index not in surplus]
    assert dropped == NONE | {"repeated": len(surplus)}


@given(st.lists(st.text(), max_size=30), st.floats(0, 1), st.floats(-5, 0))
def test_any_segments_give_clean_lines_and_are_all_accounted_for(texts, no_speech, log_probability):
    kept, dropped = sift([said(text, log_probability, no_speech) for text in texts])
    assert len(kept) + sum(dropped.values()) >= len(texts)
    assert all("\n" not in line and "\0" not in line for line in kept)


def test_no_speech_takes_both_thresholds():
    values = [(0.9, -1.5), (0.9, -0.5), (0.5, -1.5), (0.6, -2.0), (0.9, -1.0)]
    assert [is_silent(*value) for value in values] == [True, False, False, False, True]


def test_a_loop_says_nothing_of_how_sure_the_model_is():
    loop = [said("la la", -0.01, 0.9)] * 20
    assert sift(loop) == ([], NONE | {"no speech": 20})
    sung = said("and my heart la la", -0.01, 0.9)
    assert sift([sung, *loop]) == (["and my heart la"], NONE | {"no speech": 20, "repeated": 1})
    assert sift([said("la la", -0.01, 0.9)] * 4) == (["la la"] * 4, NONE)


def test_unsure_words_are_improbable():
    assert sift([said("mumble", -1.01), said("clear", -0.99)]) == (["clear"], NONE | {"improbable": 1})


@pytest.mark.parametrize(
    "text", ["♪", "♪♪♪", "🎵 ♪", "...", "", "[Music]", "[Música] ♪", "*applause*", "【音楽】", "–"]
)
def test_notes_and_remarks_are_no_words(text):
    assert sift([said(text)]) == ([], NONE | {"no speech": 1})


def test_words_between_notes_stay():
    assert lines("♪ I love you ♪", "(ooh, baby)", "she said [laughs] no") == [
        "I love you",
        "(ooh, baby)",
        "she said [laughs] no",
    ]


STOCK = [
    "Thanks for watching!",
    "Thank you so much for watching. Please subscribe to my channel!",
    "Thanks for watching! Thanks for watching!",
    "Subtitles by the Amara.org community",
    "Untertitel der Amara.org-Community",
    "Untertitelung des ZDF, 2020",
    "Vielen Dank fürs Zuschauen!",
    "Sous-titres réalisés par la communauté d'Amara.org",
    "Sous-titres réalisés par",
    "Sous-titrage ST' 501",
    "Merci d'avoir regardé cette vidéo !",
    "Subtítulos realizados por la comunidad de Amara.org",
    "¡Gracias por ver el video!",
    "¡Suscríbete al canal!",
    "Legendas pela comunidade Amara.org",
    "Obrigado por assistir.",
    "Sottotitoli creati dalla comunità Amara.org",
    "Ondertiteld door de Amara.org gemeenschap",
    "Napisy stworzone przez społeczność Amara.org",
    "Субтитры сделал DimaTorzok",
    "Редактор субтитров А.Семкин Корректор А.Егорова",
    "Продолжение следует...",
    "Altyazı M.K.",
    "İzlediğiniz için teşekkür ederim.",
    "ご視聴ありがとうございました",
    "最後までご視聴いただきありがとうございます。",
    "チャンネル登録をお願いいたします",
    "시청해주셔서 감사합니다.",
    "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
    "字幕由Amara.org社区提供",
    "谢谢大家观看",
    "اشتركوا في القناة",
    "দেখার জন্য ধন্যবাদ",
    "Hãy subscribe cho kênh Ghiền Mì Gõ",
]


@pytest.mark.parametrize("text", STOCK)
def test_stock_phrases_of_subtitles_are_improbable_however_sure_the_model_is(text):
    assert sift([said(text, -0.01, 0.0)]) == ([], NONE | {"improbable": 1})
    assert sift([said(f"♪ {text.upper()} ♪", -0.01, 0.0)])[0] == []


@pytest.mark.parametrize(
    "text",
    [
        "Thank you",
        "Thanks for watching over me",
        "I was watching you sleep",
        "Merci d'avoir regardé la mer",
        "Obrigado por tudo",
        "Gracias por ver lo que soy",
        "ありがとう",
        "The title of my song",
        "Копирайтер субтитров не читает",
    ],
)
def test_what_people_sing_is_no_stock_phrase(text):
    assert lines(text) == [text]


def test_a_long_track_takes_no_time():
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in rng.integers(0, 50, 6000)]
    texts = [" ".join(words[i : i + 8]) for i in range(0, len(words), 8)]
    assert lines(*texts) == texts
