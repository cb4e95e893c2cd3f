import functools
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from songmap.__main__ import main
from songmap.errors import DataError
from songmap.importers import download
from songmap.importers.genius import Finder
from songmap.importers.provenance import FOUND, NO_SPEECH, SOURCES
from tests.songmap.importers.genius_server import genius, lists, page, result, search
from tests.songmap.importers.server import Answer as Reply
from tests.songmap.importers.song_folders import HEADER, ROWS, read, sources, table, tabled

pytestmark = pytest.mark.slow

TOKEN = "a-token_that.must-not-leak"


@pytest.fixture
def folder(tmp_path):
    return tabled(tmp_path / "songs")


@pytest.fixture
def servers(monkeypatch):
    """Genius on loopback, where the command asks it."""
    monkeypatch.setenv("GENIUS_ACCESS_TOKEN", TOKEN)
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    with genius() as (api, pages):
        here = functools.partial(Finder, api=api.url, pages=pages.url, attempts=2)
        monkeypatch.setattr("songmap.importers.genius.Finder", here)
        yield api, pages


@pytest.fixture
def heard(monkeypatch):
    """What a stand-in for the model hears in each file, and what it was loaded with."""
    answers, loaded = {}, {}

    def transcribe(path):
        heard = answers[path.name]
        if isinstance(heard, BaseException):
            raise heard
        text, dropped = heard
        return SimpleNamespace(text=text, language="pt", dropped=dropped)

    def load(model, device, compute_type="auto", language=""):
        loaded.update(model=model, device=device, language=language)
        return SimpleNamespace(transcribe=transcribe)

    monkeypatch.setattr("songmap.importers.transcription.load", load)
    return SimpleNamespace(answers=answers, loaded=loaded)


def run(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["songmap", "lyrics", *map(str, arguments)])
    main()


def lines(capsys):
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("kind", ["genius", "transcribe"])
def test_each_source_has_help_with_an_example(monkeypatch, capsys, kind):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, kind, "--help")
    assert ended.value.code == 0
    assert (
        f"python -m songmap lyrics {kind} data/raw/mine" in capsys.readouterr().out.partition("examples:")[2]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "required: SOURCE"),
        (("genius",), "required: DIR"),
        (("genius", "data/raw/demo"), "'data/raw/demo': the pipeline's demo songs"),
        (("genius", "d", "--pause", "-1"), "'-1': must be a number from 0 to 3600"),
        (("genius", "d", "--similarity", "2"), "'2': must be a number from 0.5 to 1"),
        (("transcribe", "d", "--device", "tpu"), "invalid choice: 'tpu'"),
    ],
)
def test_wrong_arguments_are_named(monkeypatch, capsys, arguments, message):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, *arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_genius_fills_what_it_finds_and_lists_what_it_does_not(monkeypatch, capsys, folder, servers):
    api, pages = servers
    lists(api, "First Ann", result("First", "Ann"))
    lists(api, "Second Ben", result("Another", "Ben"), result("Seconds", "Bert"))
    lists(api, "Third", result("Third", "Cid"))
    pages.files["Ann-First-lyrics"] = page("[Verse]\nwords")
    run(monkeypatch, "genius", folder, "--pause", 0)
    assert lines(capsys) == [
        "left out: Ben - Second: no match: the nearest is 'Seconds' by 'Bert', similarity 0.57",
        "left out: Third: no match: there is no artist to go by; the first listed is 'Third' by 'Cid'",
        f"{folder}: 3 tracks",
        "note: lyrics found: 1",
        "note: no match: 2",
        f"note: {folder / SOURCES} says where each text came from, and why others were not found",
        f"next: dvc exp run -S dataset={folder}",
    ]
    assert (folder / "lyrics/one.txt").read_text() == "[Verse]\nwords\n"
    assert sources(folder)["one"]["detail"] == f"{pages.url}Ann-First-lyrics"
    assert sources(folder)["two"]["similarity"] == "0.571"
    run(monkeypatch, "genius", folder, "--pause", 0)
    assert "note: answered earlier: 2, had lyrics already: 1" in lines(capsys)
    assert len(api.asked) == 3
    run(monkeypatch, "genius", folder, "--pause", 0, "--retry", "--similarity", "0.55")
    assert len(api.asked) == 5


def test_what_failed_is_asked_again_by_the_same_command(monkeypatch, capsys, folder, servers):
    api, pages = servers
    table(folder, HEADER, *ROWS[:2])
    for row in ROWS[:2]:
        lists(api, f"{row[2]} {row[3]}", result(row[2], row[3]))
        pages.files[f"{row[3]}-{row[2]}-lyrics"] = page("words")
    api.plan(search("First Ann"), Reply(status=503), Reply(status=503))
    run(monkeypatch, "genius", folder, "--pause", 0)
    told = lines(capsys)
    assert told[0] == "left out: Ann - First: failed: the server answers 503 Service Unavailable"
    assert "note: the same command asks again for those that failed" in told
    run(monkeypatch, "genius", folder, "--pause", 0)
    assert "note: lyrics found: 1" in lines(capsys)
    assert [row["outcome"] for row in sources(folder).values()] == [FOUND, FOUND]


