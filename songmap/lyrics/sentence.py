"""Sentence embeddings of lyrics with sentence-transformers, encoded once and kept.

Reimers and Gurevych 2019, Sentence-BERT, EMNLP (arXiv:1908.10084). A model reads a window of some hundred
tokens: longer lyrics are read in pieces, whose embeddings are averaged.
"""

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypeGuard

import numpy as np
from tqdm import tqdm

from songmap.lyrics import chunks, pretrained, tokens
from songmap.lyrics.pretrained import Pretrained, digest, find_model, has_bfloat16
from songmap.processes import available
from songmap.store import Store
from songmap.tracks import TrackArray

GROUP = 64  # lyrics that are tokenised, then encoded
COSINE = 0.999  # of a probe's embeddings in bfloat16 and in float32, at least
PROBE = (
    "The night is long and the road is wet\nI count the lamps and I don't forget",
    "Dime por qué la luna se va\ncuando la calle empieza a cantar",
    "Der Regen fällt, das Fenster steht offen\nwir haben gewartet, wir wollen noch hoffen",
    "Sous le vieux pont la rivière descend\nelle emporte mon nom, elle a tout son temps",
    "夜の街を歩いて\n君の声を探してる",
    "Снова дождь идёт, и фонари молчат\nя читаю вслух, а за окном закат",
)


def embed(
    track_id: Sequence[str], texts: Sequence[str], model: str, bfloat16: bool | Literal["auto"], cache: Path
) -> TrackArray:
    """One embedding per text.

    Consecutive lines are read together, as many as the model's window holds (256 tokens for MiniLM); a longer
    line is cut between words. The embeddings of the pieces are averaged, weighted by their tokens.

    Parameters
    ----------
    track_id : sequence of str [shape=(n,)]
        Unique ids.
    texts : sequence of str [shape=(n,)]
        Their lyrics, of which the first 100,000 characters are read.
    model : str
        all-MiniLM-L6-v2, the path of a sentence-transformers model, or its name on the hub.
    bfloat16 : bool or auto
        Whether matrices are multiplied in bfloat16. auto: where the processor does so by itself, and probes
        have a cosine of 0.999 or more with their embeddings in float32.
    cache : Path
        Root of the store that keeps what is encoded, by the text and the model.

    Returns
    -------
    TrackArray
        float32, shape (m, d), rows of Euclidean length 1; d = 384 for MiniLM. The same machine gives the same
        bytes, whatever the store holds and the other texts are. A text without a letter has no row.

    Raises
    ------
    DataError
        If the model cannot be found or loaded.
    """
    ids, lyrics = tokens.readable(track_id, texts)
    if not lyrics:
        return tokens.wordless(texts)
    encoder = Pretrained(find_model(model), model)
    recipe = _recipe(encoder.folder)
    if bfloat16 == "auto":
        bfloat16 = has_bfloat16() and _cosine(encoder, Store(cache, recipe | {"precision": "both"})) >= COSINE
    store = Store(cache, recipe | {"precision": "bfloat16" if bfloat16 else "float32"})
    text_by_key = {_key(text): text for text in lyrics}
    kept = {key: store.get(key) for key in text_by_key}
    vectors = {key: arrays["embedding"] for key, arrays in kept.items() if _is_whole(arrays, "embedding")}
    if len({vector.shape for vector in vectors.values()}) > 1:
        vectors = {}  # another program's entries: which are ours cannot be told
    missing = {key: text for key, text in text_by_key.items() if key not in vectors}
    for key, vector in encode(missing, encoder, bfloat16):
        store.put(key, {"embedding": vector})
        vectors[key] = vector
    return TrackArray(np.array(ids), np.stack([vectors[_key(text)] for text in lyrics]))


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _recipe(folder: Path) -> dict[str, object]:
    """Everything besides the text and the precision that decides an embedding, to its last digit."""
    code = hashlib.sha256()
    for module in (sys.modules[__name__], chunks, pretrained, tokens):
        code.update(Path(str(module.__file__)).read_bytes())
    versions = ("numpy", "torch", "transformers", "tokenizers", "sentence-transformers")
    return {
        "model": digest(folder),
        "code": code.hexdigest()[:16],
        **{name: version(name) for name in versions},
    }


def _is_whole(arrays: Mapping[str, np.ndarray] | None, name: str) -> TypeGuard[Mapping[str, np.ndarray]]:
    """Whether arrays from the store are one vector of that name, and not zero."""
    if arrays is None or set(arrays) != {name}:
        return False
    vector = arrays[name]
    return vector.dtype == np.float32 and vector.ndim == 1 and 0.5 < float(vector @ vector) < np.inf


def _cosine(encoder: Pretrained, store: Store) -> float:
    """The smallest cosine of a probe's embeddings in bfloat16 and in float32, kept beside the embeddings."""
    key = _key("\0".join(PROBE))
    arrays = store.get(key)
    if not _is_whole(arrays, "cosine") or arrays["cosine"].shape != (len(PROBE),):
        pieces = [encoder.pieces(text)[0] for text in PROBE]
        pairs = [[average([encoder(piece, half)], [1]) for half in (False, True)] for piece in pieces]
        arrays = {"cosine": np.array([full @ half for full, half in pairs], dtype=np.float32)}
        store.put(key, arrays)
    return float(arrays["cosine"].min())


def encode(texts: Mapping[str, str], encoder: Pretrained, bfloat16: bool) -> Iterator[tuple[str, np.ndarray]]:
    """Each key with the embedding of its text. Pieces are computed side by side, each on one thread."""
    keys = list(texts)
    pool = ThreadPoolExecutor(available())
    try:
        with tqdm(total=len(keys), desc="lyrics", unit="song", disable=None) as progress:
            for start in range(0, len(keys), GROUP):
                group = {key: encoder.pieces(texts[key]) for key in keys[start : start + GROUP]}
                pieces = [piece for each in group.values() for piece in each]
                vectors = pool.map(lambda piece: encoder(piece, bfloat16), pieces)
                for key, each in group.items():
                    yield key, average([next(vectors) for _ in each], [size for _, size in each])
                    progress.update()
    finally:
        pool.shutdown(cancel_futures=True)


def average(vectors: Sequence[np.ndarray], sizes: Sequence[int]) -> np.ndarray:
    """Mean of the pieces' embeddings (d,), weighted by their tokens, at length 1; float32."""
    mean = np.average(np.stack(vectors), axis=0, weights=np.maximum(sizes, 1).astype(np.float64))
    return (mean / (np.linalg.norm(mean) or 1.0)).astype(np.float32)
