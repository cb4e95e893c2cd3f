import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from mutagen.flac import FLAC

from songmap.catalogue.song_folder import read_song_folder
from songmap.errors import DataError
from songmap.importers.labels import add_labels

HEADER = ["track_id", "path", "Genre ", "lyrics", "mood"]
ROWS = [
    ["one", "rock/a.mp3", "Rock", "la\nla", 'glad, "very" '],
    ["two", "pop/a.mp3", "", " words", ""],
    ["", "pop/b.flac", "Pop", "", "\tx"],
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "songs").mkdir()
    write(tmp_path / "songs" / "tracks.csv", HEADER, *ROWS)
    return tmp_path / "songs"


def write(path: Path, *rows: list[str]) -> Path:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows(rows)
    return path


def read(folder: Path) -> list[list[str]]:
    text = (folder / "tracks.csv").read_bytes().decode("utf-8", "surrogateescape")
    return list(csv.reader(text.splitlines(keepends=True)))


def labels(folder: Path, text: str) -> Path:
    path = folder.with_name("labels.csv")
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_are_added_and_replaced_and_all_else_stays(folder: Path) -> None:
    outcome = add_labels(folder, file=labels(folder, "track_id;genre;language\none;Metal;en\ntwo;;pt\n"))
    header, *rows = read(folder)
    assert header == [*HEADER, "language"]
    assert rows == [
        ["one", "rock/a.mp3", "Metal", "la\nla", 'glad, "very" ', "en"],
        ["two", "pop/a.mp3", "", " words", "", "pt"],
        ["", "pop/b.flac", "Pop", "", "\tx", ""],
    ]
    assert (outcome.tracks, outcome.skipped) == (3, [])
    assert outcome.notes == ["tracks that the table gives labels: 2 of 3"]


@pytest.mark.parametrize(
    ("column", "key", "row"),
    [
        *[
            ("track_id", "one", 0),
            ("path", "rock/a.mp3", 0),
            ("file", "b.flac", 2),
            ("file", "pop/b.flac", 2),
        ],
        *[("track_id", "pop/b.flac", 2), ("path", "two", 1), ("path", "./pop/a.mp3", 1)],
    ],
)
def test_tracks_are_found_by_id_path_or_the_end_of_it(folder: Path, column: str, key: str, row: int) -> None:
    add_labels(folder, file=labels(folder, f"{column},language\n{key},de\n"))
    assert [fields[-1] for fields in read(folder)[1:]] == ["de" if i == row else "" for i in range(3)]


@pytest.mark.parametrize(
    ("text", "genres"),
    [
        ("path,genre\nb.mp3,Rock\n", ["Rock", "", "", ""]),
        ("file,genre\nb.mp3,Rock\n", ["Rock", "", "", ""]),
        ("track_id,genre\nb.mp3,Rock\n", ["", "Rock", "", ""]),
        ("track_id,path,genre\nunknown,b.mp3,Rock\n", ["Rock", "", "", ""]),
        ("path,genre\nd.mp3,Rock\n", ["", "", "", "Rock"]),
        ("path,genre\na.mp3,Rock\n", ["Rock", "", "", ""]),
    ],
)
def test_ids_are_no_paths_and_a_whole_path_goes_before_its_end_and_an_id(
    folder: Path, text: str, genres: list[str]
) -> None:
    rows = [["a.mp3", "b.mp3"], ["b.mp3", "c.mp3"], ["x//d.mp3", "x/d.mp3"], ["x/d.mp3", "d.mp3"]]
    write(folder / "tracks.csv", ["track_id", "path"], *rows)
    add_labels(folder, file=labels(folder, text))
    assert [fields[2] for fields in read(folder)[1:]] == genres


def test_an_end_of_a_path_is_no_id(folder: Path) -> None:
    outcome = add_labels(folder, file=labels(folder, "track_id,genre\none,Jazz\nb.flac,Jazz\n"))
    assert [item.reason for item in outcome.skipped] == ["no track is called 'b.flac'"]


