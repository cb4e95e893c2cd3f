"""The words that set the lyrics of a cluster apart, within one language.

A word that most songs of its language use says nothing: it is no list of stop words that leaves such words
out, but the share of the songs that use them. In a mix of languages they would otherwise be the distinctive
words of any cluster that is mostly in one.

References
----------
- c-TF-IDF: Grootendorst, "BERTopic: Neural topic modeling with a class-based TF-IDF procedure",
  arXiv:2203.05794, equation 2.
- Inverse document frequency: Spärck Jones, "A statistical interpretation of term specificity and its
  application in retrieval", Journal of Documentation 28(1), 1972.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.stats import hypergeom
from sklearn.feature_extraction.text import CountVectorizer

LEAST = 2  # songs of a cluster that use a word
MOST = 10  # words of a cluster
TESTED = 200  # words of a cluster, those of the largest weight
COMMON = 0.5  # share of the songs above which a word says nothing
CHANCE = 0.05  # p from which on a word is left out


@dataclass(frozen=True)
class Word:
    """A word of one cluster.

    Parameters
    ----------
    word : str
    songs : int
        Songs of the cluster that use it.
    elsewhere : float, 0 to 1
        Share of the other songs that do; 0 where there are none.
    weight : float > 0
        See `distinctive`.
    p : float, 0 to 1
        Chance that so many of the cluster's songs use it, or more, if songs were dealt out at random:
        Fisher's exact test, one-sided, times the number of words tested in the cluster (Bonferroni).
    """

    word: str
    songs: int
    elsewhere: float
    weight: float
    p: float


def ctfidf(counts: csr_array) -> csr_array:
    """Class-based TF-IDF.

    Parameters
    ----------
    counts : csr_array [shape=(k, v)]
        How often cluster c sings word x.

    Returns
    -------
    csr_array [shape=(k, v)]
        The share of x in the words of c, times ln(1 + A / f): A is the number of words of a cluster, averaged
        over those with words, and f how often all clusters sing x.
    """
    sung = counts.sum(axis=1)
    average = counts.sum() / max(np.count_nonzero(sung), 1)
    idf = np.log1p(average / np.maximum(counts.sum(axis=0), 1))
    share = csr_array(counts / np.maximum(sung, 1)[:, None])
    return csr_array(share * idf[None, :])


def distinctive(lyrics: Sequence[Sequence[str]], clusters: np.ndarray) -> dict[int, list[Word]]:
    """The words of each cluster, of songs in one language.

    The weight of a word is its c-TF-IDF times ln(n / df): of n songs df use it. Left out are words that fewer
    than two songs of the cluster use, or more than half of all songs, and where there are other songs, words
    that chance alone explains with 5 % or more, each tested by itself.

    Parameters
    ----------
    lyrics : sequence of sequence of str, n of them
        The words of each song.
    clusters : np.ndarray [shape=(n,)], int

    Returns
    -------
    dict of int to list of Word
        By cluster, ten at most, the largest weight first and alike ones by name.
    """
    known, row = np.unique(clusters, return_inverse=True)
    counter = CountVectorizer(analyzer=list, dtype=np.float64)
    if not any(lyrics):
        return {int(cluster): [] for cluster in known}
    counts = csr_array(counter.fit_transform(lyrics))  # (n, v)
    names = counter.get_feature_names_out()
    n = counts.shape[0]
    members = csr_array((np.ones(n), (row, np.arange(n))), shape=(len(known), n))
    songs = csr_array(members @ csr_array(counts > 0).astype(np.float64))  # (k, v)
    using, sizes = songs.sum(axis=0), members.sum(axis=1)
    weights = csr_array(ctfidf(csr_array(members @ counts)) * np.log(n / using)[None, :])
    found: dict[int, list[Word]] = {}
    for i, cluster in enumerate(known):
        inside, weight = songs[[i]].toarray()[0], weights[[i]].toarray()[0]
        others = n - sizes[i]
        elsewhere = (using - inside) / max(others, 1)
        kept = np.flatnonzero((inside >= LEAST) & (using <= COMMON * n))
        kept = kept[np.argsort(-weight[kept].round(12), kind="stable")[:TESTED]]
        p = hypergeom.sf(inside[kept] - 1, n, using[kept], sizes[i])
        corrected = np.minimum(1, len(kept) * p)
        telling = (p < CHANCE) | (others == 0)
        found[int(cluster)] = [
            Word(str(names[x]), int(inside[x]), float(elsewhere[x]), float(weight[x]), float(chance))
            for x, chance in zip(kept[telling][:MOST], corrected[telling][:MOST], strict=True)
        ]
    return found
