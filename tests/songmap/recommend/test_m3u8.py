import os
import unicodedata
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songmap.errors import DataError
from songmap.recommend import m3u8
from songmap.recommend.playlists import Song


def parsed(text):
    """A strict reader: the list's name, and seconds, title and path of every entry."""
    assert text.endswith("\n")
    assert "\r" not in text
    head, mark, name, *lines = text[:-1].split("\n")
    assert head == "#EXTM3U"
    assert mark.startswith("# ")
    assert name.startswith("#PLAYLIST:")
    assert len(lines) % 2 == 0
    entries = []
    for info, path in zip(lines[::2], lines[1::2], strict=True):
        assert info.startswith("#EXTINF:")
        seconds, comma, title = info.removeprefix("#EXTINF:").partition(",")
        assert comma
        assert path
        assert path == path.strip()
        assert not path.startswith("#")
        entries.append((int(seconds), title, path))
    return name.removeprefix("#PLAYLIST:"), entries


def song(title="t", artist="a", duration=61.5, path="x.flac"):
    return Song("1", title, artist, path, "", duration, 0, 0.5)


def test_an_entry():
    text = m3u8.as_text("calm", [song()], {"1": "../a b/é.flac"})
    assert text == ("#EXTM3U\n# made by songmap playlists\n#PLAYLIST:calm\n#EXTINF:62,a - t\n../a b/é.flac\n")
    assert parsed(text) == ("calm", [(62, "a - t", "../a b/é.flac")])


@pytest.mark.parametrize(
    ("given_song", "title"),
    [
        (song(artist=""), "t"),
        (song(title="", path="d/name.of.file.mp3"), "a - name.of.file"),
        (song(title="#EXTINF:1,x", artist=""), "#EXTINF:1,x"),
        (song(title="one\r\ntwo\u2028three\x85four\x1b[2J", artist="a\tb"), "a b - one two three four[2J"),
        (song(title="\u202etxt.exe\u202c"), "a - txt.exe"),
        (song(title="אבג, ../x"), "a - אבג, ../x"),
    ],
)
def test_titles_stay_on_their_line(given_song, title):
    assert parsed(m3u8.as_text("n", [given_song], {"1": "p"}))[1] == [(62, title, "p")]


def test_an_unknown_duration_is_minus_one():
    assert parsed(m3u8.as_text("n", [song(duration=None)], {"1": "p"}))[1][0][0] == -1


@given(st.text(), st.text(), st.text())
def test_any_text_gives_a_list_that_can_be_read(name, title, artist):
    found, entries = parsed(m3u8.as_text(name, [song(title, artist)], {"1": "p"}))
    assert "\n" not in found
    assert len(entries) == 1


@pytest.mark.parametrize(
    ("sound", "path"),
    [
        ("songs/a.flac", "../songs/a.flac"),
        ("lists/a.flac", "a.flac"),
        ("lists/#1 hit.flac", "./#1 hit.flac"),
        ("lists/ space.flac", "./ space.flac"),
        ("lists/http:/a.flac", "./http:/a.flac"),
        ("lists/sub/#1.flac", "sub/#1.flac"),
        ("songs/été 100%.flac", "../songs/été 100%.flac"),
    ],
)
def test_paths_are_relative_and_no_comments(tmp_path, sound, path):
    assert m3u8.relative(tmp_path / sound, tmp_path / "lists") == path
    assert (tmp_path / "lists" / path).resolve() == (tmp_path / sound).resolve()


def test_a_path_leads_through_links_to_the_file(tmp_path):
    (tmp_path / "far/away").mkdir(parents=True)
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs/a.flac").write_text("sound")
    (tmp_path / "lists").symlink_to(tmp_path / "far/away")
    path = m3u8.relative(tmp_path / "songs/a.flac", tmp_path / "lists")
    assert Path(os.path.join(tmp_path / "lists", path)).read_text() == "sound"  # noqa: PTH118 as a player joins


