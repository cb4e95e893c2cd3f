import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from songmap.errors import DataError
from songmap.files import atomic, read_csv, read_json
from songmap.importers.staging import RECIPE, Outcome, Skipped, staged, write_folder

ONE, TWO = {"kind": "x", "options": [1]}, {"kind": "x", "options": [2]}


@pytest.fixture
def dest(tmp_path):
    return tmp_path / "songs"


def made(dest, text, recipe=ONE, **options):
    with staged(dest, recipe, **options) as folder:
        (folder / "a.txt").write_text(text)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def begun(dest, recipe=ONE):
    """An import that fails after its first file."""
    with pytest.raises(RuntimeError), staged(dest, recipe) as folder:
        (folder / "first").write_text("done")
        raise RuntimeError
    return folder


def test_a_folder_is_complete_when_the_block_ends(dest):
    with staged(dest, ONE) as folder:
        (folder / "a.txt").write_text("a")
        assert not dest.exists()
    assert names(dest) == ["a.txt", RECIPE]
    assert read_json(dest / RECIPE) == ONE
    assert names(dest.parent) == ["songs"]


def test_parents_are_made(tmp_path):
    made(tmp_path / "x" / "y" / "songs", "a")
    assert names(tmp_path / "x" / "y") == ["songs"]


def test_an_empty_folder_is_filled(dest):
    dest.mkdir()
    made(dest, "a")
    assert (dest / "a.txt").exists()


def test_a_failure_leaves_nothing_at_the_place_and_what_was_done_beside_it(dest):
    folder = begun(dest)
    assert not dest.exists()
    assert names(dest.parent) == [".songs.importing"]
    assert (folder / "first").read_text() == "done"


def test_a_failure_before_the_first_file_leaves_nothing_at_all(dest):
    with pytest.raises(RuntimeError), staged(dest, ONE):
        raise RuntimeError
    assert names(dest.parent) == []


def test_the_same_recipe_goes_on(dest):
    begun(dest)
    with staged(dest, {"options": (1,), "kind": "x"}) as folder:
        assert (folder / "first").read_text() == "done"
    assert names(dest) == ["first", RECIPE]


def test_another_recipe_starts_afresh(dest):
    begun(dest)
    with staged(dest, TWO) as folder:
        assert names(folder) == [RECIPE]
    assert read_json(dest / RECIPE) == TWO


@pytest.mark.parametrize("text", ["", "{", '{"kind": "x"}', "\0", "[]", "\ud800"])
def test_a_recipe_that_cannot_be_read_starts_afresh(dest, text):
    folder = begun(dest)
    (folder / RECIPE).write_bytes(text.encode("utf-8", "surrogatepass"))
    made(dest, "a")
    assert names(dest) == ["a.txt", RECIPE]


def test_half_written_files_of_a_killed_import_go(dest):
    folder = begun(dest)
    (folder / "audio").mkdir()
    with atomic(folder / "audio" / "x.mp3") as temporary:
        leftover = temporary.with_name(temporary.name + ".mp3")
    leftover.write_bytes(b"half")
    made(dest, "a")
    assert sorted(path.name for path in dest.rglob("*")) == ["a.txt", "audio", "first", RECIPE, "x.mp3"]


def test_cleaning_up_does_not_follow_links(dest, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".hidden").write_text("keep")
    folder = begun(dest)
    (folder / "link").symlink_to(tmp_path / "mine")
    made(dest, "a")
    assert (tmp_path / "mine" / ".hidden").read_text() == "keep"


def test_an_earlier_import_stays_unless_it_may_be_replaced(dest):
    made(dest, "old")
    with pytest.raises(DataError, match="earlier import: give --replace"):
        made(dest, "new")
    assert (dest / "a.txt").read_text() == "old"
    made(dest, "new", replace=True)
    assert (dest / "a.txt").read_text() == "new"
    assert names(dest.parent) == ["songs"]


def test_a_replacement_that_fails_leaves_the_old_one(dest):
    made(dest, "old")
    with pytest.raises(RuntimeError), staged(dest, TWO, replace=True) as folder:
        (folder / "a.txt").write_text("new")
        raise RuntimeError
    assert (dest / "a.txt").read_text() == "old"
    assert read_json(dest / RECIPE) == ONE