def test_ids_match_without_the_leading_zeros_that_a_spreadsheet_drops(folder: Path) -> None:
    rows = [[name, f"{number}.mp3"] for number, name in enumerate(["000002", "007", "0007", "8", "08", "0"])]
    write(folder / "tracks.csv", ["track_id", "path"], *rows)
    lines = ["track_id,genre", "2,Rock", "7,Jazz", "8,Folk", "0,Pop", "02,Blues"]
    outcome = add_labels(folder, file=labels(folder, "\n".join(lines)))
    assert [fields[2] for fields in read(folder)[1:]] == ["Rock", "", "", "Folk", "", "Pop"]
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("line 3", "'7' is ambiguous: 2 tracks are called so; give the path"),
        ("line 6", "no track is called '02'"),
    ]


def test_several_key_columns_help_each_other(folder: Path) -> None:
    add_labels(folder, file=labels(folder, "track_id,file,genre\nunknown,b.flac,X\n,a.mp3,Y\none,a.mp3,Z\n"))
    assert [fields[2] for fields in read(folder)[1:]] == ["Z", "", "X"]


def test_names_match_in_any_unicode_form(folder: Path) -> None:
    write(folder / "tracks.csv", ["path"], ["e\u0301te\u0301.mp3"])
    add_labels(folder, file=labels(folder, "file,genre\n\u00e9t\u00e9.mp3,Chanson\n"))
    assert read(folder)[1] == ["e\u0301te\u0301.mp3", "Chanson"]


def test_rows_that_cannot_be_used_are_named(folder: Path) -> None:
    lines = ["file,genre,language", "b.flac,Jazz,en", "a.mp3,Rock,en", "c.mp3,Rock,en", ",Rock,en"]
    lines += ["b.flac,Jazz,", "b.flac,Blues,en", "b.flac,,fr", "b.flac,Jazz"]
    outcome = add_labels(folder, file=labels(folder, "\n".join(lines)))
    assert read(folder)[3] == ["", "pop/b.flac", "Jazz", "", "\tx", "en"]
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("line 9", "has 2 fields, the header has 3"),
        ("line 3", "'a.mp3' is ambiguous: 2 tracks are called so; give the path"),
        ("line 4", "no track is called 'c.mp3'"),
        ("line 5", "names no track: track_id, path, file are empty"),
        ("line 7", "contradicts an earlier row, whose genre is 'Jazz'"),
        ("line 8", "contradicts an earlier row, whose language is 'en'"),
    ]


def test_a_folder_without_a_table_gets_one_that_reads_alike(tmp_path: Path) -> None:
    folder = tmp_path / "songs"
    names = ["a  b.flac", "sub/e\u0301.flac", "sub/plain.flac"]
    for seed, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, 0.3 * np.random.default_rng(seed).standard_normal(9_000), 8_000)
        if seed < 2:
            tags = FLAC(path)
            tags.update(
                title=f"T {seed}", artist="A", album="L", genre="Rock; Pop", lyrics="one\r\ntwo, three"
            )
            tags.save()
    (folder / "sub/e\u0301.lrc").write_text("[00:01.00]sidecar")
    before = read_song_folder(folder)
    (folder / "bad.wav").write_bytes(b"")
    outcome = add_labels(folder, file=labels(folder, "file,language\nplain.flac,en\n"))
    after = read_song_folder(folder)
    assert outcome.tracks == 4
    assert outcome.notes[1:] == ["tracks.csv was written: from now on it alone says which songs there are"]
    assert [track.track_id for track in after.tracks] == [track.track_id for track in before.tracks]
    assert [track.language for track in after.tracks] == ["", "en", ""]
    for one, two in zip(before.tracks, after.tracks, strict=True):
        assert {**vars(one), "language": ""} == {**vars(two), "language": ""}
    assert [item.path for item in after.rejected] == ["bad.wav"]


def test_broken_rows_stay_broken_and_strange_bytes_stay(folder: Path) -> None:
    content = (
        b'\xef\xbb\xbfpath,genre,mood\r\na.mp3,x,y,z\r\nb.mp3,x\r\n"c\xff.mp3","q\rr\r\ns",""\r\nd.mp3,,\r\n'
    )
    (folder / "tracks.csv").write_bytes(content)
    add_labels(folder, file=labels(folder, "path,genre,language\nd.mp3,New,en\n"))
    rows = read(folder)
    assert rows[0] == ["path", "genre", "mood", "language"]
    assert rows[1:3] == [["a.mp3", "x", "y", "z", ""], ["b.mp3", "x", ""]]
    assert rows[3] == ["c\udcff.mp3", "q\rr\r\ns", "", ""]
    assert rows[4] == ["d.mp3", "New", "", "en"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=5))
