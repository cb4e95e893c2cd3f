"""The walls: who imports whom, and that DVC knows every module that a stage's result depends on."""

import re
import subprocess
import sys
from pathlib import Path

import grimp
import pytest
import yaml
from dvc.utils.hydra import apply_overrides

STAGES = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
CHANGE_NO_RESULT = {"songmap", "songmap.console", "songmap.errors", "songmap.processes"}


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("songmap", "stages")


@pytest.mark.parametrize("stage", STAGES)
def test_every_module_a_stage_reaches_is_among_its_deps(graph, stage):
    definition = STAGES[stage].get("do", STAGES[stage])
    module = definition["cmd"].split()[2]
    reached = {module} | graph.find_upstream_modules(module)
    deps = [Path(dep) for dep in definition["deps"]]
    missing = [
        name
        for name in sorted(reached - CHANGE_NO_RESULT - {"stages"})
        if not any(Path(*name.split(".")).with_suffix(".py").is_relative_to(dep) for dep in deps)
        and not any(Path(*name.split(".")).is_relative_to(dep) for dep in deps)
    ]
    assert not missing


def test_every_stage_module_is_in_the_pipeline():
    used = {s.get("do", s)["cmd"].split()[2] for s in STAGES.values()}
    assert {f"stages.{path.stem}" for path in Path("stages").glob("[a-z]*.py")} == used


def test_the_walls_between_packages_hold():
    result = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_params_are_laid_out_as_dvc_writes_them(tmp_path):
    """So that after -S `git diff` shows what was set, and nothing else."""
    before = Path("params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(before, encoding="utf-8")
    apply_overrides(tmp_path / "params.yaml", ["k=7"])
    after = (tmp_path / "params.yaml").read_text(encoding="utf-8")
    assert after == re.sub("^k: .*$", "k: 7", before, flags=re.MULTILINE)


def test_stages_are_thin():
    for path in Path("stages").glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < 90, path
