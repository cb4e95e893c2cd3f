"""What a model is given: one array per modality, and a label where it is told one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from songmap.tracks import TrackArray, union

FEWEST = 4  # tracks: below it there is no variance to learn and nothing to hold out


@dataclass(frozen=True)
class Inputs:
    """Inputs of one model.

    Parameters
    ----------
    modalities : mapping of str to TrackArray
        ``audio``, ``lyrics`` or both. A track may lack a modality: it then has no row there.
    condition : TrackArray or None
        One-hot labels (n, c) that the model is told, a row for every track.
    """

    modalities: Mapping[str, TrackArray]
    condition: TrackArray | None = None
    track_id: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "track_id", np.sort(union(*self.modalities.values())))

    def __len__(self) -> int:
        return len(self.track_id)

    def lacking(self) -> str:
        """Why this catalogue cannot feed the model; empty where it can."""
        arrays = dict(self.modalities)
        if self.condition is not None:
            arrays["condition"] = self.condition
        for name, array in arrays.items():
            if len(array) == 0:
                return array.note or f"no {name} in this catalogue"
            if name != "condition" and len(array) < FEWEST:
                return f"only {len(array)} tracks with {name}: a model needs {FEWEST}"
        return ""

    def rows(self, modality: str) -> tuple[np.ndarray, np.ndarray]:
        """Values of every track in a modality, and which tracks have any.

        Returns
        -------
        values : np.ndarray [shape=(n, ...)], float32
            Zeros where the track lacks the modality.
        present : np.ndarray [shape=(n,)], bool
        """
        array = self.modalities[modality]
        present = np.isin(self.track_id, array.track_id)
        values = np.zeros((len(self), *array.values.shape[1:]), dtype=np.float32)
        values[present] = array.rows(self.track_id[present])
        return values, present
