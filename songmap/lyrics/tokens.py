"""Words of any script, and how much of one song is read.

Scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are read by character.
"""

import sys
from collections.abc import Sequence

import regex

from songmap.tracks import TrackArray

READ = 100_000  # characters of one song; a long song has 5,000
LONGEST = 100  # letters of a word; a longer run is cut
_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\N{KATAKANA-HIRAGANA "
    r"PROLONGED SOUND MARK}"
)
_MARKS = r"\p{M}{0,8}"  # of one letter; more make no name that anyone could show
_ONE = rf"[[{_UNSPACED}]&&\p{{L}}]{_MARKS}"
_SPACED = rf"(?:[[\p{{L}}\p{{N}}]--[{_UNSPACED}]]{_MARKS})"
_WORD = regex.compile(rf"(?V1){_ONE}|{_SPACED}{{1,{LONGEST}}}")
_TERM = regex.compile(rf"(?V1){_ONE}|{_SPACED}{{2,{LONGEST}}}")
_LETTER = regex.compile(r"\p{L}")


def words(text: str) -> list[str]:
    """Runs of letters and digits, each with its marks; one character each in scripts without spaces."""
    return _WORD.findall(text)


def terms(text: str) -> list[str]:
    """The words that tell texts apart: of two characters or more, or of one in scripts without spaces."""
    return _TERM.findall(text)


def readable(track_id: Sequence[str], texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """The songs that hold a letter, and of each what is read.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
    texts : sequence of str [shape=(n,)]
        Lyrics, whatever they hold.

    Returns
    -------
    track_id : list of str
        Of the songs whose opening holds a letter; how many do not is said on stderr.
    texts : list of str
        The first 100,000 characters of each, without what UTF-8 cannot hold.
    """
    opened = [text[:READ].encode("utf-8", "ignore").decode("utf-8") for text in texts]
    kept = [(name, text) for name, text in zip(track_id, opened, strict=True) if _LETTER.search(text)]
    if len(kept) < len(opened):
        print(f"{len(opened) - len(kept)} of {len(opened)} lyrics hold no letter", file=sys.stderr)
    return [name for name, _ in kept], [text for _, text in kept]


def wordless(texts: Sequence[str]) -> TrackArray:
    """The feature of lyrics that hold no words, or of none: no rows, and the reason."""
    return TrackArray.empty("the lyrics hold no words" if texts else "no lyrics in this catalogue")
