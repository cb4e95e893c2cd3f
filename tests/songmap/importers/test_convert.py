import errno
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from songmap.catalogue.tags import read_tags
from songmap.errors import DataError
from songmap.importers import convert as module
from songmap.importers.convert import convert
from tests.songmap.importers.programs import stand_in

pytestmark = pytest.mark.slow

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


def sound(path: Path, rate: int = 44_100, channels: int = 2, seconds: float = 1.5) -> np.ndarray:
    """A WAV file of a note per channel, 440 Hz and its multiples; its int16 samples (n, channels)."""
    time = np.arange(int(rate * seconds)) / rate
    notes = np.stack([np.sin(2 * np.pi * 440 * (i + 1) * time) for i in range(channels)], axis=1)
    samples = np.round(12_000 * notes).astype(np.int16)
    sf.write(path, samples, rate, subtype="PCM_16")
    return samples


def encode(source: Path, target: Path, *options: str) -> Path:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", f"file:{source}", *options, f"file:{target}"]
    subprocess.run(command, check=True)
    return target


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "codec", "rate", "channels"),
    [
        ("a.m4a", "alac", 44_100, 2),
        ("a.m4a", "alac", 22_050, 1),
        ("a.wv", "wavpack", 48_000, 2),
        ("a.tta", "tta", 44_100, 1),
        ("a.caf", "pcm_s16be", 32_000, 2),
    ],
)
def test_lossless_sound_keeps_every_sample(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int
) -> None:
    samples = sound(tmp_path / "a.wav", rate, channels)
    convert(encode(tmp_path / "a.wav", tmp_path / name, "-c:a", codec), tmp_path / "a.flac")
    found, found_rate = sf.read(tmp_path / "a.flac", dtype="int16", always_2d=True)
    assert (found_rate, sf.info(tmp_path / "a.flac").subtype) == (rate, "PCM_16")
    np.testing.assert_array_equal(found, samples)


@needs_ffmpeg
@pytest.mark.parametrize("suffix", [".m4a", ".mp4", ".aac", ".wma", ".mka", ".webm", ".ac3", ".mp2"])
def test_lossy_sound_keeps_its_length_channels_and_notes(tmp_path: Path, suffix: str) -> None:
    sound(tmp_path / "a.wav", 48_000)
    convert(encode(tmp_path / "a.wav", tmp_path / f"a{suffix}", "-b:a", "192k"), tmp_path / "a.flac")
    found, rate = sf.read(tmp_path / "a.flac")
    assert found.shape == (pytest.approx(72_000, abs=6_000), 2)
    for channel, note in enumerate((440, 880)):
        spectrum = np.abs(np.fft.rfft(found[:, channel]))
        assert np.fft.rfftfreq(len(found), 1 / rate)[spectrum.argmax()] == pytest.approx(note, abs=2)


@needs_ffmpeg
def test_tags_come_along_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    options = [part for name in ("title", "artist", "lyrics") for part in ("-metadata", f"{name}=Ñ {name}")]
    encode(tmp_path / "a.wav", tmp_path / "a.wv", *options)
    for name in ("1.flac", "2.flac"):
        convert(tmp_path / "a.wv", tmp_path / name)
    assert read_tags(tmp_path / "1.flac") == {"title": "Ñ title", "artist": "Ñ artist", "lyrics": "Ñ lyrics"}
    assert (tmp_path / "1.flac").read_bytes() == (tmp_path / "2.flac").read_bytes()


@needs_ffmpeg
@pytest.mark.parametrize(
    "name", ["-i.m4a", "-y -.m4a", "http:x.m4a", "%03d.m4a", "a'b\"$(c);d.m4a", "pipe:0", "ü\udce9.m4a"]
)
def test_a_name_is_only_a_name(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sound(tmp_path / "a.wav")
    encode(tmp_path / "a.wav", tmp_path / "a.m4a")
    (tmp_path / "a.m4a").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    convert(Path(name), Path(f"{name}.flac"))
    assert sf.info(os.fsencode(f"{name}.flac")).frames > 60_000
    assert {path.name for path in tmp_path.iterdir()} == {"a.wav", name, f"{name}.flac"}


@needs_ffmpeg
@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{}'\n",
        "[playlist]\nFile1={}\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{}</BaseURL></MPD>',
    ],
)
def test_a_file_that_names_others_opens_none(tmp_path: Path, playlist: str) -> None:
    sound(tmp_path / "secret.wav")
    for name in ("secret.wav", str(tmp_path / "secret.wav"), "http://127.0.0.1:9/secret.wav"):
        (tmp_path / "song.m4a").write_text(playlist.format(name))
        with pytest.raises(DataError, match=r"names other files|Invalid data"):
            convert(tmp_path / "song.m4a", tmp_path / "song.flac")
    assert {path.name for path in tmp_path.iterdir()} == {"secret.wav", "song.m4a"}


@needs_ffmpeg
@pytest.mark.parametrize("content", [b"", b"junk" * 1000, b"\0" * 4096, b"ID3\4\0\0\0\0\0\0"])
def test_what_is_no_sound_is_refused_in_one_stable_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "song.wma").write_bytes(content)
    reasons = set()
    for _ in range(2):
        with pytest.raises(DataError) as caught:
            convert(tmp_path / "song.wma", tmp_path / "song.flac")
        reasons.add(str(caught.value))
    (reason,) = reasons
    assert reason.startswith("ffmpeg: ")
    assert "\n" not in reason and str(tmp_path) not in reason and "0x" not in reason
    assert [path.name for path in tmp_path.iterdir()] == ["song.wma"]


@needs_ffmpeg
def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=size=32x32:duration=1", "-c:v", "mpeg4"]
    subprocess.run([*command, str(tmp_path / "a.mp4")], check=True)
    with pytest.raises(DataError, match="holds no sound"):
        convert(tmp_path / "a.mp4", tmp_path / "a.flac")


def test_without_ffmpeg_it_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DataError, match="apt install ffmpeg"):
        convert(tmp_path / "a.m4a", tmp_path / "a.flac")


def test_a_hanging_ffmpeg_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "ffmpeg", "exec sleep 60", monkeypatch)
    monkeypatch.setattr(module, "_TIME_LIMIT", 0.2)
    with pytest.raises(DataError, match=r"ffmpeg took more than 0\.2 s"):
        convert(tmp_path / "a.m4a", tmp_path / "a.flac")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("code", [0, 1])
def test_a_full_disk_is_no_fault_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    script = f"echo 'Error writing trailer of x.flac: No space left on device' >&2; exit {code}"
    stand_in(tmp_path / "bin", "ffmpeg", script, monkeypatch)
    with pytest.raises(OSError) as caught:
        convert(tmp_path / "a.m4a", tmp_path / "a.flac")
    assert caught.value.errno == errno.ENOSPC
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_an_ffmpeg_that_writes_nothing_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "ffmpeg", "exit 0", monkeypatch)
    with pytest.raises(DataError, match="exit code 0"):
        convert(tmp_path / "a.m4a", tmp_path / "a.flac")
    assert not (tmp_path / "a.flac").exists()


@needs_ffmpeg
@pytest.mark.parametrize(
    "name",
    [
        "No space left on device.m4a",
        "x\nNo space left on device\n.m4a",
        "x\x01\nNo space left on device\n.m4a",
        "x\nmatches no streams\n.m4a",
    ],
)
def test_a_name_is_not_taken_for_a_message(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"^ffmpeg: "):
        convert(tmp_path / name, tmp_path / "a.flac")
