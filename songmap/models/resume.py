"""A training that was interrupted goes on where it was, and ends in the same bytes."""

import copy
import hashlib
import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from songmap.files import atomic
from songmap.models.batch import Tensors, Trainable
from songmap.models.serial import DAMAGE, check_finite, dumps, loads

EVERY = 20.0  # seconds between two states on disk
OLD = 30 * 86_400  # seconds after which the state of another training, never taken up again, is deleted


@dataclass(frozen=True)
class Epoch:
    """Means per track, in nats: the full bound on the training and the held-out tracks, and its KL term."""

    epoch: int
    train: float
    validation: float
    kl: float


@dataclass
class Progress:
    """All that changes while a model is trained.

    Parameters
    ----------
    model : Trainable
    optimizer : torch.optim.Optimizer
    generators : tuple of torch.Generator
        Of the batches, and of the samples.
    epochs : list of Epoch
        Those done.
    best : Epoch or None
        The one whose weights are kept.
    weights : dict
        Those weights.
    stale : int
        Epochs judged since, none of them better.
    start : float
        The loss before the first step; 0 before it is known.
    """

    model: Trainable
    optimizer: torch.optim.Optimizer
    generators: tuple[torch.Generator, torch.Generator]
    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    weights: dict[str, Any] = field(default_factory=dict)
    stale: int = 0
    start: float = 0.0

    def judge(self, epoch: Epoch) -> None:
        """Keep the weights if `epoch` is the best so far."""
        if self.best is None or epoch.validation < self.best.validation:
            self.best, self.weights, self.stale = epoch, copy.deepcopy(self.model.state_dict()), 0
        else:
            self.stale += 1

    def content(self) -> dict[str, Any]:
        """Plain values and tensors to go on from."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generators": [generator.get_state() for generator in self.generators],
            "epochs": [asdict(epoch) for epoch in self.epochs],
            "best": None if self.best is None else asdict(self.best),
            "weights": self.weights,
            "stale": self.stale,
            "start": self.start,
        }

    def restore(self, content: Mapping[str, Any], most: int) -> None:
        """Go back to where `content` was taken, in a training of `most` epochs.

        Raises one of `songmap.models.serial.DAMAGE`, half restored, where it is not of this training.
        """
        self.model.load_state_dict(content["model"])
        self.optimizer.load_state_dict(content["optimizer"])
        for generator, state in zip(self.generators, content["generators"], strict=True):
            generator.set_state(state)
        self.epochs = [Epoch(**epoch) for epoch in content["epochs"]]
        self.best = None if content["best"] is None else Epoch(**content["best"])
        self.weights = dict(content["weights"])
        self.stale, self.start = content["stale"], content["start"]
        self._check(most)

    def _check(self, most: int) -> None:
        done, best = len(self.epochs), self.best
        own = self.model.state_dict()
        fits = [
            [epoch.epoch for epoch in self.epochs] == list(range(1, done + 1)),
            all(math.isfinite(value) for epoch in self.epochs for value in asdict(epoch).values()),
            done <= most,
            best in self.epochs if best else done < most and not self.weights,
            type(self.stale) is int and 0 <= self.stale <= (done - best.epoch if best else 0),
            math.isfinite(self.start),
            not best or _shapes(self.weights) == _shapes(own),
            all(
                moment.shape == parameter.shape
                for parameter, state in self.optimizer.state.items()
                for moment in (state["exp_avg"], state["exp_avg_sq"])
            ),
        ]
        if not all(fits):
            raise ValueError("a state of another training")
        for values in (own, self.weights, *self.optimizer.state.values()):
            check_finite(values)


class State:
    """The file of one training under way.

    Parameters
    ----------
    directory : Path or None
        None keeps nothing.
    digest : str
        Of all that the training depends on.
    """

    def __init__(self, directory: Path | None, digest: str) -> None:
        self.path = None if directory is None else directory / f"{digest}.pt"
        self.saved = time.monotonic()

    def restore(self, progress: Progress, most: int) -> dict[str, Any] | None:
        """Go on from the file, if there is one that is whole and fits a training of `most` epochs.

        Returns
        -------
        dict or None
            What to restore in order to begin anew; None where nothing was gone on from.
        """
        data = self._read()
        if data is None:
            return None
        begun = copy.deepcopy(progress.content())
        try:
            progress.restore(loads(data), most)
        except DAMAGE:
            progress.restore(begun, most)
            return None
        return begun

    def _read(self) -> bytes | None:
        """What `save` made of a training; None where there is no file, or it is damaged."""
        try:
            if self.path is None or not self.path.is_file():
                return None
            checksum, _, data = self.path.read_bytes().partition(b"\n")
        except OSError:
            return None
        return data if checksum == _checksum(data) else None

    def save(self, progress: Progress) -> None:
        """Write the file, if the last time is `EVERY` seconds ago; a disk that is full is no error."""
        if self.path is None or time.monotonic() - self.saved < EVERY:
            return
        with suppress(OSError):
            data = dumps(progress.content())
            with atomic(self.path) as temporary:
                temporary.write_bytes(_checksum(data) + b"\n" + data)
            _delete_old(self.path.parent)
        self.saved = time.monotonic()

    def done(self) -> None:
        """Delete the file."""
        if self.path is not None:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)


def digest(recipe: Mapping[str, Any], data: Tensors, held_out: np.ndarray) -> str:
    """Hexadecimal digest of all that a training depends on.

    Parameters
    ----------
    recipe : mapping
        Parameters, seed, device, as JSON has them; the versions of torch and of the models' code are added.
    data : Tensors
    held_out : np.ndarray [shape=(n,)], bool
    """
    result = hashlib.sha256(json.dumps({**recipe, "torch": torch.__version__}, sort_keys=True).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        result.update(source.read_bytes())
    arrays = [*data.values.items(), *data.present.items(), ("condition", data.condition)]
    for name, tensor in arrays:
        result.update(f"{name} {tuple(tensor.shape)}".encode())
        result.update(tensor.contiguous().numpy().data)
    result.update(held_out.data)
    return result.hexdigest()[:32]


def _checksum(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def _shapes(state: Mapping[str, Tensor]) -> dict[str, tuple[torch.Size, torch.dtype]]:
    return {name: (tensor.shape, tensor.dtype) for name, tensor in state.items()}


def _delete_old(directory: Path) -> None:
    for path in directory.glob("*.pt"):
        if time.time() - path.stat().st_mtime > OLD:
            path.unlink(missing_ok=True)
