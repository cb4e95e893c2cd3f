"""What the README says is so."""

import re
from pathlib import Path

import yaml

from songmap.files import read_csv

README = Path("README.md").read_text(encoding="utf-8")
PARAMS = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))


def test_its_table_is_the_committed_one():
    scores = {row["model"]: row for row in read_csv("metrics/evaluation.csv") if row["algorithm"] == "kmeans"}
    rows = re.findall(r"^\| `(\w+)`(?: \(told\))? \| (-?[\d.]+) \| (-?[\d.]+) \|$", README, re.MULTILINE)
    assert rows == [
        (name, f"{float(scores[name]['genre_ami']):.2f}", f"{float(scores[name]['language_ami']):.2f}")
        for name in PARAMS["models"]
    ]


def test_its_pictures_and_paths_exist():
    for path in re.findall(r"\]\(((?!http)[^)]+)\)", README):
        assert Path(path).is_file(), path


def test_its_parameters_exist():
    for name, _ in re.findall(r"-S '?([\w.]+)=(\S+)", README):
        value = PARAMS
        for part in name.split("."):
            assert part in value, name
            value = value[part]


def test_its_stages_and_models_exist():
    stages = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
    drawn = re.search(r"```mermaid\n(.*?)```", README, re.DOTALL).group(1)
    named = set(re.findall(r"\b([a-z]+)(?:\[|\b)", drawn)) & set(stages)
    assert named == set(stages) - {"params"}
    for name in PARAMS["models"]:
        assert f"`{name}`" in README, name
