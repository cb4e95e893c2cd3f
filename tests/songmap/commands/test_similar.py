import csv
import shutil
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from songmap.assignment.encoded import Encoded
from songmap.catalogue.song_folder import Catalogue
from songmap.commands import similar
from songmap.console import run
from songmap.files import read_csv, write_csv
from songmap.results import Results
from songmap.tracks import TrackArray
from tests.songmap.commands.parsing import parsed, typing
from tests.songmap.results_folder import GROUP, IDS, tracks, write_clusters, write_results


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """The command in a folder of results; gives what it prints, or the error and the exit code."""
    monkeypatch.chdir(write_results(tmp_path))
    return typing(similar, capsys)


def table(path):
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_nearest_songs_by_an_independent_search(command):
    text = command(IDS[7], "--model", "mfcc", "-n", "4", "--csv", "out/near.csv")
    latents = TrackArray.load("data/features/latents/mfcc.npz")
    points = latents.values[:, 0].astype(float)
    distance = np.sqrt(((points - points[7]) ** 2).sum(axis=1))
    order = np.argsort(distance)[1:5]
    rows = table("out/near.csv")
    assert [row["track_id"] for row in rows] == [IDS[i] for i in order]
    assert [float(row["distance"]) for row in rows] == pytest.approx(distance[order].tolist(), abs=1e-4)
    assert {row["cluster"] for row in rows} == {str(GROUP[7])}
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    lines = text.splitlines()
    assert lines[0] == "nearest to Artist 7 - Song 07 in mfcc:"
    assert len(lines) == 6
    assert lines[2].split()[:2] == ["1", rows[0]["distance"]]
    assert f"[{rows[0]['track_id']}]" in lines[2]


def test_the_song_itself_is_never_an_answer_and_all_others_are(command):
    command(IDS[0], "-n", "1000", "--csv", "near.csv")
    assert sorted(row["track_id"] for row in table("near.csv")) == sorted(IDS[1:])


def test_the_same_question_has_the_same_answer(command):
    assert command("song 30") == command("SONG  30")


@pytest.mark.parametrize("query", ["deja vu", "DÉJÀ", "artist 0 deja vu"])
def test_a_title_is_found_whatever_its_case_and_accents(command, query):
    assert "nearest to Artist 0 - Déjà vu in multimodal_vae:" in command(query)


def test_an_ambiguous_title_lists_its_candidates(command):
    text = command("the storm", code=1)
    assert text == (
        "songmap: 'the storm' may be 2 tracks: audio/song_01.flac (Artist 1 - The Storm); "
        "audio/song_02.flac (Artist 2 - The Storm); give one's track id\n"
    )
    assert "; and 45 more; give" in command("song", code=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "no track and no file is called 'nothing': give a track id, a title or an audio file"),
        (["x\n\x1b[2J"], "no track and no file is called 'x\\n\\x1b[2J'"),
        (["x" * 5000], "no track and no file"),
        (["~nobody"], "no track and no file is called '~nobody'"),
        (["song 07", "--model", "x"], "model 'x' is not known: give one of lyrics, mfcc, multimodal_vae"),
        ([IDS[0], "--model", "lyrics"], "model lyrics has no place for 'audio/song_00.flac'"),
    ],
)
def test_errors_are_one_line(command, arguments, message):
    text = command(*arguments, code=1)
    assert message in text
    assert len(text.splitlines()) == 1


def test_hostile_titles_are_text(command):
    text = command(IDS[6], "-n", "100")
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 2 + 59
    assert "nearest to Artist 3 - #EXTINF:1,\\u202eevil\\n../x in" in command(IDS[3])


def test_a_file_of_the_catalogue_is_known_by_its_content(command, tmp_path):
    sound = tmp_path / "copy of it.flac"
    sound.write_bytes(b"sound")
    rows = tracks()
    rows[9]["sha256"] = sha256(b"sound").hexdigest()
    write_csv("data/tracks.csv", list(rows[0]), rows)
    assert command(str(sound)) == command(IDS[9])


