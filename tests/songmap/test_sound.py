import shutil
import subprocess

import numpy as np
import pytest
import soundfile as sf

from songmap import sound
from songmap.errors import DataError
from songmap.sound import FfmpegStream, NeedsFfmpegError, Stream, open_sound

pytestmark = pytest.mark.slow

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")), reason="ffmpeg is not installed"
)

RATE = 44_100
FORMATS = {"mp3": "MPEG_LAYER_III", "ogg": "VORBIS", "flac": "PCM_16", "wav": "PCM_16", "aiff": "PCM_16"}


@pytest.fixture(params=FORMATS)
def sweep(request, tmp_path):
    t = np.arange(6 * RATE) / RATE
    noise = 0.1 * np.random.default_rng(0).normal(size=len(t))
    stereo = np.stack([0.5 * np.sin(2 * np.pi * (200 * t + 900 * t * t)), noise], axis=1)
    path = tmp_path / f"sweep.{request.param}"
    sf.write(path, stereo, RATE, subtype=FORMATS[request.param])
    return path


@pytest.mark.parametrize("start", [0, 700, 44_101, 200_003])
def test_a_part_is_what_decoding_from_the_start_gives(sweep, start):
    whole, _ = sf.read(sweep, dtype="float32")
    with Stream(sweep) as file:
        file.start_at(start)
        parts = [part.copy() for part in file.parts(np.empty((5000, 2), np.float32))]
    assert len(parts) > 1
    np.testing.assert_allclose(np.concatenate(parts), whole[start:], atol=1e-6)


def test_a_sound_after_silence_is_heard_in_an_mp3(tmp_path):
    from songmap.catalogue.checks import audio_duration

    wave = np.zeros(4 * RATE)
    wave[3 * RATE : 3 * RATE + 441] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(441) / RATE)
    sf.write(tmp_path / "late.mp3", wave, RATE)
    assert audio_duration(tmp_path / "late.mp3") == pytest.approx(4, abs=0.1)


@pytest.fixture
def convert(tmp_path):
    """Write six seconds of two channels in a format of ffmpeg's; gives the path."""

    def write(name, *options):
        t = np.arange(6 * RATE) / RATE
        noise = 0.1 * np.random.default_rng(0).normal(size=len(t))
        sf.write(tmp_path / "source.wav", np.stack([0.5 * np.sin(1300 * t * (1 + t)), noise], axis=1), RATE)
        source = ["-i", tmp_path / "source.wav", *options, f"file:{tmp_path / name}"]
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *source], check=True)
        return tmp_path / name

    return write


def read(path, start=0, block=5000):
    with open_sound(path) as file:
        assert isinstance(file, FfmpegStream)
        if start:
            file.start_at(start)
        parts = [part.copy() for part in file.parts(np.empty((block, file.channels), np.float32))]
    return np.concatenate(parts)


@needs_ffmpeg
@pytest.mark.parametrize("name", ["a.m4a", "a.aac", "a.wma", "a.mka"])
def test_what_libsndfile_cannot_open_is_read_by_ffmpeg(convert, tmp_path, name):
    whole = read(convert(name))
    with open_sound(tmp_path / name) as file:
        assert (file.samplerate, file.channels) == (RATE, 2)
        assert file.frames == pytest.approx(len(whole), abs=4096)
    original, _ = sf.read(tmp_path / "source.wav", dtype="float32")
    lag = np.argmax(np.correlate(whole[40_000:60_000, 0], original[44_000:46_000, 0], "valid")) - 4000
    tone = whole[50_000 + lag : 90_000 + lag, 0]
    assert np.corrcoef(tone, original[50_000:90_000, 0])[0, 1] > 0.99
    np.testing.assert_array_equal(read(tmp_path / name, 200_003), whole[200_003:])


@needs_ffmpeg
def test_lossless_sound_comes_through_ffmpeg_bit_by_bit(convert, tmp_path):
    original, _ = sf.read(convert("a.m4a", "-c:a", "alac").with_name("source.wav"), dtype="float32")
    np.testing.assert_array_equal(read(tmp_path / "a.m4a"), original)


