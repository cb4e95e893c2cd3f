import os
import time
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
import pytest

from songmap.commands import cache
from songmap.errors import ParameterError
from songmap.store import Store

OLD, NEW = "ab" * 32, "cd" * 32


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run the command in a directory of its own; gives what it prints."""
    monkeypatch.chdir(tmp_path)
    parser = ArgumentParser()
    cache.add(parser.add_subparsers(required=True))

    def command(*arguments):
        parsed = parser.parse_args(["cache", *arguments])
        parsed.run(parsed)
        return capsys.readouterr().out

    return command


@pytest.fixture
def filled(run):
    """Two kinds of store, with an old and a new entry in one of them."""
    store = Store(Path(".cache/audio"), {"seconds": 30.0, "excerpts": 1, "code": "0" * 100})
    for key in (OLD, NEW):
        store.put(key, {"a": np.zeros(2**18)})
    os.utime(store.directory / "ab" / f"{OLD}.npz", (time.time() - 40 * 86_400,) * 2)
    Store(Path(".cache/embedding"), {"model": "clap"}).put(OLD, {"a": np.zeros(3)})
    return store


def test_what_is_stored_is_listed(run, filled):
    head, audio, embedding, total = run().splitlines()
    assert head.split() == ["kind", "entries", "MiB", "last", "used", "recipe"]
    today = time.strftime("%Y-%m-%d")
    assert audio.split()[:4] == ["audio", "2", "4.0", today]
    assert "seconds=30.0, excerpts=1" in audio
    assert embedding.split() == ["embedding", "1", "0.0", today, "model=clap"]
    assert total.split() == ["total", "3", "4.0"]
    assert max(map(len, (audio, embedding))) < 130


def test_nothing_stored_is_no_error(run):
    assert run().splitlines()[-1].split() == ["total", "0", "0.0"]
    assert "deleted 0 entries" in run("--prune")
    assert not Path(".cache").exists()


def test_prune_deletes_what_is_old_or_all(run, filled):
    assert run("--prune", "--older-than", "30") == ".cache: deleted 1 entries, 2.0 MiB\n"
    assert filled.get(OLD) is None
    assert filled.get(NEW) is not None
    assert "deleted 2 entries" in run("--prune")
    assert filled.get(NEW) is None
    assert not list(Path(".cache").rglob("*.*"))


@pytest.fixture
def trainings(run):
    """An old and a new state of a training, what a killed writer left, and a file of somebody else."""
    folder = Path(".cache/training")
    folder.mkdir(parents=True)
    old, new = (folder / f"{digit * 32}.pt" for digit in "ab")
    left, other = folder / f".{'a' * 32}.pt.x1_y.pt", folder / "mine.pt"
    for path in (old, new, left, other):
        path.write_bytes(bytes(2**20))
    for path in (old, left):
        os.utime(path, (time.time() - 40 * 86_400,) * 2)
    return old, new, left, other


def test_trainings_that_were_interrupted_are_listed_and_deleted(run, trainings):
    _, new, _, other = trainings
    _, training, total = run().splitlines()
    assert training.split()[:4] == ["training", "2", "2.0", time.strftime("%Y-%m-%d")]
    assert "interrupted" in training
    assert total.split() == ["total", "2", "2.0"]
    assert run("--prune", "--older-than", "30") == ".cache: deleted 1 entries, 2.0 MiB\n"
    assert [path.exists() for path in trainings] == [False, True, False, True]
    assert "deleted 1 entries" in run("--prune")
    assert not new.exists()
    assert other.exists()


def test_a_link_is_not_followed(run, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    kept = tmp_path / "elsewhere" / f"{'a' * 32}.pt"
    kept.touch()
    Path(".cache").mkdir()
    Path(".cache/training").symlink_to(tmp_path / "elsewhere")
    assert "deleted 0 entries" in run("--prune")
    assert kept.exists()


def test_older_than_without_prune_deletes_nothing_and_says_so(run, filled):
    with pytest.raises(ParameterError, match="goes with --prune"):
        run("--older-than", "0")
    assert filled.get(OLD) is not None


@pytest.mark.parametrize("days", ["soon", "-1", "nan", "inf", ""])
def test_days_that_are_none_are_refused(run, filled, days, capsys):
    with pytest.raises(SystemExit):
        run("--prune", f"--older-than={days}")
    said = capsys.readouterr().err
    assert "argument --older-than" in said
    assert "must be a number from 0 to 100000" in said
    assert filled.get(OLD) is not None


def test_help_has_examples(run, capsys):
    with pytest.raises(SystemExit):
        run("--help")
    assert "python -m songmap cache --prune --older-than 30" in capsys.readouterr().out
