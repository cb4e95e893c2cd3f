import io
import random
import stat
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.errors import DataError
from songmap.importers import archive
from songmap.importers.archive import extract, members, reading
from songmap.importers.staging import Skipped

NOISE = random.Random(0).randbytes(100_000)
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)


def packed(*entries, method=zipfile.ZIP_DEFLATED):
    """A zip archive's bytes; each entry is a name or ZipInfo, and its content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as zipped:
        for name, data in entries:
            zipped.writestr(name, data, method)
    return file.getvalue()


def saved(path, data):
    path.write_bytes(data)
    return path


def with_field(data, offset, layout, value):
    """The archive with one field of its only member changed, in the directory and the local header."""
    at = data.rindex(b"PK\x01\x02")
    data = bytearray(data)
    struct.pack_into(layout, data, at + offset, value)
    local = offset - 2  # the local header lacks the first of the directory's two versions
    struct.pack_into(layout, data, local, value)
    return bytes(data)


FLAGS, METHOD, CRC, UNPACKED = 8, 10, 16, 24  # where fields are in a member of the directory


@pytest.fixture
def out(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.mark.parametrize("method", METHODS)
def test_chosen_members_alone_are_unpacked(tmp_path, out, method):
    path = saved(
        tmp_path / "a.zip", packed(("x/1.mp3", NOISE), ("x/2.mp3", b"2"), ("x/", b""), method=method)
    )
    assert extract(path, {"x/1.mp3": "audio/one.mp3"}, out) == []
    assert (out / "audio/one.mp3").read_bytes() == NOISE
    assert [item for item in out.rglob("*") if item.is_file()] == [out / "audio/one.mp3"]
    assert members(path) == ({"x/1.mp3": 100_000, "x/2.mp3": 1}, [])


def test_what_is_there_in_the_right_size_is_left_alone_and_the_rest_is_unpacked(tmp_path, out):
    path = saved(tmp_path / "a.zip", packed(("1", b"one"), ("2", b"two"), ("3", b"three")))
    (out / "1").write_bytes(b"ONE")
    (out / "2").write_bytes(b"other")
    extract(path, {name: name for name in "123"}, out)
    assert [(out / name).read_bytes() for name in "123"] == [b"ONE", b"two", b"three"]


def test_a_member_that_is_absent_is_skipped(tmp_path, out):
    path = saved(tmp_path / "a.zip", packed(("1", b"one")))
    assert extract(path, {"2": "2", "1": "1"}, out) == [Skipped("2", "is not in a.zip")]
    assert (out / "1").exists()


EVIL = (
    *(
        "../evil",
        "a/../../evil",
        "..",
        "/etc/evil",
        "C:evil",
        "c:/evil",
        "..\\evil",
        "a\\b",
        "\\\\host\\evil",
    ),
    *("a\x00b", "a\nb", "\x1b[2J"),
)


@pytest.mark.parametrize("name", EVIL)
def test_names_that_are_no_path_below_a_folder_are_refused(tmp_path, out, name):
    stored = zipfile.ZipInfo("x")
    stored.filename = stored.orig_filename = name
    path = saved(tmp_path / "a.zip", packed((stored, b"evil"), ("good", b"good")))
    usable, refused = members(path)
    assert usable == {"good": 4}
    assert len(refused) == 1 and refused[0].what.isprintable()
    assert "path" in refused[0].reason or "control" in refused[0].reason
    key = name.split("\x00")[0]
    (skipped,) = extract(path, {key: "safe", "good": "good"}, out)
    assert skipped == refused[0]
    assert sorted(item.name for item in tmp_path.rglob("*")) == ["a.zip", "good", "out"]


@pytest.mark.parametrize("target", ["../evil", "/evil", "a/../../b", "", "C:\\evil"])
def test_targets_outside_the_folder_are_refused(tmp_path, out, target):
    path = saved(tmp_path / "a.zip", packed(("1", b"one")))
    with pytest.raises(DataError, match=r"cannot unpack a\.zip"):
        extract(path, {"1": target}, out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK])
def test_links_and_devices_are_refused(tmp_path, out, kind):
    link = zipfile.ZipInfo("link")
    link.external_attr = (kind | 0o777) << 16
    path = saved(tmp_path / "a.zip", packed((link, b"/etc/passwd")))
    assert extract(path, {"link": "link"}, out) == [Skipped("link", "is a link or a device, not a file")]
    assert list(out.iterdir()) == []


def test_a_usual_mode_is_no_reason(tmp_path, out):
    file = zipfile.ZipInfo("file")
    file.external_attr = (stat.S_IFREG | 0o444) << 16
    assert extract(saved(tmp_path / "a.zip", packed((file, b"x"))), {"file": "file"}, out) == []


def test_an_encrypted_member_is_refused(tmp_path, out):
    path = saved(tmp_path / "a.zip", with_field(packed(("1", b"one")), FLAGS, "<H", 1))
    assert extract(path, {"1": "1"}, out) == [Skipped("1", "is encrypted")]


@pytest.mark.parametrize("method", [9, 14, 99])
def test_other_methods_are_refused(tmp_path, out, method):
    path = saved(tmp_path / "a.zip", with_field(packed(("1", b"one")), METHOD, "<H", method))
    (skipped,) = extract(path, {"1": "1"}, out)
    assert skipped.reason == f"is packed by method {method}, must be stored, deflate or bzip2"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_occurs_twice_is_refused(tmp_path, out):
    path = saved(tmp_path / "a.zip", packed(("1", b"one"), ("1", b"two"), ("2", b"two")))
    assert extract(path, {"1": "1", "2": "2"}, out) == [Skipped("1", "occurs more than once")]
    assert [item.name for item in out.iterdir()] == ["2"]


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_bomb_is_refused_unread(tmp_path, out, method):
    path = saved(tmp_path / "a.zip", packed(("zeros", bytes(50_000_000)), method=method))
    (skipped,) = extract(path, {"zeros": "zeros"}, out)
    assert "to 50000000 bytes, must be at most 200 times" in skipped.reason
    assert list(out.iterdir()) == []


def test_what_is_larger_than_the_limit_is_refused(tmp_path, out, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 99_999)
    path = saved(tmp_path / "a.zip", packed(("1", NOISE)))
    assert extract(path, {"1": "1"}, out) == [
        Skipped("1", "unpacks to 100000 bytes, must be at most 99999"),
    ]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("claim", [99_999, 1000, 0, 100_001, 200_000])
def test_a_member_that_lies_about_its_size_is_damaged(tmp_path, out, method, claim):
    path = saved(tmp_path / "a.zip", with_field(packed(("1", NOISE), method=method), UNPACKED, "<I", claim))
    (skipped,) = extract(path, {"1": "1"}, out)
    assert skipped.what == "1" and skipped.reason.startswith("it is damaged: ")
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_bomb_that_claims_to_be_small_neither_fills_memory_nor_disk(tmp_path, out, method):
    """What is unpacked at a time is bounded, and no more is kept than was claimed."""
    data = with_field(packed(("1", bytes(100_000_000)), method=method), UNPACKED, "<I", 1000)
    path = saved(tmp_path / "a.zip", data)
    tracemalloc.start()
    (skipped,) = extract(path, {"1": "1"}, out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert skipped.reason.startswith("it is damaged: ")
    assert list(out.iterdir()) == []
    assert peak < 5_000_000
    read = 0
    with pytest.raises(DataError, match="damaged"), reading(path, "1") as file:
        while block := file.read(2**16):
            read += len(block)
    assert read <= 1000


@pytest.mark.parametrize("method", METHODS)
def test_a_damaged_member_costs_itself_alone(tmp_path, out, method):
    data = bytearray(packed(("1", NOISE), ("2", b"two"), method=method))
    data[50_000] ^= 0xFF
    path = saved(tmp_path / "a.zip", data)
    (skipped,) = extract(path, {"1": "1", "2": "2"}, out)
    assert skipped.what == "1" and skipped.reason.startswith("it is damaged: ")
    assert "\n" not in skipped.reason
    assert [item.name for item in out.iterdir()] == ["2"]


@pytest.mark.parametrize("method", METHODS)
def test_a_checksum_that_is_wrong_is_named(tmp_path, out, method):
    path = saved(tmp_path / "a.zip", with_field(packed(("1", b"one"), method=method), CRC, "<I", 1))
    (skipped,) = extract(path, {"1": "1"}, out)
    assert "CRC-32" in skipped.reason or "checksum" in skipped.reason
    assert list(out.iterdir()) == []


WHOLE = packed(("x/1", NOISE[:3000]), ("x/2", b"a line\n" * 300), ("x/3", b""))


@pytest.mark.parametrize("length", [0, 1, 100, len(WHOLE) // 2, len(WHOLE) - 1])
def test_a_truncated_archive_is_refused_in_one_line(tmp_path, out, length):
    path = saved(tmp_path / "a.zip", WHOLE[:length])
    for use in (lambda: members(path), lambda: extract(path, {"x/1": "1"}, out)):
        with pytest.raises(DataError, match=r"a\.zip is damaged: 'File is not a zip file'$"):
            use()


def test_an_archive_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*none\.zip: No such file"):
        members(tmp_path / "none.zip")
    with pytest.raises(DataError, match="Is a directory"):
        members(tmp_path)


@settings(max_examples=400)
@given(st.data())
def test_whatever_is_wrong_with_an_archive_the_outcome_is_clear(tmp_path_factory, data):
    content = bytearray(
        packed(("x/1", NOISE[:300]), ("x/2", b"a line\n" * 30), method=data.draw(st.sampled_from(METHODS)))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(
            st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])
        )
    folder = tmp_path_factory.mktemp("fuzz")
    path = saved(folder / "a.zip", content)
    (folder / "out").mkdir()
    try:
        skipped = extract(path, {"x/1": "1", "x/2": "2"}, folder / "out")
    except DataError as error:
        assert "\n" not in str(error)
        return
    there = {item.name: item.read_bytes() for item in (folder / "out").iterdir()}
    assert len(there) + len(skipped) == 2
    assert all("\n" not in item.reason for item in skipped)
    assert there.get("1", NOISE[:300]) == NOISE[:300]
    assert there.get("2", b"a line\n" * 30) == b"a line\n" * 30


def test_a_failure_of_the_disk_is_no_damage(tmp_path, out):
    path = saved(tmp_path / "a.zip", packed(("1", b"one")))
    (out / "folder").write_bytes(b"a file in the way")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        extract(path, {"1": "folder/1"}, out)


def test_a_disk_without_room_is_found_before_the_first_file(tmp_path, out, monkeypatch):
    path = saved(tmp_path / "a.zip", packed(("1", b"one"), ("2", b"two")))
    (out / "1").write_bytes(b"one")
    asked = []
    monkeypatch.setattr(
        archive, "require_space", lambda folder, needed, what: asked.append((folder, needed, what))
    )
    extract(path, {"1": "1", "2": "2"}, out)
    assert asked == [(out, 3, "unpacking a.zip")]


@pytest.mark.parametrize("method", METHODS)
def test_a_member_is_read_as_a_stream(tmp_path, method):
    path = saved(tmp_path / "a.zip", packed(("t.csv", b"a line\n" * 5000), method=method))
    with reading(path, "t.csv") as file:
        assert sum(line == "a line\n" for line in io.TextIOWrapper(file, "utf-8")) == 5000


def test_a_stream_that_is_damaged_or_absent_is_refused(tmp_path):
    data = bytearray(packed(("t.csv", NOISE)))
    data[90_000] ^= 0xFF
    path = saved(tmp_path / "a.zip", data)
    with pytest.raises(DataError, match=r"a\.zip: 't\.csv' is damaged"), reading(path, "t.csv") as file:
        file.read()
    with pytest.raises(DataError, match=r"'u\.csv' is not in it"), reading(path, "u.csv"):
        pass


def test_a_member_without_a_name_is_refused(tmp_path):
    data = packed(("a", b"1"), ("b", b"2")).replace(b"b2", b"\0" + b"2")
    directory = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data = bytearray(data)
    data[directory + 46] = 0  # what follows a NUL is no part of a name
    usable, refused = members(saved(tmp_path / "a.zip", bytes(data)))
    assert usable == {"a": 1}
    assert refused == [Skipped("''", "is empty or holds a control character")]