@needs_ffmpeg
def test_windows_are_read_forward_and_back(convert):
    path = convert("a.m4a")
    whole = read(path)
    block = np.empty((1000, 2), np.float32)
    with open_sound(path) as file:
        for start in (5000, 6000, 150_000, 100, 100):
            file.start_at(start)
            np.testing.assert_array_equal(file.read(out=block), whole[start : start + 1000])
        file.start_at(10**7)
        assert len(file.read(out=block)) == 0


@needs_ffmpeg
@pytest.mark.parametrize("name", ["-i.m4a", "a:b.m4a", "concat:a|b.m4a", "%d 100%.m4a", "ü'\".m4a"])
def test_odd_names_are_only_names(convert, name, monkeypatch):
    path = convert(name, "-c:a", "alac")
    assert len(read(path)) == 6 * RATE
    monkeypatch.chdir(path.parent)
    assert len(read(name)) == 6 * RATE


@needs_ffmpeg
@pytest.mark.parametrize("name", ["list.m4a", "list.m3u8"])
@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\na.aac\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile a.aac\n",
    ],
)
def test_a_playlist_opens_no_other_file(convert, name, text):
    playlist = convert("a.aac").with_name(name)
    playlist.write_text(text)
    with pytest.raises((DataError, sf.LibsndfileError)):
        open_sound(playlist)


@needs_ffmpeg
def test_surround_sound_keeps_its_channels(convert):
    pan = "pan=5.1(side)|FL=c0|FR=c1|FC=0.5*c0|LFE=0.1*c1|SL=0.3*c0|SR=0.2*c1"
    path = convert("a.wv", "-filter_complex", f"[0:a]{pan}")
    found = read(path)
    original, _ = sf.read(path.with_name("source.wav"), dtype="float32")
    left, right = original.T
    expected = np.stack([left, right, left / 2, right / 10, 0.3 * left, 0.2 * right], axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-4)


@needs_ffmpeg
def test_a_length_that_is_only_estimated_is_counted(convert):
    path = convert("a.aac", "-af", "volume=0:enable='gt(t,3)'", "-b:a", "256k")  # half of it is cheap
    with open_sound(path) as file:
        assert file.frames == pytest.approx(6 * RATE, abs=4096)


@needs_ffmpeg
def test_files_that_ffmpeg_cannot_read_say_why(convert, tmp_path):
    (tmp_path / "text.m4a").write_text("not sound")
    with pytest.raises(DataError, match="ffmpeg cannot decode it: Invalid data") as error:
        open_sound(tmp_path / "text.m4a")
    assert str(tmp_path) not in str(error.value)
    (tmp_path / "text.mp3").write_text("not sound")
    with pytest.raises(sf.LibsndfileError):
        open_sound(tmp_path / "text.mp3")
    picture = convert(
        "picture.mka", "-f", "lavfi", "-i", "color=size=16x16:duration=1", "-map", "1:v", "-c:v", "ffv1"
    )
    with pytest.raises(DataError, match="no stream of sound"):
        open_sound(picture)


@needs_ffmpeg
def test_a_decoder_that_hangs_is_ended(convert, monkeypatch):
    path = convert("a.m4a")
    with open_sound(path) as file:
        monkeypatch.setattr(sound, "PATIENCE", 0.3)
        sleeper = subprocess.Popen(["sleep", "60"], stdout=subprocess.PIPE)
        file._process = sleeper
        with pytest.raises(DataError, match=r"killed after 0\.3 s"):
            file.read(np.empty((10, 2), np.float32))
    assert sleeper.poll() is not None


def test_without_ffmpeg_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / "a.WMA").write_bytes(bytes(99))
    with pytest.raises(NeedsFfmpegError, match=r"^needs ffmpeg: install it$"):
        open_sound(tmp_path / "a.WMA")
    (tmp_path / "a.wav").write_bytes(bytes(99))
    with pytest.raises(sf.LibsndfileError):
        open_sound(tmp_path / "a.wav")
