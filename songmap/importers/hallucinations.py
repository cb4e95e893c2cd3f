"""What Whisper writes where nobody sings: found in its segments, dropped and counted.

The thresholds are those of Radford et al. 2022 (arXiv:2212.04356), section 4.5. A segment counts as

- no speech where it holds no word (notes, remarks in brackets), or is all loop and the model takes its sound
  for no speech. Otherwise that takes words that the model is not sure of as well (`is_silent`), and
  faster-whisper leaves such a window out itself; a loop says nothing of how sure the model is, as each copy
  makes the next one likely.
- improbable where its words are less likely than the paper accepts, or are a stock phrase of subtitles.
- repeated where it belongs to a loop: a phrase more than `COPIES` times in a row, within a segment or over
  several, whatever the phrase's length. One copy stays, as a loop mostly echoes something that was sung.

How well a text compresses decides nothing here, though the paper uses it. A chorus compresses like a loop:
four of its lines pass the paper's 2.4. It only makes faster-whisper try again at a higher temperature. So a
chorus that is sung four times, at once or with verses between, stays whole, and so does a line that is sung
`COPIES` times. A song that repeats a phrase more often than that keeps the phrase, and loses its number.

Words that Whisper makes up but people sing as well, "Thank you." for one, go by the thresholds alone.
"""

import unicodedata
from collections.abc import Container, Iterable, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import regex

from songmap.catalogue.text import label

NO_SPEECH, REPEATED, IMPROBABLE = "no speech", "repeated", "improbable"
NO_SPEECH_THRESHOLD = 0.6  # probability of the token for no speech, above which there may be none
LOG_PROBABILITY = -1.0  # mean over a segment's tokens, in nats, below which its words are not believed
COPIES = 8  # in a row, that a song may sing

_NOTES = regex.compile(r"[♩♪♫♬♭♮♯🎵🎶]")
_REMARK = regex.compile(r"\W*(?:\[[^\[\]]*\]|\*[^*]*\*|【[^【】]*】)\W*")
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"(?V1)[{_UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}'’]--[{_UNSPACED}]]+")
_BETWEEN_WORDS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")

_CREDITS = (  # with which a segment begins
    r"subtitles (?:(?:made|created|provided|translated) )?by|subtitled by|captions? by",
    r"transcri(?:bed|ption|pt) by|translat(?:ed|ion) by|copyright (?:wdr|swr|ndr|zdf|ard)",
    r"untertitel(?:ung)? (?:der|des|im|von|by|aufgrund)",
    r"sous titr(?:es|age) (?:réalisés?|faits?|créés?|par|pour|st|société|fr)",
    r"subt[ií]tulos (?:realizados |hechos |creados )?por|legendas? (?:pela|por)|legendado por",
    r"sottotitoli (?:creati|a cura|di|e revisione)",
    r"ondertitel(?:s|d|ing) (?:ingediend |gemaakt )?(?:door|van)",
    r"napisy (?:stworzone|wykonane) przez|titulky vytvořil|altyaz[ıi] m ?k|undertexter (?:av|från)",
    r"tekst(?:et|ing) av|danske tekster af|субтитры (?:с?делал|созда(?:ва)?л|подогнал|добавил)",
    r"редактор субтитров|ترجمة نانسي قنقر|字幕(?:由|志愿者|提供|製作|制作)|자막 (?:제공|제작)",
)
_STOCK = (  # of which a segment wholly consists
    r"(?:thanks|thank you)(?: so much| very much| guys| all| everyone)* for (?:watching|viewing)"
    r"(?: (?:this|my|the) videos?)?",
    r"(?:please )?(?:don t forget to )?(?:like and )?subscribe(?: to (?:my|our|the) channel)?",
    r"(?:i ll )?see you in the next video",
    r"(?:vielen dank|danke) (?:fürs|für s|für das) (?:zuschauen|zusehen)",
    r"merci d avoir regardé(?: (?:cette|la|ma|ce) vidéo)?|abonnez vous(?: à (?:la|ma|notre) chaîne)?",
    r"gracias por ver(?: el| este)? v[ií]deo|suscr[ií]bete(?: al canal)?",
    r"obrigad[oa] por assistir|inscreva se no canal|grazie per (?:la visione|aver guardato(?: il video)?)",
    r"bedankt voor het kijken|dziękuj(?:ę|emy) za (?:uwagę|oglądanie)|terima kasih telah menonton",
    r"спасибо за просмотр|продолжение следует|подпи(?:сывайтесь|шитесь) на (?:мой |наш )?канал",
    r"дякую за перегляд|izlediğiniz için teşekkür(?:ler| ederim| ederiz)|abone olmayı unutmayın",
    r"hãy subscribe cho kênh.*|cảm ơn các bạn đã theo dõi(?: và hẹn gặp lại)?",
    r"اشتركوا في القناة|شكرا على المشاهدة|देखने के लिए धन्यवाद|দেখার জন্য ধন্যবাদ",
    r"(?:最後まで)?ご視聴(?:いただき|頂き)?(?:誠に)?ありがとうございま(?:した|す)",
    r"チャンネル登録(?:と高評価)?を?(?:よろしく)?お願い(?:いた|致)?します|次の動画でお会いしましょう",
    r"시청해 ?주셔서 감사합니다|구독과 좋아요(?: 부탁드립니다)?",
    r"(?:感谢|感謝|谢谢|謝謝)(?:大家)?的?(?:观看|觀看|收看)|[请請]不吝[点點][赞贊].*",
)


