"""Which labels a model was told, itself or through the model it is built on."""

from collections.abc import Mapping
from typing import Protocol

from songmap.errors import ParameterError

LABELS = ("genre", "language")


class Source(Protocol):
    """The part of a model's parameters that says what it is made from."""

    @property
    def audio(self) -> str:
        """A feature's name, or ``latents/<model>``."""

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
    told: set[str] = set()
    chain: list[str] = []
    while name:
        if name in chain:
            raise ParameterError(f"models.{name}.audio leads back to itself: {' -> '.join([*chain, name])}")
        chain.append(name)
        told.update(label for label in LABELS if label in models[name].condition.split("_"))
        source = models[name].audio
        name = source.removeprefix("latents/") if source.startswith("latents/") else ""
    return "_".join(label for label in LABELS if label in told)
