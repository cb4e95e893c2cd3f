r"""Lyrics without what their pages put between the lines that are sung.

What goes, rule by rule:

- *section header*: `[Chorus]`, `[Verse 1: Artist]`, any other line in square brackets alone, `(Refrain)`,
  `Estribillo:`, `Verse 2`. Words after a header stay, as does `[sic]` within a line.
- *page head*: the `12 ContributorsTitle Lyrics` that opens a page of Genius, with its description.
- *page tail*: the `12Embed` that ends it.
- *advertisement*: `You might also like` and `See X Live` / `Get tickets as low as $45`.
- *link*: a line that holds an address of the web.
- *credit*: who wrote, published, transcribed or licensed the words, and copyright notices.
- *no lyrics*: what a page says in their place.
- *repeat mark*: `(x4)`, `[2x]`, `x3`, `(bis)`. The line stays, once: it is not written out.
- *repeated line*: the third and further of equal lines in a row, letter case aside. So ten thousand equal
  lines are two, and a chorus that comes back counts each time.

Letters are NFC. Control characters, invisible ones (zero-width spaces, soft hyphens, marks of direction,
byte order marks) and music notes go; joiners stay between characters, where Persian, Hindi and emoji need
them. White space is one space; stanzas are apart by one blank line. A text without a letter is ''.

Timestamps and headers of .lrc are the catalogue's to remove.
"""

import unicodedata
from collections import Counter

import regex

from songmap.lyrics.sections import SECTION, TIMES

_LONGEST = 300  # characters of a line that can be anything but sung
_PASSES = 10  # at most, as one rule can lay bare what another removes; two are usual
_TWICE = 2

_LINE_END = regex.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_INVISIBLE = regex.compile(
    r"(?V1)[[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}]--[\n\t\u200c\u200d\p{Variation_Selector}]]"
    r"|[\u2669-\u266c\U0001f3b5\U0001f3b6\U0001f3bc]\p{Variation_Selector}?"
)
_LOOSE_JOINER = regex.compile(r"(?<!\S)[\u200c\u200d]++|(?<![\u200c\u200d])[\u200c\u200d]++(?!\S)")

_ADVERTISEMENT = regex.compile(
    r"(?:See [^\n]{1,80}? Live\s{0,4})?Get tickets as low as \$[\d,.]*\d"
    r"|(?<![^\n\S])You might also like(?=$|[^\s\p{Ll}\p{P}]|[\[(\"“¿¡])",
    regex.MULTILINE,
)
_PAGE_HEAD = regex.compile(
    r"\A\s*\d{1,5} Contributors?[^\n]{0,300}? Lyrics(?:[^\[]{0,3000}?(?:…|\.\.\.) ?Read More)?"
)
_PAGE_TAIL = regex.compile(
    r"(?:(?<=\S)|^)(?:\d[\d.,]{0,8}K?)?Embed(?:Share URLCopyEmbedCopy)?\s*\Z", regex.MULTILINE
)

