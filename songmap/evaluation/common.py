"""One space in which the clusterings of all models can be compared.

A silhouette in a model's own latent space rewards a model for a space that is easy to cluster, a collapsed
one above all. In one space for all, the scores of different models can be compared. The space is
standardised features, so that it favours the models that stay close to those features.
"""

from collections.abc import Callable, Mapping

import numpy as np

from songmap.evaluation.internal import NAMES, internal
from songmap.evaluation.validation import NOISE, Score
from songmap.tracks import TrackArray

SPACES = ("mfcc", "table", "sentence", "tfidf")  # in order of preference
STANDARDISED = ("mfcc", "table")  # columns in units of their own; the others share one
ENOUGH = 0.5  # share of the tracks a space must cover for a later one not to be looked at


def choose_space(load: Callable[[str], TrackArray], n_tracks: int) -> tuple[str, TrackArray]:
    """The first space that covers half of the tracks, or else the one that covers most.

    Parameters
    ----------
    load : callable
        Features by name: mfcc, table, sentence, tfidf; called as far as needed.
    n_tracks : int > 0
        Tracks of the dataset.

    Returns
    -------
    name : str
        Which space, '' if no track has features.
    space : TrackArray
        mfcc and table standardised, sentence and tfidf centred.
    """
    best, features = "", TrackArray.empty("no track has features")
    for name in SPACES:
        found = load(name)
        if len(found) > len(features):
            best, features = name, found
        if len(features) >= ENOUGH * n_tracks:
            break
    if not best:
        return best, features
    values = features.values.astype(np.float64)
    values = values - values.mean(axis=0)
    if best in STANDARDISED:
        spread = values.std(axis=0)
        values = values / np.where(spread > 0, spread, 1)
    return best, TrackArray(features.track_id, values)


def common_scores(space: TrackArray, clusters: Mapping[str, int]) -> dict[str, Score | int]:
    """Internal scores in the common space, ``common_tracks`` the number of tracks they are over.

    Parameters
    ----------
    space : TrackArray
        As `choose_space` gives it.
    clusters : mapping of str to int
        Cluster by track id; a track without a row in the space is left out.
    """
    ids = [track for track in space.track_id if track in clusters]
    named = np.array([clusters[track] for track in ids], dtype=np.int64)
    scores = internal(space.rows(ids), named) if ids else dict.fromkeys(NAMES)
    return {"common_tracks": int(np.sum(named != NOISE)), **{f"common_{k}": v for k, v in scores.items()}}
