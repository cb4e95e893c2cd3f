import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.catalogue.entries import Track
from songmap.catalogue.song_folder import read_song_folder
from songmap.errors import DataError
from songmap.files import read_csv
from songmap.importers import mula, spectrogram
from songmap.importers.mula import import_4mula
from tests.songmap.importers.server import serving

pytestmark = pytest.mark.slow

MELS = pa.list_(pa.list_(pa.float64()))
NAMES = [f"3ade68b8g{i:05x}eda3" for i in range(6)]


def power(seed: int, frames: int = 20) -> np.ndarray:
    """Values that float32 holds, as librosa makes them."""
    return np.random.default_rng(seed).lognormal(0, 3, (128, frames)).astype(np.float32).astype(np.float64)


def table(names: list[str | None] = NAMES, kind: pa.DataType = MELS, **columns: Any) -> pa.Table:
    """A table like 4MuLA's; row i has power(i), unless `melspectrogram` says otherwise."""
    mels = columns.pop("melspectrogram", [power(i).tolist() for i in range(len(names))])
    every: dict[str, Any] = {
        "music_id": names,
        "music_name": [f"Canção {i}" for i in range(len(names))],
        "music_lang": [["en", "pt-br", "es"][i % 3] for i in range(len(names))],
        "music_lyrics": [f"linha um\nlinha {'i' * (i + 1)}" for i in range(len(names))],
        "art_id": ["3ade68b6gfd79eda3"] * len(names),
        "art_name": [f"Artista {i}" for i in range(len(names))],
        "art_rank": list(range(len(names))),
        "main_genre": ["MPB"] * len(names),
        "related_genre": [["Rock", "Pop"]] * len(names),
        "related_art": [[{"id": "a", "name": "b"}]] * len(names),
        "related_music": [[]] * len(names),
        "musicnn_tags": [["piano"]] * len(names),
        **columns,
    }
    return pa.table(
        {**{k: v for k, v in every.items() if v is not None}, "melspectrogram": pa.array(mels, kind)}
    )


def imported(folder: Path, content: pa.Table, **form: Any) -> tuple[dict[str, Track], Any]:
    """Tracks by id as a song folder's reader has them, and what the import says."""
    pq.write_table(content, folder / "in.parquet", **form)
    outcome = import_4mula(folder / "out", file=folder / "in.parquet", downloads=folder / "downloads")
    catalogue = read_song_folder(folder / "out")
    assert not catalogue.rejected
    assert outcome.tracks == len(catalogue.tracks)
    assert not (folder / "downloads").exists()
    return {track.track_id: track for track in catalogue.tracks}, outcome


def mel(folder: Path, track: Track) -> np.ndarray:
    return np.load(folder / "out" / track.mel)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_row_becomes_a_track(tmp_path: Path) -> None:
    tracks, outcome = imported(tmp_path, table())
    assert list(tracks) == NAMES
    track = tracks[NAMES[1]]
    assert (track.title, track.artist, track.album) == ("Canção 1", "Artista 1", "")
    assert (track.genre, track.language, track.lyrics) == ("MPB", "pt", "linha um\nlinha ii")
    assert track.mel == f"mel/{NAMES[1]}.npy"
    for i, name in enumerate(NAMES):
        assert mel(tmp_path, tracks[name]).dtype == np.float32
        assert np.array_equal(mel(tmp_path, tracks[name]), power(i))
    assert (outcome.skipped, outcome.notes) == ([], [])


@pytest.mark.parametrize("rows", [1, 4, 100])
def test_row_groups_change_nothing(tmp_path: Path, rows: int) -> None:
    tracks, _ = imported(tmp_path, table(), row_group_size=rows, data_page_size=1000)
    assert [np.array_equal(mel(tmp_path, track), power(i)) for i, track in enumerate(tracks.values())] == [
        True
    ] * 6


FIXED = pa.list_(pa.list_(pa.float64(), 20), 128)