def test_the_token_is_nowhere(monkeypatch, capfd, folder, servers):
    api, pages = servers
    lists(api, "First Ann", result("First", "Ann"))
    pages.files["Ann-First-lyrics"] = page("words")
    run(monkeypatch, "genius", folder, "--pause", 0)
    api.plan(search("Second Ben"), Reply(status=401, body=TOKEN.encode()))
    with pytest.raises(DataError) as caught:
        run(monkeypatch, "genius", folder, "--pause", 0, "--retry")
    printed = capfd.readouterr()
    assert TOKEN not in printed.out + printed.err + str(caught.value)
    assert not [path for path in folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


@pytest.mark.parametrize("token", [None, " ", "two words"])
def test_without_a_token_nothing_is_read_or_written(monkeypatch, folder, token):
    monkeypatch.delenv("GENIUS_ACCESS_TOKEN", raising=False)
    if token:
        monkeypatch.setenv("GENIUS_ACCESS_TOKEN", token)
    command = [sys.executable, "-m", "songmap", "lyrics", "genius", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == (
        "songmap: GENIUS_ACCESS_TOKEN is not set to a token of Genius: make one at "
        "https://genius.com/api-clients\n"
    )
    assert not (folder / SOURCES).exists()


def test_transcription_writes_what_is_heard_and_counts_what_is_not(monkeypatch, capsys, folder, heard):
    heard.answers.update(
        {
            "1.wav": ("la la\nla", {"no speech": 1, "repeated": 5}),
            "2.wav": (" \n", {"no speech": 3}),
            "3.wav": DataError("3.wav cannot be decoded: damaged"),
        }
    )
    run(monkeypatch, "transcribe", folder, "--model", "tiny", "--device", "cpu", "--language", "pt")
    assert heard.loaded == {"model": "tiny", "device": "cpu", "language": "pt"}
    assert lines(capsys) == [
        "left out: Ben - Second: no speech: model tiny; segments dropped: no speech: 3",
        "left out: Third: failed: 3.wav cannot be decoded: damaged",
        f"{folder}: 3 tracks",
        "note: lyrics found: 1",
        "note: failed: 1, no speech: 1",
        "note: segments dropped: repeated: 5, no speech: 4",
        "note: the same command asks again for those that failed",
        f"note: {folder / SOURCES} says where each text came from, and why others were not found",
        f"next: dvc exp run -S dataset={folder}",
    ]
    assert (folder / "lyrics/one.txt").read_text() == "la la\nla\n"
    rows = sources(folder)
    assert (rows["one"]["detail"], rows["one"]["language"]) == (
        *("model tiny; segments dropped: repeated: 5, no speech: 1", "pt"),
    )
    assert rows["two"]["outcome"] == NO_SPEECH
    heard.answers["3.wav"] = ("la", {})
    run(monkeypatch, "transcribe", folder, "--model", "tiny")
    assert "note: answered earlier: 1, had lyrics already: 1" in lines(capsys)
    assert [row[-1] for row in read(folder)[1:]] == ["lyrics/one.txt", "", "lyrics/three.txt"]


def test_no_model_is_loaded_where_nothing_is_to_be_heard(monkeypatch, capsys, tmp_path, heard):
    folder = table(tmp_path / "songs", ["track_id", "lyrics"], ["one", "mine"], ["two", ""])
    run(monkeypatch, "transcribe", folder)
    assert heard.loaded == {}
    told = lines(capsys)
    assert "note: had lyrics already: 1, no audio: 1" in told
    assert not (folder / SOURCES).exists()


def test_an_interrupt_passes_and_frees_the_folder(monkeypatch, folder, heard):
    heard.answers.update({"1.wav": ("la", {}), "2.wav": KeyboardInterrupt(), "3.wav": ("la", {})})
    with pytest.raises(KeyboardInterrupt):
        run(monkeypatch, "transcribe", folder)
    assert [row["outcome"] for row in sources(folder).values()] == [FOUND]
    assert not list(folder.glob(".*"))


def test_a_folder_that_is_none_is_one_line(tmp_path):
    command = [sys.executable, "-m", "songmap", "lyrics", "transcribe", str(tmp_path / "absent")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (
        *(1, f"songmap: song folder {tmp_path / 'absent'} does not exist\n"),
    )
    assert list(Path(tmp_path).iterdir()) == []
