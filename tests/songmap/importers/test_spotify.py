import csv
import json
import math
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.catalogue.entries import Track
from songmap.catalogue.song_folder import read_song_folder
from songmap.errors import DataError
from songmap.importers.spotify import MISSING, RANGES, import_spotify

ROW = {
    "track_id": "0017A6SJgTbfQVU2EtsPNo",
    "track_name": "Pangarap",
    "track_artist": "Barbie's Cradle",
    "lyrics": "Minsan pa nang ako'y napalingon",
    "track_popularity": "41",
    "track_album_id": "1srJQ0njEQgd8w4XSqI4JQ",
    "track_album_name": "Trip",
    "track_album_release_date": "2001-01-01",
    "playlist_name": "Pinoy Classic Rock",
    "playlist_id": "37i9dQZF1DWYDQ8wBxd7xt",
    "playlist_genre": "rock",
    "playlist_subgenre": "classic rock",
    "danceability": "0.682",
    "energy": "0.401",
    "key": "2",
    "loudness": "-10.068",
    "mode": "1",
    "speechiness": "0.0236",
    "acousticness": "0.279",
    "instrumentalness": "0.0117",
    "liveness": "0.0887",
    "valence": "0.566",
    "tempo": "97.091",
    "duration_ms": "235440",
    "language": "tl",
}
FEATURES = [name for name in RANGES if name != "key"] + ["key_sin", "key_cos"]


def write(path: Path, rows: list[Mapping[str, str]], encoding: str = "utf-8", **form: Any) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), **form)
        writer.writeheader()
        writer.writerows(rows)
    return path


def song(name: str, **fields: str) -> dict[str, str]:
    return ROW | {"track_id": name} | fields


def imported(folder: Path, *rows: Mapping[str, str], **form: Any) -> tuple[dict[str, Track], list[str], Any]:
    """Tracks by id as a song folder's reader has them, names of the features, and what the import says."""
    outcome = import_spotify(folder / "out", file=write(folder / "in.csv", list(rows), **form))
    catalogue = read_song_folder(folder / "out")
    assert not catalogue.rejected
    assert outcome.tracks == len(catalogue.tracks)
    return {track.track_id: track for track in catalogue.tracks}, catalogue.features, outcome


def test_a_row_becomes_a_track(tmp_path: Path) -> None:
    tracks, features, outcome = imported(tmp_path, ROW)
    track = tracks[ROW["track_id"]]
    assert (track.title, track.artist, track.album) == ("Pangarap", "Barbie's Cradle", "Trip")
    assert (track.genre, track.language, track.lyrics) == ("rock", "tl", ROW["lyrics"])
    assert features == FEATURES
    expected = [float(ROW[name]) for name in FEATURES[:-2]] + [math.sqrt(3) / 2, 0.5]
    assert track.features == pytest.approx(expected, abs=1e-8)
    assert (outcome.skipped, outcome.notes) == ([], [])
    assert not (tmp_path / "out" / "skipped.csv").exists()


@pytest.mark.parametrize(
    ("key", "place"), [("-1", (0, 0)), ("0", (0, 1)), ("3", (1, 0)), ("6.0", (0, -1)), ("9", (-1, 0))]
)
def test_the_key_is_a_place_on_a_circle(tmp_path: Path, key: str, place: tuple[int, int]) -> None:
    tracks, _, _ = imported(tmp_path, song("a", key=key))
    assert tracks["a"].features[-2:] == place  # type: ignore[index]
    assert "-0.0" not in (tmp_path / "out" / "tracks.csv").read_text(encoding="utf-8")


def test_neighbouring_keys_are_equally_far_apart(tmp_path: Path) -> None:
    tracks, _, _ = imported(tmp_path, *(song(f"{key:02}", key=str(key)) for key in range(12)))
    places = [complex(*track.features[-2:]) for track in tracks.values()]  # type: ignore[index]
    steps = [abs(b - a) for a, b in zip(places, places[1:] + places[:1], strict=True)]
    assert steps == pytest.approx([2 * math.sin(math.pi / 12)] * 12, abs=1e-8)


