import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml

from songmap.commands import playlists
from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray
from tests.songmap.commands.parsing import parsed, typing
from tests.songmap.recommend.test_m3u8 import parsed as read
from tests.songmap.results_folder import GROUP, IDS, tracks, write_results, write_sound


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """The command in a folder of results; gives what it prints, or the error and the exit code."""
    monkeypatch.chdir(write_results(tmp_path))
    write_sound(tmp_path)
    return typing(playlists, capsys)


def ids_of(path):
    """Ids of the songs of a list, by the files that it leads to."""
    _, entries = read(path.read_text(encoding="utf-8"))
    root = Path("data/raw/demo").resolve()
    found = [Path(os.path.normpath(path.parent / entry[2])) for entry in entries]
    assert all(file.is_file() for file in found)
    return [file.resolve().relative_to(root).as_posix() for file in found]


def test_every_song_with_a_file_is_in_the_list_of_its_cluster(command):
    text = command("lists/mine", "--model", "mfcc", "--per-artist", "0")
    for cluster in range(3):
        path = Path(f"lists/mine/cluster {cluster}.m3u8").absolute()
        expected = [track for track, group in zip(IDS[:-1], GROUP, strict=False) if group == cluster]
        assert sorted(ids_of(path)) == sorted(expected)
        assert f"cluster {cluster}.m3u8: {len(expected)} songs" in text
    assert text.endswith("left out, sound file missing: 1\n")


def test_neighbours_in_a_list_sound_alike(command):
    command("lists", "--model", "mfcc", "--per-artist", "0")
    latents = TrackArray.load("data/features/latents/mfcc.npz")
    order = ids_of(Path("lists/cluster 0.m3u8").absolute())

    def steps(ids):
        return np.linalg.norm(np.diff(latents.rows(ids)[:, 0], axis=0), axis=1).mean()

    rng = np.random.default_rng(0)
    drawn = [steps(rng.permutation(order)) for _ in range(50)]
    assert steps(order) < 0.8 * min(steps(sorted(order)), *drawn)


def test_what_a_list_says_of_a_song(command):
    command("lists", "--model", "mfcc", "--per-artist", "0")
    entries = {
        Path(entry[2]).name: entry
        for path in Path("lists").iterdir()
        for entry in read(path.read_text(encoding="utf-8"))[1]
    }
    assert entries["song_00.flac"] == (1, "Artist 0 - Déjà vu", "../data/raw/demo/audio/song_00.flac")
    assert entries["song_03.flac"][1] == "Artist 3 - #EXTINF:1,evil ../x"
    assert entries["song_04.flac"][1] == "Artist 4 - song_04"


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")
def test_ffmpeg_plays_a_whole_list(command):
    command("lists", "--model", "mfcc", "--per-artist", "0", "--length", "5")
    path = Path("lists/cluster 1.m3u8")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(lines) == 5
    concat = path.with_suffix(".txt")  # ffmpeg's own reader of M3U8 is for HTTP streams
    concat.write_text("".join(f"file '{line}'\n" for line in lines), encoding="utf-8")
    played = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "concat", "-safe", "0", "-i", str(concat), "-f", "s16le", "-"],
        check=True,
        capture_output=True,
    )
    assert played.stderr == b""
    assert len(played.stdout) == 5 * 8000 * 2


def test_an_artist_has_three_songs_and_a_list_five_by_default(command):
    rows = read_csv("data/tracks.csv")
    for row in rows:
        row["artist"] = "One" if row["track_id"] not in IDS[:3] else "Two"
        row["title"] = row["track_id"]
    write_csv("data/tracks.csv", list(rows[0]), rows)
    assert command("lists", code=1) == (
        "songmap: no cluster of multimodal_vae has 5 songs that can be played: try --minimum 1\n"
    )
    assert not Path("lists").exists()
    text = command("lists", "--minimum", "4", "--model", "mfcc")
    assert text.count("4 songs") == 3
    assert "left out, artist's share: 47" in text


