from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from songmap import params
from songmap.params.data import MelPatch


def _sound(seconds, rate, channels=1, seed=0):
    """A sweep, a chord and noise that differ between channels. Shape (n, channels), float64."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate)) / rate
    tops = (np.array([220, 330, 495]) * rate / 48_000)[:, np.newaxis]
    chord = np.sin(2 * np.pi * tops * t * (1 + 0.1 * t)).sum(axis=0) / 10
    parts = [(0.5 + 0.5 * c) * chord + 0.03 * rng.standard_normal(len(t)) for c in range(channels)]
    return np.clip(np.stack(parts, axis=1), -0.99, 0.99)


@pytest.fixture(scope="session")
def sound():
    return _sound


@pytest.fixture
def song(tmp_path):
    """Write a generated song into tmp_path; gives its name and samples."""

    def write(name, seconds=4.0, rate=22_050, channels=1, *, seed=0, subtype=None):
        y = _sound(seconds, rate, channels, seed)
        container = {".opus": "OGG"}.get(Path(name).suffix)
        coding = "OPUS" if container else subtype
        sf.write(tmp_path / name, y, rate, subtype=coding, format=container)
        return name

    return write


@pytest.fixture
def audio():
    """Parameters of the analysis, with changes by name."""

    def make(**changes):
        base = params.Audio(
            sample_rate=22_050,
            n_fft=2048,
            hop_length=512,
            seconds=30.0,
            position=0.5,
            n_mfcc=40,
            mfcc_statistics=["mean", "std", "delta_mean", "delta_std"],
            excerpts=1,
            descriptors=[],
            key_invariant=False,
            n_mels=128,
            mel=MelPatch(n_mels=64, frames=215, patches=1),
        )
        return base.model_copy(update=changes)

    return make


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Folders of small models with random weights, as transformers saves them."""
    import torch
    from transformers import (
        ClapConfig,
        ClapFeatureExtractor,
        ClapModel,
        HubertConfig,
        HubertModel,
        Wav2Vec2Config,
        Wav2Vec2FeatureExtractor,
        Wav2Vec2Model,
    )

    torch.manual_seed(0)
    root = tmp_path_factory.mktemp("models")
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    words = size | {"vocab_size": 50, "projection_dim": 16}
    heard = size | {"patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [1, 2]}
    heard |= {"projection_dim": 16}
    for name, fusion in [("clap", False), ("clap_fused", True)]:
        config = ClapConfig(
            text_config=words, audio_config=heard | {"enable_fusion": fusion}, projection_dim=16
        )
        ClapModel(config).save_pretrained(root / name)
        ClapFeatureExtractor(truncation="fusion" if fusion else "rand_trunc").save_pretrained(root / name)
    waves = size | {"conv_dim": [8] * 3, "conv_kernel": [10, 8, 4], "conv_stride": [10, 8, 4]}
    waves |= {"num_feat_extract_layers": 3, "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
    Wav2Vec2Model(Wav2Vec2Config(**waves)).save_pretrained(root / "wav2vec2")
    Wav2Vec2FeatureExtractor(return_attention_mask=True).save_pretrained(root / "wav2vec2")
    HubertModel(HubertConfig(**waves)).save_pretrained(root / "hubert")
    Wav2Vec2FeatureExtractor(sampling_rate=24_000).save_pretrained(root / "hubert")
    return {path.name: path for path in root.iterdir()}
