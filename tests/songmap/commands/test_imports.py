import os
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from songmap.__main__ import main
from songmap.commands.report import hydra
from songmap.importers.staging import Outcome, Skipped

KINDS = ("fma", "4mula", "spotify", "folder", "speech", "labels")


def songmap(*arguments):
    command = [sys.executable, "-m", "songmap", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["songmap", *arguments])
    main()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_help_with_an_example(monkeypatch, capsys, kind):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "import", kind, "--help")
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert f"python -m songmap import {kind} " in shown.partition("examples:")[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "required: COMMAND"),
        (("import",), "required: KIND"),
        (("import", "spotify", "d"), "required: --file"),
        (("import", "fma", "tiny", "d"), "invalid choice: 'tiny'"),
        (("import", "fma", "small", "d", "--per-genre", "0"), "'0': must be a number from 1 to"),
        (("import", "fma", "small", "d", "--genres", ","), "',': give names"),
        (("import", "spotify", "data/raw/demo", "--file", "f"), "'data/raw/demo': the pipeline's demo songs"),
        (
            ("import", "speech", "d", "--file", "f", "--seconds", "nan"),
            "'nan': must be a number from 1 to 3600",
        ),
    ],
)
def test_wrong_arguments_are_named(monkeypatch, capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_missing_file_is_one_line(tmp_path):
    result = songmap("import", "spotify", str(tmp_path / "songs"), "--file", str(tmp_path / "none.csv"))
    assert result.returncode == 1
    assert result.stderr == f"songmap: cannot read {tmp_path / 'none.csv'}: No such file or directory\n"
    assert not (tmp_path / "songs").exists()


def test_the_report_says_what_was_left_out_and_what_to_type(monkeypatch, capsys, tmp_path):
    given = {}

    def import_folder(dest, **options):
        given.update(options, dest=dest)
        (dest / "skipped.csv").write_text("")
        return Outcome(1234, [Skipped("a.wma", "needs ffmpeg")] * 2, ["two files were copied"])

    monkeypatch.setattr("songmap.importers.folder.import_folder", import_folder)
    dest = tmp_path / "my songs"
    dest.mkdir()
    run(monkeypatch, "import", "folder", str(dest), "--from", "music", "--copy")
    assert given == {"dest": dest, "source": Path("music"), "copy": True, "replace": False}
    assert capsys.readouterr().out.splitlines() == [
        f"{dest}: 1,234 tracks",
        f"left out, whole or in part: 2; {dest}/skipped.csv says why; the first: a.wma: needs ffmpeg",
        "note: two files were copied",
        f"""next: dvc exp run -S 'dataset="{dest}"'""",
    ]


@pytest.mark.parametrize(
    "value", ["data/raw/mine", "/my music/ü", "a,b", "a=b", 'it"s', "back\\slash", "{x}"]
)
def test_the_next_command_means_the_folder(value):
    parsed = OverridesParser.create().parse_override(f"dataset={hydra(value)}").value()
    assert str(parsed) == value


def test_downloads_do_not_go_where_the_folder_will_be(tmp_path):
    folder = tmp_path / "downloads"
    result = songmap("import", "4mula", str(folder))
    assert result.returncode == 1
    assert result.stderr == f"songmap: {folder} holds the downloads {folder}: name another folder\n"


def test_an_endless_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    result = songmap("import", "spotify", str(tmp_path / "songs"), "--file", str(tmp_path / "pipe"))
    assert result.returncode == 1
    assert "it is not a file" in result.stderr