@pytest.mark.parametrize(
    "kind",
    [
        *(MELS, pa.list_(pa.list_(pa.float32())), pa.large_list(pa.large_list(pa.float64()))),
        *(FIXED, pa.list_(pa.list_(pa.float32(), 20)), pa.list_(pa.list_(pa.float64()), 128)),
        *(pa.list_(pa.float64()), pa.list_(pa.float32(), 128 * 20), pa.large_list(pa.float64())),
    ],
    ids=str,
)
def test_every_form_of_lists(tmp_path: Path, kind: pa.DataType) -> None:
    is_flat = not pa.types.is_nested(kind.value_type)
    mels: list[Any] = [(power(i).ravel() if is_flat else power(i)).tolist() for i in range(6)]
    mels[3] = None
    tracks, _ = imported(tmp_path, table(kind=kind, melspectrogram=mels))
    for i in (0, 1, 2, 4, 5):
        assert np.array_equal(mel(tmp_path, tracks[NAMES[i]]), power(i))
    assert tracks[NAMES[3]].mel == ""


def test_whole_numbers_and_bands_of_any_length(tmp_path: Path) -> None:
    mels = [np.full((128, i + 1), i).tolist() for i in range(6)]
    tracks, _ = imported(tmp_path, table(kind=pa.list_(pa.list_(pa.int64())), melspectrogram=mels))
    assert [mel(tmp_path, track).shape for track in tracks.values()] == [(128, i + 1) for i in range(6)]
    assert mel(tmp_path, tracks[NAMES[5]]).max() == 5


def spoilt(row: int, column: int, value: float | None) -> list[list[float | None]]:
    mel: list[list[float | None]] = power(0).tolist()
    mel[row][column] = value
    return mel


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "no mel: the field is empty"),
        ([], "bad mel: 0 bands, must be 128"),
        ([[]] * 128, "bad mel: has no frames"),
        (power(0)[:127].tolist(), "bad mel: 127 bands, must be 128"),
        (power(0).T.tolist(), "bad mel: 20 bands, must be 128"),
        ([*power(0)[:127].tolist(), [1.0]], "bad mel: its bands are not all as long"),
        ([*power(0)[:127].tolist(), None], "bad mel: its bands are not all as long"),
        (spoilt(5, 7, np.nan), "bad mel: has a value that is missing, NaN or infinite"),
        (spoilt(5, 7, None), "bad mel: has a value that is missing, NaN or infinite"),
        (spoilt(0, 0, np.inf), "bad mel: has a value that is missing, NaN or infinite"),
        (spoilt(0, 0, 1e39), "bad mel: has a value that is missing, NaN or infinite"),
        (spoilt(127, 19, -0.5), "bad mel: has the value -0.5, must be power, which is not negative"),
    ],
)
def test_a_bad_mel_costs_itself(tmp_path: Path, bad: Any, reason: str) -> None:
    names, words = ["words", "nothing", "good"], ["la", None, None]
    mels = [bad, bad, power(2).tolist()]
    tracks, outcome = imported(tmp_path, table(names, music_lyrics=words, melspectrogram=mels))
    assert {name: (bool(track.mel), track.lyrics) for name, track in tracks.items()} == {
        "words": (False, "la"),
        "good": (True, ""),
    }
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("words", reason),
        ("nothing", f"{reason}; nothing is left of the track"),
    ]
    assert [tuple(row.values()) for row in read_csv(tmp_path / "out" / "skipped.csv")] == [
        (item.what, item.reason) for item in outcome.skipped
    ]
    assert [path.name for path in (tmp_path / "out" / "mel").iterdir()] == ["good.npy"]


def test_a_flat_list_of_another_length(tmp_path: Path) -> None:
    mels = [[1.0] * 128 * 3, [1.0] * 129]
    _, outcome = imported(tmp_path, table(["a", "b"], pa.list_(pa.float64()), melspectrogram=mels))
    assert [item.reason for item in outcome.skipped] == ["bad mel: 129 numbers, must be a multiple of 128"]


HOSTILE = [
    *("../x", "/etc/x", ".", "CON", "a\0b", "A", "a", "x" * 900, "a/../b", "é", "e\u0301x", ".hidden"),
    *("a\nb", "\u202ex"),
]


