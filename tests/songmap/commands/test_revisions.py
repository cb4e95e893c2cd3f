import hashlib
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from songmap.commands.revisions import Revision
from songmap.errors import DataError

PATH = "data/clusters/vae.csv"
TABLE = "metrics/evaluation.csv"


class Repository:
    """A git repository that looks as DVC leaves one, made without DVC."""

    def __init__(self, folder, cache=".dvc/cache"):
        self.folder, self.cache = folder, folder / cache
        (folder / ".dvc").mkdir(parents=True)
        (folder / ".dvc/config").write_text("[core]\n    analytics = false\n    check_update = false\n")
        (folder / ".gitignore").write_text("/data\n/.dvc/cache\n")
        self.git("init", "-q")

    def git(self, *arguments):
        who = {
            f"GIT_{role}_{key}": "t@example.org"
            for role in ("AUTHOR", "COMMITTER")
            for key in ("NAME", "EMAIL")
        }
        answer = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env=os.environ | who,
            check=True,
            capture_output=True,
            text=True,
        )
        return answer.stdout.strip()

    def commit(self, results, files=()):
        """A commit whose dvc.lock names the results, which are put into the cache."""
        outs = []
        for path, text in results.items():
            md5 = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
            kept = self.cache / "files/md5" / md5[:2] / md5[2:]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text)
            outs.append({"path": path, "hash": "md5", "md5": md5, "size": len(text)})
        lock = {"schema": "2.0", "stages": {"a": {"cmd": "x"}, "cluster@vae": {"cmd": "x", "outs": outs}}}
        for path, text in ({"dvc.lock": yaml.safe_dump(lock)} | dict(files)).items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", "as it stands", "--allow-empty")
        return self.git("rev-parse", "HEAD")

    def experiment(self, name, results, files=()):
        """A commit that only a ref of DVC's holds."""
        before = self.git("rev-parse", "HEAD")
        commit = self.commit(results, files)
        self.git("update-ref", f"refs/exps/{before[:2]}/{before[2:]}/{name}", commit)
        self.git("reset", "-q", "--hard", before)
        return commit


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path)
    made.commit({PATH: "first"}, {TABLE: "model,genre_ami\nvae,0.5\n"})
    return made


def content(name, folder):
    return Revision(name, folder).result(PATH).read_text()


def test_results_of_a_commit_an_experiment_and_the_workspace(repository, tmp_path):
    commit = repository.experiment("tabby-seal", {PATH: "other"}, {TABLE: "model,genre_ami\nvae,\n"})
    (tmp_path / "data/clusters").mkdir(parents=True)
    (tmp_path / PATH).write_text("here")
    assert content("HEAD", tmp_path) == "first"
    assert content("tabby-seal", tmp_path) == content(commit[:8], tmp_path) == "other"
    assert content("workspace", tmp_path) == "here"
    assert Revision("HEAD", tmp_path).table(TABLE) == [{"model": "vae", "genre_ami": "0.5"}]
    assert Revision("tabby-seal", tmp_path).table(TABLE) == [{"model": "vae", "genre_ami": ""}]
    assert Revision("HEAD", tmp_path).table("metrics/none.csv") == []
    for name in ("HEAD", "tabby-seal", "workspace"):
        assert Revision(name, tmp_path).models() == ["vae"]


def test_an_experiment_goes_before_a_branch_of_its_name(repository, tmp_path):
    repository.git("branch", "mine")
    repository.experiment("mine", {PATH: "other"})
    assert content("mine", tmp_path) == "other"


def test_an_experiment_of_two_baselines_must_be_told_apart(repository, tmp_path):
    first = repository.experiment("mine", {PATH: "one"})
    repository.commit({PATH: "next"})
    second = repository.experiment("mine", {PATH: "two"})
    with pytest.raises(DataError, match="2 experiments are called mine: give one of") as found:
        Revision("mine", tmp_path)
    assert {first, second} <= set(str(found.value).replace(",", "").split())
    assert content(second, tmp_path) == "two"


