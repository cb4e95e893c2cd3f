import numpy as np
import pytest

from benchmarks import selection
from songmap.clustering import criteria, gap
from songmap.tracks import TrackArray


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(criteria, "STARTS", 3)
    monkeypatch.setattr(gap, "REFERENCES", 4)


def test_clusters_that_are_known_are_found(monkeypatch, capsys):
    monkeypatch.setattr(selection, "KNOWN", {"three": (3, 4, 12.0)})
    selection.main(["--tracks", "60", "--seeds", "2", "--k-max", "5"])
    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["points", "clusters", "recommended,", "by", "seed"]
    assert line.split() == ["three", "3", "3", "3"]


def test_latents_of_a_model_are_read(tmp_path, capsys):
    centres = np.repeat([[0.0, 0.0], [9.0, 0.0]], 20, axis=0)
    values = centres + np.random.default_rng(0).normal(size=(40, 2))
    ids = np.array([f"t{i:02}" for i in range(40)])
    TrackArray(ids, values[:, None].astype(np.float32)).save(tmp_path / "two.npz")
    selection.main(["--latents", str(tmp_path / "two.npz"), "--seeds", "1", "--k-max", "4"])
    assert capsys.readouterr().out.splitlines()[1].split() == ["own", "points", "?", "2"]


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        selection.main(["--help"])
    assert "example: python -m benchmarks.selection" in capsys.readouterr().out
