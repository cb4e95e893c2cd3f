"""Character n-grams reduced by a singular value decomposition: spelling, endings and small words.

Letters alone count, each word between two blanks (Cavnar & Trenkle 1994, N-gram-based text categorization,
SDAIR), so that they know a language by little text. The reduction is latent semantic analysis (Deerwester et
al. 1990, JASIS 41(6)), by a randomised SVD (Halko, Martinsson & Tropp 2011, arXiv:0909.4061).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import regex
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

from songmap.lyrics.terms import choose, rarity, weigh
from songmap.lyrics.tokens import readable, wordless
from songmap.tracks import TrackArray

_BETWEEN = regex.compile(r"[^\p{L}\p{M}]+")
_NOISE = 1e-6  # a singular value below this share of the largest is rounding error, in float32


@dataclass(frozen=True, eq=False)
class Char:
    """The character sequences of a catalogue, what they weigh, and what they are reduced to.

    Parameters
    ----------
    sequences : np.ndarray [shape=(p,)], str
        In alphabetical order.
    idf : np.ndarray [shape=(p,)], float32
    directions : np.ndarray [shape=(p, d)], float32
        Right singular vectors.
    ngram_min, ngram_max : int > 0
        Characters in a sequence.
    """

    sequences: np.ndarray
    idf: np.ndarray
    directions: np.ndarray
    ngram_min: int
    ngram_max: int

    def transform(self, track_id: Sequence[str], texts: Sequence[str]) -> TrackArray:
        """What `fit_char` gives, of any songs: folded in, as latent semantic analysis calls it.

        The songs fitted get their vectors to 1e-5.
        """
        ids, lyrics = readable(track_id, texts)
        if not lyrics:
            return wordless(texts)
        counter = _counter(self.ngram_min, self.ngram_max, vocabulary=self.sequences)
        return _unit(ids, weigh(counter.transform(lyrics), self.idf) @ self.directions)


def char(track_id: Sequence[str], texts: Sequence[str], **settings: int) -> TrackArray:
    """The vectors of `fit_char` alone."""
    return fit_char(track_id, texts, **settings)[0]


def fit_char(
    track_id: Sequence[str],
    texts: Sequence[str],
    *,
    max_features: int,
    ngram_min: int,
    ngram_max: int,
    min_df: int,
    dimensions: int,
) -> tuple[TrackArray, Char | None]:
    """Sublinear TF-IDF of lower-case character sequences within words, reduced, each song of unit length.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
        Unique ids.
    texts : sequence of str [shape=(n,)]
        Their lyrics, of which the first 100,000 characters are read.
    max_features : int > 0
        Most sequences to keep: the most frequent, of equals the first in alphabetical order.
    ngram_min, ngram_max : int > 0
        Characters in a sequence; the blank before and after a word is one. A shorter word counts once.
    min_df : int > 0
        Songs that a sequence must occur in. Lowered, with a line on stderr, where none would be left.
    dimensions : int > 0
        Singular vectors to keep; fewer where the songs do not span so many.

    Returns
    -------
    vectors : TrackArray
        float32, shape (m, d), rows of Euclidean length 1. A song that holds no kept sequence has no row; how
        many there are is said on stderr.
    encoder : Char or None
        What makes such vectors of other songs; None without a letter.
    """
    ids, lyrics = readable(track_id, texts)
    if not lyrics:
        return wordless(texts), None
    vectorizer = _counter(ngram_min, ngram_max)
    counts = vectorizer.fit_transform(lyrics)
    chosen = choose(counts, max_features, min_df)
    sequences = vectorizer.get_feature_names_out()[chosen].astype(str)
    counts = counts[:, chosen]
    idf = rarity(counts)
    values, directions = _reduce(weigh(counts, idf), dimensions)
    return _unit(ids, values), Char(sequences, idf, directions, ngram_min, ngram_max)


def _counter(ngram_min: int, ngram_max: int, **given: Any) -> CountVectorizer:
    sizes = {"analyzer": "char_wb", "ngram_range": (ngram_min, ngram_max), "dtype": np.int32}
    return CountVectorizer(preprocessor=_letters, **sizes, **given)


def _unit(ids: Sequence[str], values: np.ndarray) -> TrackArray:
    """The rows that are not 0, at length 1."""
    length = np.linalg.norm(values, axis=1)
    known = length > _NOISE
    if not known.all():
        unknown = np.count_nonzero(~known)
        print(f"{unknown} of {len(known)} lyrics hold none of the kept characters", file=sys.stderr)
    return TrackArray(np.array(ids)[known], values[known] / length[known, None])


def _letters(text: str) -> str:
    return _BETWEEN.sub(" ", text.lower())


def _reduce(weights: csr_matrix, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Projections on the leading singular vectors that are no rounding error, and these.

    Shapes (n, d) and (p, d), float32. On one thread, as threads add in any order; scikit-learn fixes signs.
    Transposed, the first are the weights times the second, and not only nearly so.
    """
    with threadpool_limits(1):
        left, strength, right = randomized_svd(
            weights, min(dimensions, *weights.shape), transpose=True, random_state=0
        )
    strong = strength > _NOISE * strength[0]
    return (left * strength)[:, strong].astype(np.float32), right[strong].T.astype(np.float32)
