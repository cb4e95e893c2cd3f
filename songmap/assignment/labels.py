"""The labels that a model is told of new songs, in the columns that it was trained with."""

from collections.abc import Sequence

import numpy as np

from songmap.catalogue.entries import Track
from songmap.catalogue.labels import UNKNOWN
from songmap.tracks import TrackArray


def told(tracks: Sequence[Track], names: Sequence[str]) -> tuple[TrackArray, dict[str, str]]:
    """One-hot labels.

    Parameters
    ----------
    tracks : sequence of Track
    names : sequence of str [shape=(c,)]
        Columns like genre=Rock; genre=? is that of songs without a genre.

    Returns
    -------
    labels : TrackArray
        float32, shape (m, c), of the songs whose labels all have a column.
    refused : dict of str to str
        By track id, what the others lack.
    """
    fields = dict.fromkeys(name.partition("=")[0] for name in names)
    column = {name: i for i, name in enumerate(names)}
    rows, refused = {}, {}
    for track in tracks:
        given = {field: getattr(track, field) for field in fields}
        wanted = [f"{field}={label or UNKNOWN}" for field, label in given.items()]
        unknown = [field for field, name in zip(given, wanted, strict=True) if name not in column]
        if unknown:
            refused[track.track_id] = " and ".join(_lack(field, given[field]) for field in unknown)
        else:
            rows[track.track_id] = np.isin(np.arange(len(names)), [column[name] for name in wanted])
    values = np.array(list(rows.values()), dtype=np.float32).reshape(len(rows), len(names))
    return TrackArray(np.array(list(rows), dtype=str), values, np.array(names)), refused


def _lack(field: str, label: str) -> str:
    return f"no song that it was trained on has {field}={label}" if label else f"no {field}, which it is told"