def test_rows_of_one_track_become_one(tmp_path: Path) -> None:
    rows = [
        song("a", track_name="first", playlist_genre="rock"),
        song("b", playlist_genre="edm"),
        song("a", track_name="second", playlist_genre="pop"),
        song("b", playlist_genre="rap"),
        song(" a ", track_name="third", playlist_genre="pop", energy="abc"),
        song("b", playlist_genre="NA"),
    ]
    tracks, _, outcome = imported(tmp_path, *rows)
    assert {name: (track.title, track.genre) for name, track in tracks.items()} == {
        "a": ("first", "pop"),
        "b": ("Pangarap", "edm"),
    }
    assert outcome.notes == ["rows that repeat an earlier track_id: 4; their genres were counted"]
    assert not outcome.skipped


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("energy", "abc", "bad number: energy='abc', must be a number from 0 to 1"),
        ("tempo", "inf", "bad number: tempo='inf', must be a number from 1 to 1000"),
        ("valence", "nan", "missing number: valence"),
        ("liveness", "NA", "missing number: liveness"),
        ("mode", "", "missing number: mode"),
        ("mode", "0.5", "bad number: mode='0.5', must be a whole number from 0 to 1"),
        ("key", "12", "bad number: key='12', must be a whole number from -1 to 11"),
        ("loudness", "-1e300", "bad number: loudness='-1e300', must be a number from -100 to 20"),
        (
            "duration_ms",
            "235,440",
            "bad number: duration_ms='235,440', must be a number from 1000 to 86400000",
        ),
        ("danceability", "1.2.3", "bad number: danceability='1.2.3', must be a number from 0 to 1"),
        ("speechiness", "x" * 500, f"bad number: speechiness='{'x' * 76}..., must be a number from 0 to 1"),
    ],
)
def test_a_bad_number_costs_the_features(tmp_path: Path, column: str, value: str, reason: str) -> None:
    bad = {column: value}
    tracks, features, outcome = imported(tmp_path, song("a", **bad), song("b"), song("c", **bad, lyrics=" "))
    assert {name: track.features is None for name, track in tracks.items()} == {"a": True, "b": False}
    assert features == FEATURES
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("a", f"features left out: {reason}"),
        ("c", f"features left out: {reason}; nothing is left of the track"),
    ]
    with (tmp_path / "out" / "skipped.csv").open(encoding="utf-8") as file:
        assert [tuple(row.values()) for row in csv.DictReader(file)] == [
            (item.what, item.reason) for item in outcome.skipped
        ]


@pytest.mark.parametrize("missing", ["", " ", "NA", "nan", "NaN", "NULL", "<NA>"])
def test_missing_texts_are_missing(tmp_path: Path, missing: str) -> None:
    names = ("track_name", "track_artist", "track_album_name", "playlist_genre", "language", "lyrics")
    tracks, _, outcome = imported(tmp_path, song("a", **dict.fromkeys(names, missing)), song(missing))
    track = tracks["a"]
    assert {track.title, track.artist, track.album, track.genre, track.language, track.lyrics} == {""}
    assert [(item.what, item.reason) for item in outcome.skipped] == [("line 3", "no id: '' is no name")]


@pytest.mark.parametrize(
    ("tag", "language"), [("EN", "en"), ("pt-BR", "pt"), ("zh_Hans_CN", "zh"), (" es ", "es"), ("NA", "")]
)
def test_language_is_the_base_tag(tmp_path: Path, tag: str, language: str) -> None:
    tracks, _, _ = imported(tmp_path, song("a", language=tag))
    assert tracks["a"].language == language


def test_words_alone_and_numbers_alone(tmp_path: Path) -> None:
    numbers = dict.fromkeys(RANGES, "NA")
    rows = (song("a", **numbers), song("b", lyrics="NA"), song("c", lyrics="[ar: X]\n[00:12.00] 1 2"))
    tracks, _, outcome = imported(tmp_path, *rows)
    assert {name: (bool(track.lyrics), bool(track.features)) for name, track in tracks.items()} == {
        "a": (True, False),
        "b": (False, True),
        "c": (False, True),
    }
    assert [item.reason for item in outcome.skipped] == ["features left out: missing number: danceability"]


