"""The whole of params.yaml, read and checked."""

from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from songmap.errors import ParameterError
from songmap.params.base import AutoBool, Count, Group, LatentDim, NonNegative, Positive, Seed, Share, Widths
from songmap.params.data import Audio, Demo, Encoder, Lyrics
from songmap.params.model import KINDS, AnyModel, Model
from songmap.params.wording import describe


class Train(Group):
    seeds: Annotated[int, Field(ge=1, le=100)]
    epochs: Count
    batch_size: Annotated[int, Field(ge=2, le=1_000_000)]
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    warmup: Annotated[int, Field(ge=0, le=1_000_000)]
    cycles: Annotated[int, Field(ge=1, le=1000)]
    free_bits: NonNegative
    validation: Annotated[float, Field(gt=0, le=0.5)]
    patience: Count
    precision: Positive
    device: Literal["auto", "cpu", "cuda", "mps"]
    bfloat16: AutoBool

    @model_validator(mode="after")
    def _cycles(self) -> "Train":
        if self.cycles > max(1, self.epochs // 2):
            raise PydanticCustomError(
                "range",
                "cycles={a} must not exceed half of epochs={b}: a cycle has one to rise and one after it",
                {"a": self.cycles, "b": self.epochs},
            )
        return self


class Sweep(Group):
    betas: Annotated[list[NonNegative], Field(min_length=1, max_length=20)]
    seeds: Annotated[int, Field(ge=1, le=100)]
    audio: Literal["mfcc", "descriptors", "mel_stats", "embedding", "table"]
    latent_dim: LatentDim
    hidden: Widths


Algorithm = Literal[
    "kmeans", "agglomerative", "dbscan", "hdbscan", "gaussian_mixture", "spectral", "consensus"
]


class Cluster(Group):
    k_max: Annotated[int, Field(ge=3, le=1000)]
    algorithms: Annotated[list[Algorithm], Field(min_length=1)]
    min_samples: Annotated[int, Field(ge=1, le=200)]
    min_cluster_size: Annotated[int, Field(ge=2, le=100_000)]

    @model_validator(mode="after")
    def _comparable(self) -> "Cluster":
        if "kmeans" not in self.algorithms or len(set(self.algorithms)) < len(self.algorithms):
            raise PydanticCustomError(
                "range",
                "algorithms={a} must hold kmeans, which models are compared by, and none twice",
                {"a": str(self.algorithms)},
            )
        return self


class Project(Group):
    method: Literal["umap", "tsne", "pca"]
    n_neighbors: Annotated[int, Field(ge=2, le=1000)]
    min_dist: Share
    perplexity: Annotated[float, Field(ge=1, le=1000)]


RESERVED = ("chance", "left_out")
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class Params(Group):
    """The whole of params.yaml."""

    dataset: Annotated[str, Field(min_length=1)]
    k: Annotated[int, Field(ge=2, le=10_000)] | Literal["auto"]
    seed: Seed
    beta: NonNegative
    unit: Annotated[float, Field(ge=1, le=1)]
    none: Annotated[float, Field(ge=0, le=0)]
    demo: Demo
    audio: Audio
    encoder: Encoder
    lyrics: Lyrics
    train: Train
    sweep: Sweep
    cluster: Cluster
    project: Project
    models: Annotated[dict[ModelName, AnyModel], Field(min_length=1)]

    @model_validator(mode="after")
    def _sources(self) -> "Params":
        for name in self.models:
            if name in RESERVED:
                raise PydanticCustomError(
                    "source",
                    "models.{name}: the name means something else in the tables",
                    {"name": name},
                )
            self._follow([name])
        return self

    def _follow(self, chain: list[str]) -> None:
        """Refuse latents of a model that is absent, or that is built on what it feeds."""
        for slot, named in self.models[chain[-1]].inputs.items():
            if not named.startswith("latents/"):
                continue
            source = named.removeprefix("latents/")
            if source in chain or source not in self.models:
                raise PydanticCustomError(
                    "source",
                    "models.{name}.{slot}={named}: {why}; allowed: latents/ and one of {allowed}",
                    {
                        "name": chain[-1],
                        "slot": slot,
                        "named": repr(named),
                        "why": "leads back to itself" if source in chain else "there is no such model",
                        "allowed": ", ".join(name for name in self.models if name not in chain),
                    },
                )
            self._follow([*chain, source])

    def kl_weight(self, model: Model) -> float:
        """Weight of the model's KL term at the end of its warm-up."""
        return {"none": self.none, "unit": self.unit, "beta": self.beta}[model.kl]


def load(path: Path | str = "params.yaml") -> Params:
    """Read and check the parameters.

    Raises
    ------
    ParameterError
        One line that names the first parameter at fault, its value and what is allowed.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ParameterError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    return parse(text, str(path))


def parse(text: str, path: str) -> Params:
    """Check parameters given as YAML; `path` says in errors where they are from.

    Raises
    ------
    ParameterError
        One line that names the first parameter at fault, its value and what is allowed.
    """
    try:
        raw = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ParameterError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        first, *rest = error.errors()
        others = {issue["loc"][:1] for issue in rest if issue["loc"][:1] != first["loc"][:1]}
        more = f" (and more in {', '.join(sorted(str(loc[0]) for loc in others))})" if others else ""
        raise ParameterError(f"{path}: {describe(first, _names)}{more}") from None


def _names(location: tuple[str, ...]) -> list[str]:
    """Names that are allowed in the group at `location`."""
    if location[:1] == ("models",):
        kinds = {get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in KINDS}
        return list(kinds[location[2]].model_fields)
    group: Any = Params
    for part in location:
        group = group.model_fields[part].annotation
        if get_origin(group) in (Union, UnionType, Annotated):
            group = get_args(group)[0]
    return list(group.model_fields)
