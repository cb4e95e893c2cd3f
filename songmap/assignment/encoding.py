"""New songs in the latent space of a trained model, and of the models that it is built on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from songmap.assignment import features
from songmap.assignment.features import Features
from songmap.assignment.labels import told
from songmap.params import AnyModel
from songmap.tracks import TrackArray

if TYPE_CHECKING:
    from songmap.models.ablation import Encoder

MODELS, LABELS = Path("models"), Path("data/labels")
LATENTS = "latents/"


@dataclass(frozen=True)
class Trained:
    """A model as it was trained, with those whose latents it reads.

    Parameters
    ----------
    name : str
    config : Model
    encoder : LinearEncoder, UmapEncoder or NeuralEncoder
    below : mapping of str to Trained
        By source, as in latents/vae.
    """

    name: str
    config: AnyModel
    encoder: "Encoder"
    below: Mapping[str, "Trained"]

    @classmethod
    def load(cls, name: str) -> "Trained":
        """Read the checkpoint of a model, and of those below it.

        Raises
        ------
        DataError
            If one is absent, damaged, or empty as the model was left out.
        """
        from songmap.models import checkpoint

        config, encoder = checkpoint.load(MODELS / f"{name}.pt")
        sources = [source for source in config.inputs.values() if source.startswith(LATENTS)]
        below = {source: cls.load(source.removeprefix(LATENTS)) for source in sources}
        return cls(name, config, encoder, below)

    @property
    def sources(self) -> set[str]:
        """The features that it reads, itself or through the models below."""
        own = set(self.config.inputs.values()) - self.below.keys()
        return own.union(*(model.sources for model in self.below.values()))

    @property
    def making(self) -> list[str]:
        """The stages that made it."""
        return [*(stage for model in self.below.values() for stage in model.making), f"train@{self.name}"]

    @property
    def reading(self) -> list[str]:
        """The stages that made what it reads."""
        return sorted({stage for source in self.sources for stage in features.stages(source)})

    def encode(self, read: Features) -> tuple[TrackArray, dict[str, str]]:
        """Encode the songs that bring anything that the model reads.

        Returns
        -------
        latents : TrackArray
            Shape (m, d), float32.
        refused : dict of str to str
            Songs whose labels are missing, where the model is told any, by id, and what is missing.
        """
        from songmap.models.inputs import Inputs

        arrays: dict[str, TrackArray] = {}
        refused: dict[str, str] = {}
        for slot, source in self.config.inputs.items():
            if source in self.below:
                arrays[slot], more = self.below[source].encode(read)
                refused |= more
            else:
                arrays[slot] = read(source)
        labels = None
        if self.config.condition != "none":
            names = TrackArray.load(LABELS / f"{self.config.condition}.npz").names
            labels, more = told(read.catalogue.tracks, names.tolist())
            refused |= more
        inputs = Inputs(arrays, labels)
        if labels is not None:
            inputs = inputs.of(inputs.track_id[np.isin(inputs.track_id, labels.track_id)])
        if not len(inputs):
            return TrackArray(inputs.track_id, np.zeros((0, self._width), np.float32)), refused
        return TrackArray(inputs.track_id, self.encoder.encode(inputs)), refused

    @property
    def _width(self) -> int:
        """Dimensions of its latents."""
        return features.form(features.FEATURES / f"{LATENTS}{self.name}.npz")[1][-1]
