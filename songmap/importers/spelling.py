"""Names of songs and artists as strangers spell them: their words, and remarks that are none of them.

A remark stands in brackets or after a dash: 'Song (Live at Wembley)', 'Song - Remastered 2011'.
"""

import re
import unicodedata
from collections.abc import Callable

LONGEST = 200  # characters of a name that count
REMIX = frozenset(
    {"remix", "rmx", "mix", "edit", "rework", "bootleg", "mashup"}
    | {"dub", "version", "vip", "cover", "remake", "flip"}
)  # another version of a song, most likely of the same words
OTHER_WORDS = frozenset(
    {"instrumental", "karaoke", "reprise", "interlude", "intro", "outro", "skit", "medley", "parody"}
    | {"translation", "translated", "romanized", "romanization", "tracklist", "credits", "snippet"}
)  # another text, or none
_WORDLESS = frozenset({"instrumental", "karaoke"})
_MARKS = re.compile("[\u0300-\u036f]")  # accents of Latin, Greek and Cyrillic; elsewhere a mark is a letter
_SILENT = re.compile(r"['’‘`´ʼ.]")
_BRACKETS = re.compile(r"[(\[{【「]([^()\[\]{}【】「」]*)[)\]}】」]")
_DASH = re.compile(r"\s+[-‐‑‒–—~|]\s+")
_NUMBER = re.compile(r"^(?:\d{1,3}\s*[-._]\s+|0\d(?:\s+|[-.](?=\D)))")
_GUESTS = re.compile(r"\s+(?:feat(?:uring)?|ft)\b\.?\s.*$", re.IGNORECASE)
_FROM = re.compile(r"\s+[-–—]\s+(from\s+[\"“«„].*)$", re.IGNORECASE)
_SAME_WORDS = (
    r"(?:feat|ft|featuring|prod|produced|remaster|remastered|official|unplugged|mtv unplugged) .*"
    r"|live (?:at|in|from|on|version|session|\d).*|(?:bbc|recorded|acoustic|\d{4}) live"
    r"|.* (?:remaster|remastered|edition|soundtrack)(?: (?:\d{4}|version|mix))*"
    r"|(?:\d{4} )?(?:album|single|radio|original|extended|full|long|short|studio|video|lp|ep|main|acoustic"
    r"|mono|stereo|demo|live|explicit|clean|bonus|\d{4}) (?:version|edit|mix|cut|track|take|session)"
    r"|live|acoustic|mono|stereo|demo|explicit|clean|remaster|remastered|unplugged|hd|hq|4k"
    r"|(?:music|lyrics?) video|with lyrics|lyrics|visuali[sz]er"
)
_REMARK = {
    "dash": re.compile(_SAME_WORDS),
    "brackets": re.compile(rf"{_SAME_WORDS}|(?:with|from) .*|deluxe|audio|video|\d{{4}}"),
}  # what changes no word of the song; 'Artist - With You' is none


def normalised(name: str) -> str:
    """The words of a name: NFKC, no case, no accents, one space between; '&' is 'and'.

    Returns
    -------
    str
        At most 200 characters. Where nothing is a word ('!!!'), the name without spaces.
    """
    folded = unicodedata.normalize("NFKC", name[:LONGEST]).casefold()
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", unicodedata.normalize("NFD", folded)))
    spoken = _SILENT.sub("", plain.replace("&", " and "))
    words = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in spoken)
    signs = "".join(c for c in plain if unicodedata.category(c)[0] not in "CZ")
    return (" ".join(words.split()) or signs)[:LONGEST].rstrip()


def brief(title: str) -> str:
    """A title as it is spelt, without a track's number, guests and remarks that change no word."""
    spaced = _FROM.sub(r" (\1)", _spaced(title))
    kept = _without(_NUMBER.sub("", spaced), lambda remark, where: bool(_REMARK[where].fullmatch(remark)))
    parts = (" ".join(_GUESTS.sub("", part).split()) for part in kept)
    return " - ".join(filter(None, parts)) or title[:LONGEST].strip()


def without_remix(title: str) -> str:
    """A title without remarks that name a remix, an edit or another version."""
    return " - ".join(_without(title[:LONGEST], lambda remark, _: bool(REMIX & set(remark.split()))))


def without_artist(title: str, artist: str) -> str:
    """The title of 'Artist - Title', where the artist is given beside it; 'Artist - Live' is a title."""
    first, *rest = _DASH.split(_NUMBER.sub("", _spaced(title)), maxsplit=1)
    if not rest or normalised(first) != normalised(artist) or _REMARK["dash"].fullmatch(normalised(rest[0])):
        return title
    return rest[0]


def is_instrumental(title: str) -> bool:
    """Whether a remark in the title says that nobody sings."""
    title = _spaced(title)
    remarks = [*_BRACKETS.findall(title), *_DASH.split(title)[1:]]
    return any(_WORDLESS & set(normalised(remark).split()) for remark in remarks)


def scripts(title: str) -> list[str]:
    """The two spellings of a title that is given in two scripts, '桜 (Sakura)'; else the title alone."""
    title = title[:LONGEST]
    inside, outside = _BRACKETS.findall(title), _BRACKETS.sub(" ", title)
    if len(inside) != 1 or not outside.strip() or _is_latin(outside) == _is_latin(inside[0]):
        return [title]
    return [title, outside, inside[0]]


def _spaced(title: str) -> str:
    """What counts of a title, with spaces where a file's name has '_'."""
    return title[:LONGEST].replace("_", " ").strip()


def _without(title: str, drops: Callable[[str, str], bool]) -> list[str]:
    """The parts between dashes, without the remarks that are dropped; the first part stays."""
    plain = _BRACKETS.sub(lambda found: " " if drops(normalised(found[1]), "brackets") else found[0], title)
    first, *rest = _DASH.split(plain)
    return [first, *(part for part in rest if not drops(normalised(part), "dash"))]


def _is_latin(text: str) -> bool:
    letters = [character for character in text if character.isalpha()]
    return sum("LATIN" in unicodedata.name(character, "") for character in letters) * 2 >= len(letters)
