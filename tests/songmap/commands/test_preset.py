import difflib
import io
from pathlib import Path

import pytest
import yaml
from ruamel.yaml import YAML

from songmap import params
from songmap.__main__ import main
from songmap.commands.preset import merged
from songmap.errors import ParameterError

pytestmark = pytest.mark.slow

TEXT = Path("params.yaml").read_text(encoding="utf-8")
PRESETS = sorted(Path("presets").glob("*.yaml"))


def leaves(values, group=""):
    """Dotted names of a preset's values; models count as one."""
    for name, value in values.items():
        if isinstance(value, dict) and name != "models":
            yield from leaves(value, f"{group}{name}.")
        else:
            yield group + name


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "presets").symlink_to(Path("presets").absolute())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["songmap", *arguments])
    main()


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_a_preset_is_valid_and_keeps_comments(path, tmp_path):
    preset = yaml.safe_load(path.read_text(encoding="utf-8"))
    result = merged(TEXT, preset)
    written = tmp_path / "params.yaml"
    written.write_text(result, encoding="utf-8")
    loaded = params.load(written)
    assert list(loaded.models) == list(preset["models"])
    assert loaded.k == preset["k"]
    assert loaded.audio.mfcc_statistics == preset["audio"]["mfcc_statistics"]

    def comments(text):
        return [line.partition("#")[2] for line in text.splitlines() if "#" in line]

    assert comments(result) == comments(TEXT)
    assert merged(result, preset) == result


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_lists_may_be_written_as_dvc_does(path):
    yaml_of_dvc = YAML()
    settings = yaml_of_dvc.load(TEXT)
    settings["audio"]["mfcc_statistics"] = list(settings["audio"]["mfcc_statistics"])
    for model in settings["models"].values():
        model.update({key: list(value) for key, value in model.items() if isinstance(value, list)})
    text = io.StringIO()
    yaml_of_dvc.dump(settings, text)
    assert "\n  - delta_std\n" in text.getvalue()
    preset = yaml.safe_load(path.read_text(encoding="utf-8"))
    result = merged(text.getvalue(), preset)
    assert yaml.safe_load(result) == yaml.safe_load(merged(TEXT, preset))
    assert "# over time; a delta" in result


def test_presets_follow_one_another_without_a_trace():
    chosen = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in PRESETS]
    assert len(chosen) == 5
    assert len({tuple(leaves(preset)) for preset in chosen}) == 1
    straight = yaml.safe_load(merged(TEXT, chosen[4]))
    assert yaml.safe_load(merged(merged(TEXT, chosen[0]), chosen[4])) == straight


def test_only_what_differs_is_touched():
    result = merged(TEXT, {"k": 9, "train": {"epochs": 3}})
    changes = [line for line in difflib.ndiff(TEXT.splitlines(), result.splitlines()) if line[0] in "+-"]
    assert changes == ["- k: 6", "+ k: 9", "-   epochs: 60", "+   epochs: 3"]


def test_a_name_that_params_yaml_lacks_is_refused():
    with pytest.raises(ParameterError, match=r"train\.epoch is not in params\.yaml"):
        merged(TEXT, {"train": {"epoch": 3}})


def test_the_command_shows_lists_and_writes(workspace, monkeypatch, capsys):
    command(monkeypatch, "preset")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [p.stem for p in PRESETS]
    command(monkeypatch, "preset", "seed-001", "--show")
    assert "\n-k: 6\n+k: 10\n" in capsys.readouterr().out
    assert Path("params.yaml").read_text(encoding="utf-8") == TEXT
    command(monkeypatch, "preset", "seed-001")
    assert params.load().k == 10


@pytest.mark.parametrize("name", ["seed-9", "../params", "seed-001.yaml", ""])
def test_an_unknown_preset_is_one_line(workspace, monkeypatch, name):
    with pytest.raises(ParameterError, match="is not known: give one of seed-000, seed-001"):
        command(monkeypatch, "preset", name)


def test_a_broken_params_yaml_stays_as_it_is(workspace, monkeypatch):
    Path("params.yaml").write_text("k: [", encoding="utf-8")
    with pytest.raises(ParameterError, match="not YAML"):
        command(monkeypatch, "preset", "seed-001")
    assert Path("params.yaml").read_text(encoding="utf-8") == "k: ["


@pytest.mark.parametrize("text", ["", "- 1", "k: [", "seed: {a: 1}", "\udcff"])
def test_a_broken_preset_is_one_line(workspace, monkeypatch, text):
    (workspace / "presets").unlink()
    (workspace / "presets").mkdir()
    (workspace / "presets/mine.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ParameterError):
        command(monkeypatch, "preset", "mine")


def test_a_name_given_twice_is_one_line(workspace, monkeypatch):
    Path("params.yaml").write_text(TEXT + "seed: 0\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="not YAML"):
        command(monkeypatch, "preset", "seed-001")


def test_elsewhere_the_command_says_where_to_run_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="run this in the repository"):
        command(monkeypatch, "preset")
