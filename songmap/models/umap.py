"""UMAP as a space to cluster in: N2D (McConville et al. 2021, arXiv:1908.05968).

Neighbourhoods of the standardised vectors, or of another model's latents, are laid out in a few dimensions
with nothing that keeps points apart (UMAP's min_dist is 0), so that groups become dense.
"""

from dataclasses import dataclass

import numpy as np

from songmap.models.inputs import Inputs
from songmap.models.linear import LinearEncoder, fit_linear
from songmap.params import Umap

FEWEST = 4  # distinct vectors: below, neighbourhoods mean nothing and the principal components say it all
SPECTRAL = 16  # vectors from which UMAP starts from the graph's eigenvectors; below they may not converge
SAME = 1e-4  # of the distance to the furthest neighbour: below it a vector is a known one
BATCH = 1024  # tracks placed at a time


@dataclass(frozen=True)
class UmapEncoder:
    """Places a track among those that the layout was made of.

    A known vector has its place in the layout. Any other goes to the mean of its nearest neighbours' places,
    weighted as UMAP weights neighbours. From such a mean umap-learn's ``transform`` goes on to move points;
    that would need the fitted object, which only pickle keeps, it moves known tracks as well, and where a
    track ends depends on what else is placed at the same time.

    Parameters
    ----------
    linear : LinearEncoder
        Makes the vectors.
    vectors : np.ndarray [shape=(m, d)], float32
        The distinct ones of the tracks fitted.
    places : np.ndarray [shape=(m, latent_dim)], float32
        The layout.
    n_neighbors : int >= 2
        Neighbours that a new vector is placed by, at most m.
    """

    linear: LinearEncoder
    vectors: np.ndarray
    places: np.ndarray
    n_neighbors: int

    def encode(self, inputs: Inputs) -> np.ndarray:
        """Places of every track. Shape (n, latent_dim), float32."""
        from sklearn.neighbors import NearestNeighbors

        wanted = self.linear.encode(inputs)
        count = min(self.n_neighbors, len(self.vectors))
        search = NearestNeighbors(n_neighbors=count).fit(self.vectors)
        near = search.kneighbors(wanted, return_distance=False)  # (n, count)
        batches = (slice(i, i + BATCH) for i in range(0, len(wanted), BATCH))
        return np.concatenate([self._place(wanted[rows], near[rows]) for rows in batches])

    def _place(self, wanted: np.ndarray, near: np.ndarray) -> np.ndarray:
        steps = self.vectors[near].astype(np.float64) - wanted[:, None]
        distance = np.sqrt(np.square(steps).sum(axis=2))  # those of the search are rounded
        order = np.argsort(distance, axis=1, kind="stable")
        near, distance = (np.take_along_axis(x, order, axis=1) for x in (near, distance))
        weight = memberships(distance)[:, :, None]
        mean = (weight * self.places[near]).sum(axis=1) / weight.sum(axis=1)
        known = distance[:, 0] <= SAME * distance[:, -1]
        return np.where(known[:, None], self.places[near[:, 0]], mean).astype(np.float32)


def fit_umap(config: Umap, inputs: Inputs, seed: int) -> UmapEncoder:
    """Lay out the vectors that `fit_linear` makes of the inputs.

    Tracks of equal vectors share a place. Fewer than four distinct vectors are placed by their principal
    components, and neighbourhoods are never larger than there are other vectors.

    Parameters
    ----------
    config : Umap
    inputs : Inputs
    seed : int >= 0
        Of the layout.

    Returns
    -------
    UmapEncoder
    """
    linear = fit_linear(config, inputs, seed)
    vectors = np.unique(linear.encode(inputs), axis=0)
    if len(vectors) < FEWEST:
        places = _principal(vectors, config.latent_dim)
    else:
        places = _layout(vectors, config, seed)
    return UmapEncoder(linear, vectors, places.astype(np.float32), config.n_neighbors)


def memberships(distance: np.ndarray) -> np.ndarray:
    """Weights of nearest neighbours (McInnes, Healy & Melville 2018, arXiv:1802.03426, algorithm 3).

    ``exp(-(d - ρ) / σ)`` with ρ the distance to the nearest, and σ such that they sum to ``log2(count)``, or
    as close to it as ties for the nearest allow.

    Parameters
    ----------
    distance : np.ndarray [shape=(n, count)], float64
        In rising order.

    Returns
    -------
    np.ndarray [shape=(n, count)], 0 to 1, the first 1
    """
    excess = distance - distance[:, :1]
    excess = excess / np.where(excess[:, -1:] > 0, excess[:, -1:], 1)
    target = np.log2(excess.shape[1])
    low, high = np.zeros((len(excess), 1)), np.full((len(excess), 1), float(excess.shape[1]))
    for _ in range(50):
        middle = (low + high) / 2
        above = np.exp(-excess / middle).sum(axis=1, keepdims=True) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.exp(-excess / high)


def _layout(vectors: np.ndarray, config: Umap, seed: int) -> np.ndarray:
    from songmap.compiled import umap_layout

    fewest = max(SPECTRAL, 2 * config.latent_dim + 3)  # what the Lanczos iteration needs
    return umap_layout(
        vectors,
        n_neighbors=min(config.n_neighbors, len(vectors) - 1),
        n_components=config.latent_dim,
        min_dist=0.0,
        random_state=seed,
        init="spectral" if len(vectors) >= fewest else "random",
    )


def _principal(vectors: np.ndarray, latent_dim: int) -> np.ndarray:
    """Principal components of a few vectors, zeros where there are fewer than `latent_dim`."""
    from sklearn.decomposition import PCA

    places = np.zeros((len(vectors), latent_dim))
    count = min(latent_dim, len(vectors) - 1, vectors.shape[1])
    if count:
        places[:, :count] = PCA(count, svd_solver="full").fit_transform(vectors)
    return places