@pytest.mark.parametrize("name", ["a\nb.flac", "a\x85b.flac", "a\u2028b.flac", "a ", "a\udcff.flac"])
def test_names_that_a_list_cannot_hold_are_refused(tmp_path, name):
    with pytest.raises(DataError, match="cannot hold"):
        m3u8.relative(tmp_path / name, tmp_path)


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["calm: slow/dark?"], ["calm_ slow-dark_.m3u8"]),
        (["a", "A", "a"], ["a.m3u8", "A (2).m3u8", "a (3).m3u8"]),
        (["con", "NUL", "com1.x"], ["_con.m3u8", "_NUL.m3u8", "_com1.x.m3u8"]),
        (
            ["../../etc/passwd", "..", "", "\n"],
            ["_..-..-etc-passwd.m3u8", "_.m3u8", "_ (2).m3u8", "_ (3).m3u8"],
        ),
        (["x\udcff\x00y"], ["xy.m3u8"]),
    ],
)
def test_file_names(names, files):
    assert m3u8.file_names(names) == files


@given(st.lists(st.text(max_size=200), max_size=8))
def test_file_names_are_safe_and_unlike_each_other(names):
    files = m3u8.file_names(names)
    assert len({unicodedata.normalize("NFC", name.casefold()) for name in files}) == len(names)
    for name in files:
        assert len(name.encode("utf-8")) <= 100
        assert name.endswith(".m3u8")
        assert PurePosixPath(name).name == name
        assert not set(name) & set('<>:"/\\|?*\n\r\t\x00')
        assert not name.startswith(".")


TEXT = m3u8.as_text("n", [song()], {"1": "p"})


def listed(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_an_earlier_run_is_replaced_and_nothing_else(tmp_path):
    (tmp_path / "mine.m3u8").write_text("#EXTM3U\n# made by hand\n")
    (tmp_path / "notes.txt").write_text(TEXT)
    m3u8.write(tmp_path, {"a.m3u8": TEXT, "b.m3u8": TEXT})
    newer = TEXT.replace("t\n", "u\n")
    m3u8.write(tmp_path, {"b.m3u8": newer, "c.m3u8": newer})
    assert listed(tmp_path) == {
        "mine.m3u8": "#EXTM3U\n# made by hand\n", "notes.txt": TEXT, "b.m3u8": newer, "c.m3u8": newer,
    }  # fmt: skip


def test_a_list_whose_name_changed_its_case_is_there_once(tmp_path):
    m3u8.write(tmp_path, {"Calm.m3u8": TEXT})
    m3u8.write(tmp_path, {"calm.m3u8": TEXT})
    assert [name.casefold() for name in listed(tmp_path)] == ["calm.m3u8"]


def test_a_file_of_somebody_else_is_not_replaced_unasked(tmp_path):
    (tmp_path / "B.m3u8").write_text("mine")
    with pytest.raises(DataError, match=r"B\.m3u8 is not of songmap"):
        m3u8.write(tmp_path, {"a.m3u8": TEXT, "b.m3u8": TEXT})
    assert listed(tmp_path) == {"B.m3u8": "mine"}
    (tmp_path / "b.m3u8").write_text("mine")
    m3u8.write(tmp_path, {"b.m3u8": TEXT}, replace=True)
    assert listed(tmp_path)["b.m3u8"] == TEXT


def test_links_and_folders_are_not_followed_or_replaced(tmp_path):
    folder = tmp_path / "lists"
    (folder / "b.m3u8").mkdir(parents=True)
    (tmp_path / "far.m3u8").write_text(TEXT)
    (folder / "a.m3u8").symlink_to(tmp_path / "far.m3u8")
    with pytest.raises(DataError, match="is not of songmap"):
        m3u8.write(folder, {"a.m3u8": TEXT})
    m3u8.write(folder, {"a.m3u8": TEXT + "#\n"}, replace=True)
    assert (tmp_path / "far.m3u8").read_text() == TEXT
    with pytest.raises(DataError, match="is not of songmap"):
        m3u8.write(folder, {"b.m3u8": TEXT}, replace=True)
