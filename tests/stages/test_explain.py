"""The explain stage on a made-up run of the pipeline."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from songmap.errors import DataError
from songmap.files import write_csv
from songmap.tracks import TrackArray
from stages import explain

ROOT = Path(__file__).parents[2]
OUT = Path("data/explanations/pca.json")
CLUSTERS = ("track_id", "title", "artist", "cluster", "confidence", "rank", "dbscan")
TRACKS = ("track_id", "title", "artist", "genre", "language")
SPANISH, ENGLISH = "La noche cae\nsobre la ciudad", "The night falls\nover the town"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Twelve songs in two clusters, the second bright; songs 0 to 9 with lyrics, of which 6 have a label."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["explain", "pca"])
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    ids = [f"t{i:02}" for i in range(12)]
    clusters = [
        {"track_id": t, "cluster": i // 6, "confidence": 0.25, "rank": i % 6 + 1, "dbscan": -1}
        for i, t in enumerate(ids)
    ]
    write_csv("data/clusters/pca.csv", CLUSTERS, clusters[::-1])
    labels = ["English", "", "en-GB", "", "xyzzy", ""]
    tracks = [
        {
            "track_id": t,
            "title": f"Song {i}",
            "artist": "A" * (i % 2),
            "genre": "Rock",
            "language": labels[i % 6],
        }
        for i, t in enumerate(ids)
    ]
    write_csv("data/tracks.csv", TRACKS, tracks)
    texts = [
        {"track_id": t, "text": SPANISH if i % 2 else ENGLISH, "language": "es" if i % 2 else "en"}
        for i, t in enumerate(ids[:10])
    ]
    write_csv("data/texts.csv", ("track_id", "text", "language", "shares"), texts)
    sound = np.stack([np.zeros(12), np.arange(12) // 6 * 1000.0], axis=1)[::-1]
    names = np.array(["tempo_log2", "centroid_mean"])
    TrackArray(np.array(ids[::-1]), sound, names).save("data/features/descriptors.npz")
    TrackArray.empty("no table").save("data/features/table.npz")

    def stage():
        explain.main()
        return json.loads(OUT.read_text(encoding="utf-8"))

    return stage


def test_cards_are_joined_by_id(run, capsys):
    first, second = run()
    assert (first["name"], second["name"]) == ("dark", "bright")
    assert (first["size"], first["confidence"], first["profile"]) == (6, 0.25, {"tempo": 0, "brightness": -1})
    assert [song["title"] for song in first["medoids"]] == [f"Song {i}" for i in range(5)]
    assert second["medoids"][0] == {"track_id": "t06", "title": "Song 6", "artist": ""}
    assert first["artist"] == {"known": 3, "unknown": 3, "top": [{"value": "A", "tracks": 3, "share": 1.0}]}
    assert [(group["language"], group["songs"]) for group in first["words"]] == [("en", 3), ("es", 3)]
    out = capsys.readouterr().out
    assert out.startswith("cluster 0: dark. 6 tracks (50%), confidence 0.25.")
    assert max(map(len, out.splitlines())) <= 110


def test_a_label_comes_before_what_was_identified(run):
    first, second = run()
    counts = {top["value"]: top["tracks"] for top in first["language"]["top"]}
    assert counts == {"es": 3, "en": 2, "xyzzy": 1}
    assert second["language"]["unknown"] == 1


def test_same_bytes_whatever_the_labels_for_names_and_words(run):
    before = run()
    text = OUT.read_bytes()
    assert (run(), OUT.read_bytes()) == (before, text)
    tracks = [{"track_id": f"t{i:02}", "genre": "Jazz", "language": "ja"} for i in range(12)]
    write_csv("data/tracks.csv", TRACKS, tracks)
    for old, new in zip(before, run(), strict=True):
        assert [old[key] for key in ("name", "words", "profile")] == [
            new[key] for key in ("name", "words", "profile")
        ]


def test_a_catalogue_with_a_table_alone(run):
    TrackArray.empty("no audio").save("data/features/descriptors.npz")
    ids = np.array([f"t{i:02}" for i in range(12)])
    values = np.stack([np.arange(12) // 6, np.zeros(12)], axis=1).astype(np.float32)
    TrackArray(ids, values, np.array(["danceability", "key"])).save("data/features/table.npz")
    first, second = run()
    assert (first["name"], second["name"]) == ("low danceability", "high danceability")


def test_neither_sound_nor_lyrics(run):
    TrackArray.empty("no audio").save("data/features/descriptors.npz")
    write_csv("data/texts.csv", ("track_id", "text", "language", "shares"), [])
    assert [card["name"] for card in run()] == ["nothing stands out", "nothing stands out (2)"]


def test_a_model_that_was_left_out(run, capsys):
    write_csv("data/clusters/pca.csv", CLUSTERS, [])
    assert run() == []
    assert "left out" in capsys.readouterr().out


def test_hostile_text_is_raw_in_the_file_and_escaped_on_the_console(run, capsys):
    wild = "\u202e\x1b[31m</script>"
    tracks = [{"track_id": f"t{i:02}", "title": wild, "artist": wild, "genre": wild} for i in range(12)]
    write_csv("data/tracks.csv", TRACKS, tracks)
    texts = [{"track_id": f"t{i:02}", "text": f"{wild} " * 9, "language": ""} for i in range(12)]
    write_csv("data/texts.csv", ("track_id", "text", "language", "shares"), texts)
    assert run()[0]["medoids"][0]["title"] == wild
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.splitlines())
    assert r"\x1b[31m" in out


def test_a_track_without_a_row_in_the_table_is_an_error(run):
    write_csv("data/tracks.csv", TRACKS, [])
    with pytest.raises(DataError, match="t11"):
        run()
