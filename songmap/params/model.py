"""Parameters of the models: one class per kind."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from songmap.params.base import Count, Group, LatentDim, NonNegative, Width, Widths

SOUND = "mfcc|descriptors|mel_stats|embedding|table"
WORDS = "tfidf|char|sentence|style|tfidf_centred|char_centred|sentence_centred"
LATENTS = "latents/[A-Za-z0-9_-]+"
AUDIO = rf"^(none|mel|{SOUND}|{LATENTS})$"
BESIDE = rf"^(none|{SOUND}|{WORDS}|{LATENTS})$"
LYRICS = rf"^(none|{WORDS})$"

Channels = Annotated[list[Width], Field(min_length=1, max_length=6)]
Temperature = Annotated[float, Field(ge=0.001, le=1e6, allow_inf_nan=False)]


class Model(Group):
    """What every model names: its inputs, its condition and the weight of its KL term."""

    audio: Annotated[str, Field(pattern=AUDIO)]
    beside: Annotated[str, Field(pattern=BESIDE)]
    lyrics: Annotated[str, Field(pattern=LYRICS)]
    condition: Literal["none", "genre", "language", "genre_language"]
    kl: Literal["none", "unit", "beta"]
    scale: Literal["zscore", "yeo_johnson", "quantile"]

    @property
    def inputs(self) -> dict[str, str]:
        """What each modality that the model has is read from."""
        named = {"audio": self.audio, "beside": self.beside, "lyrics": self.lyrics}
        return {modality: source for modality, source in named.items() if source != "none"}

    @model_validator(mode="after")
    def _has_input(self) -> "Model":
        if not self.inputs:
            raise PydanticCustomError(
                "input", "audio, beside and lyrics are all none; a model needs one of them"
            )
        return self


class Untold(Model):
    """A model without condition and KL term."""

    condition: Literal["none"]
    kl: Literal["none"]


class Standardized(Untold):
    kind: Literal["standardized"]


class Pca(Untold):
    kind: Literal["pca"]
    latent_dim: Count


class Fusion(Untold):
    kind: Literal["fusion"]
    latent_dim: Count


class Umap(Untold):
    kind: Literal["umap"]
    latent_dim: Annotated[int, Field(ge=1, le=256)]
    n_neighbors: Annotated[int, Field(ge=2, le=1000)]

    @model_validator(mode="after")
    def _vectors(self) -> "Umap":
        _check_vectors(self)
        return self


class Dense(Model):
    kind: Literal["dense"]
    latent_dim: LatentDim
    hidden: Widths
    components: Annotated[int, Field(ge=1, le=1000)]
    experts: Literal["product", "mixture"]

    @model_validator(mode="after")
    def _vectors(self) -> "Dense":
        _check_prior(self)
        _check_vectors(self)
        return self


class Conv(Model):
    kind: Literal["conv"]
    latent_dim: LatentDim
    hidden: Widths
    channels: Channels
    components: Annotated[int, Field(ge=1, le=1000)]
    experts: Literal["product", "mixture"]
    contrast: NonNegative

    @model_validator(mode="after")
    def _picture(self) -> "Conv":
        _check_prior(self)
        _check_picture(self)
        return self


class Contrastive(Untold):
    kind: Literal["contrastive"]
    beside: Literal["none"]
    lyrics: Literal["none"]
    latent_dim: LatentDim
    hidden: Widths
    channels: Channels
    temperature: Temperature

    @model_validator(mode="after")
    def _picture(self) -> "Contrastive":
        _check_picture(self)
        return self


def _check_vectors(model: Model) -> None:
    if model.audio == "mel":
        raise PydanticCustomError("input", "audio='mel' is a picture and needs kind='conv'")


def _check_picture(model: Conv | Contrastive) -> None:
    if model.audio != "mel":
        raise PydanticCustomError(
            "input",
            "kind={kind} needs audio='mel', not {audio}",
            {"kind": repr(model.kind), "audio": repr(model.audio)},
        )


def _check_prior(model: Dense | Conv) -> None:
    if model.kl == "none" and model.components > 1:
        raise PydanticCustomError(
            "input",
            "components={components} needs a KL term: kl='unit' or kl='beta'",
            {"components": model.components},
        )


LINEAR = (Standardized, Pca, Fusion)
KINDS = (*LINEAR, Umap, Dense, Conv, Contrastive)
AnyModel = Annotated[
    Standardized | Pca | Fusion | Umap | Dense | Conv | Contrastive, Field(discriminator="kind")
]


def model_config(value: dict[str, Any]) -> AnyModel:
    """One model's parameters from plain values, as a checkpoint holds them."""
    return TypeAdapter(AnyModel).validate_python(value)
