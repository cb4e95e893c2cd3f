from pathlib import Path

import pytest
import yaml

from songmap.errors import ParameterError
from songmap.files import read_csv, read_json, write_csv
from stages import languages

ENGLISH = "I walk along the empty street\nthinking of you every day\nThe rain is falling on the roof"
GERMAN = "Ich gehe durch die leere Stadt\nund denke jeden Tag an dich\nDer Regen fällt auf das Dach"
TRACKS = {"a": "English", "b": "de", "c": "en-GB", "d": "de", "e": "", "f": "en", "g": "en"}
LYRICS = {
    "b": GERMAN,
    "a": f"[Chorus]\n{ENGLISH} (x2)\n© 2020 Somebody",
    "c": GERMAN + "\nI walk along the empty street\nthinking of you every day",
    "d": ENGLISH,
    "e": "[Instrumental]",
    "f": "la la",
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the stage on labels and lyrics, in a directory of its own."""
    raw = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)

    def stage(tracks, lyrics, allowed="all"):
        raw["lyrics"]["languages"] = allowed
        Path("params.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
        rows = [{"track_id": name, "language": language} for name, language in tracks.items()]
        write_csv("data/tracks.csv", ("track_id", "language"), rows)
        rows = [{"track_id": name, "text": text} for name, text in lyrics.items()]
        write_csv("data/lyrics.csv", ("track_id", "text"), rows)
        languages.main()
        return read_csv("data/texts.csv"), read_json("metrics/lyrics.json")

    return stage


def test_texts_and_metrics(run, capsys):
    texts, metrics = run(TRACKS, LYRICS)
    assert ",".join(texts[0]) == "track_id,text,language,shares"
    assert [(row["track_id"], row["language"]) for row in texts] == [
        ("b", "de"),
        ("a", "en"),
        ("c", "de"),
        ("d", "en"),
        ("f", ""),
    ]
    assert texts[1]["text"] == ENGLISH
    shares = ["de:1.00", "en:1.00", "de:0.61 en:0.39", "en:1.00", ""]  # 45 letters of 115 are English
    assert [row["shares"] for row in texts] == shares
    assert metrics == {
        "tracks": 7,
        "with_lyrics": 5,
        "without_words": 1,
        "coverage": {"lyrics": 0.7143, "language": 0.5714},
        "agreement": {"compared": 4, "main": 0.5, "spoken": 0.75},
        "mixed": 1,
        "languages": {"en": 0.5978, "de": 0.4022},
        "lines_removed": {"credit": 1, "repeat mark": 1, "section header": 2},
    }
    assert capsys.readouterr().out == (
        "lyrics: 5 of 7 tracks; languages: en 0.60, de 0.40; in several: 1; "
        "in the language of their label: 3 of 4\n"
    )


def test_same_lyrics_same_bytes_whatever_the_labels(run):
    run(TRACKS, LYRICS)
    texts, metrics = Path("data/texts.csv").read_bytes(), Path("metrics/lyrics.json").read_bytes()
    run(TRACKS, LYRICS)
    assert (Path("data/texts.csv").read_bytes(), Path("metrics/lyrics.json").read_bytes()) == (texts, metrics)
    run(dict.fromkeys(TRACKS, "ja"), LYRICS)
    assert Path("data/texts.csv").read_bytes() == texts
    assert read_json("metrics/lyrics.json")["agreement"] == {"compared": 4, "main": 0.0, "spoken": 0.0}


def test_only_the_languages_of_the_parameter(run):
    texts, _ = run({"b": ""}, {"b": GERMAN}, ["en", "nl"])
    assert texts[0]["language"] == "nl"
    with pytest.raises(
        ParameterError, match=r"lyrics\.languages: 'xx' cannot be identified; allowed: af, ar"
    ):
        run({}, {}, ["en", "xx"])


@pytest.mark.parametrize(("tracks", "lyrics"), [({}, {}), (TRACKS, {}), (TRACKS, {"a": "!!!"})])
def test_no_lyrics(run, capsys, tracks, lyrics):
    texts, metrics = run(tracks, lyrics)
    assert texts == []
    assert Path("data/texts.csv").read_text(encoding="utf-8") == "track_id,text,language,shares\n"
    assert metrics == {
        "tracks": len(tracks),
        "with_lyrics": 0,
        "without_words": len(lyrics),
        "coverage": {"lyrics": 0.0, "language": 0.0} if tracks else {"lyrics": None, "language": None},
        "agreement": {"compared": 0, "main": None, "spoken": None},
        "mixed": 0,
        "languages": {},
        "lines_removed": {},
    }
    assert capsys.readouterr().out == f"lyrics: 0 of {len(tracks)} tracks\n"


def test_untrusted_text(run):
    wild = {
        "nul": f"{ENGLISH}\x00\x00",
        "bidi": f"\u202e{ENGLISH}\u202c",
        "emoji": "😀😀😀",
        "dots": "... !?",
        "long": f"{ENGLISH}\n" * 10_000,
        "same": "we sing all night until the morning\n" * 10_000,
    }
    texts, metrics = run(dict.fromkeys(wild, ""), wild)
    assert [(row["track_id"], row["language"]) for row in texts] == [
        ("nul", "en"),
        ("bidi", "en"),
        ("long", "en"),
        ("same", "en"),
    ]
    assert texts[0]["text"] == texts[1]["text"] == ENGLISH
    assert texts[3]["text"].count("\n") == 1
    assert metrics["without_words"] == 2
