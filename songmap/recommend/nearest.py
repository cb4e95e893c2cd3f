"""The songs nearest to a point of a latent space.

The search is exact: one pass over the latents. An approximate index does not pay for one question, as it
would have to be built first, and it misses some neighbours.
"""

import numpy as np

from songmap.errors import DataError
from songmap.tracks import TrackArray


def nearest(latents: TrackArray, point: np.ndarray, n: int, without: str = "") -> list[tuple[str, float]]:
    """The tracks nearest to a point by Euclidean distance.

    Parameters
    ----------
    latents : TrackArray [values shape=(m, d)]
        The catalogue.
    point : np.ndarray [shape=(d,)]
        Finite.
    n : int > 0
        Tracks asked for.
    without : str
        Id of a track that is no answer, the one asked about say.

    Returns
    -------
    list of (str, float)
        Ids and distances, the nearest first, and by id where they are as near; fewer than `n` where there are
        no more.

    Raises
    ------
    DataError
        If the point is not of the latents' space, or not finite.
    """
    target = np.asarray(point, dtype=np.float64)
    if target.shape != latents.values.shape[1:] or not np.isfinite(target).all():
        raise DataError(f"a point of shape {target.shape} among latents of shape {latents.values.shape}")
    distance = np.linalg.norm(latents.values.astype(np.float64) - target, axis=1)
    kept = np.flatnonzero(latents.track_id != without)
    if n < len(kept):
        limit = np.partition(distance[kept], n - 1)[n - 1]
        kept = kept[distance[kept] <= limit]
    order = kept[np.lexsort((latents.track_id[kept], distance[kept]))][:n]
    return list(zip(latents.track_id[order].tolist(), distance[order].tolist(), strict=True))
