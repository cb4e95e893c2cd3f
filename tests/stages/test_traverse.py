"""The traverse stage on a made-up run of the pipeline."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
import yaml
from PIL import Image

from songmap import params
from songmap.errors import DataError
from songmap.files import write_csv
from songmap.models import checkpoint
from songmap.models.neural import NeuralEncoder, build
from songmap.models.scaling import fit_scaler
from songmap.tracks import TrackArray
from stages import traverse

pytestmark = pytest.mark.slow

PARAMS = Path(__file__).parents[2] / "params.yaml"
IDS = np.array([f"t{i:02}" for i in range(24)])
SMALL = {"latent_dim": 4, "hidden": [8]}
CHANGES = {
    "pca": {},
    "cvae": SMALL | {"condition": "genre"},
    "multimodal_vae": SMALL | {"beside": "latents/pca", "experts": "mixture"},
    "conv_vae": SMALL | {"channels": [2, 4]},
    "beta_conv_vae": SMALL | {"channels": [2, 4]},
    "lost": SMALL,
}
SHAPES = {"mfcc": (6,), "mel": (3, 16, 40), "sentence": (5,), "latents/pca": (2, 4)}
MULTIMODAL = {f"multimodal_vae/{what}.png" for what in ("units", "songs")}
CONV = {f"conv_vae/{what}_mel.png" for what in ("units", "songs")}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A working directory in which `beta_conv_vae` has collapsed and `lost` was left out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("songmap.audio.invert.ITERATIONS", 2)  # the sounds' quality is tested elsewhere
    raw = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    raw["models"]["lost"] = raw["models"]["vae"]
    raw["models"] = {name: raw["models"][name] | changes for name, changes in CHANGES.items()}
    Path("params.yaml").write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    rows = [{"track_id": i, "title": "" if i == "t00" else f"$Song {i} 字"} for i in IDS]
    write_csv("data/tracks.csv", ["track_id", "title"], rows)
    rng = np.random.default_rng(0)
    for source, shape in SHAPES.items():
        ids = IDS[::2] if source == "sentence" else IDS
        names = np.array([f"mfcc{i}_mean" for i in range(6)]) if source == "mfcc" else np.array([], dtype=str)
        found = rng.normal(size=(len(ids), *shape)).astype(np.float32)
        TrackArray(ids, found, names).save(f"data/features/{source}.npz")
    TrackArray(IDS, np.eye(2, dtype=np.float32)[np.arange(24) % 2]).save("data/labels/genre.npz")
    for name, config in params.load().models.items():
        if name != "pca":
            _model(name, config, rng)
    return tmp_path


def _model(name, config, rng):
    latents = rng.normal(size=(24, 2, 4)).astype(np.float32) * (0 if name == "beta_conv_vae" else 1)
    Path("models").mkdir(exist_ok=True)
    if name == "lost":
        TrackArray.empty("no sound").save("data/features/latents/lost.npz")
        Path("models/lost.pt").touch()
        return
    TrackArray(IDS[::-1], latents).save(f"data/features/latents/{name}.npz")
    scalers, shapes = {}, {}
    for slot, source in config.inputs.items():
        values = TrackArray.load(f"data/features/{source}.npz").values
        values = values[:, 0] if source == "latents/pca" else values
        scalers[slot], shapes[slot] = fit_scaler(values, source, config.scale), values.shape[1:]
    torch.manual_seed(0)
    model = build(config, shapes, 2 if config.condition == "genre" else 0)
    checkpoint.save(f"models/{name}.pt", config, NeuralEncoder(model, scalers))


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_draws_and_sounds_what_decodes_and_leaves_out_the_rest(run):
    traverse.main()
    expected = MULTIMODAL | CONV | {"cvae/units.png", "cvae/songs.png", "beta_conv_vae/units.png"}
    assert files(run / "plots/traversals") == expected
    assert all(Image.open(run / "plots/traversals" / path).width in (899, 900) for path in expected)
    sounds = sorted(files(run / "data/traversals"))
    latents = TrackArray.load("data/features/latents/conv_vae.npz").values[:, 0]
    loudest = np.argsort(-latents.var(axis=0))
    assert sounds == sorted(["conv_vae/songs.wav", *(f"conv_vae/unit_{unit}.wav" for unit in loudest)])
    pause, step = round(0.15 * 22_050), 512 * 39  # patches of 40 frames are shorter than what is heard of one
    for name, steps in ((sounds[0], 9), (sounds[1], 7)):
        y, rate = sf.read(run / "data/traversals" / name)
        assert (rate, len(y)) == (22_050, steps * step + (steps - 1) * pause)
        assert np.abs(y).max() == pytest.approx(0.89, abs=1e-3)


def test_same_bytes_again_and_what_is_stale_goes(run):
    traverse.main()
    outputs = [run / "plots/traversals", run / "data/traversals"]
    before = {path: path.read_bytes() for folder in outputs for path in folder.rglob("*") if path.is_file()}
    for stale in ("plots/traversals/gone/units.png", "data/traversals/conv_vae/unit_99.wav"):
        Path(stale).parent.mkdir(exist_ok=True)
        Path(stale).touch()
    torch.set_num_threads(2)
    traverse.main()
    after = {path: path.read_bytes() for folder in outputs for path in folder.rglob("*") if path.is_file()}
    assert after == before


def test_a_checkpoint_of_other_latents_is_one_line(run):
    TrackArray(IDS, np.ones((24, 1, 7), np.float32)).save("data/features/latents/cvae.npz")
    with pytest.raises(
        DataError, match=r"models/cvae\.pt is not the model of its latents of 7 units"
    ) as caught:
        traverse.main()
    assert "\n" not in str(caught.value)
    Path("data/features/latents/cvae.npz").unlink()
    with pytest.raises(
        DataError, match=r"latents/cvae\.npz: there are no such latents; dvc repro makes them"
    ):
        traverse.main()


def test_nothing_to_decode(run):
    for name in CHANGES:
        TrackArray.empty("no sound").save(f"data/features/latents/{name}.npz")
        Path(f"models/{name}.pt").write_bytes(b"")
    traverse.main()
    for folder in ("plots/traversals", "data/traversals"):
        assert (run / folder).is_dir()
        assert not files(run / folder)