def test_refs_of_dvc_that_are_no_experiments(repository, tmp_path):
    for ref in ("refs/exps/exec/EXEC_HEAD", "refs/exps/stash"):
        repository.git("update-ref", ref, "HEAD")
    with pytest.raises(
        DataError, match="no experiment and no commit is called 'EXEC_HEAD'; experiments: none"
    ):
        Revision("EXEC_HEAD", tmp_path)


@pytest.mark.parametrize(
    "name", ["nothing", "", "--help", "-h", "HEAD:dvc.lock", "a b", "$(id)", "HEAD;id", "x\ny"]
)
def test_unknown_names(repository, tmp_path, name):
    repository.experiment("tabby-seal", {})
    with pytest.raises(DataError, match=r"no experiment and no commit .*experiments: tabby-seal"):
        Revision(name, tmp_path)


def test_a_result_that_the_cache_has_not(repository, tmp_path):
    for path in (tmp_path / ".dvc/cache").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(DataError, match=r"vae\.csv of HEAD is not in the cache: dvc pull"):
        content("HEAD", tmp_path)


def test_a_revision_without_the_result(repository, tmp_path):
    repository.commit({})
    assert Revision("HEAD", tmp_path).models() == []
    with pytest.raises(DataError, match=r"HEAD has no data/clusters/vae\.csv"):
        content("HEAD", tmp_path)
    with pytest.raises(DataError, match=r"there is no .*vae\.csv: dvc repro makes it"):
        content("workspace", tmp_path)


@pytest.mark.parametrize(
    "md5", ["../../../../etc/passwd", "ab", "", None, "AB" * 16, ["x"], "ab" * 16 + ".dir"]
)
def test_an_md5_that_is_none_is_no_path(repository, tmp_path, md5):
    lock = {"stages": {"a": {"outs": [{"path": PATH, "md5": md5}]}}}
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump(lock))
    repository.git("commit", "-qam", "x")
    with pytest.raises(DataError, match=r"HEAD has no data/clusters/vae\.csv"):
        content("HEAD", tmp_path)


@pytest.mark.parametrize(
    "text", ["", "x: [", "[]", "stages: 3", "stages: {a: {outs: [3]}}", "!!python/name:os.system x"]
)
def test_a_dvc_lock_that_is_none(repository, tmp_path, text):
    (tmp_path / "dvc.lock").write_text(text)
    repository.git("commit", "-qam", "x")
    with pytest.raises(DataError, match=r"dvc\.lock of HEAD is not one of dvc"):
        Revision("HEAD", tmp_path).models()


def test_a_cache_elsewhere(tmp_path):
    made = Repository(tmp_path / "project", cache="../far")
    (tmp_path / "project/.dvc/config.local").write_text(
        "[cache]\n    dir = ../../far\n    type = symlink\n['remote \"x\"']\n    url = y\n"
    )
    made.commit({PATH: "first"})
    assert content("HEAD", tmp_path / "project") == "first"


def test_a_project_within_a_repository(tmp_path):
    made = Repository(tmp_path)
    made.commit({})
    lock = yaml.safe_dump(
        {"stages": {"a": {"outs": [{"path": PATH, "md5": hashlib.md5(b"in").hexdigest()}]}}}
    )
    made.commit({"x": "in"}, {"sub/dvc.lock": lock, f"sub/{TABLE}": "a\n1\n"})
    assert content("HEAD", tmp_path / "sub") == "in"
    assert Revision("HEAD", tmp_path / "sub").table(TABLE) == [{"a": "1"}]


def test_without_git(tmp_path, monkeypatch, repository):
    (tmp_path / "bin").mkdir()
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path / "bin"))
        with pytest.raises(DataError, match="git is not installed"):
            Revision("HEAD", tmp_path)
    empty = tmp_path.parent / f"{tmp_path.name}-empty"
    empty.mkdir()
    with pytest.raises(DataError, match="is no git repository, so that there is no 'HEAD'"):
        Revision("HEAD", empty)
    assert Revision("workspace", Path(empty)).models() == []
