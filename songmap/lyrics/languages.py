"""The languages of lyrics, line by line, with lingua (github.com/pemistahl/lingua-py).

Lingua compares a line's sequences of up to five letters with those of 75 languages. A first, rough look, at
sequences of three, finds the languages a song may be in. Most songs leave no doubt there; for the others, the
candidates alone are compared in full. That is several times faster than to compare all, takes the models of
few languages into memory, and errs no more often. What the lines say together is the part of `mixture`.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import regex
from lingua import IsoCode639_1, Language, LanguageDetector, LanguageDetectorBuilder
from tqdm import tqdm

from songmap.errors import ParameterError
from songmap.lyrics.mixture import assign, candidates

MIXED = 0.2
_CANDIDATES = 8
_PIECES = 1000  # at most, of one song; beyond that, evenly spaced
_FEWEST_LETTERS = 8
_SMALLEST = 1e-6
_DECIMALS = 6  # of a confidence: what is beyond varies from run to run

_SENTENCE_END = regex.compile(r"(?<=[.!?;:…。！？；])\s+|(?<=[。！？；])")
_PIECE = regex.compile(r"\S(?:.{0,98}\S)?(?=\s|$)|\S{100}")
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_WIDE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Bopomofo}]")


@dataclass(frozen=True)
class Languages:
    """The languages of one text.

    Parameters
    ----------
    shares : dict of str to float
        Share of the letters by ISO 639-1 code, the largest first; empty where no language could be told.
        They add up to less than 1 where a part is in a script that none of the languages is written in.
    """

    shares: dict[str, float] = field(default_factory=dict)

    @property
    def main(self) -> str:
        """The language of most letters; '' where there is none."""
        return next(iter(self.shares), "")

    @property
    def spoken(self) -> list[str]:
        """The main language, and others of at least a fifth of the letters."""
        return [code for code, share in self.shares.items() if share >= MIXED or code == self.main]


def known() -> list[str]:
    """ISO 639-1 codes of all languages that can be told apart, in alphabetical order."""
    return sorted(_code(language) for language in Language.all())


def identify(texts: Sequence[str], languages: Sequence[str] | str = "all") -> list[Languages]:
    """The languages of each text. One text's do not depend on the others.

    Parameters
    ----------
    texts : sequence of str
        Lyrics, in lines. Of a text with more than 1,000 distinct lines, as many are looked at, evenly spaced.
    languages : sequence of str, or 'all'
        ISO 639-1 codes of the languages that can occur, two or more.

    Raises
    ------
    ParameterError
        If a code is not one of `known`, or there are fewer than two.
    """
    identifier = _Identifier(_checked(languages))
    progress = tqdm(texts, desc="languages", unit="song", delay=1, leave=False, file=sys.stderr)
    return [identifier(text) for text in progress]


def _checked(languages: Sequence[str] | str) -> list[str]:
    allowed = known()
    codes = allowed if languages == "all" else sorted(set(languages))
    for code in codes:
        if code not in allowed:
            raise ParameterError(
                f"lyrics.languages: {code!r} cannot be identified; allowed: {', '.join(allowed)}"
            )
    if len(codes) < 2:
        raise ParameterError(f"lyrics.languages={list(languages)}: must be all, or at least two languages")
    return codes


class _Identifier:
    """Finds the languages of a text among those allowed."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = codes
        self.rough = _builder(codes).with_low_accuracy_mode().build()

    def __call__(self, text: str) -> Languages:
        counts = Counter(_pieces(text))
        pieces = _spread(list(counts))
        letters = np.array([_letters(piece) for piece in pieces], dtype=float)  # (n,)
        times = np.array([counts[piece] for piece in pieces])  # (n,)
        total = float(letters @ times)
        if total < _FEWEST_LETTERS:
            return Languages()
        confidence = _confidence(self.rough, pieces, self.codes)
        readable = [
            bool(row.any()) or _is_short(piece) for piece, row in zip(pieces, confidence, strict=True)
        ]
        if float((letters * times)[readable].sum()) < total / 2:
            return Languages()
        pieces = [piece for piece, is_readable in zip(pieces, readable, strict=True) if is_readable]
        letters, times, confidence = letters[readable], times[readable], confidence[readable]
        sums: dict[str, float] = defaultdict(float)
        for code, weight in zip(self._told(pieces, letters, times, confidence), letters * times, strict=True):
            sums[code] += float(weight)
        sums.pop("", None)
        return Languages({code: sums[code] / total for code in sorted(sums, key=lambda c: (-sums[c], c))})

    def _told(
        self, pieces: list[str], letters: np.ndarray, times: np.ndarray, rough: np.ndarray
    ) -> list[str]:
        """The code of each piece's language, or '' for all."""
        weight = 1 + np.log(times)  # a line sung ten times is 3.3 lines
        codes = [self.codes[column] for column in candidates(rough, letters, weight, _CANDIDATES)]
        if len(codes) == 1:
            return codes * len(pieces)
        confidence = _confidence(_builder(codes).build(), pieces, codes)
        return [codes[column] if column >= 0 else "" for column in assign(confidence, letters, weight)]


def _confidence(detector: LanguageDetector, pieces: list[str], codes: list[str]) -> np.ndarray:
    """Confidence of each piece in each language, shape (n, c); zeros where none is written in its script."""
    column = {_language(code): i for i, code in enumerate(codes)}
    found = np.zeros((len(pieces), len(codes)))
    for row, values in enumerate(detector.compute_language_confidence_values_in_parallel(pieces)):
        for item in values:  # the likeliest first
            confidence = item.value
            if confidence < _SMALLEST:
                break
            found[row, column[item.language]] = confidence
    return np.round(found, _DECIMALS)


def _builder(codes: Sequence[str]) -> LanguageDetectorBuilder:
    return LanguageDetectorBuilder.from_languages(*(_language(code) for code in codes))


@cache
def _language(code: str) -> Language:
    return Language.from_iso_code_639_1(getattr(IsoCode639_1, code.upper()))


def _code(language: Language) -> str:
    return language.iso_code_639_1.name.lower()


def _pieces(text: str) -> Iterator[str]:
    """Lines that hold a letter; a long line in sentences, and a long sentence in parts of 100 characters."""
    for line in text.split("\n"):
        for sentence in _SENTENCE_END.split(line) if len(line) > 100 else [line]:
            yield from (piece for piece in _PIECE.findall(sentence) if _LETTER.search(piece))


def _spread(pieces: list[str]) -> list[str]:
    if len(pieces) <= _PIECES:
        return pieces
    return [pieces[i] for i in np.linspace(0, len(pieces) - 1, _PIECES).astype(int)]


def _is_short(piece: str) -> bool:
    """Whether no word has the three letters that a language is told by, as in 'oh, oh'."""
    return max(_letters(word) for word in piece.split()) < 3


def _letters(piece: str) -> int:
    """Letters, of which those that stand for a syllable or a word count twice."""
    return len(_LETTER.findall(piece)) + len(_WIDE.findall(piece))