def test_a_header_of_lyrics_is_no_words(tmp_path: Path) -> None:
    _, _, outcome = imported(tmp_path, song("a"), song("b", lyrics="[ar: X]\n[00:12.00] 1 2", mode="NA"))
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("b", "features left out: missing number: mode; nothing is left of the track")
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("../../etc/passwd.txt", "lyrics name a file: '../../etc/passwd.txt'"),
        (" Song.LRC\n", "lyrics name a file: 'Song.LRC'"),
        ("é" * (2**19 + 1), "lyrics too large: more than 1048576 bytes"),
    ],
)
def test_words_that_a_song_folder_cannot_hold(tmp_path: Path, words: str, reason: str) -> None:
    tracks, _, outcome = imported(tmp_path, song("a", lyrics=words))
    assert (tracks["a"].lyrics, bool(tracks["a"].features)) == ("", True)
    assert [(item.what, item.reason) for item in outcome.skipped] == [("a", reason)]


def test_a_megabyte_of_words_and_hostile_texts(tmp_path: Path) -> None:
    words = "la la\n" * 170_000
    title = '=HYPERLINK("http://x")\u202e\x07\n\'; DROP'
    tracks, _, outcome = imported(tmp_path, song("@SUM(1)", lyrics=words, track_name=title), song("x" * 1001))
    assert tracks["@SUM(1)"].lyrics == words.strip()
    assert tracks["@SUM(1)"].title == '=HYPERLINK("http://x") \'; DROP'
    assert [item.reason for item in outcome.skipped] == ["id too long: 1001 characters, at most 1000"]


def test_a_nul_costs_its_row(tmp_path: Path) -> None:
    tracks, _, outcome = imported(tmp_path, song("a"), song("b", lyrics="la\0la"), song("c"))
    assert list(tracks) == ["a", "c"]
    assert [(item.what, item.reason) for item in outcome.skipped] == [("line 3", "holds a NUL")]


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        ("utf-8-sig", {}),
        ("utf-16", {"delimiter": "\t"}),
        ("cp1252", {"delimiter": ";", "lineterminator": "\n"}),
        ("utf-8", {"quoting": csv.QUOTE_ALL, "delimiter": ";"}),
    ],
)
def test_any_common_form_gives_the_same_tracks(tmp_path: Path, encoding: str, form: dict) -> None:
    row = song("a", track_name="Canção", lyrics="uma, duas;\r\ntrês\ttudo")
    plain, _, _ = imported(tmp_path, row)
    (tmp_path / "again").mkdir()
    again, _, _ = imported(tmp_path / "again", row, encoding=encoding, **form)
    assert again == plain
    assert plain["a"].lyrics == "uma, duas;\ntrês tudo"


def test_decimal_commas_as_a_spreadsheet_writes_them(tmp_path: Path) -> None:
    row = {name: value.replace(".", ",") if name in RANGES else value for name, value in ROW.items()}
    (tmp_path / "plain").mkdir()
    plain, _, _ = imported(tmp_path / "plain", ROW)
    assert imported(tmp_path, row, delimiter=";")[0] == plain


def test_columns(tmp_path: Path) -> None:
    least = {name: ROW[name] for name in ("track_id", *RANGES)}
    tracks, features, outcome = imported(tmp_path, least | {"Unnamed: 0": "1", "mood": "x"})
    assert (features, len(tracks)) == (FEATURES, 1)
    assert outcome.notes == [
        "columns that are not used: 'Unnamed: 0', 'mood'",
        "there is no column lyrics: the tracks have features alone",
    ]
    for name in least:
        (tmp_path / name).mkdir()
        with pytest.raises(DataError, match=f"no column is called {name};"):
            imported(tmp_path / name, {key: value for key, value in least.items() if key != name})


