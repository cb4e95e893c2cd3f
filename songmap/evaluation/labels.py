"""Labels of tracks, in the order of an array, named by whether the model was told them."""

from collections.abc import Mapping, Sequence

import numpy as np

from songmap.evaluation.informed import LABELS
from songmap.tracks import TrackArray


def labels_of(
    table: Sequence[Mapping[str, str]], track_id: np.ndarray, informed_by: str = ""
) -> dict[str, np.ndarray]:
    """Genre and language of the tracks.

    Parameters
    ----------
    table : sequence of mapping
        Rows with track_id, genre and language; '' where one is unknown.
    track_id : np.ndarray [shape=(n,)], str
    informed_by : str
        Labels that the model was told, joined by _: their names end in ``_told``.

    Returns
    -------
    dict of str to np.ndarray [shape=(n,)], str

    Raises
    ------
    DataError
        If a track has no row in the table.
    """
    told = informed_by.split("_")
    return {label + "_told" * (label in told): column(table, label).rows(track_id) for label in LABELS}


def column(table: Sequence[Mapping[str, str]], name: str) -> TrackArray:
    """One column of the table by track id. Values of shape (n,), str."""
    ids = np.array([row["track_id"] for row in table], dtype=str)
    return TrackArray(ids, np.array([row[name] for row in table], dtype=str))
