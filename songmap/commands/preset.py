"""`python -m songmap preset`: the parameters of a known experiment, written to params.yaml."""

import difflib
import io
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from songmap import params
from songmap.commands.arguments import command
from songmap.errors import ParameterError
from songmap.files import atomic

PRESETS = Path("presets")
PARAMS = Path("params.yaml")
WHOLE = ("models",)  # groups that a preset replaces rather than completes
HELP = """Set params.yaml to the parameters of a known experiment; order and comments stay.

The models are replaced by the experiment's, all else is completed.

The file presets/NAME.yaml says what it reproduces and what to expect. Without NAME, list them.

examples:
  python -m songmap preset
  python -m songmap preset seed-001 --show
  python -m songmap preset seed-001 && dvc exp run -S dataset=data/raw/4mula
  git checkout params.yaml          # back to what was committed
"""


def add(commands: Any) -> None:
    """Add `preset` to the parser's commands."""
    parser = command(commands, "preset", "set the parameters of a known experiment", HELP, _run)
    parser.add_argument("name", nargs="?", metavar="NAME", help="the preset")
    parser.add_argument("--show", action="store_true", help="print the difference and change nothing")


def merged(text: str, preset: Mapping[str, Any]) -> str:
    """The YAML of `text` with the values of `preset`, and its own order and comments.

    Parameters
    ----------
    text : str
        A params.yaml.
    preset : mapping
        Values by name, nested as in params.yaml. `models` is replaced, all else completed.

    Raises
    ------
    ParameterError
        If the preset names what params.yaml does not have.
    """
    yaml = YAML()  # the settings dvc writes params.yaml with
    yaml.default_flow_style = False
    try:
        settings = yaml.load(text)
    except YAMLError as error:
        raise ParameterError(f"params.yaml is not YAML: {' '.join(str(error).split())}") from error
    _merge(settings, preset, "")
    result = io.StringIO()
    yaml.dump(settings, result)
    return result.getvalue()


def _merge(settings: Any, preset: Mapping[str, Any], group: str) -> None:
    for name, value in preset.items():
        if name not in settings or isinstance(value, Mapping) != isinstance(settings[name], Mapping):
            raise ParameterError(f"{group}{name} is not in params.yaml, or not of that form")
        if isinstance(value, Mapping) and name not in WHOLE:
            _merge(settings[name], value, f"{group}{name}.")
        elif isinstance(value, list):
            settings[name][:] = value  # whose comments, and style, are those of the list that is there
        elif settings[name] != value:
            settings[name] = value


def _run(arguments: Namespace) -> None:
    if arguments.name is None:
        _list()
        return
    preset = _read(arguments.name)
    params.load(PARAMS)
    before = PARAMS.read_text(encoding="utf-8")
    after = merged(before, preset)
    params.parse(after, f"preset {arguments.name}")
    if arguments.show:
        lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
        print("".join(difflib.unified_diff(*lines, "params.yaml", arguments.name)), end="")
        return
    with atomic(PARAMS.resolve()) as temporary:
        temporary.write_text(after, encoding="utf-8")
    print(f"params.yaml is set to {arguments.name}; git diff params.yaml shows what changed")
    print("next: dvc exp run, with -S dataset=... for another song folder")


def _names() -> list[str]:
    names = sorted(path.stem for path in PRESETS.glob("*.yaml"))
    if not names:
        raise ParameterError(f"there is no {PRESETS}/ here: run this in the repository's own folder")
    return names


def _read(name: str) -> Mapping[str, Any]:
    if name not in _names():
        raise ParameterError(f"preset {name!r} is not known: give one of {', '.join(_names())}")
    path = PRESETS / f"{name}.yaml"
    try:
        preset = YAML().load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(preset, Mapping):
        raise ParameterError(f"{path} must hold names and values, as params.yaml does")
    return preset


def _list() -> None:
    for name in _names():
        with (PRESETS / f"{name}.yaml").open(encoding="utf-8") as file:
            print(f"{name}  {file.readline().removeprefix('#').strip()}")
