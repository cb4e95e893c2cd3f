"""Representations without gradient descent: standardised features, PCA, and their fusion with text.

Each is one linear map of scaled values per modality, side by side. A track that lacks a modality sits at the
mean of the tracks that have it.
"""

from dataclasses import dataclass, replace

import numpy as np

from songmap.models.inputs import Inputs
from songmap.models.scaling import Scaler, fit_scaler
from songmap.params import Fusion, Pca, Standardized


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


def fit_linear(config: Standardized | Pca | Fusion, inputs: Inputs, seed: int) -> LinearEncoder:
    """Fit one block per modality.

    Parameters
    ----------
    config : Standardized, Pca or Fusion
        ``pca`` keeps the leading ``latent_dim`` components of every modality. ``fusion`` scales
        audio column by column (whitening it where it is another model's latents), reduces lyrics to
        ``latent_dim`` components, and scales each block to a total variance of 1 over the tracks that have
        it, so that neither modality outweighs the other by its number of columns.
    inputs : Inputs
    seed : int >= 0
        Of the randomised solver that scikit-learn's PCA takes for large inputs.

    Returns
    -------
    LinearEncoder
    """
    blocks = {}
    for modality in inputs.modalities:
        values, present = inputs.rows(modality)
        values = values[present]
        scaler = fit_scaler(values, modality, config.scale)
        components = None
        if isinstance(config, Pca) or (isinstance(config, Fusion) and modality == "lyrics"):
            components = _principal_components(scaler.apply(values), config.latent_dim, seed)
        block = Block(scaler, components)
        blocks[modality] = _to_unit_variance(block, values) if isinstance(config, Fusion) else block
    return LinearEncoder(blocks)


def _principal_components(values: np.ndarray, latent_dim: int, seed: int) -> np.ndarray:
    """Leading principal axes of scaled values. Shape (d, min(latent_dim, n - 1, d))."""
    from sklearn.decomposition import PCA

    flat = values.reshape(len(values), -1)
    count = min(latent_dim, len(flat) - 1, flat.shape[1])
    return PCA(count, random_state=seed).fit(flat).components_.T.astype(np.float32)


def _to_unit_variance(block: Block, values: np.ndarray) -> Block:
    total = float(np.sqrt(block.apply(values).var(axis=0, dtype=np.float64).sum())) or 1.0
    if block.components is not None:
        return Block(block.scaler, (block.components / total).astype(np.float32))
    scale = (block.scaler.scale * total).astype(np.float32)
    return Block(replace(block.scaler, scale=scale), None)
