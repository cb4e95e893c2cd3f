"""What each modality contributes: the latents that tracks would have without it."""

from typing import Any

import numpy as np

from songmap.models.inputs import FEWEST, Inputs
from songmap.models.linear import LinearEncoder
from songmap.models.neural import NeuralEncoder, r2, tensors
from songmap.models.umap import UmapEncoder
from songmap.tracks import TrackArray

NEIGHBOURS = 10
MOST = 5000  # tracks whose neighbours are compared: the mean over them needs no more
Encoder = LinearEncoder | UmapEncoder | NeuralEncoder


def ablate(encoder: Encoder, inputs: Inputs, latents: np.ndarray) -> tuple[TrackArray, dict[str, Any]]:
    """Encode the tracks that have all modalities without each of these in turn.

    Parameters
    ----------
    encoder : LinearEncoder, UmapEncoder or NeuralEncoder
    inputs : Inputs
    latents : np.ndarray [shape=(n, d)]
        Of all tracks of the inputs, from all that they have.

    Returns
    -------
    ablated : TrackArray [values shape=(m, modalities, d)]
        Latents without each modality; the names of their columns are that modality. None of a model of one
        modality, or where fewer than `FEWEST` tracks have them all.
    report : dict
        By ``without_<modality>``: ``knn_overlap``, the mean share of the 10 nearest neighbours in the full
        latents that are so without it; of an autoencoder also ``r2_<modality>_change``, by how much the
        reconstruction of each changes; None of one that is the same in every track.
    """
    whole = inputs.complete()
    if len(inputs.modalities) == 1:
        return TrackArray.empty("a model of one modality has none to leave out"), {}
    if len(whole) < FEWEST:
        return TrackArray.empty(f"only {len(whole)} tracks have all modalities"), {}
    full = latents[np.isin(inputs.track_id, whole)]
    before = _explained(encoder, inputs.of(whole), inputs.of(whole))
    parts, report = [], {}
    for left_out in inputs.modalities:
        partial = inputs.of(whole, [name for name in inputs.modalities if name != left_out])
        without = encoder.encode(partial)
        after = _explained(encoder, inputs.of(whole), partial)
        parts.append(without)
        changes = {f"r2_{name}_change": _change(before[name], value) for name, value in after.items()}
        report[f"without_{left_out}"] = {"knn_overlap": round(knn_overlap(full, without), 4), **changes}
    values = np.stack(parts, axis=1)
    names = np.repeat(np.array(list(inputs.modalities))[:, None], values.shape[2], axis=1)
    return TrackArray(whole, values, names), report


def knn_overlap(a: np.ndarray, b: np.ndarray, k: int = NEIGHBOURS) -> float:
    """Mean share of the k nearest neighbours of a row that it has in both spaces.

    Parameters
    ----------
    a, b : np.ndarray [shape=(n, ...)]
        The same rows in two spaces; of more than `MOST` rows, so many at equal steps.
    k : int > 0
        At most the number of other rows.

    Returns
    -------
    float [scalar], 0 to 1
        Of unrelated spaces about ``k / (n - 1)``.
    """
    from sklearn.neighbors import NearestNeighbors

    rows = np.unique(np.linspace(0, len(a) - 1, min(len(a), MOST)).astype(int))
    k = min(k, len(rows) - 1)
    near = []
    for points in (a[rows], b[rows]):
        search = NearestNeighbors(n_neighbors=k).fit(points)
        near.append(search.kneighbors(return_distance=False))
    common = [len(np.intersect1d(one, other)) for one, other in zip(*near, strict=True)]
    return float(np.mean(common) / k)


def _change(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else round(after - before, 4)


def _explained(encoder: Encoder, whole: Inputs, given: Inputs) -> dict[str, float | None]:
    """R² of each modality of `whole`, decoded from what is `given`; none without a decoder."""
    if not isinstance(encoder, NeuralEncoder) or encoder.autoencoder is None:
        return {}
    data = tensors(whole, encoder.scalers)
    shown = data.view(data.excerpts // 2)
    return {name: r2(x.numpy(), encoder.reconstruct(given, name)) for name, x in shown.values.items()}
