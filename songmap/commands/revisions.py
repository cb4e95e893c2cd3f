"""Results as they were in a DVC experiment or a git revision.

Git has some files. The others are in DVC's local cache, under the MD5 that dvc.lock gives them; DVC itself
is not needed.
"""

import configparser
import csv
import io
import re
import subprocess
from functools import cached_property
from pathlib import Path, PurePosixPath

import yaml

from songmap.errors import DataError
from songmap.files import parse_yaml

WORKSPACE = "workspace"
LOCK = "dvc.lock"
REFS = "refs/exps"
NOT_EXPERIMENTS = (f"{REFS}/exec/", f"{REFS}/stash", f"{REFS}/celery/")
_MD5 = re.compile(r"[0-9a-f]{32}")


class Revision:
    """One state of the repository.

    Parameters
    ----------
    name : str
        An experiment's name, whatever names a commit in git, or ``workspace``: the files as they are.
    folder : Path
        The repository, or the folder in it that holds dvc.yaml.

    Raises
    ------
    DataError
        If there is no such experiment and no such commit, or several experiments have that name.
    """

    def __init__(self, name: str, folder: Path = Path()) -> None:
        self.name, self.folder = name, folder
        self._commit = "" if name == WORKSPACE else _commit(name, folder)

    def result(self, path: str) -> Path:
        """Where the content of a result lies that DVC keeps: in the workspace or in the cache.

        Raises
        ------
        DataError
            If the revision has no such result, or the cache does not hold it.
        """
        if not self._commit:
            file = self.folder / path
            if not file.is_file():
                raise DataError(f"there is no {file}: dvc repro makes it")
            return file
        if path not in self.results:
            raise DataError(f"{self.name} has no {path}")
        md5 = self.results[path]
        file = _cache(self.folder) / "files" / "md5" / md5[:2] / md5[2:]
        if not file.is_file():
            raise DataError(
                f"{path} of {self.name} is not in the cache: dvc pull, or dvc repro there, brings it"
            )
        return file

    @cached_property
    def results(self) -> dict[str, str]:
        """MD5 by path of the files that dvc.lock names as outputs of stages; of no use in the workspace."""
        try:
            stages = parse_yaml(self._text(LOCK))["stages"].values()
            outs = [out for stage in stages for out in stage.get("outs", [])]
            found = {str(out["path"]): str(out.get("md5", "")) for out in outs}
        except (yaml.YAMLError, TypeError, KeyError, AttributeError, ValueError, RecursionError) as error:
            raise DataError(
                f"{LOCK} of {self.name} is not one of dvc: {' '.join(str(error).split())}"
            ) from error
        return {path: md5 for path, md5 in found.items() if _MD5.fullmatch(md5)}

    def models(self) -> list[str]:
        """Names of the models that were clustered."""
        if not self._commit:
            return sorted(path.stem for path in (self.folder / "data/clusters").glob("[!.]*.csv"))
        paths = [PurePosixPath(path) for path in self.results]
        return sorted(path.stem for path in paths if path.match("data/clusters/*.csv"))

    def table(self, path: str) -> list[dict[str, str]]:
        """Rows of a CSV table that git keeps; none where the revision has no such file."""
        try:
            text = self._text(path)
        except DataError:
            return []
        return list(csv.DictReader(io.StringIO(text)))

    def _text(self, path: str) -> str:
        """A text file that git keeps."""
        if self._commit:
            return _git(self.folder, f"{self.name} has no {path}", "show", f"{self._commit}:./{path}")
        try:
            return (self.folder / path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise DataError(f"cannot read {path}: {error}") from error


def _commit(name: str, folder: Path) -> str:
    """The commit of an experiment, or of anything else that git knows by that name."""
    no_git = f"{folder.absolute()} is no git repository, so that there is no {name!r}; {WORKSPACE} needs none"
    listed = _git(folder, no_git, "for-each-ref", "--format=%(objectname) %(refname)", REFS)
    lines = [line.split(" ", 1) for line in listed.splitlines()]
    refs = [(commit, ref) for commit, ref in lines if not ref.startswith(NOT_EXPERIMENTS)]
    found = {commit: ref for commit, ref in refs if ref.rsplit("/", 1)[1] == name}
    if len(found) > 1:
        raise DataError(f"{len(found)} experiments are called {name}: give one of {', '.join(sorted(found))}")
    if found:
        return next(iter(found))
    names = sorted({ref.rsplit("/", 1)[1] for _, ref in refs})
    known = ", ".join(names[:20]) or "none"
    missing = f"no experiment and no commit is called {name!r}; experiments: {known}"
    return _git(
        folder, missing, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
    ).strip()


def _git(folder: Path, problem: str, *arguments: str) -> str:
    """What git answers; `DataError` with the problem's text where it refuses."""
    try:
        answer = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True).stdout
        return answer.decode("utf-8")
    except FileNotFoundError as error:
        raise DataError("git is not installed, and experiments are git's") from error
    except (subprocess.CalledProcessError, UnicodeDecodeError, ValueError) as error:
        raise DataError(problem) from error


def _cache(folder: Path) -> Path:
    """DVC's local cache: .dvc/cache, or what cache.dir in .dvc/config says, relative to .dvc."""
    home = next(
        (p / ".dvc" for p in (folder.absolute(), *folder.absolute().parents) if (p / ".dvc").is_dir()), None
    )
    if home is None:
        raise DataError(f"{folder.absolute()} is no DVC repository: there is no .dvc")
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read([home / "config", home / "config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise DataError(f"{home / 'config'} cannot be read: {' '.join(str(error).split())}") from error
    return home / Path(config.get("cache", "dir", fallback="cache")).expanduser()
