import numpy as np
import pytest
import soundfile as sf

from songmap.audio.decode import read_excerpt
from songmap.errors import DataError

LOSSLESS = [
    ("a.wav", "PCM_16"),
    ("a.wav", "PCM_24"),
    ("a.wav", "FLOAT"),
    ("a.wav", "PCM_U8"),
    ("a.flac", "PCM_16"),
    ("a.flac", "PCM_24"),
    ("a.aiff", "PCM_16"),
]


@pytest.mark.parametrize(("name", "subtype"), LOSSLESS)
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_excerpt_is_the_mean_of_the_channels_of_that_stretch(song, tmp_path, name, subtype, channels):
    song(name, 4.0, 44_100, channels, subtype=subtype)
    whole, _ = sf.read(tmp_path / name, always_2d=True)
    y, rate = read_excerpt(tmp_path / name, 2.5, 0.5)
    start = round(0.75 * 44_100)
    expected = whole[start : start + round(2.5 * 44_100)].mean(axis=1)
    assert rate == 44_100
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, expected, atol=2e-7)


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg", "a.opus"])
@pytest.mark.parametrize("rate", [8000, 16_000, 24_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_seeking_in_a_lossy_file_lands_on_the_sample(song, tmp_path, name, rate, channels):
    song(name, 4.0, rate, channels)
    whole, stated = sf.read(tmp_path / name, always_2d=True)
    y, got = read_excerpt(tmp_path / name, 2.0, 0.5)
    start = round((len(whole) - len(y)) * 0.5)
    error = y - whole[start : start + len(y)].mean(axis=1)
    assert got == stated
    assert np.sqrt(np.mean(error[2000:] ** 2)) < 1e-4  # a decoder warms up after a seek


@pytest.mark.parametrize(("position", "start"), [(0.0, 0), (0.25, 2000), (1.0, 8000)])
def test_position_runs_from_the_start_to_the_end(tmp_path, position, start):
    ramp = (np.arange(16_000) - 8000).astype(np.int16)
    sf.write(tmp_path / "a.wav", ramp, 8000)
    y, _ = read_excerpt(tmp_path / "a.wav", 1.0, position)
    np.testing.assert_array_equal(y * 32_768, ramp[start : start + 8000])


def test_short_track_is_read_whole(song, tmp_path):
    y, rate = read_excerpt(tmp_path / song("a.wav", 1.0, 8000), 30.0, 0.7)
    assert len(y) / rate == 1.0


def test_files_that_cannot_be_read_say_why(song, tmp_path):
    (tmp_path / "text.mp3").write_text("not sound at all")
    (tmp_path / "empty.flac").touch()
    (tmp_path / "folder.ogg").mkdir()
    (tmp_path / "samples.raw").write_bytes(bytes(4000))
    sf.write(tmp_path / "none.wav", np.zeros(0), 8000)
    for name, reason in [
        ("gone.wav", "cannot be opened: No such file"),
        ("folder.ogg", "cannot be opened: Is a directory"),
        ("text.mp3", "cannot be decoded: "),
        ("empty.flac", "cannot be decoded: "),
        ("samples.raw", "cannot be decoded: "),
        ("none.wav", "holds sound up to 0.000 s"),
    ]:
        with pytest.raises(DataError, match=reason) as error:
            read_excerpt(tmp_path / name, 2.0, 0.5)
        assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize("name", ["a.flac", "a.mp3"])
def test_truncation_matters_only_within_the_excerpt(song, tmp_path, name):
    whole = (tmp_path / song(name, 8.0, 44_100, 2)).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    y, _ = read_excerpt(tmp_path / name, 2.0, 0.0)
    assert len(y) == 2 * 44_100
    with pytest.raises(DataError):
        read_excerpt(tmp_path / name, 2.0, 1.0)
    with pytest.raises(DataError):
        read_excerpt(tmp_path / name, 8.0, 0.5)


def test_stream_of_unstated_length_is_refused(song, tmp_path):
    data = bytearray((tmp_path / song("a.flac", 2.0, 8000)).read_bytes())
    data[21] &= 0xF0  # the total number of samples: 36 bits of STREAMINFO
    data[22:26] = bytes(4)
    (tmp_path / "a.flac").write_bytes(data)
    with pytest.raises(DataError, match="does not state its length"):
        read_excerpt(tmp_path / "a.flac", 1.0, 0.5)
