"""Which terms to count, and what they weigh."""

import sys

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import normalize


def choose(counts: csr_matrix, max_features: int, min_df: int) -> np.ndarray:
    """The columns of the most frequent terms; of equally frequent ones, the first.

    Parameters
    ----------
    counts : csr_matrix [shape=(n, terms)]
        How often each term occurs in each song.
    max_features : int > 0
        Most terms to keep.
    min_df : int > 0
        Songs that a term must occur in. Lowered, with a line on stderr, where no term would be left.

    Returns
    -------
    np.ndarray [shape=(d,)], int
        Rising.
    """
    songs = np.bincount(counts.indices, minlength=counts.shape[1])
    most = int(songs.max(initial=0))
    if 0 < most < min_df:
        print(f"min_df={min_df} lowered to {most}: no term occurs in more songs", file=sys.stderr)
    total = np.asarray(counts.sum(axis=0)).ravel()
    common = np.flatnonzero(songs >= min(min_df, most))
    return np.sort(common[np.argsort(-total[common], kind="stable")[:max_features]])


def rarity(counts: csr_matrix) -> np.ndarray:
    """scikit-learn's smoothed idf of each term, from its counts in each song. Shape (d,), float32."""
    return TfidfTransformer().fit(counts.astype(np.float32)).idf_


def weigh(counts: csr_matrix, idf: np.ndarray) -> csr_matrix:
    """Weights (1 + ln tf) idf, each row of Euclidean length 1, or 0 without a term. float32."""
    weights = counts.astype(np.float32)
    weights.data = (np.log(weights.data) + 1) * idf[weights.indices]
    return normalize(weights, copy=False)
