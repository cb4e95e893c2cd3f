import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from songmap.catalogue.demo import folder as module
from songmap.catalogue.demo.folder import FACTOR_COLUMNS, TRACK_COLUMNS, write_demo
from songmap.catalogue.demo.styles import RANGES, STYLES
from songmap.errors import DataError
from songmap.files import read_csv

pytestmark = pytest.mark.slow


def hashes(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("raw")
    write_demo(raw / "demo", raw / "factors.csv", songs=24, seconds=3.0, seed=5, processes=2)
    return raw


def test_the_folder_holds_what_its_table_says(raw: Path) -> None:
    rows = read_csv(raw / "demo" / "tracks.csv")
    assert len(rows) == 24 and tuple(rows[0]) == TRACK_COLUMNS
    named = {row["path"] for row in rows} | {row["lyrics"] for row in rows if row["lyrics"]}
    assert set(hashes(raw / "demo")) == named | {"tracks.csv"}
    assert {row["genre"] for row in rows} == set(STYLES)
    assert {row["language"] for row in rows} == {"de", "en", "es", "fr", ""}
    assert sum(not row["lyrics"] for row in rows) == 5
    for row in rows:
        assert row["title"] and row["artist"] and row["album"]
        assert bool(row["lyrics"]) == bool(row["language"])
        if row["lyrics"]:
            assert 16 <= len((raw / "demo" / row["lyrics"]).read_text(encoding="utf-8").split("\n")) <= 26


def test_the_sounds_are_sixteen_bit_mono_flac_without_clipping(raw: Path) -> None:
    for row in read_csv(raw / "demo" / "tracks.csv"):
        info = soundfile.info(raw / "demo" / row["path"])
        assert (info.format, info.subtype, info.samplerate, info.channels, info.frames) == (
            "FLAC", "PCM_16", 22050, 1, 66150,
        )  # fmt: skip
        wave, _ = soundfile.read(raw / "demo" / row["path"], dtype="int16")
        assert 1000 < np.abs(wave.astype(int)).max() < 32767
        assert np.sqrt(np.mean(wave.astype(float) ** 2)) > 300


def test_the_factors_are_of_the_same_tracks(raw: Path) -> None:
    rows = read_csv(raw / "factors.csv")
    tracks = read_csv(raw / "demo" / "tracks.csv")
    assert tuple(rows[0]) == FACTOR_COLUMNS
    assert [row["track_id"] for row in rows] == [row["path"] for row in tracks]
    assert [row["style"] for row in rows] == [row["genre"] for row in tracks]
    for name, (low, high) in RANGES.items():
        values = [float(row[name]) for row in rows]
        assert low <= min(values) < max(values) <= high
    assert not any(value == "" for row in rows for value in row.values())


def test_same_seed_same_bytes_with_one_process(raw: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", tmp_path / "factors.csv", songs=24, seconds=3.0, seed=5, processes=1)
    assert hashes(tmp_path) == hashes(raw)


def test_another_seed_gives_other_bytes(raw: Path, tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", tmp_path / "factors.csv", songs=12, seconds=2.0, seed=6, processes=1)
    write_demo(tmp_path / "same", tmp_path / "same.csv", songs=12, seconds=2.0, seed=7, processes=1)
    first, second = hashes(tmp_path / "demo"), hashes(tmp_path / "same")
    audio = [name for name in first if name.startswith("audio")]
    assert len(audio) == 12 and all(first[name] != second[name] for name in audio)


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupt_leaves_the_old_folder_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool, error: type[BaseException]
) -> None:
    if before:
        write_demo(tmp_path / "demo", tmp_path / "factors.csv", songs=12, seconds=2.0, seed=0, processes=1)
    old = hashes(tmp_path)
    real = module._write_sound

    def interrupted(song: object, **options: object) -> None:
        if song.number == 5:  # type: ignore[attr-defined]
            raise error
        real(song, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_write_sound", interrupted)
    with pytest.raises(error):
        write_demo(tmp_path / "demo", tmp_path / "factors.csv", songs=12, seconds=2.0, seed=1, processes=1)
    assert hashes(tmp_path) == old
    assert sorted(path.name for path in tmp_path.iterdir()) == (["demo", "factors.csv"] if before else [])


def test_an_earlier_demo_is_replaced_whole(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo", tmp_path / "factors.csv", songs=14, seconds=2.0, seed=0, processes=1)
    write_demo(tmp_path / "demo", tmp_path / "factors.csv", songs=12, seconds=2.0, seed=0, processes=1)
    assert len(list((tmp_path / "demo" / "audio").iterdir())) == 12
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "factors.csv"]


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "song.mp3").write_bytes(b"precious")
    with pytest.raises(DataError, match=r"song\.mp3"):
        write_demo(tmp_path / "mine", tmp_path / "factors.csv", songs=12, seconds=2.0, seed=0)
    assert (tmp_path / "mine" / "song.mp3").read_bytes() == b"precious"
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is a file"):
        write_demo(tmp_path / "file", tmp_path / "factors.csv", songs=12, seconds=2.0, seed=0)