def test_nothing_left_is_an_error_and_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no track is left; a: features left out: .*'abc'"):
        imported(tmp_path, song("a", energy="abc", lyrics=""))
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", [song("b", energy="x"), song("a"), song("b")])
    for name in ("one", "two"):
        import_spotify(tmp_path / name, file=file)
    assert [path.read_bytes() for path in sorted((tmp_path / "one").iterdir())] == [
        path.read_bytes() for path in sorted((tmp_path / "two").iterdir())
    ]
    recipe = json.loads((tmp_path / "one" / "import.json").read_text())
    assert recipe["kind"] == "spotify"
    assert str(tmp_path) not in json.dumps(recipe)


def test_an_earlier_import_is_replaced_only_when_asked(tmp_path: Path) -> None:
    imported(tmp_path, song("a"))
    file = write(tmp_path / "in.csv", [song("b")])
    with pytest.raises(DataError, match="is an earlier import"):
        import_spotify(tmp_path / "out", file=file)
    import_spotify(tmp_path / "out", file=file, replace=True)
    assert [track.track_id for track in read_song_folder(tmp_path / "out").tracks] == ["b"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
NUMBERS = st.fixed_dictionaries(
    {
        name: st.integers(low, high) if name in ("key", "mode") else st.floats(low, high)
        for name, (low, high) in RANGES.items()
    }
)
SONG = st.tuples(NUMBERS, st.fixed_dictionaries({"track_name": TEXT, "lyrics": TEXT, "language": TEXT}))


def one_line(text: str) -> str:
    """What a title keeps, told anew: composed, white space collapsed, nothing that cannot be seen."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    bidi = set(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
    return "".join(c for c in text if unicodedata.category(c) != "Cc" and c not in bidi).strip()


def is_plain(words: str) -> bool:
    """Whether words are neither missing nor have times or headers among them nor look like a file's name."""
    return words not in MISSING and not {"[", "<"} & set(words) and words[-4:].lower() not in (".txt", ".lrc")


@given(songs=st.lists(SONG, min_size=1, max_size=4), delimiter=st.sampled_from(",;\t|"))
@settings(max_examples=100)
def test_random_tables_come_back(
    tmp_path_factory: pytest.TempPathFactory, songs: list[tuple[dict, dict]], delimiter: str
) -> None:
    folder = tmp_path_factory.mktemp("spotify")
    rows = [
        song(str(i), **texts, **{name: repr(number) for name, number in numbers.items()})
        for i, (numbers, texts) in enumerate(songs)
    ]
    tracks, features, _ = imported(folder, *rows, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    assert list(tracks) == [row["track_id"] for row in rows]
    for (numbers, texts), track in zip(songs, tracks.values(), strict=True):
        found = dict(zip(features, track.features, strict=True))  # type: ignore[arg-type]
        assert {name: found[name] for name in FEATURES[:-2]} == {
            name: numbers[name] for name in FEATURES[:-2]
        }
        key = round(math.degrees(math.atan2(found["key_sin"], found["key_cos"])) / 30) % 12
        assert key == numbers["key"] or (numbers["key"] == -1 and found["key_sin"] == found["key_cos"] == 0)
        if texts["track_name"].strip() not in MISSING:
            assert track.title == one_line(texts["track_name"])
        if is_plain(texts["lyrics"].strip()):
            kept = [c for c in unicodedata.normalize("NFC", texts["lyrics"]) if c.isalpha()]
            assert [c for c in track.lyrics if c.isalpha()] == kept


def test_rows_of_one_track_complete_each_other(tmp_path: Path) -> None:
    rows = song("a", energy="NA", lyrics=""), song("a", energy="0.5", lyrics="la la"), song("a", energy="0.9")
    tracks, features, outcome = imported(tmp_path, *rows)
    assert tracks["a"].lyrics == "la la"
    assert dict(zip(features, tracks["a"].features or (), strict=True))["energy"] == 0.5
    assert outcome.skipped == []
