import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from songmap.errors import DataError
from songmap.files import read_csv, read_json
from songmap.tracks import TrackArray
from stages import manifest

OUTPUTS = [
    *("data/tracks.csv", "data/sources.csv", "data/lyrics.csv", "data/rejected.csv", "metrics/manifest.json"),
    *("data/features/table.npz", "data/features/none.npz", "data/labels/none.npz", "data/labels/genre.npz"),
    *("data/labels/language.npz", "data/labels/genre_language.npz"),
]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> Path:
    """A directory to run stages in, with the parameters of the repository and the dataset `songs`."""
    text = (pytestconfig.rootpath / "params.yaml").read_text(encoding="utf-8")
    lines = ["dataset: songs" if line.startswith("dataset:") else line for line in text.splitlines()]
    (tmp_path / "params.yaml").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "songs").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(*rows: dict[str, str]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with Path("songs/tracks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def test_every_kind_of_track_lands_in_its_files(workspace: Path) -> None:
    sf.write("songs/b.wav", np.sin(np.arange(12_000)), 8000)
    np.save("songs/m.npy", np.ones((8, 4)))
    table(
        {"path": "b.wav", "title": "B", "genre": "Rock", "language": "fr", "lyrics": "la\r\nla"},
        {"track_id": "a", "mel": "m.npy", "feature.x": "1.5"},
        {"track_id": "c", "lyrics": 'say "hi", you'},
        {"path": "gone.wav"},
    )
    manifest.main()
    assert all(Path(name).is_file() for name in OUTPUTS)
    tracks = read_csv("data/tracks.csv")
    assert ",".join(tracks[0]) == "track_id,path,sha256,duration,title,artist,album,genre,language"
    assert [(row["track_id"], row["duration"], row["genre"]) for row in tracks] == [
        ("a", "", ""),
        ("b.wav", "1.500", "Rock"),
        ("c", "", ""),
    ]
    sources = read_csv("data/sources.csv")
    assert [(row["track_id"], row["path"], row["mel"]) for row in sources] == [
        ("a", "", "m.npy"),
        ("b.wav", "b.wav", ""),
    ]
    assert sources[1]["sha256"] == tracks[1]["sha256"] != ""
    assert len(sources[0]["mel_sha256"]) == 64
    lyrics = {row["track_id"]: row["text"] for row in read_csv("data/lyrics.csv")}
    assert lyrics == {"b.wav": "la\nla", "c": 'say "hi", you'}
    numbers = TrackArray.load("data/features/table.npz")
    assert (numbers.track_id.tolist(), numbers.names.tolist(), numbers.values.tolist()) == (
        ["a"],
        ["x"],
        [[1.5]],
    )
    assert TrackArray.load("data/labels/genre.npz").names.tolist() == ["genre=Rock", "genre=?"]
    both = TrackArray.load("data/labels/genre_language.npz")
    assert both.names.tolist() == ["genre=Rock", "genre=?", "language=fr", "language=?"]
    assert both.track_id.tolist() == ["a", "b.wav", "c"]
    (rejected,) = read_csv("data/rejected.csv")
    assert rejected["path"] == "gone.wav"
    assert (rejected["what"], rejected["reason"]) == ("track", "missing file: there is no file 'gone.wav'")
    assert read_json("metrics/manifest.json")["rejected"] == {"total": 1, "missing file": 1}


def test_same_folder_same_bytes(workspace: Path) -> None:
    for i in range(8):
        sf.write(f"songs/{i}.wav", np.sin(np.arange(12_000) * (i + 1) / 10), 8000)
    manifest.main()
    before = {name: Path(name).read_bytes() for name in OUTPUTS}
    manifest.main()
    assert before == {name: Path(name).read_bytes() for name in OUTPUTS}


def test_a_catalogue_of_lyrics_alone(workspace: Path) -> None:
    table({"track_id": "a", "lyrics": "la"}, {"track_id": "b", "lyrics": "lo"})
    manifest.main()
    assert read_csv("data/sources.csv") == []
    for name in ("features/table", "features/none", "labels/none", "labels/genre", "labels/genre_language"):
        array = TrackArray.load(f"data/{name}.npz")
        assert len(array) == 0
        assert array.note


def test_no_song_folder(workspace: Path) -> None:
    Path("songs").rmdir()
    with pytest.raises(DataError, match="song folder songs does not exist"):
        manifest.main()
    assert not Path("data").exists()
