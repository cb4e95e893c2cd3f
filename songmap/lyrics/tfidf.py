"""TF-IDF of words and word sequences, for lyrics in any script.

Scripts that put no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are counted by
character; with sequences of two they give the character bigrams that serve such texts well
(Kwok 1997, Comparing representations in Chinese information retrieval, SIGIR).
"""

import sys
from collections import Counter
from collections.abc import Sequence

import numpy as np
import regex
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from songmap.tracks import TrackArray

_UNSPACED = (
    r"\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\N{KATAKANA-HIRAGANA "
    r"PROLONGED SOUND MARK}"
)
_TOKEN = regex.compile(
    rf"(?V1)[[{_UNSPACED}]&&\p{{L}}]\p{{M}}*|(?:[[\p{{L}}\p{{N}}]--[{_UNSPACED}]]\p{{M}}*){{2,}}"
)


def tfidf(
    track_id: Sequence[str], texts: Sequence[str], *, max_features: int, ngram_max: int, min_df: int
) -> TrackArray:
    """Sublinear TF-IDF, each song of unit length.

    Terms are lower-case words of two characters or more (of one, in scripts without spaces) and sequences of
    up to `ngram_max` of them. The most frequent terms are kept; of equally frequent ones, the first in
    alphabetical order. Weights are (1 + ln tf) idf with scikit-learn's smoothed idf.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
        Unique ids.
    texts : sequence of str [shape=(n,)]
        Their lyrics.
    max_features : int > 0
        Most terms to keep.
    ngram_max : int > 0
        Most words in a term.
    min_df : int > 0
        Songs that a term must occur in. Lowered, with a line on stderr, where no term would be left.

    Returns
    -------
    TrackArray
        float32, shape (m, d), rows of Euclidean length 1; the names are the terms in alphabetical order.
        A song that holds no kept term has no row; how many there are is said on stderr.
    """
    analyze = CountVectorizer(
        tokenizer=_TOKEN.findall, token_pattern=None, ngram_range=(1, ngram_max)
    ).build_analyzer()
    documents = [analyze(text) for text in texts]
    vocabulary = _vocabulary(documents, max_features, min_df)
    if not vocabulary:
        return TrackArray.empty("no lyrics in this catalogue" if not texts else "the lyrics hold no words")
    weights = _weigh(documents, vocabulary)
    known = np.asarray(weights.any(axis=1))  # (n,)
    if not known.all():
        unknown = np.count_nonzero(~known)
        print(f"{unknown} of {len(known)} lyrics hold none of the {len(vocabulary)} terms", file=sys.stderr)
    return TrackArray(np.asarray(track_id, dtype=str)[known], weights[known], np.array(vocabulary))


def _weigh(documents: list[list[str]], vocabulary: list[str]) -> np.ndarray:
    vectorizer = TfidfVectorizer(
        analyzer=list, vocabulary=vocabulary, sublinear_tf=True, norm="l2", dtype=np.float32
    )
    return vectorizer.fit_transform(documents).toarray()  # (n, d)


def _vocabulary(documents: list[list[str]], max_features: int, min_df: int) -> list[str]:
    songs = Counter(term for document in documents for term in set(document))
    most = max(songs.values(), default=0)
    if 0 < most < min_df:
        print(f"min_df={min_df} lowered to {most}: no term occurs in more songs", file=sys.stderr)
    total = Counter(term for document in documents for term in document if songs[term] >= min(min_df, most))
    return sorted(sorted(total, key=lambda term: (-total[term], term))[:max_features])
