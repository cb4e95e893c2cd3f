import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from songmap.catalogue import checks
from songmap.catalogue.text import lyrics
from songmap.errors import DataError
from songmap.importers.texts import PassingError, Texts, plain, unfit
from tests.songmap.importers.song_folders import HEADER, ROWS, read, sound, table, tabled

WILD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), min_size=1, max_size=40)
HOSTILE = [
    "../x",
    "/etc/x",
    "..",
    ".",
    "a/../../b",
    "con",
    "a\\b",
    "-rf",
    "~",
    "x" * 400,
    "愛" * 300,
    "\u202egnp",
]


def below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def keep(texts: Texts, track_id: str, words: str = "words\n") -> str:
    target = texts.place(track_id, "", words)
    assert target is not None
    texts.write(track_id, target, words)
    return target.relative_to(texts.folder).as_posix()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_ids_stay_in_the_folder(tmp_path, name):
    folder = table(tmp_path / "in" / "songs", ["track_id", "title"], [name, "x"], ["other", ""])
    texts = Texts(folder)
    track = next(texts.entries()).track_id
    written = keep(texts, track)
    assert below(tmp_path) == {
        "in",
        "in/songs",
        "in/songs/tracks.csv",
        "in/songs/lyrics",
        f"in/songs/{written}",
    }
    assert written.startswith("lyrics/") and written.count("/") == 1
    assert read(folder)[1] == [name, "x", written]


@example(["F0000", "f0000"])
@given(st.lists(WILD, min_size=1, max_size=6, unique=True))
def test_any_ids_get_files_of_their_own(tmp_path_factory, names):
    around = tmp_path_factory.mktemp("songs")
    folder = table(around / "in", ["track_id"], *[[name] for name in names])
    texts = Texts(folder)
    ids = [entry.track_id for entry in texts.entries()]
    written = [keep(texts, name, f"words of {number}\n") for number, name in enumerate(ids)]
    assert len({path.casefold() for path in written}) == len(written)
    found = [entry.lyrics for entry in Texts(folder).entries()]
    assert found == written
    for number, path in enumerate(found):
        assert checks.read_lyrics(checks.Folder(folder).find(path)) == f"words of {number}\n"
    assert below(around) == {
        "in",
        "in/tracks.csv",
        *({"in/lyrics"} if ids else ()),
        *(f"in/{p}" for p in written),
    }
    assert [row[0] for row in read(folder)[1:]] == names


def test_a_text_in_another_case_is_passed_over_and_the_same_words_keep_their_file(tmp_path):
    folder = table(tmp_path / "songs", ["track_id"], ["F0000"], ["f0000"])
    texts = Texts(folder)
    assert keep(texts, "F0000", "la\n") == "lyrics/F0000.txt"
    target = folder / "lyrics/f0000 (2).txt"
    assert texts.place("f0000", "", "la\n") == target
    target.write_text("la\n")  # as an interrupt leaves it
    assert texts.place("f0000", "", "la\n") == target
    assert texts.place("f0000", "", "others\n") == folder / "lyrics/f0000 (3).txt"


def test_strange_cells_and_broken_rows_stay(tmp_path):
    folder = tmp_path / "songs"
    folder.mkdir()
    content = b'\xef\xbb\xbfpath,track_id,mood\r\nx,y\r\n,"b\xff",c\r\n,good,"q\rr\r\ns"\r\n'
    (folder / "tracks.csv").write_bytes(content)
    keep(Texts(folder), "good")
    assert read(folder) == [
        ["path", "track_id", "mood", "lyrics"],
        ["x", "y", ""],
        ["", "b\udcff", "c", ""],
        ["", "good", "q\rr\r\ns", "lyrics/good.txt"],
    ]


