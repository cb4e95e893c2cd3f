"""Small inputs with structure: three groups of tracks, a fifth of them without lyrics."""

import numpy as np
import pytest

from songmap.models.inputs import Inputs
from songmap.params import Train, model_config
from songmap.tracks import TrackArray

N = 60
SETTINGS = Train(
    epochs=20, batch_size=16, learning_rate=0.005, warmup=3, validation=0.2, patience=20, precision=256.0
)
CONFIGS = {
    "standardized": {"kind": "standardized", "audio": "mfcc", "lyrics": "none"},
    "pca": {"kind": "pca", "audio": "mfcc", "lyrics": "none", "latent_dim": 4},
    "lyrics": {"kind": "pca", "audio": "none", "lyrics": "tfidf", "latent_dim": 4},
    "fusion": {"kind": "fusion", "audio": "mfcc", "lyrics": "tfidf", "latent_dim": 4},
    "autoencoder": {"kind": "dense", "audio": "mfcc", "lyrics": "none"},
    "vae": {"kind": "dense", "audio": "mfcc", "lyrics": "none", "kl": "unit"},
    "cvae": {"kind": "dense", "audio": "mfcc", "lyrics": "none", "kl": "unit", "condition": "genre"},
    "conv_autoencoder": {"kind": "conv", "audio": "mel", "lyrics": "none"},
    "conv_vae": {"kind": "conv", "audio": "mel", "lyrics": "none", "kl": "unit"},
    "multimodal_vae": {"kind": "dense", "audio": "mfcc", "lyrics": "sentence", "kl": "unit"},
    "multimodal_autoencoder": {"kind": "dense", "audio": "mfcc", "lyrics": "sentence"},
    "multimodal_conv_vae": {"kind": "conv", "audio": "mel", "lyrics": "tfidf", "kl": "beta"},
    "power_pca": {"kind": "pca", "audio": "mfcc", "lyrics": "none", "latent_dim": 4, "scale": "yeo_johnson"},
    "power_vae": {"kind": "dense", "audio": "mfcc", "lyrics": "none", "kl": "unit", "scale": "yeo_johnson"},
    "quantile_standardized": {"kind": "standardized", "audio": "mfcc", "lyrics": "none", "scale": "quantile"},
    "quantile_fusion": {
        "kind": "fusion", "audio": "mfcc", "lyrics": "tfidf", "latent_dim": 4, "scale": "quantile",
    },
    "mel_pca_3": {"kind": "pca", "audio": "mel", "lyrics": "none", "latent_dim": 4, "scale": "quantile"},
    "conv_autoencoder_3": {"kind": "conv", "audio": "mel", "lyrics": "none"},
    "conv_vae_3": {"kind": "conv", "audio": "mel", "lyrics": "none", "kl": "unit"},
    "multimodal_conv_vae_3": {"kind": "conv", "audio": "mel", "lyrics": "tfidf", "kl": "beta"},
}  # fmt: skip


def config(name):
    """Typed parameters of one of CONFIGS."""
    raw = {"condition": "none", "kl": "none", "scale": "zscore"} | CONFIGS[name]
    if raw["kind"] in ("dense", "conv"):
        raw |= {"latent_dim": 4, "hidden": [16]}
    if raw["kind"] == "conv":
        raw["channels"] = [4, 8]
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

    typed, modalities = config(name), {}
    if typed.audio != "none":
        excerpts = int(name[-1]) if name[-1].isdigit() else 1
        patches = [observe(1, 12, 21) for _ in range(excerpts)] if typed.audio == "mel" else []
        modalities["audio"] = TrackArray(ids, np.concatenate(patches, axis=1) if patches else observe(10))
    if typed.lyrics != "none":
        written = np.arange(n) % 5 > 0
        modalities["lyrics"] = TrackArray(ids[written], observe(8)[written] / 50)
    told = TrackArray(ids, np.eye(3, dtype=np.float32)[group]) if typed.condition != "none" else None
    return Inputs(modalities, told)


@pytest.fixture(params=list(CONFIGS))
def name(request):
    """Every kind of model in turn."""
    return request.param
