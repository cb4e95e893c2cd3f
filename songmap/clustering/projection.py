"""Two-dimensional maps of a latent space, for the eye: distances between far points mean little in them.

References
----------
- UMAP: McInnes, Healy & Melville, arXiv:1802.03426 (umap-learn).
- t-SNE: van der Maaten & Hinton, JMLR 9, 2008 (scikit-learn).
"""

from typing import Literal

import numpy as np
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from songmap.clustering.points import checked, distinct

FEWEST = 4  # distinct points: below, neighbourhoods mean nothing and the principal components say it all
SPECTRAL = 16  # points from which UMAP starts from the graph's eigenvectors; below they may not converge

Method = Literal["umap", "tsne", "pca"]


def project(
    points: np.ndarray,
    method: Method,
    *,
    seed: int,
    n_neighbors: int = 15,
    min_dist: float = 0.1,
    perplexity: float = 30.0,
) -> np.ndarray:
    """Place the points on a plane.

    Fewer than four distinct points are placed by their principal components, whatever the method.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values, taken as they are: nothing is standardised.
    method : "umap", "tsne" or "pca"
        How.
    seed : int >= 0
        Seed of UMAP's layout; t-SNE starts from the principal components and draws nothing.
    n_neighbors : int > 1
        UMAP: size of the neighbourhoods, capped at n - 1.
    min_dist : float, 0 to 1
        UMAP: how close points may come.
    perplexity : float >= 1
        t-SNE: size of the neighbourhoods, capped at (n - 1) / 3.

    Returns
    -------
    np.ndarray [shape=(n, 2)], float32

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    if method == "pca" or distinct(values) < FEWEST:
        placed = _pca(values)
    elif method == "tsne":
        placed = _tsne(values, seed, perplexity)
    else:
        placed = _umap(values, seed, n_neighbors, min_dist)
    return np.ascontiguousarray(placed, dtype=np.float32)


def _pca(points: np.ndarray) -> np.ndarray:
    """Two leading principal components of centred points, zeros where there are fewer."""
    placed = np.zeros((len(points), 2))
    if points.any():
        leading = PCA(min(2, *points.shape), svd_solver="full").fit_transform(points)
        placed[:, : leading.shape[1]] = leading
    return placed


def _tsne(points: np.ndarray, seed: int, perplexity: float) -> np.ndarray:
    """On one thread: with few points, threads that wait for each other take a hundred times as long."""
    from sklearn.manifold import TSNE

    start = _pca(points)
    model = TSNE(
        perplexity=min(perplexity, (len(points) - 1) / 3),
        init=(1e-4 * start / start[:, 0].std()).astype(np.float32),
        random_state=seed,
        n_jobs=1,
    )
    with threadpool_limits(1):
        return model.fit_transform(points)


def _umap(points: np.ndarray, seed: int, n_neighbors: int, min_dist: float) -> np.ndarray:
    from songmap.compiled import umap_layout

    return umap_layout(
        points,
        n_neighbors=min(n_neighbors, len(points) - 1),
        min_dist=min_dist,
        random_state=seed,
        init="spectral" if len(points) >= SPECTRAL else "random",
    )