_MARK = rf"[(\[](?i:{TIMES}|bis|repeat(?:ed)?)[)\]]|(?:^|(?<=\s)){TIMES}"
_REPEAT_MARK = regex.compile(rf"(?:{_MARK})[.,]?$", regex.REVERSE)
_LINK = regex.compile(r"https?://|\bwww\.\S|^\S+\.(?:com|net|org)(?:/\S*)?$", regex.IGNORECASE)
_AUTHORS = (
    r"(?:(?:lyrics|words|music|song) )?(?:written|composed|produced|performed|arranged|transcribed) by"
    r"|(?:lyrics|words|music) by|(?:song)?writers?(?:\(s\))?|producers?|composers?|lyricists?|publishers?"
    r"|source|artist|album|title|paroles(?: et musique)?|musique|auteurs?|compositeurs?"
    r"|letra(?: [ye] música)?|música|autor(?:es)?|compositor(?:es)?|testo|musica|autori?|musik"
    r"|komponist|songtext|слова|музыка"
    r"|[作填]?[词詞曲]|[编編]曲|作詞・作曲|[制製]作人|작사|작곡|편곡"
)
_CREDIT = regex.compile(
    rf"^(?:{_AUTHORS})\s*[:：]\s*\S"
    r"|^(?:words|lyrics) (?:and|&) music by\s"
    r"|[©℗]|all rights reserved|tous droits réservés|todos los derechos reservados|amara\.org"
    r"|todos os direitos reservados|alle rechte vorbehalten|tutti i diritti riservati"
    r"|^(?:copyright|\(c\))\W*(?:\(c\)|\d{4}|by\b)"
    r"|^\W*(?:this |the |these )?(?:song )?lyrics\b.{0,40}"
    r"\b(?:(?:provided|submitted|transcribed|powered|licen[sc]ed) (?:by|&)|courtesy of|commercial use)"
    r"|^(?:paroles fournies par|letra proporcionada por|songtext bereitgestellt von)\s"
    r"|^\(\d{9,}\)$",  # Musixmatch's number of the reader
    regex.IGNORECASE,
)
_NO_LYRICS = regex.compile(
    r"^(?:lyrics for this song have yet to be (?:released|transcribed)\b"
    r"|(?:please check back once the song has been released|this song is an instrumental)\.?$)",
    regex.IGNORECASE,
)
_INSTRUMENTAL = "instrumental"
_HEADER = "section header"
_TEXT_RULES = {"page head": _PAGE_HEAD, "page tail": _PAGE_TAIL, "advertisement": _ADVERTISEMENT}
_CUT_RULES = {_HEADER: SECTION, "repeat mark": _REPEAT_MARK}
_DROP_RULES = {"link": _LINK, "credit": _CREDIT, "no lyrics": _NO_LYRICS}


def clean(text: str, removed: Counter[str] | None = None) -> str:
    r"""Only what is sung, as lines.

    Parameters
    ----------
    text : str
        Lyrics of any length and origin. It takes time in proportion to their length.
    removed : Counter or None
        Where given, the number of lines that each rule removed or shortened is added to it.

    Returns
    -------
    str
        `\n` between lines. Not longer than the text in NFC. Cleaning it again changes nothing, but for heads
        of pages that are stacked more than ten deep.
    """
    counts = Counter[str]() if removed is None else removed
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", _LINE_END.sub("\n", text)))
    text = "\n".join(_tidy(line) for line in text.split("\n"))
    for _ in range(_PASSES):
        before = counts.total()
        text = _pass(text, counts)
        if counts.total() == before:
            break
    return text if any(map(str.isalpha, text)) else ""


def _pass(text: str, removed: Counter[str]) -> str:
    for name, pattern in _TEXT_RULES.items():
        text, count = pattern.subn("\n", text)
        removed[name] += count
    sung = (_sung(_tidy(line), removed) for line in text.split("\n"))
    lines = _one_blank([line for line in sung if line is not None])
    if [line.casefold() for line in lines] == [_INSTRUMENTAL]:
        removed["no lyrics"] += 1
        return ""
    return "\n".join(_at_most_twice(lines, removed))


def _tidy(line: str) -> str:
    return " ".join(_LOOSE_JOINER.sub("", line).split())


def _sung(line: str, removed: Counter[str]) -> str | None:
    """What is left of a line: '' where it was blank or named a part of the song, None where nothing is."""
    if not line or len(line) > _LONGEST:
        return line
    cut = []
    for name, pattern in _CUT_RULES.items():
        before = line
        while (rest := pattern.sub("", line, count=1)) != line:
            line = _tidy(rest)
        if line != before:
            cut.append(name)
    drop = [name for name, pattern in _DROP_RULES.items() if pattern.search(line)][:1]
    removed.update(cut + drop)
    if drop or not line:
        return "" if _HEADER in cut else None
    return line


def _one_blank(lines: list[str]) -> list[str]:
    """No blank line at either end, and at most one in a row."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return kept[:-1] if kept and not kept[-1] else kept


def _at_most_twice(lines: list[str], removed: Counter[str]) -> list[str]:
    kept: list[str] = []
    run, previous = 0, ""
    for line in lines:
        key = line.casefold()
        run, previous = (run + 1 if key == previous else 1), key
        if run <= _TWICE:
            kept.append(line)
    removed["repeated line"] += len(lines) - len(kept)
    return kept
