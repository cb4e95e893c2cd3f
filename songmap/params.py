"""Every parameter, its type and its range. There are no defaults here: params.yaml holds them."""

import difflib
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from songmap.errors import ParameterError

Count = Annotated[int, Field(ge=1, le=1_000_000)]
NonNegative = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Widths = Annotated[list[Count], Field(min_length=1, max_length=16)]


class Group(BaseModel):
    """A group of parameters: unknown names and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Demo(Group):
    seed: Seed
    songs: Annotated[int, Field(ge=12, le=100_000)]
    seconds: Annotated[float, Field(ge=2, le=600)]


class MelPatch(Group):
    n_mels: Annotated[int, Field(ge=8, le=512)]
    frames: Annotated[int, Field(ge=16, le=10_000)]


class Audio(Group):
    sample_rate: Annotated[int, Field(ge=4000, le=192_000)]
    n_fft: Annotated[int, Field(ge=64, le=65_536)]
    hop_length: Annotated[int, Field(ge=16, le=65_536)]
    seconds: Annotated[float, Field(ge=1, le=3600)]
    position: Share
    n_mfcc: Annotated[int, Field(ge=2, le=512)]
    n_mels: Annotated[int, Field(ge=8, le=512)]
    mel: MelPatch

    @model_validator(mode="after")
    def _consistent(self) -> "Audio":
        if self.n_mfcc > self.n_mels:
            raise PydanticCustomError(
                "range", "n_mfcc={a} must not exceed n_mels={b}", {"a": self.n_mfcc, "b": self.n_mels}
            )
        if self.hop_length > self.n_fft:
            raise PydanticCustomError(
                "range", "hop_length={a} must not exceed n_fft={b}", {"a": self.hop_length, "b": self.n_fft}
            )
        return self


class Tfidf(Group):
    max_features: Count
    ngram_max: Annotated[int, Field(ge=1, le=5)]
    min_df: Count


class Sentence(Group):
    model: Annotated[str, Field(min_length=1)]


class Lyrics(Group):
    tfidf: Tfidf
    sentence: Sentence


class Train(Group):
    epochs: Count
    batch_size: Count
    learning_rate: Annotated[float, Field(gt=0, le=1)]
    warmup: Annotated[int, Field(ge=0, le=1_000_000)]
    validation: Annotated[float, Field(gt=0, le=0.5)]
    patience: Count
    precision: Positive


class Cluster(Group):
    k_max: Annotated[int, Field(ge=3, le=1000)]
    min_samples: Annotated[int, Field(ge=1, le=10_000)]


class Project(Group):
    method: Literal["umap", "tsne", "pca"]
    n_neighbors: Annotated[int, Field(ge=2, le=1000)]
    min_dist: Share
    perplexity: Annotated[float, Field(ge=1, le=1000)]


class Model(Group):
    """What every model names: its inputs, its condition and the weight of its KL term."""

    audio: Annotated[str, Field(pattern=r"^(none|mfcc|mel_stats|mel|table|latents/[A-Za-z0-9_-]+)$")]
    lyrics: Literal["none", "tfidf", "sentence"]
    condition: Literal["none", "genre", "language", "genre_language"]
    kl: Literal["none", "unit", "beta"]

    @model_validator(mode="after")
    def _has_input(self) -> "Model":
        if self.audio == "none" and self.lyrics == "none":
            raise PydanticCustomError("input", "audio and lyrics are both none; a model needs one of them")
        return self


class LinearModel(Model):
    condition: Literal["none"]
    kl: Literal["none"]


class Standardized(LinearModel):
    kind: Literal["standardized"]


class Pca(LinearModel):
    kind: Literal["pca"]
    latent_dim: Count


class Fusion(LinearModel):
    kind: Literal["fusion"]
    latent_dim: Count


class Dense(Model):
    kind: Literal["dense"]
    latent_dim: Annotated[int, Field(ge=1, le=4096)]
    hidden: Widths

    @model_validator(mode="after")
    def _vectors(self) -> "Dense":
        if self.audio == "mel":
            raise PydanticCustomError("input", "audio='mel' is a picture and needs kind='conv'")
        return self


class Conv(Model):
    kind: Literal["conv"]
    latent_dim: Annotated[int, Field(ge=1, le=4096)]
    hidden: Widths
    channels: Annotated[list[Count], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _picture(self) -> "Conv":
        if self.audio != "mel":
            raise PydanticCustomError(
                "input", "kind='conv' needs audio='mel', not {audio}", {"audio": repr(self.audio)}
            )
        return self


LINEAR = (Standardized, Pca, Fusion)
AnyModel = Annotated[Standardized | Pca | Fusion | Dense | Conv, Field(discriminator="kind")]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class Params(Group):
    """The whole of params.yaml."""

    dataset: Annotated[str, Field(min_length=1)]
    k: Annotated[int, Field(ge=2, le=10_000)] | Literal["auto"]
    seed: Seed
    beta: NonNegative
    unit: NonNegative
    none: Annotated[float, Field(ge=0, le=0)]
    demo: Demo
    audio: Audio
    lyrics: Lyrics
    train: Train
    cluster: Cluster
    project: Project
    models: Annotated[dict[ModelName, AnyModel], Field(min_length=1)]

    @model_validator(mode="after")
    def _sources(self) -> "Params":
        for name, model in self.models.items():
            source = model.audio.removeprefix("latents/")
            if source != model.audio and source not in self.models:
                raise PydanticCustomError(
                    "source",
                    "models.{name}.audio={audio}: there is no model {source}; allowed: {allowed}",
                    {
                        "name": name,
                        "audio": repr(model.audio),
                        "source": repr(source),
                        "allowed": ", ".join(f"latents/{m}" for m in self.models if m != name),
                    },
                )
        return self

    def model(self, name: str) -> AnyModel:
        """Parameters of the model called `name`; raises `ParameterError` where there is none."""
        if name not in self.models:
            raise ParameterError(
                f"there is no model {name!r} in params.yaml; there are {', '.join(self.models)}"
            )
        return self.models[name]

    def kl_weight(self, model: Model) -> float:
        """Weight of the model's KL term at the end of its warm-up."""
        return {"none": self.none, "unit": self.unit, "beta": self.beta}[model.kl]


