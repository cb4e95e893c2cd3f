import shutil

import numpy as np
import pytest

from songmap.commands import compare
from songmap.evaluation.agreement import ami_all
from songmap.files import read_csv, write_csv
from tests.songmap.commands.parsing import parsed, typing
from tests.songmap.commands.test_revisions import Repository
from tests.songmap.results_folder import GROUP, IDS, MODELS, N, tracks, write_clusters, write_results

pytestmark = pytest.mark.slow

MOVED = GROUP.copy()
MOVED[10:22] = (MOVED[10:22] + 1) % 3


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """The command in a repository whose experiment moved twelve songs of mfcc."""
    monkeypatch.chdir(tmp_path)
    repository = Repository(tmp_path)
    write_results(tmp_path)
    scores = "metrics/evaluation.csv"

    def results():
        return {f"data/clusters/{m}.csv": (tmp_path / f"data/clusters/{m}.csv").read_text() for m in MODELS}

    repository.commit(results(), {"data/.keep": ""})
    write_clusters(tmp_path, "mfcc", MOVED[::-1] + 4, IDS[::-1])
    row = {"model": "mfcc", "algorithm": "kmeans", "informed_by": "genre", "common_silhouette": 0.125}
    write_csv(tmp_path / scores, list(row), [row])
    repository.experiment("moved", results(), {scores: (tmp_path / scores).read_text()})
    write_results(tmp_path)
    return typing(compare, capsys)


def test_what_moved(command):
    text = command("HEAD", "moved", "--csv", "moved.csv")
    table = {line.split()[0]: line.split() for line in text.splitlines()[1:4]}
    assert table["lyrics"][1:6] == [str(N - 6), "1.000", "1.000", "0", "(0%)"]
    assert table["mfcc"][4:6] == ["12", "(20%)"]
    rows = read_csv("moved.csv")
    assert [row["track_id"] for row in rows] == IDS[10:22]
    assert {row["model"] for row in rows} == {"mfcc"}
    for i, row in enumerate(rows, start=10):
        assert row["title"] == tracks()[i]["title"]
        assert [int(row[key]) for key in ("first", "matched", "second")] == [
            GROUP[i],
            GROUP[i] + 4,
            MOVED[i] + 4,
        ]
    assert "moved in mfcc" in text
    assert f"  5 to 6  Artist 10 - Song 10  [{IDS[10]}]" in text
    assert text.endswith("  and 2 more\n")


def test_the_difference_of_a_score_is_that_of_its_definition(command):
    text = command("HEAD", "moved", "--model", "mfcc")
    genre = np.array([row["genre"] for row in tracks()])
    expected = ami_all(genre, MOVED) - ami_all(genre, GROUP)
    cells = text.splitlines()[1].split()
    assert cells[6].startswith(f"*{expected:+.3f}")  # told in one of them
    low, high = float(cells[7].strip("[,")), float(cells[8].strip("]"))
    assert low < expected < high < 0
    assert not cells[9].startswith("*")
    assert cells[-1] == "-0.125"
    back = command("moved", "HEAD", "--model", "mfcc").splitlines()[1].split()
    assert back[6].startswith(f"*{-expected:+.3f}")
    assert back[-1] == "+0.125"


def test_the_workspace_is_a_revision_too(command):
    assert "0 (0%)" in command("HEAD", "workspace", "--model", "mfcc")
    assert "moved in" not in command("HEAD", "workspace")
    assert "12 (20%)" in command("workspace", "moved", "--model", "mfcc")


def test_the_same_question_has_the_same_answer(command):
    assert command("HEAD", "moved") == command("HEAD", "moved")


def test_tables_of_before_clusters_had_confidence(command, tmp_path):
    write_clusters(tmp_path, "mfcc", MOVED, column="kmeans")
    assert "12 (20%)" in command("HEAD", "workspace", "--model", "mfcc")


def test_tracks_that_the_catalogue_no_longer_has_have_no_label(command):
    write_csv("data/tracks.csv", list(tracks()[0]), tracks()[30:])
    command("HEAD", "moved", "--csv", "moved.csv")
    assert [row["title"] for row in read_csv("moved.csv")] == [""] * 12


def test_a_model_without_songs_is_a_note(command, tmp_path):
    write_clusters(tmp_path, "lyrics", [], [])
    text = command("HEAD", "workspace")
    assert "note: lyrics has no songs in workspace" in text
    assert "nothing to compare: lyrics has no songs in workspace" in command(
        "HEAD", "workspace", "--model", "lyrics", code=1
    )


def test_many_models_list_their_songs_when_asked(command, tmp_path, monkeypatch):
    monkeypatch.setattr(compare, "FEW", 0)
    assert command("HEAD", "moved").endswith("--model NAME lists songs that moved, --csv FILE all\n")
    assert "moved in mfcc" in command("HEAD", "moved", "--model", "mfcc")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["HEAD", "nothing"], "no experiment and no commit is called 'nothing'; experiments: moved"),
        (
            ["HEAD", "moved", "--model", "x"],
            "model 'x' is not in both: give one of lyrics, mfcc, multimodal_vae",
        ),
        (["HEAD", "x\x1b[2J"], "called 'x\\x1b[2J'"),
    ],
)
def test_errors_are_one_line(command, arguments, message):
    text = command(*arguments, code=1)
    assert message in text
    assert len(text.splitlines()) == 1


def test_clusters_that_are_not_in_the_cache(command):
    shutil.rmtree(".dvc/cache")
    assert "of HEAD is not in the cache: dvc pull" in command("HEAD", "workspace", code=1)


def test_a_table_that_is_none(command):
    for text in ("a,b\n1,2\n", "track_id,cluster\nx,y\n", "track_id,cluster\nx,1\nx,2\n", "\xff"):
        with open("data/clusters/mfcc.csv", "w", encoding="latin-1") as file:  # noqa: PTH123
            file.write(text)
        assert len(command("HEAD", "workspace", code=1).splitlines()) == 1


def test_before_the_pipeline_ran(command):
    shutil.rmtree("data")
    assert "HEAD and workspace have no clusters of the same model: dvc repro" in command(
        "HEAD", "workspace", code=1
    )
    assert "there is no data/tracks.csv" in command("HEAD", "moved", code=1)


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as end:
        parsed(compare, "compare", "--help")
    assert end.value.code == 0
    assert "\nexamples:\n  python -m songmap compare " in capsys.readouterr().out
