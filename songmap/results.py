"""What the pipeline wrote, by name: features, latents, labels, clusters and scores, with their track ids."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from songmap.errors import DataError, ParameterError
from songmap.files import read_csv
from songmap.latents import load_latents
from songmap.tracks import TrackArray

LABELS = ("title", "artist", "album", "genre", "language")
ALGORITHM = {"kmeans": "cluster"}  # its column in data/clusters; the others' is their name
TEXTS = {"model", "algorithm", "informed_by", "collapsed", "degenerate", "common_space"}  # else numbers


class Results:
    """The results of one run of the pipeline.

    Parameters
    ----------
    folder : Path or str
        The repository.

    Attributes
    ----------
    folder : Path
    tracks : list of dict
        The catalogue: track_id, path, duration, title, artist, album, genre, language, ... of every track.

    Raises
    ------
    DataError
        If the pipeline has not run there.

    Examples
    --------
    >>> results = songmap.open()                # doctest: +SKIP
    >>> results.latents("vae").values.shape     # doctest: +SKIP
    (240, 16)
    """

    def __init__(self, folder: Path | str = ".") -> None:
        self.folder = Path(folder)
        self.tracks = self._table("data/tracks.csv")

    @cached_property
    def models(self) -> list[str]:
        """Names of the models."""
        return self._names("data/clusters", ".csv")

    def features(self, name: str) -> TrackArray:
        """Features by name: mfcc, descriptors, tfidf, ... Shape (n, d) or (n, ...).

        Raises
        ------
        ParameterError
            If there are none of that name.
        """
        folder = "data/features"
        return self._array(folder, self._known("features", name, self._names(folder, ".npz")))

    def latents(self, model: str) -> TrackArray:
        """Latents of a model's first run, one row per track that it could encode. Shape (n, d), float32.

        A model that was left out has no rows; the array's note says why.

        Raises
        ------
        ParameterError
            If there is no such model.
        """
        found = load_latents(self.folder / f"data/features/latents/{self._model(model)}.npz")
        return TrackArray(found.track_id, found.values[:, 0]) if len(found) else found

    def projection(self, model: str) -> TrackArray:
        """Places of a model's tracks on the plane, x and y. Shape (n, 2). See `latents`."""
        return self._array("data/projections", self._model(model))

    def labels(self, name: str) -> TrackArray:
        """A label of every track: title, artist, album, genre or language; '' where unknown. Shape (n,), str.

        Raises
        ------
        ParameterError
            If it is none of these.
        """
        self._known("label", name, list(LABELS))
        return TrackArray(_texts(self.tracks, "track_id"), _texts(self.tracks, name))

    def clusters(self, model: str, algorithm: str = "kmeans") -> TrackArray:
        """The cluster of each of a model's tracks, -1 for noise. Shape (n,), int. See `latents`.

        Raises
        ------
        ParameterError
            If there is no such model, or the algorithm was not asked for.
        """
        rows = self.members(model)
        column = ALGORITHM.get(algorithm, algorithm)
        if rows:
            others = list(rows[0])[list(rows[0]).index("rank") + 1 :]
            self._known("algorithm", algorithm, [*ALGORITHM, *others])
        values = np.array([int(row[column]) for row in rows], dtype=int)
        return TrackArray(_texts(rows, "track_id"), values)

    def members(self, model: str) -> list[dict[str, str]]:
        """The rows of ``data/clusters/<model>.csv``: track, cluster, confidence, rank and so on."""
        return self._table(f"data/clusters/{self._model(model)}.csv")

    def cluster_names(self, model: str) -> dict[int, str]:
        """What each cluster of a model is called; ``cluster 3`` where it has no name."""
        names = {number: f"cluster {number}" for number in np.unique(self.clusters(model).values).tolist()}
        path = self.folder / "data/explanations" / f"{self._model(model)}.json"
        if path.is_file():
            names |= {number: name for number, name in _cards(path).items() if number in names}
        return names

    def scores(self) -> list[dict[str, Any]]:
        """The table of ``metrics/evaluation.csv``, a row per model and algorithm; None where undefined."""
        return [
            {key: value if key in TEXTS else _number(value) for key, value in row.items()}
            for row in self._table("metrics/evaluation.csv")
        ]

    def _model(self, name: str) -> str:
        return self._known("model", name, self.models)

    def _known(self, what: str, name: str, names: list[str]) -> str:
        if name not in names:
            raise ParameterError(f"{what} {name!r} is not known: give one of {', '.join(names) or '(none)'}")
        return name

    def _names(self, folder: str, suffix: str) -> list[str]:
        return sorted(path.stem for path in (self.folder / folder).glob(f"[!.]*{suffix}"))

    def _array(self, folder: str, name: str) -> TrackArray:
        path = self.folder / folder / f"{name}.npz"
        if not path.is_file():
            raise DataError(f"there is no {path}: dvc repro makes it")
        return TrackArray.load(path)

    def _table(self, path: str) -> list[dict[str, str]]:
        if not (self.folder / path).is_file():
            raise DataError(f"there is no {self.folder / path}: dvc repro makes it")
        return read_csv(self.folder / path)


def _texts(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], dtype=str)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _cards(path: Path) -> dict[int, str]:
    """Names by cluster of a file of explanations: cards with cluster and name."""
    try:
        cards = json.loads(path.read_text(encoding="utf-8"))
        return {int(card["cluster"]): str(card["name"]) for card in cards if str(card["name"]).strip()}
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(f"{path} is not a list of clusters and their names: {error}") from error