def _joined(patterns: Sequence[str]) -> str:
    return unicodedata.normalize("NFKC", "|".join(patterns))


_IS_STOCK = regex.compile(rf"(?:{_joined(_CREDITS)}).*|.*amara org.*|(?:(?:{_joined(_STOCK)})(?:\s|$))+")


class Segment(Protocol):
    """What is read of a segment of faster-whisper."""

    text: str
    avg_logprob: float
    no_speech_prob: float


def is_silent(no_speech: float, log_probability: float) -> bool:
    """Whether a window holds no speech, by both thresholds of the paper; neither alone tells it reliably.

    Parameters
    ----------
    no_speech : float in [0, 1] [scalar]
        Probability of the token for no speech.
    log_probability : float <= 0 [scalar], nats
        Mean over the window's tokens.
    """
    return no_speech > NO_SPEECH_THRESHOLD and log_probability <= LOG_PROBABILITY


def sift(segments: Iterable[Segment]) -> tuple[list[str], dict[str, int]]:
    """Keep what was sung, by the rules that this module states.

    Parameters
    ----------
    segments : iterable of Segment
        In the order of time.

    Returns
    -------
    lines : list of str
        The text of each segment that is left, on one line.
    dropped : dict of str to int
        Segments by reason: "no speech", "repeated" (shortened ones too) and "improbable".
    """
    dropped = dict.fromkeys((NO_SPEECH, REPEATED, IMPROBABLE), 0)
    believed: list[tuple[Segment, str]] = []
    for segment in segments:
        text = " ".join(_NOTES.sub(" ", segment.text).split())
        if reason := _reason(segment, text):
            dropped[reason] += 1
        else:
            believed.append((segment, text))
    lines = []
    texts = [text for _, text in believed]
    for (segment, text), (shorter, loop) in zip(believed, _without_loops(texts), strict=True):
        if loop and segment.no_speech_prob > NO_SPEECH_THRESHOLD:
            dropped[NO_SPEECH] += 1
            continue
        dropped[REPEATED] += shorter != text
        if shorter:
            lines.append(label(shorter))
    return lines, dropped


def _reason(segment: Segment, text: str) -> str:
    """Why a segment is dropped whatever stands around it; '' where it is not."""
    is_wordless = not _WORD.search(text) or _REMARK.fullmatch(text)
    if is_wordless:
        return NO_SPEECH
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u0307", "")  # of the Turkish İ
    if segment.avg_logprob < LOG_PROBABILITY or _IS_STOCK.fullmatch(_BETWEEN_WORDS.sub(" ", plain).strip()):
        return IMPROBABLE
    return ""


def _without_loops(texts: Sequence[str]) -> list[tuple[str, bool]]:
    """Each text without the copies that a loop made in it, and whether it is all loop. Each has a word."""
    found = [list(_WORD.finditer(text)) for text in texts]
    ends = np.cumsum([len(words) for words in found], dtype=int).tolist()
    looped, surplus = _loops([word.group().casefold() for words in found for word in words], set(ends))
    rest = []
    for text, words, end in zip(texts, found, ends, strict=True):
        own = slice(end - len(words), end)
        bounds = pairwise([0, *(word.start() for word in words[1:]), len(text)])
        parts = [text[a:b] for (a, b), is_gone in zip(bounds, surplus[own], strict=True) if not is_gone]
        rest.append(("".join(parts).strip(), bool(looped[own].all())))
    return rest


def _loops(words: Sequence[str], ends: Container[int]) -> tuple[np.ndarray, np.ndarray]:
    """Which words are of a loop, and which of them are surplus: those after its first copy.

    Where a phrase of p words repeats, each word equals the one p words on. A last copy that breaks off is
    surplus where its segment ends with it; else it may begin another line.

    Parameters
    ----------
    words : sequence of str [shape=(n,)]
        Of all segments.
    ends : container of int
        Where segments end, exclusive.

    Returns
    -------
    looped, surplus : np.ndarray [shape=(n,)], bool
    """
    ids = np.unique(np.asarray(words, dtype=str), return_inverse=True)[1]
    looped, surplus = np.zeros((2, len(ids)), dtype=bool)
    for period in range(1, len(ids) // (COPIES + 1) + 1):
        same = np.concatenate([[False], ids[period:] == ids[:-period], [False]])
        for start, stop in np.flatnonzero(np.diff(same)).reshape(-1, 2).tolist():
            copies = (stop - start) // period + 1
            if copies > COPIES:
                end = stop + period
                looped[start:end] = True
                surplus[start + period : end if end in ends else start + copies * period] = True
    return looped, surplus
