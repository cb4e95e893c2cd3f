import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from songmap.files import read_json
from songmap.store import Store, prune, usage

KEY = "ab" * 32
ARRAYS = {"level": np.arange(40, dtype=np.uint16).reshape(4, 10), "n": np.array(3.5), "name": np.array("é")}


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache", {"seconds": 30.0, "code": "x"})


def files(root):
    return sorted(path for path in root.rglob("*") if path.is_file())


def same(found, arrays=ARRAYS):
    return found.keys() == arrays.keys() and all(
        found[name].dtype == arrays[name].dtype and np.array_equal(found[name], arrays[name])
        for name in arrays
    )


def test_what_is_put_comes_back(store, tmp_path):
    assert store.get(KEY) is None
    assert not (tmp_path / "cache").exists()
    assert store.put(KEY, ARRAYS)
    assert same(pickle.loads(pickle.dumps(store)).get(KEY))  # noqa: S301 - as workers receive it
    assert [path.relative_to(store.directory).as_posix() for path in files(tmp_path)] == [
        f"ab/{KEY}.npz",
        "recipe.json",
    ]
    assert read_json(store.directory / "recipe.json") == {"seconds": 30.0, "code": "x"}


def test_another_recipe_is_another_store(store, tmp_path):
    store.put(KEY, ARRAYS)
    assert Store(tmp_path / "cache", {"code": "x", "seconds": 30.0}).get(KEY) is not None
    for recipe in ({"seconds": 30.0}, {"seconds": 31.0, "code": "x"}, {"seconds": 30.0, "code": "y"}):
        assert Store(tmp_path / "cache", recipe).get(KEY) is None


def test_same_arrays_same_bytes(store, tmp_path, monkeypatch):
    other = Store(tmp_path / "other", store.recipe)
    store.put(KEY, ARRAYS)
    monkeypatch.setattr(time, "time", lambda: 1e9)
    other.put(KEY, ARRAYS)
    assert [path.read_bytes() for path in files(tmp_path / "cache")] == [
        path.read_bytes() for path in files(tmp_path / "other")
    ]


def test_no_damaged_byte_goes_unnoticed(store):
    store.put(KEY, ARRAYS)
    path = store.directory / "ab" / f"{KEY}.npz"
    whole = path.read_bytes()
    missed = 0
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ (1, 16, 128, 255)[i % 4]]) + whole[i + 1 :])
        found = store.get(KEY)
        missed += found is None
        assert found is None or same(found), i
    assert missed > len(whole) / 2


def test_truncated_entry_is_absent_and_can_be_replaced(store):
    store.put(KEY, ARRAYS)
    path = store.directory / "ab" / f"{KEY}.npz"
    whole = path.read_bytes()
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        assert store.get(KEY) is None
    assert store.put(KEY, ARRAYS)
    assert same(store.get(KEY))


def test_pickles_are_neither_written_nor_read(store):
    with pytest.raises(ValueError, match="Object arrays"):
        store.put(KEY, {"a": np.array([None])})
    store.put(KEY, ARRAYS)
    np.savez(store.directory / "ab" / f"{KEY}.npz", allow_pickle=True, a=np.array([None]))
    assert store.get(KEY) is None
    assert len(files(store.directory)) == 2


@pytest.mark.parametrize("key", ["", "../../../etc", "AB" * 32, "ab" * 33, "abc", f"{KEY}/..", f"{KEY}\n"])
def test_what_is_no_digest_is_not_kept(store, tmp_path, key):
    assert not store.put(key, ARRAYS)
    assert store.get(key) is None
    assert files(tmp_path) == []


def test_where_nothing_can_be_written_nothing_is_kept(store, tmp_path):
    (tmp_path / "cache").write_text("a file")
    assert not store.put(KEY, ARRAYS)
    assert store.get(KEY) is None


def _put_with_little_room(store, answer):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
    answer.put([store.put("cd" * 32, {"a": np.zeros(10_000)}), store.put(KEY, ARRAYS)])


def test_full_disk_leaves_no_half_of_an_entry(store):
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=_put_with_little_room, args=(store, answer))
    process.start()
    assert answer.get(timeout=60) == [False, True]
    process.join()
    assert [path.name for path in files(store.directory)] == [f"{KEY}.npz", "recipe.json"]


def _put_and_get(store, n):
    arrays = {"a": np.full(100_000, 7.0)}
    for _ in range(n):
        assert store.put(KEY, arrays)
        assert same(store.get(KEY), arrays)
    return n


