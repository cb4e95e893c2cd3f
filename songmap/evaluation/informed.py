"""Which labels a model was told, itself or through the model it is built on."""

from collections.abc import Mapping
from typing import Protocol

from songmap.errors import ParameterError

LABELS = ("genre", "language")


class Source(Protocol):
    """The part of a model's parameters that says what it is made from."""

    @property
    def inputs(self) -> Mapping[str, str]:
        """What it is given: names of features, or ``latents/<model>``."""

    @property
    def condition(self) -> str:
        """``none``, ``genre``, ``language`` or ``genre_language``."""


def informed_by(name: str, models: Mapping[str, Source]) -> str:
    """Labels that reached the model: '', 'genre', 'language' or 'genre_language'.

    Parameters
    ----------
    name : str
        A model.
    models : mapping of str to model
        All models by name.

    Raises
    ------
    ParameterError
        If models are built on each other in a circle.
    """
    told = _told(models, [name])
    return "_".join(label for label in LABELS if label in told)


def _told(models: Mapping[str, Source], chain: list[str]) -> set[str]:
    """Labels that reached the last model of a chain, each of whose models feeds the one before."""
    model = models[chain[-1]]
    told = {label for label in LABELS if label in model.condition.split("_")}
    for named in model.inputs.values():
        if named.startswith("latents/"):
            source = named.removeprefix("latents/")
            if source in chain:
                raise ParameterError(f"models.{source} leads back to itself: {' -> '.join([*chain, source])}")
            told |= _told(models, [*chain, source])
    return told
