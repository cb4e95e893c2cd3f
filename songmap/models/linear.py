"""Representations without gradient descent: standardised features, PCA, and fusions of sound and words.

Each is one linear map of scaled values per modality, side by side. A track that lacks a modality sits at the
mean of the tracks that have it.
"""

from dataclasses import dataclass, replace

import numpy as np

from songmap.models.inputs import Inputs
from songmap.models.scaling import Scaler, fit_scaler, isotropic
from songmap.params import Fusion, Pca, Standardized, Umap

WIDE = 256  # columns of a block that UMAP looks for neighbours in, at most


@dataclass(frozen=True)
class Block:
    """``scaled(x) @ components``, with the components (d, latent) or none."""

    scaler: Scaler
    components: np.ndarray | None

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Map values (n, ...) to latents (n, latent), float32."""
        flat = self.scaler.apply(values).reshape(len(values), -1)
        return flat if self.components is None else flat @ self.components


@dataclass(frozen=True)
class LinearEncoder:
    """Blocks by modality, concatenated in the order of their names."""

    blocks: dict[str, Block]

    def encode(self, inputs: Inputs) -> np.ndarray:
        """Latents of every track. Shape (n, d), float32."""
        parts = []
        for modality, block in self.blocks.items():
            values, present = inputs.rows(modality)
            parts.append(np.where(present[:, None], block.apply(values), np.float32(0)))
        return np.concatenate(parts, axis=1)


def fit_linear(config: Standardized | Pca | Fusion | Umap, inputs: Inputs, seed: int) -> LinearEncoder:
    """Fit one block per modality.

    Parameters
    ----------
    config : Standardized, Pca, Fusion or Umap
        ``standardized`` scales every modality. ``pca`` then keeps its leading ``latent_dim`` components.
        ``fusion`` does so for modalities of more columns than that, and scales each block to a total variance
        of 1 over the tracks that have it, so that none outweighs another by its number of columns; latents
        of another model are scaled column by column, as all but embeddings of texts are. ``umap`` is a fusion
        that keeps up to `WIDE` columns, and leaves distances among another model's latents as they are.
    inputs : Inputs
    seed : int >= 0
        Of the randomised solver that scikit-learn's PCA takes for large inputs.

    Returns
    -------
    LinearEncoder
    """
    fused = isinstance(config, Fusion | Umap)
    blocks = {}
    for modality in inputs.modalities:
        source = config.inputs[modality]
        values, present = inputs.rows(modality)
        values = values[present]
        as_they_are = isinstance(config, Umap) and source.startswith("latents/")
        scaler = isotropic(values) if as_they_are else fit_scaler(values, source, config.scale)
        components = None
        width = _width(config, values)
        if width is not None:
            components = _principal_components(scaler.apply(values), width, seed)
        block = Block(scaler, components)
        blocks[modality] = _to_unit_variance(block, values) if fused else block
    return LinearEncoder(blocks)


def _width(config: Standardized | Pca | Fusion | Umap, values: np.ndarray) -> int | None:
    """Components that a block is reduced to; None where it keeps its columns."""
    if isinstance(config, Standardized):
        return None
    width = WIDE if isinstance(config, Umap) else config.latent_dim
    columns = values[0].size
    return width if isinstance(config, Pca) or columns > width else None


def _principal_components(values: np.ndarray, latent_dim: int, seed: int) -> np.ndarray:
    """Leading principal axes of scaled values. Shape (d, min(latent_dim, n - 1, d))."""
    from sklearn.decomposition import PCA

    flat = values.reshape(len(values), -1)
    count = min(latent_dim, len(flat) - 1, flat.shape[1])
    if not np.ptp(flat, axis=0).any():
        return np.eye(flat.shape[1], count, dtype=np.float32)  # any axes do, where tracks are all alike
    return PCA(count, random_state=seed).fit(flat).components_.T.astype(np.float32)


def _to_unit_variance(block: Block, values: np.ndarray) -> Block:
    total = float(np.sqrt(block.apply(values).var(axis=0, dtype=np.float64).sum())) or 1.0
    if block.components is not None:
        return Block(block.scaler, (block.components / total).astype(np.float32))
    scale = (block.scaler.scale * total).astype(np.float32)
    return Block(replace(block.scaler, scale=scale), None)
