from pathlib import Path

import pytest
import yaml

from songmap.errors import ParameterError
from stages import params

RAW = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dataset", ["data/raw/demo", "songs"])
def test_a_song_folder_that_exists_or_will_passes(tmp_path, monkeypatch, dataset):
    monkeypatch.chdir(tmp_path)
    Path("songs").mkdir()
    Path("params.yaml").write_text(yaml.safe_dump(RAW | {"dataset": dataset}), encoding="utf-8")
    params.main()


def test_a_missing_song_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(RAW | {"dataset": "nope"}), encoding="utf-8")
    with pytest.raises(ParameterError, match="dataset='nope': no such folder; python -m songmap import"):
        params.main()
