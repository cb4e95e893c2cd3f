import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import yaml

from songmap.errors import DataError
from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray
from stages import embed

COLUMNS = ["track_id", "path", "sha256", "mel", "mel_sha256"]
REPOSITORY = Path.cwd()


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A directory with three sources; gives how to set the encoder's parameters."""
    raw = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    Path("songs").mkdir()
    rng = np.random.default_rng(0)
    sf.write("songs/a.wav", rng.uniform(-0.5, 0.5, 48_000), 16_000)
    Path("songs/b.wav").write_bytes(b"RIFF")
    rows = [
        {"track_id": "a", "path": "a.wav", "sha256": "a" * 64},
        {"track_id": "b", "path": "b.wav", "sha256": "b" * 64},
        {"track_id": "c", "mel": "c.npy"},
    ]
    write_csv("data/sources.csv", COLUMNS, rows)

    def configure(**encoder):
        raw["dataset"] = "songs"
        raw["encoder"] |= encoder
        Path("params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
        return rows

    return configure


def hubert(folder):
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    size |= {"conv_dim": [4, 4], "conv_kernel": [20, 16], "conv_stride": [20, 16]}
    size |= {"num_feat_extract_layers": 2, "num_conv_pos_embeddings": 4, "num_conv_pos_embedding_groups": 2}
    HubertModel(HubertConfig(**size)).save_pretrained(folder)
    Wav2Vec2FeatureExtractor().save_pretrained(folder)


def load():
    return TrackArray.load("data/features/embedding.npz")


def test_off_it_writes_an_empty_array_and_imports_nothing_heavy(workspace):
    workspace(model="none")
    code = "import sys; from stages import embed; embed.main(); "
    code += "assert not {'torch', 'transformers', 'librosa'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(REPOSITORY)})
    assert (len(load()), load().note) == (0, "encoder.model is none")
    assert not Path(".cache").exists()


def test_a_row_for_each_track_with_sound(workspace, capsys):
    hubert("model")
    workspace(model="./model", seconds=2.0)
    embed.main()
    assert (load().track_id.tolist(), load().values.shape) == (["a"], (1, 8))
    assert "tracks without an embedding: 1, see data/rejected_embedding.csv" in capsys.readouterr().err
    (row,) = read_csv(embed.REJECTED)
    assert row["path"] == "b.wav"
    assert row["reason"].startswith("cannot be decoded")
    before = Path("data/features/embedding.npz").read_bytes()
    embed.main()
    assert Path("data/features/embedding.npz").read_bytes() == before


def test_no_sound_that_can_be_read_is_an_error(workspace):
    hubert("model")
    rows = workspace(model="./model")
    write_csv("data/sources.csv", COLUMNS, rows[1:])
    with pytest.raises(DataError, match=r"none of 1 sounds can be encoded; b\.wav cannot be decoded"):
        embed.main()
    assert not Path("data/features/embedding.npz").exists()
