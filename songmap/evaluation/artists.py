"""How much of a clustering is nothing but artists, whose songs share a voice, a studio and a style.

Songs of an artist mostly have one genre too, so that a model that only knows artists again agrees with
genres. Three numbers show it:

- the share of a cluster's tracks that are by its commonest artist, the mean over clusters weighted by size;
- its excess over the same share where the artists of these tracks are shuffled, as small clusters have a
  commonest artist in any case; 0 by chance;
- AMI over one track per artist, drawn by chance, the mean of `DRAWS` draws: what of the agreement with a
  label remains where no artist is met twice. A label is known for each of these tracks.

Tracks without an artist are left out, and so is noise, except from AMI, where it counts as one more cluster.
Names of artists are compared as they stand. Where no artist has two tracks there is nothing to see: None.

References
----------
Pampalk, Flexer & Widmer, Improvements of audio-based music similarity and genre classification, ISMIR 2005.
Flexer & Schnitzer, Effects of album and artist filters in audio similarity computed for very large music
databases, Computer Music Journal 34(3), 2010.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import random_table

from songmap.evaluation.contingency import ami_of, contingency
from songmap.evaluation.informed import LABELS
from songmap.evaluation.validation import NOISE, Score, validate_clusters

DRAWS = 20
STREAM = int.from_bytes(b"artists")  # keeps these draws apart from all others of the same seed
COLUMNS = (
    "artists", "artist_tracks", "artist_share", "artist_excess",
    *(f"{label}_ami_one_per_artist" for label in LABELS),
)  # fmt: skip


def artist_effect(
    artists: np.ndarray, clusters: np.ndarray, labels: Mapping[str, np.ndarray], seed: int
) -> dict[str, Any]:
    """The three numbers, how many ``artists`` there are, and ``artist_tracks``, those with an artist.

    Parameters
    ----------
    artists : np.ndarray [shape=(n,)], str
        '' where unknown.
    clusters : np.ndarray [shape=(n,)], int
        -1 is noise.
    labels : mapping of str to np.ndarray [shape=(n,)], str
        genre and language, '' where unknown.
    seed : int >= 0

    Returns
    -------
    dict
        Keys as `COLUMNS`. All None if no artist has two tracks; a score None where it is undefined.
    """
    named, values = np.asarray(artists, dtype=str), validate_clusters(clusters, len(artists))
    known = named != ""
    sizes = np.unique(named[known], return_counts=True)[1]
    if sizes.max(initial=0) < 2:
        return dict.fromkeys(COLUMNS)
    share, excess = _share(named, values, seed)
    return {
        "artists": len(sizes),
        "artist_tracks": int(known.sum()),
        "artist_share": share,
        "artist_excess": excess,
        **{
            f"{label}_ami_one_per_artist": _one_per_artist(named, values, given, seed)
            for label, given in labels.items()
        },
    }


def _share(artists: np.ndarray, clusters: np.ndarray, seed: int) -> tuple[Score, Score]:
    """Share of the commonest artists, and its excess over chance."""
    inside = clusters != NOISE
    counts = contingency(artists[inside], clusters[inside])
    if not counts.size:
        return None, None
    drawn = random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(
        DRAWS, random_state=np.random.default_rng([STREAM, seed])
    )
    share = counts.max(axis=0).sum() / counts.sum()
    by_chance = drawn.max(axis=1).sum(axis=1).mean() / counts.sum()
    return float(share), float(share - by_chance)


def _one_per_artist(artists: np.ndarray, clusters: np.ndarray, labels: np.ndarray, seed: int) -> Score:
    """Mean AMI over draws of one track of each artist; None unless every draw has one."""
    rows = np.flatnonzero((artists != "") & (labels != ""))
    rng, scores = np.random.default_rng([STREAM, seed]), []
    for _ in range(DRAWS):
        order = rng.permutation(rows)
        drawn = order[np.unique(artists[order], return_index=True)[1]]
        score = ami_of(contingency(labels[drawn], clusters[drawn]))
        if score is None:
            return None
        scores.append(score)
    return float(np.mean(scores))