def test_hostile_ids_stay_in_the_folder(tmp_path: Path) -> None:
    tracks, outcome = imported(tmp_path, table([*HOSTILE, "", None, " \0 ", "a", "y" * 1001]))
    assert len(tracks) == len(HOSTILE)
    assert len({track.mel.lower() for track in tracks.values()}) == len(HOSTILE)
    for i, track in enumerate(sorted(tracks.values(), key=lambda track: int(track.title.split()[1]))):
        assert track.title == f"Canção {i}"
        assert np.array_equal(mel(tmp_path, track), power(i))
        assert (tmp_path / "out" / track.mel).resolve().parent == tmp_path / "out" / "mel"
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("row 15", "no id: '' is no name"),
        ("row 16", "no id: '' is no name"),
        ("row 17", "no id: ' \\x00 ' is no name"),
        ("row 18", "repeated: an earlier row is 'a'"),
        ("row 19", "id too long: 1001 characters, at most 1000"),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out"]


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6, unique=True))
@settings(max_examples=50)
def test_random_ids_keep_their_mel(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.mktemp("mula")
    tracks, outcome = imported(folder, table(["first", *names]))
    assert len(tracks) + len(outcome.skipped) == len(names) + 1
    for track in tracks.values():
        assert np.array_equal(mel(folder, track), power(int(track.title.split()[1])))


def test_texts_of_other_types(tmp_path: Path) -> None:
    columns = {
        "music_name": pa.array(["a", "b"] * 3).dictionary_encode(),
        "music_lang": pa.nulls(6),
        "music_lyrics": None,
        "music_lyric": pa.array([b"n\xe3o", b"sim", None, b"", b"la\0la", b"x.txt"]),
        "art_name": [["a"]] * 6,
        "main_genre": pa.array(["MPB"] * 6, pa.large_string()),
        "mood": [1] * 6,
    }
    tracks, outcome = imported(tmp_path, table(**columns))
    assert [track.title for track in tracks.values()] == ["a", "b"] * 3
    assert [track.lyrics for track in tracks.values()] == ["n\ufffdo", "sim", "", "", "lala", ""]
    assert {(track.artist, track.language, track.genre) for track in tracks.values()} == {("", "", "MPB")}
    assert outcome.notes == [
        "art_name is 'list<element: string>', not text: left out",
        "columns that are not used: 'mood'",
    ]
    assert [item.reason for item in outcome.skipped] == ["lyrics name a file: 'x.txt'"]


@pytest.mark.parametrize(
    ("kind", "empty"), [(pa.null(), None), (pa.list_(pa.null()), [None] * 128), (MELS, [[None]] * 128)]
)
def test_an_edition_without_sound(tmp_path: Path, kind: pa.DataType, empty: Any) -> None:
    tracks, outcome = imported(tmp_path, table(kind=kind, melspectrogram=[empty] * 6))
    assert [(bool(track.mel), bool(track.lyrics)) for track in tracks.values()] == [(False, True)] * 6
    assert len(outcome.skipped) == 6
    assert not (tmp_path / "out" / "mel").exists()


def test_two_columns_are_enough(tmp_path: Path) -> None:
    content = table().select(["melspectrogram", "music_id"])
    tracks, outcome = imported(tmp_path, content.set_column(1, "music_id", pa.array(range(6))))
    assert list(tracks) == ["0", "1", "2", "3", "4", "5"]
    assert not outcome.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (table().drop_columns("music_id"), "there must be one column music_id; there are 'music_name'"),
        (table().drop_columns("melspectrogram"), "there must be one column melspectrogram; there are"),
        (table().append_column("music_id", [NAMES]), "there must be one column music_id"),
        (
            table(kind=pa.string(), melspectrogram=["[[1.0]]"] * 6),
            "melspectrogram is 'string', must be lists",
        ),
        (table(kind=pa.list_(pa.string()), melspectrogram=[["1"]] * 6), "must be lists of numbers"),
        (table(kind=pa.float64(), melspectrogram=[1.0] * 6), "melspectrogram is 'double', must be lists"),
        (table(kind=pa.struct({"a\nb": pa.int8()}), melspectrogram=[None] * 6), "must be lists of numbers"),
        (table([["a"]] * 6), "music_id is 'list<.*>', must be text"),  # type: ignore[list-item]
        (table([]), "nothing to import: no track is left$"),
        (table(["a"], melspectrogram=[None], music_lyrics=[None]), "no track is left; a: no mel"),
    ],
)
def test_another_table_is_refused(tmp_path: Path, content: pa.Table, message: str) -> None:
    with pytest.raises(DataError, match=message) as raised:
        imported(tmp_path, content)
    assert "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"music_id,mel\n1,2\n", b"PAR1" + bytes(100) + b"PAR1", b"\0" * 9999]
)
def test_what_is_no_parquet_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.parquet").write_bytes(data)
    with pytest.raises(DataError, match=r"x\.parquet is no Parquet file: ") as raised:
        import_4mula(tmp_path / "out", file=tmp_path / "x.parquet", downloads=tmp_path)
    assert "\n" not in str(raised.value)


