"""Whether params.yaml still holds what the pipeline last ran with, by dvc.lock."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from songmap.errors import DataError

LOCK, PARAMS = Path("dvc.lock"), Path("params.yaml")
ELSEWHERE = ("dataset",)  # new songs are not of the dataset, whichever it is now


def changes(stages: Iterable[str]) -> list[str]:
    """What has changed since some stages ran.

    Parameters
    ----------
    stages : iterable of str
        Names as dvc.lock has them, such as train@vae.

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
    if not LOCK.is_file():
        return []
    try:
        now = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
        ran = yaml.safe_load(LOCK.read_text(encoding="utf-8"))["stages"]
        given = [ran[stage].get("params", {}).get(str(PARAMS), {}) for stage in stages if stage in ran]
        before = {name: value for each in given for name, value in each.items() if name not in ELSEWHERE}
        found = (change for name, value in before.items() for change in _differ(name, value, _at(now, name)))
        return list(dict.fromkeys(found))  # train.seeds is of train as well
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError) as error:
        raise DataError(f"{LOCK} is not what DVC writes: {' '.join(str(error).split())[:100]}") from error


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
