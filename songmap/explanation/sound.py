"""How the songs of a cluster sound, against the whole collection."""

from collections.abc import Mapping

import numpy as np

from songmap.tracks import TrackArray

# Tempo in octaves, brightness the spectral centroid, loudness the level in dB; percussiveness the mean onset
# strength and not zero crossings, which follow the centroid (r = 0.9 on the demo).
DESCRIPTORS = {
    "tempo": "tempo_log2",
    "brightness": "centroid_mean",
    "loudness": "rms_db_mean",
    "percussiveness": "onset_mean",
}
STRONGEST = 4  # columns of a table by cluster


def described(descriptors: TrackArray) -> TrackArray:
    """Tempo, brightness, loudness and percussiveness, those that were extracted."""
    column = {name: i for i, name in enumerate(descriptors.names.tolist())}
    known = {name: column[source] for name, source in DESCRIPTORS.items() if source in column}
    if not known:
        return TrackArray.empty("no sound was described")
    return TrackArray(
        descriptors.track_id, descriptors.values[:, list(known.values())], np.array(list(known))
    )


def profiles(features: TrackArray, clusters: Mapping[str, int]) -> dict[int, dict[str, float]]:
    """Mean of each cluster as z-scores: in standard deviations of all songs, from their mean.

    Parameters
    ----------
    features : TrackArray [shape=(n, d)]
        Named columns of the collection, tracks of no cluster included.
    clusters : mapping of str to int
        Cluster by track id; of its tracks, those without a row are left out.

    Returns
    -------
    dict of int to dict
        z-scores by column, to four decimals, of every cluster with a track in `features`. Of more than four
        columns those are kept that are among the four furthest from 0 for some cluster. A column that never
        varies is 0.
    """
    if not features.names.size:
        return {}
    values = features.values.astype(np.float64)
    spread, scale = values.std(axis=0), np.abs(values).max(axis=0)
    varies = spread > 1e-7 * scale  # above what float32 rounds
    z = np.where(varies, values - values.mean(axis=0), 0) / np.where(varies, spread, 1)
    number = np.array([clusters.get(track, -1) for track in features.track_id.tolist()])
    means = {int(c): z[number == c].mean(axis=0) for c in np.unique(number[number >= 0])}
    furthest = {i for mean in means.values() for i in np.argsort(-np.abs(mean), kind="stable")[:STRONGEST]}
    return {
        c: {str(features.names[i]): round(float(mean[i]), 4) + 0.0 for i in sorted(furthest)}
        for c, mean in means.items()
    }
