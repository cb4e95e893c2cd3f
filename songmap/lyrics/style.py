"""How lyrics are written, whatever they say: measures of each song, beside the others of its language.

=================  =====================================================================================
words              natural logarithm of the number of words
lines              natural logarithm of the number of lines
words_per_line     words / lines
vocabulary         share of distinct words, averaged over every window of 50 words, so that it hardly depends
                   on the length (moving-average type-token ratio: Covington & McFall 2010, Journal of
                   Quantitative Linguistics 17(2)); of all words where there are fewer
repetition         share of the sequences of three words that came before, with or without line breaks, after
                   the distinct-n of Li et al. 2016 (arXiv:1510.03055), which has n = 1 and 2 and divides by
                   words; 0 where there are fewer words
word_length        letters / words
punctuation        share of punctuation (Unicode's category P) in the characters that are no white space
=================  =====================================================================================

A word is a run of letters and digits, or one character in scripts without spaces; a line holds one word at
least. Case does not count.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import regex

from songmap.lyrics.centring import Standards
from songmap.lyrics.tokens import readable, wordless, words
from songmap.params import StyleMeasure
from songmap.tracks import TrackArray

WINDOW = 50  # words
SEQUENCE = 3  # words
_LETTER = regex.compile(r"\p{L}")
_PUNCTUATION = regex.compile(r"\p{P}")
_VISIBLE = regex.compile(r"\S")


def style(
    track_id: Sequence[str],
    texts: Sequence[str],
    language: Mapping[str, str],
    measures: Sequence[StyleMeasure],
) -> TrackArray:
    """The vectors of `fit_style` alone."""
    return fit_style(track_id, texts, language, measures)[0]


def fit_style(
    track_id: Sequence[str],
    texts: Sequence[str],
    language: Mapping[str, str],
    measures: Sequence[StyleMeasure],
) -> tuple[TrackArray, Standards | None]:
    """Measures of style, each standardised within each language.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
        Unique ids.
    texts : sequence of str [shape=(n,)]
        Their lyrics, of which the first 100,000 characters are read.
    language : mapping of str to str
        Language by track id; '' where it is not known.
    measures : sequence of str [shape=(d,)]
        Which, in the order of the columns.

    Returns
    -------
    vectors : TrackArray
        float32, shape (m, d), named by the measures, of mean 0 and variance 1 within each language (see
        `centring.standardise`). A song without a letter has no row.
    standards : Standards or None
        What other songs are measured against; None without a letter.
    """
    array = measured(track_id, texts, measures)
    if not len(array):
        return array, None
    standards = Standards.of(array, language)
    return standards.apply(array, language), standards


def measured(track_id: Sequence[str], texts: Sequence[str], measures: Sequence[StyleMeasure]) -> TrackArray:
    """Measures of every song with a letter, as they are before they are standardised. float64."""
    ids, lyrics = readable(track_id, texts)
    if not lyrics:
        return wordless(texts)
    values = np.array([measure(text, measures) for text in lyrics])
    return TrackArray(np.array(ids), values, np.array(measures))


def measure(text: str, measures: Sequence[StyleMeasure]) -> list[float]:
    """Measures of one text that holds a letter, as they are before they are standardised."""
    song = _Song(text.lower())
    return [_MEASURES[name](song) for name in measures]


class _Song:
    """A text, its words and its lines."""

    def __init__(self, text: str) -> None:
        each = [words(line) for line in text.splitlines()]
        self.text = text
        self.words = [word for line in each for word in line]
        self.lines = sum(1 for line in each if line)


def _vocabulary(song: _Song) -> float:
    size = min(WINDOW, len(song.words))
    within = Counter(song.words[:size])
    distinct = [len(within)]
    for gone, come in zip(song.words, song.words[size:], strict=False):
        within[come] += 1
        within[gone] -= 1
        if not within[gone]:
            del within[gone]
        distinct.append(len(within))
    return math.fsum(distinct) / len(distinct) / size


def _repetition(song: _Song) -> float:
    sequences = list(zip(*(song.words[start:] for start in range(SEQUENCE)), strict=False))
    return 1 - len(set(sequences)) / len(sequences) if sequences else 0.0


def _word_length(song: _Song) -> float:
    return len(_LETTER.findall(song.text)) / len(song.words)


def _punctuation(song: _Song) -> float:
    return len(_PUNCTUATION.findall(song.text)) / len(_VISIBLE.findall(song.text))


_MEASURES: Mapping[StyleMeasure, Callable[[_Song], float]] = {
    "words": lambda song: math.log(len(song.words)),
    "lines": lambda song: math.log(song.lines),
    "words_per_line": lambda song: len(song.words) / song.lines,
    "vocabulary": _vocabulary,
    "repetition": _repetition,
    "word_length": _word_length,
    "punctuation": _punctuation,
}
