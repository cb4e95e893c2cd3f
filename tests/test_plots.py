"""DVC's plots name columns that the tables have."""

import json
import re
from pathlib import Path

import pytest
import yaml

from songmap.files import read_csv

STAGES = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]
PLOTS = [
    (path, settings)
    for stage in STAGES.values()
    for plot in stage.get("do", stage).get("plots", [])
    for path, settings in plot.items()
    if "template" in settings
]
MADE = {"rev", "name", "value", "loss", "tracks", "category"}  # by DVC and by a template itself


def first_table(path):
    """A table of a plot: a file, the first of a folder, or that of one model."""
    path = Path(path.replace("${key}", "vae"))
    return read_csv(sorted(path.glob("*.csv"))[0] if path.is_dir() else path)


def columns(value):
    """Options and fields that a template names."""
    if isinstance(value, list):
        return {name for part in value for name in columns(part)}
    if not isinstance(value, dict):
        return set()
    own = set(value.get("options", [])) | ({value["field"]} if isinstance(value.get("field"), str) else set())
    return own | columns(list(value.values()))


@pytest.mark.parametrize(("path", "settings"), PLOTS, ids=[path for path, _ in PLOTS])
def test_every_column_exists(path, settings):
    have = set(first_table(path)[0])
    assert {settings["x"], settings["y"]} <= have
    template = Path(".dvc/plots", f"{settings['template']}.json")
    if template.exists():
        named = columns(json.loads(template.read_text(encoding="utf-8")))
        named = {name for name in named if not re.fullmatch("<.*>", name)}
        algorithms = {row.get("algorithm") for row in first_table(path)}
        assert named - MADE - algorithms <= have
