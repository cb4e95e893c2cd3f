import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from songmap.audio import pretrained
from songmap.errors import DataError
from songmap.params import Encoder

CODE = """
import pathlib
import torch
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutput

pathlib.Path({mark!r}).touch()

class TheirConfig(PretrainedConfig):
    model_type = "theirs"

class TheirModel(PreTrainedModel):
    config_class = TheirConfig

    def __init__(self, config):
        super().__init__(config)
        self.scale = torch.nn.Linear(1, 3)
        self.post_init()

    def forward(self, input_values):
        return BaseModelOutput(last_hidden_state=self.scale(input_values[:, :, None]))
"""


def settings(model, **changes):
    base = {"model": str(model), "seconds": 2.0, "batch_size": 4, "trust_remote_code": False}
    return Encoder(**(base | changes))


@pytest.fixture
def copied(models, tmp_path):
    """A model's folder that a test may change."""

    def make(kind):
        shutil.copytree(models[kind], tmp_path / kind)
        return tmp_path / kind

    return make


def change(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def refusal(model, **changes):
    """The one line that refuses a model, whether it is found or loaded first."""
    chosen = settings(model, **changes)
    with pytest.raises(DataError) as error:
        pretrained.load(pretrained.find(chosen), chosen, "cpu")
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_that_is_missing_or_holds_something_else(tmp_path, copied):
    assert refusal(tmp_path / "gone").endswith("gone': there is no such folder")
    assert "has no config.json" in refusal(tmp_path)
    folder = copied("hubert")
    change(folder, model_type="bert")
    assert "is of the type 'bert': must be one of clap, data2vec-audio, hubert" in refusal(folder)
    (folder / "config.json").write_text("[]")
    assert "has no config.json with a model_type" in refusal(folder)


def test_pickled_weights_are_refused_and_not_opened(copied, tmp_path):
    import torch

    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    folder = copied("hubert")
    (folder / "model.safetensors").unlink()
    torch.save({"weights": Evil()}, folder / "pytorch_model.bin")
    assert "no weights in the safetensors format" in refusal(folder)
    assert "save_pretrained" in refusal(folder, trust_remote_code=True)
    assert not (tmp_path / "ran").exists()


def test_damaged_or_missing_weights_are_refused(copied):
    from safetensors.torch import load_file, save_file

    folder = copied("hubert")
    weights = load_file(folder / "model.safetensors")
    lacking = {name: value for name, value in weights.items() if "layers.1" not in name}
    save_file(lacking, folder / "model.safetensors", metadata={"format": "pt"})
    assert "of its weights are missing, encoder.layers.1" in refusal(folder)
    weights.pop("masked_spec_embed")  # as in many checkpoints: only training uses it
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    chosen = settings(folder)
    assert pretrained.load(pretrained.find(chosen), chosen, "cpu").rate == 24_000
    (folder / "model.safetensors").write_bytes(b"cut")
    assert "cannot be loaded" in refusal(folder)


def test_a_window_longer_than_clap_hears_is_refused(models):
    assert "hears 10 s at 48000 Hz" in refusal(models["clap"], seconds=10.5)


def test_code_that_comes_with_a_model_runs_only_where_it_is_trusted(copied, tmp_path, monkeypatch):
    import torch
    from safetensors.torch import save_file

    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.syspath_prepend(str(tmp_path / "modules"))
    folder, mark = copied("hubert"), tmp_path / "ran"
    (folder / "theirs.py").write_text(CODE.format(mark=str(mark)))
    change(
        folder,
        model_type="theirs",
        architectures=["TheirModel"],
        auto_map={"AutoConfig": "theirs.TheirConfig", "AutoModel": "theirs.TheirModel"},
    )
    weights = {
        "scale.weight": torch.tensor([[1.0], [2.0], [0.0]]),
        "scale.bias": torch.tensor([0.0, 1.0, 2.0]),
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "if you trust it, encoder.trust_remote_code=true runs it" in refusal(folder)
    assert not mark.exists()
    chosen = settings(folder, trust_remote_code=True)
    model = pretrained.load(pretrained.find(chosen), chosen, "cpu")
    assert mark.exists()
    y = np.random.default_rng(0).normal(size=4800).astype(np.float32)
    np.testing.assert_allclose(model([y, y]), [[0, 1, 2]] * 2, atol=1e-5)  # the extractor centres y


def test_the_digest_follows_what_decides_the_result(copied):
    folder = copied("hubert")
    before = pretrained.digest(folder)
    (folder / "README.md").write_text("words")
    assert pretrained.digest(folder) == before
    change(folder, hidden_act="relu")
    assert pretrained.digest(folder) != before


def test_finding_a_model_imports_nothing_heavy(models):
    code = (
        "import sys; from songmap.audio import encoder, pretrained; from songmap.params import Encoder; "
        f"pretrained.find(Encoder(model={str(models['clap'])!r}, seconds=2.0, batch_size=1, "
        "trust_remote_code=False)); assert not {'torch', 'transformers', 'librosa'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
