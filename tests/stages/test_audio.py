import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import yaml

from songmap.errors import DataError
from songmap.files import read_csv, read_json, write_csv
from songmap.tracks import TrackArray
from stages import audio

pytestmark = pytest.mark.slow

FEATURES = ("mfcc", "mel_stats", "mel", "descriptors")
COLUMNS = ["track_id", "path", "sha256", "mel", "mel_sha256"]
NO_TABLE = TrackArray.empty("no feature.* columns")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the stage on sources and a table, in a directory of its own."""
    raw = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    raw["dataset"] = "songs"
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    Path("songs").mkdir()

    def stage(rows, table=NO_TABLE):
        write_csv("data/sources.csv", COLUMNS, rows)
        Path("data/features").mkdir(exist_ok=True)
        table.save("data/features/table.npz")
        audio.main()
        return [TrackArray.load(f"data/features/{name}.npz") for name in FEATURES]

    return stage


def table(*ids):
    return TrackArray(
        np.array(ids), np.arange(2 * len(ids)).reshape(-1, 2) / 2, np.array(["tempo", "energy"])
    )


def test_mixed_catalogue(run):
    for name in "ab":
        sf.write(f"songs/{name}.flac", np.random.default_rng(ord(name)).uniform(-0.5, 0.5, 40_000), 22_050)
    np.save("songs/c.npy", np.random.default_rng(0).random((128, 300)))
    Path("songs/d.mp3").write_text("no sound")
    rows = [
        {"track_id": "a", "path": "a.flac"},
        {"track_id": "b", "path": "b.flac"},
        {"track_id": "c", "mel": "c.npy"},
        {"track_id": "d", "path": "d.mp3"},
    ]
    mfcc, mel_stats, mel, described = run(rows, table("a", "e"))
    for array in (mfcc, mel_stats, mel):
        assert array.track_id.tolist() == ["a", "b", "c"]
        assert array.values.dtype == np.float32
    assert (mfcc.values.shape, mfcc.names[0], mfcc.names[-1]) == ((3, 160), "mfcc1_mean", "mfcc40_delta_std")
    assert (mel_stats.values.shape, mel_stats.names[-1]) == ((3, 512), "mel128_max")
    assert (mel.values.shape, mel.names.size) == ((3, 3, 64, 215), 0)
    assert described.track_id.tolist() == ["a", "b"]
    np.testing.assert_array_equal(described.values[:, :160], mfcc.values[:2])
    assert described.names.tolist()[:160] == mfcc.names.tolist()
    assert "tempo_log2" in described.names
    assert [row["track_id"] for row in read_csv("data/rejected_audio.csv")] == ["d"]
    metrics = read_json("metrics/audio.json")
    assert metrics["seconds"] == pytest.approx(2 * 40_000 / 22_050 + 300 * 512 / 22_050, abs=0.001)
    del metrics["seconds"]
    assert metrics == {
        "tracks": 3,
        "rejected": 1,
        "from": {"audio": 2, "mel": 1, "table": 0},
    }


def test_table_stands_in_where_there_is_no_sound(run):
    mfcc, mel_stats, mel, described = run([], table("a", "c"))
    assert mfcc.track_id.tolist() == ["a", "c"]
    assert mfcc.names.tolist() == ["tempo", "energy"]
    np.testing.assert_array_equal(mfcc.values, [[0, 0.5], [1, 1.5]])
    assert (len(mel_stats), len(mel), len(described)) == (0, 0, 0)
    assert mel.note == "this catalogue brings feature.* columns, no sound"
    assert read_csv("data/rejected_audio.csv") == []
    assert read_json("metrics/audio.json")["from"] == {"audio": 0, "mel": 0, "table": 2}


def test_lyrics_alone_are_no_error(run):
    arrays = run([])
    assert all(len(array) == 0 and "neither sound nor" in array.note for array in arrays)


def test_nothing_readable_is_one_error_and_the_reasons_are_kept(run):
    with pytest.raises(DataError, match=r"none of 2 sounds can be read; a\.wav cannot be opened"):
        run([{"track_id": "a", "path": "a.wav"}, {"track_id": "b", "path": "b.wav"}], table("a"))
    assert len(read_csv("data/rejected_audio.csv")) == 2


def digested(name):
    path = Path("songs", name)
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def outputs():
    paths = [Path("data/features", f"{name}.npz") for name in FEATURES]
    return [path.read_bytes() for path in (*paths, audio.REJECTED, audio.METRICS)]


def test_nothing_is_decoded_twice_and_the_store_changes_no_byte(run, capsys):
    for name in "ab":
        sf.write(f"songs/{name}.flac", np.random.default_rng(ord(name)).uniform(-0.5, 0.5, 40_000), 22_050)
    np.save("songs/c.npy", np.random.default_rng(0).random((128, 300)))
    rows = [{"track_id": name, "path": f"{name}.flac", **digested(f"{name}.flac")} for name in "ab"]
    rows.append({"track_id": "c", "mel": "c.npy", "mel_sha256": digested("c.npy")["sha256"]})
    run(rows)
    first = outputs()
    assert len(list(Path(".cache/audio").rglob("??/*.npz"))) == 3
    for path in Path("songs").iterdir():
        path.unlink()
    run(rows)
    assert outputs() == first
    assert "could not keep" not in capsys.readouterr().err


def test_a_store_that_cannot_be_written_is_one_line(run, capsys):
    sf.write("songs/a.flac", np.random.default_rng(0).uniform(-0.5, 0.5, 40_000), 22_050)
    Path(".cache").touch()
    mfcc, *_ = run([{"track_id": "a", "path": "a.flac", **digested("a.flac")}])
    assert len(mfcc) == 1
    assert ".cache/audio could not keep 1 of 1 tracks" in capsys.readouterr().err


def test_parameters_choose_excerpts_and_descriptors(run):
    raw = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    raw["audio"] |= {"excerpts": 3, "seconds": 1.0, "descriptors": []}
    Path("params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    sf.write("songs/a.flac", np.random.default_rng(0).uniform(-0.5, 0.5, 100_000), 22_050)
    mfcc, _, mel, described = run([{"track_id": "a", "path": "a.flac"}])
    assert mel.values.shape == (1, 9, 64, 215)
    np.testing.assert_array_equal(described.values, mfcc.values)
    assert read_json("metrics/audio.json")["seconds"] == 3.0
