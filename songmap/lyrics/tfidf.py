"""TF-IDF of words and word sequences, for lyrics in any script.

Scripts that put no spaces between words are counted by character; with sequences of two they give the
character bigrams that serve such texts well (Kwok 1997, Comparing representations in Chinese information
retrieval, SIGIR).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from songmap.lyrics import tokens
from songmap.lyrics.terms import choose, rarity, weigh
from songmap.tracks import TrackArray


@dataclass(frozen=True, eq=False)
class Tfidf:
    """The terms of a catalogue, and what they weigh.

    Parameters
    ----------
    terms : np.ndarray [shape=(d,)], str
        In alphabetical order.
    idf : np.ndarray [shape=(d,)], float32
    ngram_max : int > 0
        Most words in a term.
    """

    terms: np.ndarray
    idf: np.ndarray
    ngram_max: int

    def transform(self, track_id: Sequence[str], texts: Sequence[str]) -> TrackArray:
        """What `fit_tfidf` gives, of any songs by these terms."""
        ids, lyrics = tokens.readable(track_id, texts)
        if not lyrics:
            return tokens.wordless(texts)
        return self._weighed(ids, _counter(self.ngram_max, vocabulary=self.terms).transform(lyrics))

    def _weighed(self, ids: Sequence[str], counts: csr_matrix) -> TrackArray:
        weights = weigh(counts, self.idf).toarray()  # (n, d)
        known = np.asarray(weights.any(axis=1))  # (n,)
        if not known.all():
            unknown = np.count_nonzero(~known)
            print(
                f"{unknown} of {len(known)} lyrics hold none of the {len(self.terms)} terms", file=sys.stderr
            )
        return TrackArray(np.array(ids)[known], weights[known], self.terms)


def tfidf(track_id: Sequence[str], texts: Sequence[str], **settings: int) -> TrackArray:
    """The vectors of `fit_tfidf` alone."""
    return fit_tfidf(track_id, texts, **settings)[0]


def fit_tfidf(
    track_id: Sequence[str], texts: Sequence[str], *, max_features: int, ngram_max: int, min_df: int
) -> tuple[TrackArray, Tfidf | None]:
    """Sublinear TF-IDF, each song of unit length.

    Terms are lower-case words of two characters or more (of one, in scripts without spaces) and sequences of
    up to `ngram_max` of them. The most frequent terms are kept; of equally frequent ones, the first in
    alphabetical order. Weights are (1 + ln tf) idf with scikit-learn's smoothed idf.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
        Unique ids.
    texts : sequence of str [shape=(n,)]
        Their lyrics, of which the first 100,000 characters are read.
    max_features : int > 0
        Most terms to keep.
    ngram_max : int > 0
        Most words in a term.
    min_df : int > 0
        Songs that a term must occur in. Lowered, with a line on stderr, where no term would be left.

    Returns
    -------
    vectors : TrackArray
        float32, shape (m, d), rows of Euclidean length 1; the names are the terms in alphabetical order.
        A song that holds no kept term has no row; how many there are is said on stderr.
    encoder : Tfidf or None
        What makes such vectors of other songs; None without a term.
    """
    ids, lyrics = tokens.readable(track_id, texts)
    if not any(tokens.terms(text) for text in lyrics):
        return tokens.wordless(texts), None
    vectorizer = _counter(ngram_max)
    counts = vectorizer.fit_transform(lyrics)
    chosen = choose(counts, max_features, min_df)
    counts = counts[:, chosen]
    terms = vectorizer.get_feature_names_out()[chosen].astype(str)
    encoder = Tfidf(terms, rarity(counts), ngram_max)
    return encoder._weighed(ids, counts), encoder


def _counter(ngram_max: int, **given: Any) -> CountVectorizer:
    return CountVectorizer(tokenizer=tokens.terms, token_pattern=None, ngram_range=(1, ngram_max), **given)