def test_a_column_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    pq.write_table(table(mood=[1] * 6), tmp_path / "x.parquet")
    (tmp_path / "x.parquet").write_bytes(
        (tmp_path / "x.parquet").read_bytes().replace(b"mood", b"m\xfc\xfcd")
    )
    with pytest.raises(DataError, match=r"x\.parquet is no Parquet file: "):
        import_4mula(tmp_path / "out", file=tmp_path / "x.parquet", downloads=tmp_path)


def test_a_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*x\.parquet: No such file"):
        import_4mula(tmp_path / "out", file=tmp_path / "x.parquet", downloads=tmp_path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "in.parquet"
    pq.write_table(table(), file, row_group_size=1)
    data = bytearray(file.read_bytes())
    offset = pq.read_metadata(file).row_group(3).column(12).data_page_offset
    data[offset : offset + 2000] = b"\xff" * 2000
    file.write_bytes(data)
    with pytest.raises(DataError, match="is damaged after row 3: ") as raised:
        import_4mula(tmp_path / "out", file=file, downloads=tmp_path)
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "out").exists()


def test_download(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "in.parquet")
    data = (tmp_path / "in.parquet").read_bytes()
    digest = hashlib.md5(data).hexdigest()
    with serving({"edition": data}) as server:
        for name in ("one", "two"):
            import_4mula(tmp_path / name, downloads=tmp_path / "kept", url=server.url + "edition", md5=digest)
        with pytest.raises(DataError, match="md5"):
            import_4mula(tmp_path / "x", downloads=tmp_path, url=server.url + "edition", md5="0" * 32)
    import_4mula(tmp_path / "three", file=tmp_path / "in.parquet", downloads=tmp_path)
    assert (tmp_path / "kept" / "4mula_tiny.parquet").read_bytes() == data
    assert contents(tmp_path / "one") == contents(tmp_path / "two") == contents(tmp_path / "three")
    assert not (tmp_path / "x").exists()


SLOW = """
import resource, sys, time
from pathlib import Path
from songmap.console import run
from songmap.importers import mula, spectrogram
from songmap.importers.mula import import_4mula

write = Path.write_bytes
stop, limit = int(sys.argv[3]), int(sys.argv[4])
count = 0

def stopping(path, data):
    global count
    count += 1
    if count == stop:
        write(path, bytes(data)[:100])
        print("half", flush=True)
        time.sleep(60)
    return write(path, data)

Path.write_bytes = stopping
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
file = Path(sys.argv[1])
run(lambda: import_4mula(Path(sys.argv[2]), file=file, downloads=file.parent))
"""


def start(file: Path, dest: Path, *, stop: int = 0, limit: int = 0) -> subprocess.Popen:
    """Import in another process: stop within spectrogram `stop`, or fail on files above `limit` bytes."""
    command = [sys.executable, "-c", SLOW, str(file), str(dest), str(stop), str(limit)]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_import_goes_on(
    tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, dest = tmp_path / "in.parquet", tmp_path / "out"
    pq.write_table(table(melspectrogram=[None, *(power(i).tolist() for i in range(1, 6))]), file)
    process = start(file, dest, stop=4)
    assert process.stdout.readline() == "half\n"  # type: ignore[union-attr]
    process.send_signal(number)
    _, told = process.communicate(timeout=30)
    assert process.returncode == (130 if number == signal.SIGINT else -signal.SIGKILL)
    assert "Traceback" not in told
    staging = tmp_path / ".out.importing"
    assert not dest.exists()
    done = sorted(path.name for path in (staging / "mel").glob("[!.]*"))
    assert done == [f"{name}.npy" for name in NAMES[1:4]]

    written = []
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: written.append(path) or write(path, data))
    import_4mula(dest, file=file, downloads=tmp_path)
    import_4mula(tmp_path / "whole", file=file, downloads=tmp_path)
    assert len(written) == 2 + 5
    assert contents(dest) == contents(tmp_path / "whole")
    assert not staging.exists()


