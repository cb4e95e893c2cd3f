"""Whether results are those of params.yaml and of each other, by dvc.lock."""

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from songmap.errors import DataError
from songmap.files import parse_yaml

LOCK, PARAMS = Path("dvc.lock"), Path("params.yaml")
_DAMAGE = (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError, RecursionError)


def changes(stages: Iterable[str], without: Collection[str] = ()) -> list[str]:
    """What has changed in params.yaml since some stages ran.

    Parameters
    ----------
    stages : iterable of str
        Names as dvc.lock has them, such as train@vae.
    without : collection of str
        Parameters that do not count.

    Returns
    -------
    list of str
        A phrase per parameter: its name, its value and what it was. None for stages that never ran, or where
        there is no dvc.lock.

    Raises
    ------
    DataError
        If dvc.lock is not what DVC writes.
    """
    ran = _ran()
    try:
        now = parse_yaml(PARAMS.read_text(encoding="utf-8"))
        given = [ran[stage].get("params", {}).get(str(PARAMS), {}) for stage in stages if stage in ran]
        before = {name: value for each in given for name, value in each.items() if name not in without}
        found = (change for name, value in before.items() for change in _differ(name, value, _at(now, name)))
        return list(dict.fromkeys(found))  # train.seeds is of train as well
    except _DAMAGE as error:
        raise _damaged(error) from error


def newer(stages: Iterable[str]) -> list[str]:
    """Files that some stages read, and that other stages have made anew since: `dvc repro` broke off.

    Parameters
    ----------
    stages : iterable of str
        See `changes`.

    Returns
    -------
    list of str
        Paths. None where there is no dvc.lock.

    Raises
    ------
    DataError
        If dvc.lock is not what DVC writes.
    """
    ran = _ran()
    try:
        made = {out["path"]: out.get("md5") for stage in ran.values() for out in stage.get("outs", [])}
        read = [dep for stage in stages if stage in ran for dep in ran[stage].get("deps", [])]
        return [dep["path"] for dep in read if made.get(dep["path"], md5 := dep.get("md5")) != md5]
    except _DAMAGE as error:
        raise _damaged(error) from error


def _ran() -> Mapping[str, Any]:
    """What dvc.lock says of every stage."""
    if not LOCK.is_file():
        return {}
    try:
        return _stages(LOCK.read_text(encoding="utf-8"))
    except _DAMAGE as error:
        raise _damaged(error) from error


@lru_cache(maxsize=1)
def _stages(lock: str) -> Mapping[str, Any]:
    return dict(parse_yaml(lock)["stages"])


def _damaged(error: Exception) -> DataError:
    return DataError(f"{LOCK} is not what DVC writes: {' '.join(str(error).split())[:100]}")


def _at(values: Any, name: str) -> Any:
    for part in name.split("."):
        values = values.get(part) if isinstance(values, Mapping) else None
    return values


def _differ(name: str, before: Any, now: Any) -> list[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        names = dict.fromkeys([*before, *now])
        return [each for key in names for each in _differ(f"{name}.{key}", before.get(key), now.get(key))]
    return [] if before == now else [f"{name} is {_shown(now)}, was {_shown(before)}"]


def _shown(value: Any) -> str:
    text = "not there" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
