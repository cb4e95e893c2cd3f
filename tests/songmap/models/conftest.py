"""Small inputs with structure: three groups of tracks, a fifth of them without lyrics."""

import numpy as np
import pytest

from songmap.models.inputs import Inputs
from songmap.params import Train, model_config
from songmap.tracks import TrackArray

N = 60
SETTINGS = Train(
    seeds=1, epochs=20, batch_size=16, learning_rate=0.005, warmup=3, cycles=1, free_bits=0.0, validation=0.2,
    patience=20, precision=256.0, device="cpu", bfloat16="auto",
)  # fmt: skip
CONFIGS = {
    "standardized": {"kind": "standardized", "audio": "mfcc"},
    "pca": {"kind": "pca", "audio": "mfcc", "latent_dim": 4},
    "lyrics": {"kind": "pca", "lyrics": "tfidf", "latent_dim": 4},
    "fusion": {"kind": "fusion", "audio": "mfcc", "lyrics": "tfidf", "latent_dim": 4},
    "fusion_of_three": {
        "kind": "fusion", "audio": "mfcc", "beside": "latents/vae", "lyrics": "tfidf", "latent_dim": 4,
    },
    "n2d": {"kind": "umap", "audio": "latents/vae", "latent_dim": 3, "n_neighbors": 10},
    "n2d_of_two": {"kind": "umap", "audio": "mfcc", "lyrics": "tfidf", "latent_dim": 3, "n_neighbors": 10},
    "autoencoder": {"kind": "dense", "audio": "mfcc"},
    "vae": {"kind": "dense", "audio": "mfcc", "kl": "unit"},
    "vae_of_latents": {"kind": "dense", "audio": "latents/pca", "kl": "unit"},
    "cvae": {"kind": "dense", "audio": "mfcc", "kl": "unit", "condition": "genre"},
    "vade": {"kind": "dense", "audio": "mfcc", "kl": "unit", "components": 3},
    "conv_autoencoder": {"kind": "conv", "audio": "mel"},
    "conv_vae": {"kind": "conv", "audio": "mel", "kl": "unit"},
    "conv_vade": {"kind": "conv", "audio": "mel", "kl": "unit", "components": 3},
    "contrastive": {"kind": "contrastive", "audio": "mel", "temperature": 0.2},
    "contrastive_3": {"kind": "contrastive", "audio": "mel", "temperature": 0.2},
    "multimodal_vae": {"kind": "dense", "audio": "mfcc", "lyrics": "sentence", "kl": "unit"},
    "multimodal_autoencoder": {"kind": "dense", "audio": "mfcc", "lyrics": "sentence"},
    "multimodal_vade": {
        "kind": "dense", "audio": "mfcc", "lyrics": "sentence", "kl": "unit", "components": 3,
    },
    "mixture_vae": {
        "kind": "dense", "audio": "mfcc", "lyrics": "sentence", "kl": "unit", "experts": "mixture",
    },
    "mixture_vade": {
        "kind": "dense", "audio": "mfcc", "lyrics": "sentence", "kl": "unit", "components": 3,
        "experts": "mixture",
    },
    "vae_of_three": {
        "kind": "dense", "audio": "mfcc", "beside": "descriptors", "lyrics": "sentence", "kl": "unit",
    },
    "multimodal_conv_vae": {"kind": "conv", "audio": "mel", "lyrics": "tfidf", "kl": "beta"},
    "power_pca": {"kind": "pca", "audio": "mfcc", "latent_dim": 4, "scale": "yeo_johnson"},
    "power_vae": {"kind": "dense", "audio": "mfcc", "kl": "unit", "scale": "yeo_johnson"},
    "quantile_standardized": {"kind": "standardized", "audio": "mfcc", "scale": "quantile"},
    "quantile_fusion": {
        "kind": "fusion", "audio": "mfcc", "lyrics": "tfidf", "latent_dim": 4, "scale": "quantile",
    },
    "mel_pca_3": {"kind": "pca", "audio": "mel", "latent_dim": 4, "scale": "quantile"},
    "conv_autoencoder_3": {"kind": "conv", "audio": "mel"},
    "conv_vae_3": {"kind": "conv", "audio": "mel", "kl": "unit"},
    "conv_contrast": {"kind": "conv", "audio": "mel", "kl": "unit", "contrast": 1.0},
    "conv_contrast_3": {"kind": "conv", "audio": "mel", "kl": "unit", "contrast": 20.0},
    "multimodal_conv_vae_3": {
        "kind": "conv", "audio": "mel", "lyrics": "tfidf", "kl": "beta", "components": 2, "contrast": 1.0,
    },
}  # fmt: skip
TRAINED = ("dense", "conv", "contrastive")
WIDTHS = {"mfcc": 10, "descriptors": 9, "tfidf": 8, "sentence": 8}


def config(name):
    """Typed parameters of one of CONFIGS."""
    slots = {"audio": "none", "beside": "none", "lyrics": "none"}
    raw = slots | {"condition": "none", "kl": "none", "scale": "zscore"} | CONFIGS[name]
    if raw["kind"] in TRAINED:
        raw |= {"latent_dim": 4, "hidden": [16]}
    if raw["kind"] in ("dense", "conv"):
        raw = {"components": 1, "experts": "product"} | raw
    if raw["kind"] in ("conv", "contrastive"):
        raw |= {"channels": [4, 8]}
    if raw["kind"] == "conv":
        raw = {"contrast": 0.0} | raw
    return model_config(raw)


def make_inputs(name, n=N, seed=0):
    """Inputs of one of CONFIGS for n tracks; a number at its end is that of the excerpts."""
    rng = np.random.default_rng(seed)
    group = np.arange(n) % 3
    ids = np.array([f"song {i:03d} é" for i in range(n)])
    hidden = np.eye(3)[group] * 4 + rng.normal(size=(n, 3))

    def observe(*shape):
        mixing = np.random.default_rng(len(shape)).normal(size=(3, int(np.prod(shape))))
        noise = rng.normal(size=(n, int(np.prod(shape))))
        return (hidden @ mixing + 0.3 * noise).reshape(n, *shape).astype(np.float32) * 7 - 20

    def values(source):
        if source == "mel":
            excerpts = int(name[-1]) if name[-1].isdigit() else 1
            return np.concatenate([observe(1, 12, 21) for _ in range(excerpts)], axis=1)
        return observe(1, 6) if source.startswith("latents/") else observe(WIDTHS[source])

    typed, modalities = config(name), {}
    for modality, source in typed.inputs.items():
        has = np.arange(n) % 5 > 0 if modality == "lyrics" else np.ones(n, dtype=bool)
        scale = 50 if modality == "lyrics" else 1
        modalities[modality] = TrackArray(ids[has], values(source)[has] / scale)
    told = TrackArray(ids, np.eye(3, dtype=np.float32)[group]) if typed.condition != "none" else None
    return Inputs(modalities, told)


@pytest.fixture(params=list(CONFIGS))
def name(request):
    """Every kind of model in turn."""
    return request.param