def encoder(points, lacks, notes=()):
    """Stands in for the trained model: one song, and where it lies."""

    def encode_songs(path, model, settings):
        assert (path, model) == (Path("new.mp3"), "mfcc")
        assert settings.seed == 0
        return Encoded(Catalogue([], [], []), points, lacks, list(notes))

    return encode_songs


def test_a_new_file_goes_where_the_model_puts_it(command, monkeypatch, capsys):
    Path("new.mp3").write_bytes(b"sound")
    latents = Results().latents("mfcc")
    point = TrackArray(np.array(["new.mp3"]), latents.rows([IDS[7]]))
    monkeypatch.setattr("songmap.assignment.encoded.encode_songs", encoder(point, {}))
    text = command("new.mp3", "--model", "mfcc", "-n", "1")
    assert text.splitlines()[0] == "nearest to new.mp3 in mfcc:"
    assert text.splitlines()[2].split()[:2] == ["1", "0.0000"]
    assert text.endswith(f"[{IDS[7]}]\n")
    monkeypatch.setattr("songmap.assignment.encoded.encode_songs", encoder(point, {}, ["k was 6"]))
    run(lambda: parsed(similar, "similar", "new.mp3", "--model", "mfcc"))
    assert capsys.readouterr().err == "params.yaml: k was 6 when mfcc was made; dvc repro makes it anew\n"


def test_a_new_file_that_lacks_what_the_model_reads(command, monkeypatch):
    Path("new.mp3").write_bytes(b"sound")
    nothing = TrackArray(np.array([], dtype=str), np.zeros((0, 4)))
    monkeypatch.setattr("songmap.assignment.encoded.encode_songs", encoder(nothing, {"new.mp3": "no lyrics"}))
    assert command("new.mp3", "--model", "mfcc", code=1) == (
        "songmap: model mfcc has no place for new.mp3: no lyrics\n"
    )


def test_clusters_are_called_by_their_names(command):
    Path("data/explanations").mkdir()
    Path("data/explanations/mfcc.json").write_text('[{"cluster": 1, "name": "calm, slow"}]')
    command(IDS[7], "--model", "mfcc", "-n", "1", "--csv", "near.csv")
    assert read_csv("near.csv")[0]["cluster_name"] == "calm, slow"


def test_a_model_that_was_left_out_says_why(command):
    TrackArray.empty("no lyrics at all").save("data/features/latents/lyrics.npz")
    assert command(IDS[7], "--model", "lyrics", code=1) == (
        "songmap: model lyrics has no songs: no lyrics at all\n"
    )


def test_results_of_two_runs_are_not_mixed(command):
    rows = tracks()
    write_csv("data/tracks.csv", list(rows[0]), rows[:-1])
    assert command(IDS[7], "--model", "mfcc", code=1) == (
        f"songmap: {IDS[-1]!r} of model mfcc is not in data/tracks.csv: dvc repro makes both anew\n"
    )
    write_csv("data/tracks.csv", list(rows[0]), rows)
    write_clusters(".", "mfcc", GROUP[:-1], IDS[:-1])
    text = command(IDS[7], "--model", "mfcc", code=1)
    assert f"{IDS[-1]!r} of model mfcc is not in data/clusters: " in text


def test_before_the_pipeline_ran(command):
    shutil.rmtree("data")
    assert command("x", code=1) == "songmap: there is no data/tracks.csv: dvc repro makes it\n"


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as end:
        parsed(similar, "similar", "--help")
    assert end.value.code == 0
    assert "\nexamples:\n  python -m songmap similar " in capsys.readouterr().out


def test_without_a_query_the_exit_code_is_two(capsys):
    with pytest.raises(SystemExit) as end:
        parsed(similar, "similar")
    assert end.value.code == 2
    assert "QUERY" in capsys.readouterr().err
