import hashlib
import shutil

import numpy as np
import pytest
import soundfile as sf
import soxr

from songmap.audio import encoder
from songmap.audio.encoder import embed
from songmap.params import Encoder

pytestmark = pytest.mark.slow


def settings(model, **changes):
    base = {"model": str(model), "seconds": 2.0, "batch_size": 4, "trust_remote_code": False}
    return Encoder(**(base | changes))


@pytest.fixture
def rows(song, tmp_path):
    """Songs of several lengths and rates, one that is no sound, and one that has none."""
    for i, (seconds, rate) in enumerate([(5, 44_100), (5, 16_000), (1.2, 22_050), (7, 48_000), (2, 8000)]):
        song(f"{i}.wav", seconds, rate, channels=2, seed=i)
    (tmp_path / "5.mp3").write_text("no sound")
    paths = [tmp_path / f"{i}.wav" for i in range(5)] + [tmp_path / "5.mp3"]
    found = [
        {"track_id": path.stem, "path": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in paths
    ]
    return [*found, {"track_id": "6", "path": "", "sha256": ""}]


@pytest.fixture(autouse=True)
def one_process(monkeypatch):
    monkeypatch.setattr(encoder, "available", lambda: 1)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / ".cache"


def windows(path, rate, seconds, excerpts, position):
    y, own = sf.read(path, dtype="float32")
    y = y.mean(axis=1)
    n = min(len(y), round(seconds * own))
    starts = [round((len(y) - n) * (i + position) / excerpts) for i in range(excerpts if n < len(y) else 1)]
    return [soxr.resample(y[start : start + n], own, rate) for start in starts]


@pytest.mark.parametrize("kind", ["clap", "clap_fused", "wav2vec2", "hubert"])
def test_it_is_what_transformers_gives_for_the_same_samples(models, rows, tmp_path, cache, kind):
    import torch
    from transformers import AutoFeatureExtractor, AutoModel

    found, rejected = embed(rows, tmp_path, settings(models[kind]), 2, 0.5, cache)
    assert found.track_id.tolist() == list("01234")
    assert (found.values.dtype, found.values.shape) == (np.float32, (5, 16))
    (failed,) = rejected
    assert (failed["path"], failed["track_id"], failed["what"]) == ("5.mp3", "5", "audio")
    assert "cannot be decoded" in failed["reason"]

    model = AutoModel.from_pretrained(models[kind]).eval()
    features = AutoFeatureExtractor.from_pretrained(models[kind])
    for track_id, vector in zip(found.track_id, found.values, strict=True):
        each = []
        for y in windows(tmp_path / f"{track_id}.wav", features.sampling_rate, 2.0, 2, 0.5):
            given = features(y, sampling_rate=features.sampling_rate, return_tensors="pt")
            with torch.no_grad():
                if kind.startswith("clap"):
                    each.append(model.get_audio_features(**given).pooler_output[0])
                else:
                    each.append(model(**given).last_hidden_state[0].mean(dim=0))
        np.testing.assert_allclose(vector, torch.stack(each).mean(dim=0), atol=1e-5)
    assert np.ptp(found.values, axis=0).max() > 1e-3


@pytest.mark.parametrize("kind", ["clap", "wav2vec2"])
def test_the_batch_size_changes_nothing_that_matters(models, rows, tmp_path, cache, kind):
    one, many = (
        embed(rows, tmp_path, settings(models[kind], batch_size=n), 3, 0.5, cache)[0] for n in (1, 7)
    )
    np.testing.assert_allclose(one.values, many.values, atol=1e-5)


def test_what_was_encoded_is_not_encoded_again(models, rows, tmp_path, cache, monkeypatch):
    first, _ = embed(rows[:5], tmp_path, settings(models["clap"]), 2, 0.5, cache)
    monkeypatch.setattr(encoder, "load", None)
    again, _ = embed(rows[:5][::-1], tmp_path, settings(models["clap"]), 2, 0.5, cache)
    assert again.track_id.tolist() == list("43210")
    np.testing.assert_array_equal(again.values[::-1], first.values)
    for changed in [(settings(models["clap"], seconds=1.0), 2, 0.5), (settings(models["clap"]), 1, 0.5)]:
        with pytest.raises(TypeError):
            embed(rows[:5], tmp_path, *changed, cache)
    with pytest.raises(TypeError):
        embed(rows[:5], tmp_path, settings(models["clap"]), 2, 0.4, cache)


def test_other_weights_in_the_same_place_are_another_model(models, rows, tmp_path, cache, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(models["wav2vec2"], folder)
    embed(rows[:1], tmp_path, settings(folder), 1, 0.5, cache)
    shutil.copy(models["hubert"] / "model.safetensors", folder)
    monkeypatch.setattr(encoder, "load", None)
    with pytest.raises(TypeError):
        embed(rows[:1], tmp_path, settings(folder), 1, 0.5, cache)


@pytest.mark.parametrize("kind", ["clap", "hubert"])
def test_the_same_bytes_whether_or_not_the_store_had_some(models, rows, tmp_path, cache, kind):
    cold, _ = embed(rows, tmp_path, settings(models[kind]), 2, 0.5, tmp_path / "cold")
    embed(rows[1:3], tmp_path, settings(models[kind]), 2, 0.5, cache)
    warm, _ = embed(rows, tmp_path, settings(models[kind]), 2, 0.5, cache)
    assert warm.values.tobytes() == cold.values.tobytes()


def test_nothing_to_encode_loads_nothing(rows, tmp_path, cache):
    none, rejected = embed(rows, tmp_path, settings("none"), 1, 0.5, cache)
    assert (len(none), none.note, rejected) == (0, "encoder.model is none", [])
    silent, rejected = embed(rows[6:], tmp_path, settings("no such model"), 1, 0.5, cache)
    assert (silent.note, rejected) == ("this catalogue brings no sound", [])
    assert not cache.exists()


def test_no_track_readable(models, rows, tmp_path, cache):
    found, rejected = embed(rows[5:], tmp_path, settings(models["hubert"]), 1, 0.5, cache)
    assert (len(found), found.note) == (0, "no track's sound could be read")
    assert len(rejected) == 1
