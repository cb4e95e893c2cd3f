"""What the page knows of one model: the map, its clusters, and the nearest songs of every song."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from songmap.report.cards import card
from songmap.report.pack import indices, packed
from songmap.tracks import TrackArray

NEAREST = 8
FIXED = {"track_id", "title", "artist", "cluster", "confidence", "rank"}  # the other columns are algorithms


def model(
    track_id: Sequence[str],
    clusters: Sequence[Mapping[str, str]],
    projection: TrackArray,
    latents: TrackArray,
    explanations: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Arrays of the model's songs, in the order of `clusters`, packed.

    Parameters
    ----------
    track_id : sequence of str
        All tracks of the page; the model's songs refer to them by position.
    clusters : sequence of mapping
        ``track_id``, ``cluster``, perhaps ``confidence`` (0 to 1), and the cluster by other algorithms.
    projection : TrackArray [values shape=(n, 2)]
    latents : TrackArray [values shape=(n, s, d)]
        Of which the first run counts, as it does for the clusters.
    explanations : sequence of mapping
        One per cluster, see `songmap.report.cards.card`.
    """
    order = {track: i for i, track in enumerate(track_id)}
    ids = [row["track_id"] for row in clusters]
    points = projection.rows(ids).astype(np.float32)
    algorithms = {"cluster": "cluster"} | {name: name for name in clusters[0] if name not in FIXED}
    firm = [float(row.get("confidence") or 0) for row in clusters]
    return {
        "song": indices(np.array([order[i] for i in ids]), len(track_id)),
        "x": packed(points[:, 0]),
        "y": packed(points[:, 1]),
        "clusters": {
            name: packed(np.array([int(row[name]) for row in clusters], dtype=np.int16))
            for name in algorithms
        },
        "confidence": packed(np.rint(255 * np.clip(firm, 0, 1)).astype(np.uint8)),
        "nearest": indices(nearest(latents.rows(ids)[:, 0]), len(ids)),
        "cards": [card(explained, order) for explained in explanations],
    }


def nearest(points: np.ndarray, k: int = NEAREST) -> np.ndarray:
    """The `k` other points that are nearest to each, by Euclidean distance, the nearest first.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]

    Returns
    -------
    np.ndarray [shape=(n, min(k, n - 1))], int
    """
    k = min(k, len(points) - 1)
    if k < 1:
        return np.zeros((len(points), 0), dtype=int)
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(points.astype(np.float64))
    return search.kneighbors(return_distance=False)
