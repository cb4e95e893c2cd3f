import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from songmap.files import read_csv
from stages import demo

ROOT = Path(demo.__file__).parent.parent


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    parameters = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    parameters["demo"] = {"seed": 3, "songs": 12, "seconds": 2.0}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(parameters), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_stage_writes_the_folder_and_the_factors(project: Path) -> None:
    demo.main()
    rows = read_csv(project / "data/raw/demo/tracks.csv")
    factors = read_csv(project / "data/raw/demo_factors.csv")
    assert [row["path"] for row in rows] == [row["track_id"] for row in factors]
    assert len(rows) == len(list((project / "data/raw/demo/audio").iterdir())) == 12


def test_a_wrong_parameter_is_one_line(project: Path) -> None:
    text = (project / "params.yaml").read_text(encoding="utf-8").replace("songs: 12", "songs: 3")
    (project / "params.yaml").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "stages.demo"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "demo.songs=3" in done.stderr
    assert not (project / "data").exists()