def test_values_of_any_kind_stay(
    tmp_path_factory: pytest.TempPathFactory, values: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("songs") / "in"
    folder.mkdir()
    rows = [[f"id{number}", *fields] for number, fields in enumerate(values)]
    with (folder / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["track_id", "title", "lyrics", "other"], *rows])
    add_labels(folder, file=labels(folder, "track_id,genre\nid0,New\n"))
    with (folder / "tracks.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert found[1:] == [[*row, "New" if row[0] == "id0" else ""] for row in rows]


def test_a_second_time_changes_nothing(folder: Path) -> None:
    file = labels(folder, "track_id,genre\none,Metal\n")
    add_labels(folder, file=file)
    before = (folder / "tracks.csv").read_bytes()
    add_labels(folder, file=file)
    assert (folder / "tracks.csv").read_bytes() == before
    assert [path.name for path in folder.iterdir()] == ["tracks.csv"]


def test_nothing_that_matches_shows_what_would(folder: Path) -> None:
    before = (folder / "tracks.csv").read_bytes()
    for text in ("file,genre\nz.mp3,Rock\n", "file,genre\n", "track_id,genre\none,\n"):
        with pytest.raises(DataError, match=r"no row gives a label .* like 'one', 'two', 'pop/b\.flac'$"):
            add_labels(folder, file=labels(folder, text))
    assert (folder / "tracks.csv").read_bytes() == before


def test_folders_and_tables_that_cannot_be_used_are_refused(folder: Path, tmp_path: Path) -> None:
    file = labels(folder, "track_id,genre\none,Metal\n")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="absent does not exist"):
        add_labels(tmp_path / "absent", file=file)
    with pytest.raises(DataError, match=r"labels\.csv is not a folder"):
        add_labels(file, file=file)
    with pytest.raises(DataError, match=r"neither tracks\.csv nor audio"):
        add_labels(tmp_path / "empty", file=file)
    with pytest.raises(DataError, match="cannot read"):
        add_labels(folder, file=tmp_path / "absent.csv")
    with pytest.raises(DataError, match="track_id or path or file"):
        add_labels(folder, file=labels(folder, "name,genre\none,Metal\n"))
    with pytest.raises(DataError, match="genre or language"):
        add_labels(folder, file=labels(folder, "track_id,mood\none,Metal\n"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no header"),
        (b"name\nx\n", "no column is called path or track_id"),
        (b"track_id\n", "no tracks"),
        (b'track_id,genre\none,"x\n', "line 2: a quotation mark is not closed"),
        (b"\xff\xfet\0r\0", "not UTF-8"),
    ],
)
def test_a_broken_table_is_left_as_it_is(folder: Path, content: bytes, reason: str) -> None:
    (folder / "tracks.csv").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        add_labels(folder, file=labels(folder, "track_id,genre\none,Metal\n"))
    assert (folder / "tracks.csv").read_bytes() == content


def test_a_table_that_is_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "tracks.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "tracks.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(DataError, match="links to a file outside"):
        add_labels(folder, file=labels(folder, "track_id,genre\none,Metal\n"))


def test_two_at_once_are_refused(folder: Path) -> None:
    file = labels(folder, "track_id,genre\none,Metal\n")
    lock = folder / ".songmap.lock"
    with FileLock(lock), pytest.raises(DataError, match="another process completes"):
        add_labels(folder, file=file)
    add_labels(folder, file=file)
    assert not lock.exists()


def test_a_name_of_two_tracks_is_ambiguous_even_where_no_row_matches(folder: Path) -> None:
    with pytest.raises(DataError, match=r"\(line 3: 'a\.mp3' is ambiguous: 2 tracks"):
        add_labels(folder, file=labels(folder, "file,genre\nz.mp3,Rock\na.mp3,Rock\n"))