def test_a_replacement_that_cannot_be_moved_into_place_leaves_the_old_one(dest, monkeypatch):
    made(dest, "old")
    rename = type(dest).rename

    def broken(path, target):
        if path.name == ".songs.importing":
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(type(dest), "rename", broken)
    with pytest.raises(OSError, match="Input/output"):
        made(dest, "new", replace=True)
    monkeypatch.undo()
    assert (dest / "a.txt").read_text() == "old"
    made(dest, "new", replace=True)
    assert (dest / "a.txt").read_text() == "new"
    assert names(dest.parent) == ["songs"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_of_somebody_else_is_refused(dest, replace):
    dest.mkdir()
    (dest / "thesis.docx").write_text("mine")
    with pytest.raises(DataError, match="holds files that no import wrote"):
        made(dest, "a", replace=replace)
    assert names(dest) == ["thesis.docx"]
    assert names(dest.parent) == ["songs"]


@pytest.mark.parametrize("replace", [False, True])
def test_a_file_or_a_link_at_the_place_is_refused(dest, tmp_path, replace):
    dest.write_text("mine")
    with pytest.raises(DataError, match="is not a folder"):
        made(dest, "a", replace=replace)
    dest.unlink()
    made(tmp_path / "other", "theirs")
    dest.symlink_to(tmp_path / "other")
    with pytest.raises(DataError, match="is not a folder"):
        made(dest, "a", replace=replace)
    assert (tmp_path / "other" / "a.txt").read_text() == "theirs"


def test_two_imports_to_one_place_are_refused(dest):
    with staged(dest, ONE) as folder:
        (folder / "a.txt").write_text("first")
        with pytest.raises(DataError, match=r"another import to .*songs is running"):
            made(dest, "second", TWO)
        assert read_json(folder / RECIPE) == ONE
    assert (dest / "a.txt").read_text() == "first"
    assert names(dest.parent) == ["songs"]


def test_two_imports_to_neighbours_are_not(dest, tmp_path):
    with staged(dest, ONE):
        made(tmp_path / "others", "a")
    assert names(tmp_path) == ["others", "songs"]


def test_an_import_that_ends_while_another_waits_for_the_lock_is_not_replaced(dest, monkeypatch):
    from songmap.importers import staging

    class Late(staging.FileLock):
        def acquire(self, *args, **options):
            monkeypatch.undo()
            made(dest, "first")
            return super().acquire(*args, **options)

    monkeypatch.setattr(staging, "FileLock", Late)
    with pytest.raises(DataError, match="earlier import"):
        made(dest, "second", TWO)
    assert (dest / "a.txt").read_text() == "first"
    assert names(dest.parent) == ["songs"]


def test_a_full_disk_leaves_nothing_at_the_place_and_the_next_call_goes_on(dest):
    with pytest.raises(OSError, match="No space left"), staged(dest, ONE) as folder:
        (folder / "first").write_text("done")
        with open("/dev/full", "w") as file:  # noqa: PTH123
            file.write("x")
    assert not dest.exists()
    with staged(dest, ONE) as folder:
        assert (folder / "first").read_text() == "done"


IMPORT = """
import sys, time
from pathlib import Path
from songmap.importers.staging import staged
with staged(Path(sys.argv[1]), {"kind": "x", "options": [1]}, replace=True) as folder:
    (folder / "first").write_text("done")
    print("begun", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("before", [False, True])
def test_a_killed_import_leaves_the_place_as_it_was_and_the_next_goes_on(dest, sent, before):
    if before:
        made(dest, "old", TWO)
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, str(dest)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ,
    )
    assert process.stdout.readline() == b"begun\n"
    with pytest.raises(DataError, match="is running"):
        made(dest, "other", replace=True)
    process.send_signal(sent)
    process.communicate()
    assert dest.exists() == before
    with staged(dest, ONE, replace=True) as folder:
        assert (folder / "first").read_text() == "done"
    assert names(dest) == ["first", RECIPE]
    assert names(dest.parent) == ["songs"]


def test_a_table_has_the_columns_that_are_filled(tmp_path):
    rows = [
        {"track_id": "1", "path": "a.mp3", "genre": "", "feature.tempo": 90, "language": "en"},
        {"track_id": "2", "path": "b.mp3", "genre": None, "feature.tempo": 0, "feature.key": 3},
    ]
    write_folder(tmp_path, rows, [])
    assert read_csv(tmp_path / "tracks.csv") == [
        {"track_id": "1", "path": "a.mp3", "language": "en", "feature.tempo": "90", "feature.key": ""},
        {"track_id": "2", "path": "b.mp3", "language": "", "feature.tempo": "0", "feature.key": "3"},
    ]
    assert names(tmp_path) == ["tracks.csv"]


def test_what_was_left_out_is_listed(tmp_path):
    write_folder(tmp_path, [{"track_id": "1"}], [Skipped("x", "is, broken"), Skipped("y", "too")])
    assert read_csv(tmp_path / "skipped.csv") == [
        {"what": "x", "reason": "is, broken"},
        {"what": "y", "reason": "too"},
    ]


def test_a_folder_without_tracks_is_none(tmp_path):
    with pytest.raises(DataError, match=r"nothing to import: no track is left$"):
        write_folder(tmp_path, [], [])
    with pytest.raises(DataError, match=r"no track is left; x: is broken$"):
        write_folder(tmp_path, [], [Skipped("x", "is broken"), Skipped("y", "too")])
    assert names(tmp_path) == []


def test_an_outcome_needs_no_more_than_a_number():
    assert (Outcome(3).skipped, Outcome(3).notes) == ([], [])


def test_what_an_earlier_try_skipped_is_forgotten(dest):
    with pytest.raises(RuntimeError), staged(dest, ONE) as folder:
        write_folder(folder, [{"track_id": "a"}], [Skipped("b", "was away")])
        raise RuntimeError
    with staged(dest, ONE) as folder:
        write_folder(folder, [{"track_id": "a"}, {"track_id": "b"}], [])
    assert names(dest) == [RECIPE, "tracks.csv"]


def test_half_an_exchange_is_undone(dest):
    made(dest, "old")
    dest.rename(dest.with_name(".songs.replaced"))  # where a kill between the two renames leaves it
    with pytest.raises(DataError, match="--replace"):
        made(dest, "new")
    assert (dest / "a.txt").read_text() == "old"
    made(dest, "new", replace=True)
    assert names(dest.parent) == ["songs"]


def test_the_root_is_refused():
    with pytest.raises(DataError, match=r"^/ is not a folder that can be made"), staged(Path("/"), ONE):
        pass


def test_a_folder_within_another_import_is_refused(dest):
    made(dest, "a")
    with pytest.raises(DataError, match=r"lies in .*songs, which is an import of its own"):
        made(dest / "deeper" / "still", "b")


def test_a_way_back_through_the_folder_itself_is_the_folder(dest):
    made(dest, "old")
    made(dest / ".." / "songs", "new", replace=True)
    assert (dest / "a.txt").read_text() == "new"
    assert names(dest.parent) == ["songs"]


def test_what_appears_at_the_place_meanwhile_is_kept(dest):
    with pytest.raises(DataError, match="files that no import wrote"), staged(dest, ONE):
        dest.mkdir()
        (dest / "thesis.txt").write_text("mine")
    assert names(dest) == ["thesis.txt"]


@pytest.mark.parametrize("name", [".songs.importing", ".songs.replaced"])
def test_a_folder_beside_it_that_is_not_ours_is_kept(dest, name):
    (dest.parent / name).mkdir()
    (dest.parent / name / "work.txt").write_text("mine")
    with pytest.raises(DataError, match="no import wrote: move it away"):
        made(dest, "a")
    assert (dest.parent / name / "work.txt").read_text() == "mine"


def test_a_folder_with_another_import_json_is_not_replaced(dest):
    dest.mkdir()
    (dest / RECIPE).write_text('{"name": "another tool"}')
    with pytest.raises(DataError, match="files that no import wrote"):
        made(dest, "a", replace=True)