def model_config(value: dict[str, Any]) -> AnyModel:
    """One model's parameters from plain values, as a checkpoint holds them."""
    return TypeAdapter(AnyModel).validate_python(value)


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
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ParameterError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return Params.model_validate(raw)
    except ValidationError as error:
        first, *others = error.errors()
        more = f" (and {len(others)} more)" if others else ""
        raise ParameterError(f"{path}: {_describe(first)}{more}") from None


def _describe(error: ErrorDetails) -> str:
    """One line for one of pydantic's errors."""
    location = _without_tags(error["loc"])
    if not location and error["type"] == "model_type":
        return "must be a mapping of parameter names to values"
    name = ".".join(location)
    value = repr(error["input"])
    value = value if len(value) <= 80 else value[:77] + "..."
    match error["type"]:
        case "extra_forbidden":
            allowed = _names(location[:-1])
            close = difflib.get_close_matches(location[-1], allowed, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            return f"{name}={value} is not a parameter; {hint}allowed: {', '.join(allowed)}"
        case "missing":
            return f"{name} is missing"
        case "range" | "input" | "source":
            return f"{name + ': ' if name else ''}{error['msg']}"
        case "string_pattern_mismatch" if location[-1] == "audio":
            return f"{name}={value}: must be none, mfcc, mel_stats, mel, table or latents/<another model>"
        case "string_pattern_mismatch":
            return f"{name}: a model's name holds letters, digits, _ and - only"
        case "union_tag_invalid":
            return f"{name}.kind={error['ctx']['tag']!r}: must be {error['ctx']['expected_tags']}"
        case "union_tag_not_found":
            return f"{name}.kind is missing"
    if location[:1] == ("k",):
        return f"k={value}: must be an integer from 2 to 10000, or auto"
    message = error["msg"].removeprefix("Input ").replace("should be", "must be").replace("should", "must")
    if "float" in error["type"] and isinstance(error["input"], str):
        message += ", written like 0.001 or 1.0e-3"
    return f"{name}={value}: {message}"


def _without_tags(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Drop what pydantic adds to a path: the kind of a model and the branch of a union."""
    parts = [str(part) for part in location if part != "[key]"]
    if parts[:1] == ["models"] and len(parts) > 2:
        del parts[2]
    return tuple(parts[:1] if parts[:1] == ["k"] else parts)


def _names(location: tuple[str, ...]) -> list[str]:
    """Names that are allowed in the group at `location`."""
    if location[:1] == ("models",):
        return sorted({name for kind in (*LINEAR, Dense, Conv) for name in kind.model_fields})
    group: Any = Params
    for part in location:
        group = group.model_fields[part].annotation
        if get_origin(group) in (Union, UnionType, Annotated):
            group = get_args(group)[0]
    return list(group.model_fields)