@pytest.mark.parametrize("where", ["outside", "file", "dangling"])
def test_a_folder_of_texts_that_leads_elsewhere_is_refused(tmp_path, where):
    folder = tabled(tmp_path / "songs")
    (tmp_path / "outside").mkdir()
    if where == "file":
        (folder / "lyrics").write_text("mine")
    else:
        (folder / "lyrics").symlink_to(tmp_path / where)
    with pytest.raises(DataError, match="lyrics must be a folder in the song folder"):
        Texts(folder)
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_folder_of_texts_that_becomes_a_link_meanwhile_is_not_followed(tmp_path):
    folder = tabled(tmp_path / "songs")
    (tmp_path / "outside").mkdir()
    texts = Texts(folder)
    (folder / "lyrics").symlink_to(tmp_path / "outside")
    with pytest.raises(PassingError, match="outside the song folder"):
        keep(texts, "one")
    assert list((tmp_path / "outside").iterdir()) == []


def test_a_table_that_is_a_link_stays_one_within_the_folder_and_is_refused_outside(tmp_path):
    folder = tabled(tmp_path / "songs")
    (folder / "tracks.csv").rename(folder / "mine.csv")
    (folder / "tracks.csv").symlink_to("mine.csv")
    keep(Texts(folder), "one")
    assert (folder / "tracks.csv").readlink() == Path("mine.csv")
    assert read(folder)[1][-1] == "lyrics/one.txt"
    (folder / "mine.csv").rename(tmp_path / "elsewhere.csv")
    (folder / "tracks.csv").unlink()
    (folder / "tracks.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(DataError, match="links to a file outside"):
        Texts(folder)


def test_sounds_that_are_links_get_their_text_beside_the_link(tmp_path):
    folder = tmp_path / "songs"
    sound(folder / "store/x.wav")
    (folder / "album").mkdir()
    (folder / "album/song.wav").symlink_to("../store/x.wav")
    texts = Texts(folder)
    assert texts.place("", "album/song.wav", "la\n") == folder / "album/song.txt"
    (folder / "album/out.wav").symlink_to(sound(tmp_path / "out.wav"))
    with pytest.raises(PassingError, match="links to a file outside"):
        texts.place("", "album/out.wav", "la\n")


def test_names_that_differ_in_unicode_form_alone_are_the_same_name(tmp_path):
    sound(tmp_path / unicodedata.normalize("NFD", "é.wav"))
    (tmp_path / unicodedata.normalize("NFC", "é.txt")).write_text("mine")
    texts = Texts(tmp_path)
    entry = next(texts.entries())
    assert entry.lyrics
    assert texts.place(entry.track_id, entry.path, "la\n") is None


def test_a_file_that_appears_at_the_last_moment_stays(tmp_path):
    folder = tabled(tmp_path / "songs")
    texts = Texts(folder)
    target = texts.place("one", "a/1.wav", "la\n")
    real = Path.write_bytes

    def write(self, data):
        if not target.exists():
            target.write_text("mine")
        return real(self, data)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(PassingError, match="is there meanwhile"):
        patch.setattr(Path, "write_bytes", write)
        texts.write("one", target, "la\n")
    assert target.read_text() == "mine"
    assert read(folder) == [HEADER, *ROWS]


@pytest.mark.parametrize(
    ("words", "result"),
    [
        ("one\r\ntwo\rthree\x0bfour\u2028five\x85six", "one\ntwo\nthree\nfour\nfive\nsix\n"),
        ("\n\n e\u0301te\u0301\t!\x00\x1b[31m\n\n", "été\t![31m\n"),
        ("[Chorus]\n[00:01.00] a", "[Chorus]\n[00:01.00] a\n"),
        ("\ud800 a\udfff", "a\n"),
        ("\u202egnp", "\u202egnp\n"),
        ("", "\n"),
    ],
)
def test_plain_text(words, result):
    assert plain(words) == result


@given(st.text())
def test_plain_text_is_stable_and_reads_as_lyrics(words):
    clean = plain(words)
    assert plain(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(c) == "Cc" for c in clean.replace("\n", "").replace("\t", ""))
    assert (unfit(clean) == "") == bool(lyrics(clean))


def test_lyrics_of_more_than_a_megabyte_are_none():
    assert unfit("é" * 2**19) == ""
    assert unfit("é" * 2**19 + "a") == "more than 1048576 bytes"
