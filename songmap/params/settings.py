"""Every parameter, its type and its range. There are no defaults here: params.yaml holds them."""

from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from songmap.errors import ParameterError
from songmap.wording import describe

Count = Annotated[int, Field(ge=1, le=1_000_000)]
NonNegative = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1)]
Width = Annotated[int, Field(ge=1, le=16_384)]
Widths = Annotated[list[Width], Field(min_length=1, max_length=16)]


class Group(BaseModel):
    """A group of parameters: unknown names and wrong types are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Demo(Group):
    seed: Seed
    songs: Annotated[int, Field(ge=12, le=100_000)]
    seconds: Annotated[float, Field(ge=2, le=600)]


Descriptor = Literal[
    "centroid",
    "bandwidth",
    "contrast",
    "rolloff",
    "flatness",
    "chroma",
    "zero_crossings",
    "rms",
    "onset",
    "tempo",
]
MfccStatistic = Literal["mean", "std", "delta_mean", "delta_std"]


class MelPatch(Group):
    n_mels: Annotated[int, Field(ge=8, le=512)]
    frames: Annotated[int, Field(ge=16, le=10_000)]


class Audio(Group):
    sample_rate: Annotated[int, Field(ge=4000, le=192_000)]
    n_fft: Annotated[int, Field(ge=64, le=65_536)]
    hop_length: Annotated[int, Field(ge=16, le=65_536)]
    seconds: Annotated[float, Field(ge=1, le=3600)]
    position: Share
    excerpts: Annotated[int, Field(ge=1, le=64)]
    n_mfcc: Annotated[int, Field(ge=2, le=512)]
    mfcc_statistics: Annotated[list[MfccStatistic], Field(min_length=1)]
    n_mels: Annotated[int, Field(ge=8, le=512)]
    mel: MelPatch
    descriptors: list[Descriptor]
    key_invariant: bool

    @model_validator(mode="after")
    def _consistent(self) -> "Audio":
        if self.n_mfcc > self.n_mels:
            raise PydanticCustomError(
                "range", "n_mfcc={a} must not exceed n_mels={b}", {"a": self.n_mfcc, "b": self.n_mels}
            )
        if len(set(self.mfcc_statistics)) < len(self.mfcc_statistics):
            raise PydanticCustomError(
                "range", "mfcc_statistics={a} names one twice", {"a": str(self.mfcc_statistics)}
            )
        if len(set(self.descriptors)) < len(self.descriptors):
            names = {"a": str(self.descriptors)}
            raise PydanticCustomError("range", "descriptors={a} names one twice", names)
        if self.hop_length > self.n_fft:
            raise PydanticCustomError(
                "range", "hop_length={a} must not exceed n_fft={b}", {"a": self.hop_length, "b": self.n_fft}
            )
        return self


class Encoder(Group):
    model: Annotated[str, Field(min_length=1)]
    seconds: Annotated[float, Field(ge=1, le=600)]
    batch_size: Annotated[int, Field(ge=1, le=1024)]
    trust_remote_code: bool


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
    batch_size: Annotated[int, Field(ge=2, le=1_000_000)]
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


AUDIO = r"^(none|mfcc|descriptors|mel_stats|mel|embedding|table|latents/[A-Za-z0-9_-]+)$"


class Model(Group):
    """What every model names: its inputs, its condition and the weight of its KL term."""

    audio: Annotated[str, Field(pattern=AUDIO)]
    lyrics: Literal["none", "tfidf", "sentence"]
    condition: Literal["none", "genre", "language", "genre_language"]
    kl: Literal["none", "unit", "beta"]
    scale: Literal["zscore", "yeo_johnson", "quantile"]

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
    channels: Annotated[list[Width], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _picture(self) -> "Conv":
        if self.audio != "mel":
            raise PydanticCustomError(
                "input", "kind='conv' needs audio='mel', not {audio}", {"audio": repr(self.audio)}
            )
        return self


LINEAR = (Standardized, Pca, Fusion)
AnyModel = Annotated[Standardized | Pca | Fusion | Dense | Conv, Field(discriminator="kind")]
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
        audio = self.models[chain[-1]].audio
        if not audio.startswith("latents/"):
            return
        source = audio.removeprefix("latents/")
        if source in chain or source not in self.models:
            raise PydanticCustomError(
                "source",
                "models.{name}.audio={audio}: {why}; allowed: latents/ and one of {allowed}",
                {
                    "name": chain[-1],
                    "audio": repr(audio),
                    "why": "leads back to itself" if source in chain else "there is no such model",
                    "allowed": ", ".join(name for name in self.models if name not in chain),
                },
            )
        self._follow([*chain, source])

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
        kinds = {get_args(kind.model_fields["kind"].annotation)[0]: kind for kind in (*LINEAR, Dense, Conv)}
        return list(kinds[location[2]].model_fields)
    group: Any = Params
    for part in location:
        group = group.model_fields[part].annotation
        if get_origin(group) in (Union, UnionType, Annotated):
            group = get_args(group)[0]
    return list(group.model_fields)
