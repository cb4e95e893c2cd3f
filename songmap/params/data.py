"""Parameters of the demo songs, of sound and of words."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from songmap.params.base import AutoBool, Count, Group, Seed, Share, refuse_twice

LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


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
    patches: Annotated[int, Field(ge=1, le=64)]


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
        refuse_twice(self, "mfcc_statistics", "descriptors")
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


class Char(Group):
    max_features: Count
    ngram_min: Annotated[int, Field(ge=1, le=8)]
    ngram_max: Annotated[int, Field(ge=1, le=8)]
    min_df: Count
    dimensions: Annotated[int, Field(ge=2, le=4096)]

    @model_validator(mode="after")
    def _ordered(self) -> "Char":
        if self.ngram_min > self.ngram_max:
            raise PydanticCustomError(
                "range",
                "ngram_min={a} must not exceed ngram_max={b}",
                {"a": self.ngram_min, "b": self.ngram_max},
            )
        return self


class Sentence(Group):
    model: Annotated[str, Field(min_length=1)]
    bfloat16: AutoBool


StyleMeasure = Literal[
    "words",
    "lines",
    "words_per_line",
    "vocabulary",
    "repetition",
    "word_length",
    "punctuation",
]


class Style(Group):
    measures: Annotated[list[StyleMeasure], Field(min_length=1)]

    @model_validator(mode="after")
    def _distinct(self) -> "Style":
        refuse_twice(self, "measures")
        return self


class Lyrics(Group):
    languages: Annotated[list[LanguageCode], Field(min_length=2)] | Literal["all"]
    remove_language: bool
    tfidf: Tfidf
    char: Char
    sentence: Sentence
    style: Style

    @model_validator(mode="after")
    def _distinct(self) -> "Lyrics":
        refuse_twice(self, "languages")
        return self
