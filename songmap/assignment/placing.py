"""Places in a latent space among the clusters there: which cluster, how firmly, and next to which song."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances_argmin_min

from songmap.clustering.membership import Centres, confidence, nearest
from songmap.tracks import TrackArray

SAME = 1e-5  # of the typical size of a latent: places that differ by less are the same


@dataclass(frozen=True)
class Place:
    """Where a song lies.

    Parameters
    ----------
    cluster : int
        That of the nearest mean.
    confidence : float [scalar], 0 to 1
        See `songmap.clustering.membership.confidence`.
    outlier : bool
        Further from the mean than 99 of 100 of the cluster's own songs.
    nearest : str
        Id of the nearest song of the catalogue.
    distance : float >= 0 [scalar]
        To that song.
    """

    cluster: int
    confidence: float
    outlier: bool
    nearest: str
    distance: float


def place(points: TrackArray, latents: TrackArray, clusters: TrackArray) -> dict[str, Place]:
    """Place songs among those of a catalogue.

    Parameters
    ----------
    points : TrackArray [values shape=(m, d)]
        The songs to place.
    latents : TrackArray [values shape=(n, d)]
        Those of the catalogue.
    clusters : TrackArray [values shape=(n,)], int
        The cluster of each.

    Returns
    -------
    dict of str to Place
        By track id.
    """
    if not len(points):
        return {}
    known = latents.values.astype(np.float64)
    wanted = points.values.astype(np.float64)
    centres = Centres.of(known, clusters.rows(latents.track_id))
    distances = centres.distances(wanted)  # (m, k)
    found = nearest(distances)
    firm = confidence(distances, found)
    size = np.sqrt(np.square(known).sum(axis=1).mean())
    outlier = distances[np.arange(len(found)), found] > centres.reach[found] + SAME * size
    song, distance = pairwise_distances_argmin_min(wanted, known)
    names = latents.track_id[song].tolist()
    columns = (found.tolist(), firm.round(4).tolist(), outlier.tolist(), names, distance.round(4).tolist())
    places = (Place(*row) for row in zip(*columns, strict=True))
    return dict(zip(points.track_id.tolist(), places, strict=True))
