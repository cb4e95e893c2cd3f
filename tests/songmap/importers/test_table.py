import os
import shutil
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from songmap.errors import DataError
from songmap.importers.table import LOCK, alone, read_tracks, write_tracks
from tests.songmap.importers.song_folders import HEADER, ROWS, read, table

NOBODY = 65_534  # user id


@pytest.fixture
def folder(tmp_path):
    return table(tmp_path / "songs", HEADER, *ROWS)


def test_a_table_reads_and_writes_alike(folder):
    tracks = read_tracks(folder)
    assert [entry.track_id for entry in tracks.entries] == ["one", "two", "three"]
    write_tracks(folder, tracks)
    assert read(folder) == [HEADER, *ROWS]


@pytest.mark.parametrize("permissions", [0o600, 0o640, 0o664])
def test_its_permissions_stay(folder, permissions):
    path = folder / "tracks.csv"
    path.chmod(permissions)
    write_tracks(folder, read_tracks(folder))
    assert path.stat().st_mode & 0o7777 == permissions
    path.rename(folder / "mine.csv")
    path.symlink_to("mine.csv")
    write_tracks(folder, read_tracks(folder))
    assert (folder / "mine.csv").stat().st_mode & 0o7777 == permissions


@pytest.mark.parametrize("permissions", [0o440, 0o444, 0o400])
def test_a_read_only_table_is_refused(folder, permissions):
    (folder / "tracks.csv").chmod(permissions)
    with pytest.raises(DataError, match=r"tracks\.csv is read-only, must be a file that may be changed$"):
        read_tracks(folder)
    assert (folder / "tracks.csv").stat().st_mode & 0o7777 == permissions


def test_a_column_is_found_whatever_its_case_or_added(folder):
    tracks = read_tracks(folder)
    assert tracks.column("mood") == 4
    tracks.header[4] = " MOOD "
    assert tracks.column("mood") == 4
    assert tracks.column("lyrics") == tracks.column("lyrics") == 5
    assert tracks.header[5] == "lyrics"
    assert [row[5:] for row in tracks.rows] == [[""]] * 3


def test_no_table_is_none(tmp_path):
    assert read_tracks(tmp_path) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no header"),
        (b"name\nx\n", "no column is called path or track_id"),
        (b'track_id,genre\none,"x\n', "line 2: a quotation mark is not closed; mend it first"),
    ],
)
def test_a_broken_table_is_named(folder, content, reason):
    (folder / "tracks.csv").write_bytes(content)
    with pytest.raises(DataError, match=reason):
        read_tracks(folder)


def test_one_process_at_a_time(folder):
    with alone(folder), pytest.raises(DataError, match="another process completes"), alone(folder):
        pass
    with FileLock(folder / LOCK), pytest.raises(DataError, match="wait for it to end"), alone(folder):
        pass
    with alone(folder):
        assert (folder / LOCK).exists()
    assert not (folder / LOCK).exists()


def test_a_lock_that_a_killed_process_left_is_no_obstacle(folder):
    (folder / LOCK).touch()
    with alone(folder):
        pass
    assert not (folder / LOCK).exists()


@pytest.fixture
def read_only():
    """A folder that this user may not write to; root becomes nobody."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o555)
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    yield folder
    os.seteuid(before)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_to_is_one_line(read_only):
    with pytest.raises(DataError, match=r"cannot be written to: Permission denied$"), alone(read_only):
        pass


def test_what_is_no_folder_is_named(tmp_path):
    (tmp_path / "file").touch()
    for name, state in (("absent", "does not exist"), ("file", "is not a folder")):
        with pytest.raises(DataError, match=f"{name} {state}"), alone(tmp_path / name):
            pass
