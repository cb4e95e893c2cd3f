"""Every parameter, its type and its range. There are no defaults here: params.yaml holds them."""

from songmap.params.data import Audio, Char, Descriptor, Encoder, Lyrics, MfccStatistic, Style, StyleMeasure
from songmap.params.model import (
    LINEAR,
    AnyModel,
    Contrastive,
    Conv,
    Dense,
    Fusion,
    Model,
    Pca,
    Standardized,
    Umap,
    model_config,
)
from songmap.params.settings import Params, Sweep, Train, load, parse

__all__ = [
    "LINEAR",
    "AnyModel",
    "Audio",
    "Char",
    "Contrastive",
    "Conv",
    "Dense",
    "Descriptor",
    "Encoder",
    "Fusion",
    "Lyrics",
    "MfccStatistic",
    "Model",
    "Params",
    "Pca",
    "Standardized",
    "Style",
    "StyleMeasure",
    "Sweep",
    "Train",
    "Umap",
    "load",
    "model_config",
    "parse",
]