def test_lists_are_named_after_the_clusters(command):
    Path("data/explanations").mkdir()
    cards = '[{"cluster": 0, "name": "slow / ../calm"}, {"cluster": 1, "name": "Slow - ..-calm"}]'
    Path("data/explanations/mfcc.json").write_text(cards)
    command("lists", "--model", "mfcc")
    names = sorted(path.name for path in Path("lists").iterdir())
    assert names == ["Slow - ..-calm (2).m3u8", "cluster 2.m3u8", "slow - ..-calm.m3u8"]
    assert read(Path("lists/slow - ..-calm.m3u8").read_text(encoding="utf-8"))[0] == "slow / ../calm"


def test_a_second_run_replaces_the_first_and_nothing_else(command):
    Path("lists").mkdir()
    Path("lists/mine.m3u8").write_text("mine")
    command("lists", "--model", "mfcc")
    before = {path.name: path.read_bytes() for path in Path("lists").iterdir()}
    command("lists", "--model", "mfcc")
    assert {path.name: path.read_bytes() for path in Path("lists").iterdir()} == before
    Path("lists/cluster 1.m3u8").write_text("mine")
    assert "cluster 1.m3u8 is not of songmap" in command("lists", "--model", "mfcc", code=1)
    assert Path("lists/cluster 1.m3u8").read_text() == "mine"
    command("lists", "--model", "mfcc", "--replace")
    assert {path.name: path.read_bytes() for path in Path("lists").iterdir()} == before


def test_lists_in_the_song_folder_are_a_note(command):
    text = command("data/raw/demo/lists")
    assert text.endswith(
        "note: the lists lie in the song folder, which the next dvc repro therefore reads anew\n"
    )
    assert "\n../audio/song_00.flac\n" in "".join(
        p.read_text("utf-8") for p in Path("data/raw/demo/lists").iterdir()
    )
    assert "note" not in command("data/raw/lists")


def test_a_catalogue_of_another_dataset_is_refused(command):
    lock = {"stages": {"manifest": {"params": {"params.yaml": {"dataset": "data/raw/other"}}}}}
    Path("dvc.lock").write_text(yaml.safe_dump(lock))
    assert command("lists", code=1) == (
        "songmap: data/tracks.csv is of other parameters: dataset is data/raw/demo, was data/raw/other; "
        "dvc repro makes it anew\n"
    )
    assert not Path("lists").exists()


def test_without_any_sound(command):
    shutil.rmtree("data/raw/demo/audio")
    assert command("lists", code=1) == "songmap: none of the 60 tracks of multimodal_vae has a sound file\n"
    rows = [row | {"path": ""} for row in tracks()]
    write_csv("data/tracks.csv", list(rows[0]), rows)
    assert "none of the 60 tracks" in command("lists", code=1)


def test_a_path_outside_the_song_folder_is_left_out(command, tmp_path):
    rows = tracks()
    rows[0]["path"] = "../../../params.yaml"
    write_csv("data/tracks.csv", list(rows[0]), rows)
    assert "left out, sound file missing: 2" in command("lists", "--per-artist", "0")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lists", "--model", "x"], "model 'x' is not known: give one of lyrics, mfcc, multimodal_vae"),
        (["params.yaml"], "params.yaml is not a folder"),
        (["lists", "--minimum", "50"], "no cluster of multimodal_vae has 50 songs"),
    ],
)
def test_errors_are_one_line(command, arguments, message):
    text = command(*arguments, code=1)
    assert message in text
    assert len(text.splitlines()) == 1


def test_before_the_pipeline_ran(command):
    shutil.rmtree("data")
    assert command("lists", code=1) == "songmap: there is no data/tracks.csv: dvc repro makes it\n"


def test_help_has_examples(capsys):
    with pytest.raises(SystemExit) as end:
        parsed(playlists, "playlists", "--help")
    assert end.value.code == 0
    assert "\nexamples:\n  python -m songmap playlists " in capsys.readouterr().out
