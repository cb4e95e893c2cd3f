"""What a model is given: one array per modality, and a label where it is told one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from songmap.tracks import TrackArray, union

FEWEST = 4  # tracks: below it there is no variance to learn and nothing to hold out
RUNS = 3  # dimensions of another model's latents: tracks, runs, units


@dataclass(frozen=True)
class Inputs:
    """Inputs of one model.

    Parameters
    ----------
    modalities : mapping of str to TrackArray
        By ``audio``, ``beside`` and ``lyrics``, those that the model names. A track may lack a modality: it
        then has no row there. Another model's latents (n, runs, d) hold one row for each of its runs.
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

    def constant(self) -> list[str]:
        """Modalities that are the same in every track, so that nothing can be learnt from them."""
        return [name for name, x in self.modalities.items() if (x.values == x.values[:1]).all()]

    @property
    def runs(self) -> int:
        """Runs of another model among the inputs; 1 without one."""
        return max((x.values.shape[1] for x in self.modalities.values() if x.values.ndim == RUNS), default=1)

    def run(self, number: int) -> "Inputs":
        """What one run is given: of another model's latents those of its run `number`, or of its last."""

        def of(array: TrackArray) -> TrackArray:
            if array.values.ndim != RUNS:
                return array
            return TrackArray(array.track_id, array.values[:, min(number, array.values.shape[1] - 1)])

        return Inputs({name: of(array) for name, array in self.modalities.items()}, self.condition)

    def of(self, track_id: np.ndarray, modalities: Collection[str] | None = None) -> "Inputs":
        """The inputs of some tracks; with `modalities`, as if they had those alone."""

        def rows(name: str, array: TrackArray) -> TrackArray:
            kept = np.isin(track_id, array.track_id) & (modalities is None or name in modalities)
            return array.select(track_id[kept])

        return Inputs({name: rows(name, array) for name, array in self.modalities.items()}, self.condition)

    def complete(self) -> np.ndarray:
        """Ids of the tracks that have all modalities. Shape (m,)."""
        have = [np.isin(self.track_id, array.track_id) for array in self.modalities.values()]
        return self.track_id[np.all(have, axis=0)]

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
