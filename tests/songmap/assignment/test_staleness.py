from pathlib import Path

import pytest
import yaml

from songmap.assignment.staleness import changes, newer
from songmap.errors import DataError

PARAMS = {"k": 6, "train": {"seeds": 1, "epochs": 60}, "lyrics": {"char": {"min_df": 2}}, "dataset": "new"}
LOCK = {
    "train@vae": {"params": {"params.yaml": {"train": {"seeds": 1, "epochs": 60}}}},
    "cluster@vae": {"params": {"params.yaml": {"k": 6, "train.seeds": 1}}},
    "lyrics@char": {"params": {"params.yaml": {"lyrics.char": {"min_df": 2}}}},
    "audio": {"params": {"params.yaml": {"dataset": "old", "audio": {"n_fft": 2048}}}},
    "manifest": {"cmd": "python -m stages.manifest"},
}


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": LOCK}))
    write()


def write(**parameters):
    Path("params.yaml").write_text(yaml.safe_dump(PARAMS | parameters))


def test_nothing_has_changed():
    assert changes(["train@vae", "cluster@vae", "lyrics@char", "manifest", "train@unheard"]) == []


def test_a_change_counts_where_the_stage_depends_on_it():
    write(k=8)
    assert changes(["cluster@vae"]) == ["k is 8, was 6"]
    assert changes(["train@vae"]) == []


def test_a_change_within_a_group_is_named_in_full_and_once():
    write(train={"seeds": 3, "epochs": 60})
    assert changes(["train@vae", "cluster@vae"]) == ["train.seeds is 3, was 1"]
    write(lyrics={"char": {"min_df": 2, "new": True}})
    assert changes(["lyrics@char"]) == ["lyrics.char.new is True, was not there"]


def test_a_parameter_that_is_gone_and_another_dataset():
    gone = "audio is not there, was {'n_fft': 2048}"
    assert changes(["audio"]) == [gone, "dataset is new, was old"]
    assert changes(["audio"], without=["dataset"]) == [gone]


def test_without_a_lock_nothing_is_known():
    Path("dvc.lock").unlink()
    write(k=8)
    assert changes(["cluster@vae"]) == []
    assert newer(["cluster@vae"]) == []


def test_what_was_made_anew_since_is_named():
    stages = {
        "train@vae": {
            "deps": [{"path": "mfcc.npz", "md5": "a"}, {"path": "songmap/models", "md5": "b"}],
            "outs": [{"path": "vae.npz", "md5": "c"}],
        },
        "audio": {"outs": [{"path": "mfcc.npz", "md5": "a"}]},
        "cluster@vae": {"deps": [{"path": "vae.npz", "md5": "old"}]},
    }
    Path("dvc.lock").write_text(yaml.safe_dump({"stages": stages}))
    assert newer(["train@vae", "manifest"]) == []
    assert newer(["train@vae", "cluster@vae"]) == ["vae.npz"]


@pytest.mark.parametrize("text", ["", "a: [", "\x00", "stages: {train@vae: 1}", "{}"])
def test_a_lock_that_is_none(text):
    Path("dvc.lock").write_text(text)
    with pytest.raises(DataError, match=r"dvc\.lock is not what DVC writes"):
        changes(["train@vae"])
    with pytest.raises(DataError, match=r"dvc\.lock is not what DVC writes"):
        newer(["train@vae"])
