"""Steps through a latent space, decoded: along its units, and from one song to another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from songmap.latents import active
from songmap.models.inputs import Inputs
from songmap.models.neural import NeuralEncoder
from songmap.tracks import TrackArray

RANGE = (2.0, 98.0)  # percentiles of a unit's values between which it is varied
STEPS = 7
CENTRES = 8  # typical songs, of which two are chosen


@dataclass(frozen=True)
class Traversal:
    """What a decoder makes of each unit's range while the other units stay at their mean.

    Parameters
    ----------
    units : np.ndarray [shape=(u,)], int
        The active units whose values vary most over the tracks, that one first.
    values : np.ndarray [shape=(u, steps)]
        Where each unit was put: equal steps from its 2nd to its 98th percentile.
    decoded : dict of str to np.ndarray [shape=(u, steps, d) or (u, steps, bands, frames)], float32
        What comes out, by modality: mel patches in dB, vectors as scaled.
    active : int
        How many of all units are active (Burda et al. 2016).
    """

    units: np.ndarray
    values: np.ndarray
    decoded: dict[str, np.ndarray]
    active: int


@dataclass(frozen=True)
class Interpolation:
    """Two songs, and what a decoder makes of the way between them.

    Parameters
    ----------
    songs : tuple of str
        Ids of the two.
    steps : dict of str to np.ndarray [shape=(2 + steps, d) or (2 + steps, bands, frames)], float32
        By modality: mel patches in dB, vectors as scaled. The first and the last are what the model was given
        of the songs, of several patches the middle one; between them is what it decodes from equal steps on
        the straight line from the one's latents to the other's, both included.
    """

    songs: tuple[str, str]
    steps: dict[str, np.ndarray]


def traverse(encoder: NeuralEncoder, latents: TrackArray, inputs: Inputs, most: int) -> Traversal:
    """Vary the active units one by one.

    Parameters
    ----------
    encoder : NeuralEncoder
    latents : TrackArray [values shape=(n, d)]
        Posterior means of all tracks.
    inputs : Inputs
        What the model is given. Where it is told labels, the decoder is told their mean throughout.
    most : int > 0 [scalar]
        Units at most.
    """
    points = np.sort(latents.values.astype(np.float64), axis=0)  # sums do not depend on the order of tracks
    variance = points.var(axis=0)
    alive = int(active(points).sum())
    units = np.argsort(-variance, kind="stable")[: min(most, alive)]
    low, high = np.percentile(points[:, units], RANGE, axis=0)
    values = np.linspace(low, high, STEPS, axis=1)  # (u, steps)
    z = np.tile(points.mean(axis=0), (len(units), STEPS, 1))  # (u, steps, d)
    z[np.arange(len(units)), :, units] = values
    told = _labels(inputs, np.sort(latents.track_id)).mean(axis=0)
    rows = [_decode(encoder, steps, np.tile(told, (STEPS, 1))) for steps in z]
    decoded = {name: np.stack([row[name] for row in rows]) for name in (rows[0] if rows else {})}
    return Traversal(units, values, decoded, alive)


def interpolate(
    encoder: NeuralEncoder, latents: TrackArray, inputs: Inputs, seed: int
) -> Interpolation | None:
    """Go from one song to another that is far from it, both typical and with all that the model is given.

    Parameters
    ----------
    encoder : NeuralEncoder
    latents : TrackArray [values shape=(n, d)]
        Posterior means of all tracks.
    inputs : Inputs
        What the model is given. Labels, where it is told some, change along with the latents.
    seed : int >= 0
        Of `distant_pair`.

    Returns
    -------
    Interpolation or None
        None where there are not two such songs.
    """
    songs = distant_pair(latents.select(inputs.complete()), seed)
    if songs is None:
        return None
    share = np.linspace(0, 1, STEPS)[:, np.newaxis]
    z, told = (
        (1 - share) * ends[0] + share * ends[1] for ends in (latents.rows(songs), _labels(inputs, songs))
    )
    steps = {}
    for name, decoded in _decode(encoder, z, told).items():
        first, last = _as_decoded(encoder, name, inputs.modalities[name].rows(songs))
        steps[name] = np.stack([first, *decoded, last])
    return Interpolation(songs, steps)


def distant_pair(latents: TrackArray, seed: int) -> tuple[str, str] | None:
    """The two songs farthest apart among the typical ones, by their latents alone.

    Typical is the song nearest to the centre of a cluster of k-means, if that has at least a quarter of the
    average size: neither is an outlier.

    Parameters
    ----------
    latents : TrackArray [values shape=(n, d)]
        In any order.
    seed : int >= 0

    Returns
    -------
    tuple of str or None
        Two ids in alphabetical order; None where there are not two songs in different places.
    """
    from sklearn.cluster import KMeans

    latents = latents.select(np.sort(latents.track_id))
    points = latents.values.astype(np.float64)
    distinct = len(np.unique(points, axis=0))
    if distinct < 2:
        return None
    clusters = KMeans(min(CENTRES, distinct), n_init=3, random_state=seed).fit(points)
    off = np.square(points - clusters.cluster_centers_[clusters.labels_]).sum(axis=1)
    sizes = np.bincount(clusters.labels_)
    large = np.flatnonzero(4 * sizes >= sizes.mean())
    member = clusters.labels_ == (large if len(large) > 1 else np.arange(len(sizes)))[:, np.newaxis]
    typical = np.sort(np.where(member, off, np.inf).argmin(axis=1))
    apart = np.square(points[typical, np.newaxis] - points[typical]).sum(axis=2)
    first, second = latents.track_id[typical[list(np.unravel_index(apart.argmax(), apart.shape))]]
    return str(first), str(second)


def _labels(inputs: Inputs, track_id: Sequence[str] | np.ndarray) -> np.ndarray:
    """Labels (n, c) of tracks; c is 0 where the model is told none."""
    told = inputs.condition
    return np.zeros((len(track_id), 0)) if told is None else told.rows(track_id).astype(np.float64)


def _as_decoded(encoder: NeuralEncoder, modality: str, values: np.ndarray) -> np.ndarray:
    """Inputs in the form of what is decoded: of mel patches the middle one, vectors as scaled."""
    return values[:, values.shape[1] // 2] if values.ndim == 4 else encoder.scalers[modality].apply(values)


@torch.no_grad()
def _decode(encoder: NeuralEncoder, z: np.ndarray, condition: np.ndarray) -> dict[str, np.ndarray]:
    """Decode latents (B, d), told labels (B, c): mel patches (B, bands, frames) in dB, vectors as scaled."""
    vae = encoder.autoencoder
    assert vae is not None
    vae.eval()
    decoded = vae.decode(*(torch.from_numpy(x.astype(np.float32)) for x in (z, condition)))
    return {
        name: encoder.scalers[name].invert(x.numpy())[:, 0] if x.ndim == 4 else x.numpy()
        for name, x in decoded.items()
    }