def test_a_spectrogram_that_is_damaged_is_written_again(tmp_path: Path) -> None:
    file, dest = tmp_path / "in.parquet", tmp_path / "out"
    pq.write_table(table(), file)
    import_4mula(tmp_path / "whole", file=file, downloads=tmp_path)
    (tmp_path / "whole").rename(tmp_path / ".out.importing")
    whole = contents(tmp_path / ".out.importing")
    for i, data in enumerate(
        (b"", b"\x93NUMPY", whole[f"mel/{NAMES[2]}.npy"][:-4], whole[f"mel/{NAMES[0]}.npy"])
    ):
        (tmp_path / ".out.importing" / "mel" / f"{NAMES[i]}.npy").write_bytes(data)
    import_4mula(dest, file=file, downloads=tmp_path)
    assert contents(dest) == whole


def test_a_full_disk_is_told_and_the_next_call_goes_on(tmp_path: Path) -> None:
    file, dest = tmp_path / "in.parquet", tmp_path / "out"
    frames = [20, 20, 20, 60, 20, 20]
    pq.write_table(table(melspectrogram=[power(i, n).tolist() for i, n in enumerate(frames)]), file)
    process = start(file, dest, limit=20_000)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert told.splitlines()[-1].startswith(f"songmap: File too large: {tmp_path / '.out.importing'}")
    assert sorted(path.name for path in (tmp_path / ".out.importing" / "mel").iterdir()) == [
        f"{name}.npy" for name in NAMES[:3]
    ]
    assert import_4mula(dest, file=file, downloads=tmp_path).tracks == 6


PEAK = """
import sys
from pathlib import Path
from songmap.importers import mula, spectrogram
from songmap.importers.mula import import_4mula

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

before = peak()
import_4mula(Path(sys.argv[2]), file=Path(sys.argv[1]), downloads=Path())
print((peak() - before) / 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_holds_one_song_of_a_row_group(tmp_path: Path) -> None:
    songs, frames = 160, 1292
    values = pa.array(np.random.default_rng(0).random(8 * 128 * frames))
    bands = pa.ListArray.from_arrays(pa.array(np.arange(0, len(values) + 1, frames, np.int32)), values)
    mels = pa.ListArray.from_arrays(pa.array(np.arange(0, len(bands) + 1, 128, np.int32)), bands)
    names = [f"{i:x}" for i in range(songs)]
    content = pa.table({"music_id": names, "melspectrogram": pa.chunked_array([mels] * (songs // 8))})
    file = tmp_path / "in.parquet"
    pq.write_table(content, file, compression="none", use_dictionary=False)
    assert pq.read_metadata(file).num_row_groups == 1
    assert file.stat().st_size > 200 * 2**20
    command = [sys.executable, "-c", PEAK, str(file), str(tmp_path / "out")]
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    grown = subprocess.run(command, capture_output=True, text=True, env=environment, check=True).stdout
    assert float(grown) < 60  # MiB


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
@pytest.mark.parametrize("is_known", [True, False])
def test_a_spectrogram_longer_than_an_hour_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], is_known: bool
) -> None:
    """Whether a row group's metadata tells it, or the row alone."""
    for module in (mula, spectrogram):
        monkeypatch.setattr(module, "LARGEST", 128 * 100)
    if not is_known:
        monkeypatch.setattr(mula, "LARGEST", 2**40)
    monkeypatch.setattr(mula, "_DENSEST", 1)
    mels = [[[1.0] * 101] * 128, [[1.0]] * 128][: len(names)]
    found, outcome = imported(tmp_path, table(names, melspectrogram=mels), row_group_size=1)
    assert [bool(track.mel) for track in found.values()] == [False, True][: len(names)]
    assert found["a"].lyrics == "linha um\nlinha i"
    (skipped,) = outcome.skipped
    assert skipped.what == "a" and skipped.reason.startswith("mel too long")


def test_equal_values_are_not_unpacked_beyond_memory(tmp_path: Path) -> None:
    frames = 330_000
    ends = pa.array(np.arange(129, dtype=np.int32) * frames)
    row = pa.ListArray.from_arrays(ends, pa.array(np.ones(128 * frames, np.int8)))
    mels = pa.ListArray.from_arrays(pa.array([0, 128], pa.int32()), row)
    pq.write_table(pa.table({"music_id": ["a"], "melspectrogram": mels}), tmp_path / "in.parquet")
    del row, mels
    highest = pa.default_memory_pool().max_memory()
    with pytest.raises(DataError, match=r"a: mel too long: at most 40,960,000 values"):
        import_4mula(tmp_path / "out", file=tmp_path / "in.parquet", downloads=tmp_path)
    assert pa.default_memory_pool().max_memory() == highest
