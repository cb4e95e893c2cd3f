"""A copy of the repository in which tests run commands for real."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
FORGOTTEN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


class Clone:
    """A clone of the repository as it stands, with uncommitted changes, and commands run in it."""

    def __init__(self, folder: Path):
        self.folder = folder
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        kept = {key: value for key, value in os.environ.items() if key not in FORGOTTEN}
        who = {
            f"GIT_{role}_{key}": "t@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for key in ("NAME", "EMAIL")
        }
        one = {"OMP_NUM_THREADS": "1"}  # tests run side by side
        self.environment = kept | who | one | {"PATH": path, "DVC_NO_ANALYTICS": "1"}

    def run(self, *command, code=0):
        result = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        output = result.stdout + result.stderr
        assert (result.returncode == 0) == (code == 0), output
        return output

    def ran(self, *command):
        """Stages that a DVC command really ran."""
        output = self.run(*command)
        return set(re.findall(r"Running stage '(.*)'", output))

    def set(self, changes):
        path = self.folder / "params.yaml"
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, value in changes.items():
            *groups, last = name.split(".")
            group = params
            for part in groups:
                group = group[part]
            group[last] = value
        path.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")

    def json(self, path):
        return json.loads((self.folder / path).read_text(encoding="utf-8"))

    def commit(self):
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "as it stands")


def copied(folder: Path) -> Clone:
    """A repository of its own that holds this one as it stands, with uncommitted changes, and no results."""
    made = Clone(folder)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file() and name != "dvc.lock":
            (made.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, made.folder / name)
    made.run("git", "init", "--quiet")
    return made
