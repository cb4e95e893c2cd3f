"""How much of a clustering is artists recognised, rather than what the labels mean.

Songs of one artist share voice, instruments and studio. Where a label follows from the artist, a clustering
of artists scores well against it (Pampalk, Flexer & Widmer 2005, ISMIR; Flexer & Schnitzer 2010, Computer
Music Journal 34(3)). Two numbers tell: the share of each cluster that its commonest artist takes, and the
score over one track per artist.
"""

from collections.abc import Callable

import numpy as np

from songmap.evaluation.validation import NOISE, Score

DRAWS = 20
STREAM = int.from_bytes(b"artists")  # keeps these draws apart from all others of the same seed


def artist_share(artists: np.ndarray, clusters: np.ndarray) -> float | None:
    """Share of the tracks whose artist is the commonest in their cluster.

    Parameters
    ----------
    artists : np.ndarray [shape=(n,)], str
        '' where unknown; such tracks are left out.
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise, left out.

    Returns
    -------
    float or None
        In (0, 1], 1 where each cluster holds one artist only. None where no artist has two tracks, as there
        is nothing to tell.
    """
    known = (artists != "") & (clusters != NOISE)
    artists, clusters = artists[known], clusters[known]
    if len(np.unique(artists)) == len(artists):
        return None
    commonest = sum(
        np.unique(artists[clusters == cluster], return_counts=True)[1].max()
        for cluster in np.unique(clusters)
    )
    return float(commonest / len(artists))


def one_per_artist(
    score: Callable[[np.ndarray, np.ndarray], Score],
    labels: np.ndarray,
    clusters: np.ndarray,
    artists: np.ndarray,
    seed: int,
) -> Score:
    """Mean score over draws of one track per artist; tracks without an artist count as artists of their own.

    Parameters
    ----------
    score : callable
        Labels (m,) and clusters (m,) to a score.
    labels, artists : np.ndarray [shape=(n,)], str
    clusters : np.ndarray [shape=(n,)], int
    seed : int >= 0

    Returns
    -------
    float or None
        None where a draw has no score.
    """
    if not len(artists):
        return None
    names = np.where(artists == "", [f"\0{i}" for i in range(len(artists))], artists)
    rng = np.random.default_rng([STREAM, seed])
    drawn = []
    for _ in range(DRAWS):
        order = rng.permutation(len(names))
        rows = order[np.unique(names[order], return_index=True)[1]]
        drawn.append(score(labels[rows], clusters[rows]))
    values = [value for value in drawn if value is not None]
    return float(np.mean(values)) if len(values) == len(drawn) else None
