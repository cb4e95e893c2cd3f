"""Genre and language as one-hot columns. Unknown is a label of its own."""

import numpy as np

from songmap.catalogue.entries import Track
from songmap.tracks import TrackArray

UNKNOWN = "?"


def one_hot(tracks: list[Track], *fields: str) -> TrackArray:
    """One block of one-hot columns per field, side by side.

    Parameters
    ----------
    tracks : list of Track
        In the order of the rows.
    fields : str
        genre, language or both.

    Returns
    -------
    TrackArray
        float32, shape (n, c), with columns like genre=Rock in alphabetical order and genre=? last, the last
        only if some track lacks a genre. A field that no track has is left out; with none left the array is
        empty and its note says so.
    """
    blocks = [_block(tracks, field) for field in fields if any(getattr(track, field) for track in tracks)]
    if not blocks:
        return TrackArray.empty(f"no track has a {' or '.join(fields)}")
    names = [name for _, block_names in blocks for name in block_names]
    values = np.concatenate([block for block, _ in blocks], axis=1)  # (n, c)
    return TrackArray(np.array([track.track_id for track in tracks]), values, np.array(names))


def _block(tracks: list[Track], field: str) -> tuple[np.ndarray, list[str]]:
    labels = [getattr(track, field) or UNKNOWN for track in tracks]
    column = {label: i for i, label in enumerate(sorted(set(labels), key=lambda x: (x == UNKNOWN, x)))}
    values = np.zeros((len(tracks), len(column)), dtype=np.float32)
    values[np.arange(len(tracks)), [column[label] for label in labels]] = 1
    return values, [f"{field}={label}" for label in column]