def test_writers_of_the_same_entry_do_not_disturb_each_other(store):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert pool.starmap(_put_and_get, [(store, 40)] * 3) == [40] * 3
    assert [path.name for path in files(store.directory)] == [f"{KEY}.npz", "recipe.json"]


WRITER = """
import sys
from pathlib import Path
import numpy as np
from songmap.store import Store
store = Store(Path(sys.argv[1]), {})
for i in range(10**6):
    store.put(f"{i:064x}", {"a": np.full(300_000, i)})
    print(i, flush=True)
"""


def test_a_killed_writer_leaves_whole_entries(tmp_path):
    store, written = Store(tmp_path, {}), 0
    for wait in (0.0, 0.0011, 0.0023):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        for _ in range(3):
            written = max(written, int(writer.stdout.readline()))
        time.sleep(wait)
        writer.kill()
        writer.communicate()
    for path in store.directory.glob("00/[0-9a-f]*.npz"):
        i = int(path.stem, 16)
        np.testing.assert_array_equal(store.get(path.stem)["a"], np.full(300_000, i))
    assert store.get(f"{written:064x}") is not None
    (item,) = usage(tmp_path)
    assert item.entries == len(list(store.directory.glob("00/[0-9a-f]*.npz")))
    prune(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_use_is_counted_and_what_is_unused_is_pruned(store, tmp_path):
    root = tmp_path / "cache"
    assert usage(root) == []
    other = Store(root, {"seconds": 10.0})
    for part in (store, other):
        for key in (KEY, "cd" * 32):
            part.put(key, ARRAYS)
    for path in root.rglob("*.npz"):
        os.utime(path, (time.time() - 40 * 86_400,) * 2)
    store.get(KEY)
    first, second = usage(root)
    size = (store.directory / "ab" / f"{KEY}.npz").stat().st_size
    assert (first.recipe, first.entries, first.bytes) == (store.recipe, 2, 2 * size)
    assert time.time() - first.last_used < 60
    assert second.last_used < time.time() - 39 * 86_400
    assert prune(root, 41) == (0, 0)
    assert prune(root, 30) == (3, 3 * size)
    assert same(store.get(KEY))
    assert [item.entries for item in usage(root)] == [1]
    assert prune(root) == (1, size)
    assert list(root.iterdir()) == []
    assert store.put(KEY, ARRAYS)


def test_prune_deletes_nothing_but_entries(store, tmp_path):
    root = tmp_path / "cache"
    store.put(KEY, ARRAYS)
    mine = [
        root / "notes.txt",
        root / "0123456789abcdef" / "ab" / f"{KEY}.npz",
        store.directory / "notes.txt",
        store.directory / "ab" / "notes.npz",
        tmp_path / "linked" / "ab" / f"{KEY}.npz",
        tmp_path / "linked" / "recipe.json",
    ]
    for path in mine:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    (root / "fedcba9876543210").symlink_to(tmp_path / "linked")
    assert prune(root)[0] == 1
    assert all(path.exists() for path in mine)
    assert prune(tmp_path / "gone") == (0, 0)


def test_unreadable_recipe_is_listed_without_it(store, tmp_path):
    store.put(KEY, ARRAYS)
    (store.directory / "recipe.json").write_text("{")
    assert [(item.recipe, item.entries) for item in usage(tmp_path / "cache")] == [({}, 1)]


def test_what_another_program_wrote_is_absent(store, tmp_path):
    store.put(KEY, ARRAYS)
    (path,) = (tmp_path / "cache").rglob("*.npz")
    long = (
        b"\x93NUMPY\x01\x00v\x00"
        + b"{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,)}".ljust(117)
    )
    broken = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (2,".ljust(117)
    for member in (long + b"\n", broken + b"\n", b"", b"\x93NUMPY\x09\x00"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", member)
        assert store.get(KEY) is None
    path.unlink()
    os.mkfifo(path)
    assert store.get(KEY) is None


def test_prune_follows_no_links(store, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/deadbeef.npz").write_bytes(b"mine")
    store.put(KEY, ARRAYS)
    (store.directory / "00").symlink_to(tmp_path / "other")
    (store.directory / "11/cafebabe.npz").mkdir(parents=True)
    assert sum(item.entries for item in usage(tmp_path / "cache")) == 1
    assert prune(tmp_path / "cache")[0] == 1
    assert (tmp_path / "other/deadbeef.npz").read_bytes() == b"mine"
