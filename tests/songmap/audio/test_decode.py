import librosa
import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.audio.decode import read_excerpts
from songmap.errors import DataError
from songmap.sound import Stream

pytestmark = pytest.mark.slow

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
    ((y, rate),) = read_excerpts(tmp_path / name, 2.5, 1, 0.5)
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
    ((y, got),) = read_excerpts(tmp_path / name, 2.0, 1, 0.5)
    start = round((len(whole) - len(y)) * 0.5)
    error = y - whole[start : start + len(y)].mean(axis=1)
    assert got == stated
    assert np.sqrt(np.mean(error[2000:] ** 2)) < 1e-4  # a decoder warms up after a seek


@pytest.mark.parametrize(("position", "start"), [(0.0, 0), (0.25, 2000), (1.0, 8000)])
def test_position_runs_from_the_start_to_the_end(tmp_path, position, start):
    ramp = (np.arange(16_000) - 8000).astype(np.int16)
    sf.write(tmp_path / "a.wav", ramp, 8000)
    ((y, _),) = read_excerpts(tmp_path / "a.wav", 1.0, 1, position)
    np.testing.assert_array_equal(y * 32_768, ramp[start : start + 8000])


@pytest.mark.parametrize(
    ("seconds", "count", "position", "starts"),
    [
        (1.0, 2, 0.5, [2000, 6000]),  # a quarter and three quarters of the 8000 samples to spare
        (1.0, 2, 0.0, [0, 4000]),
        (1.0, 2, 1.0, [4000, 8000]),
        (0.25, 3, 0.5, [2333, 7000, 11_667]),  # apart
        (1.5, 4, 0.5, [500, 1500, 2500, 3500]),  # each overlaps the next but one
        (2.0, 3, 0.5, [0]),  # not longer than one
        (9.0, 3, 0.5, [0]),
    ],
)
def test_excerpts_are_spread_over_the_track(tmp_path, seconds, count, position, starts):
    ramp = (np.arange(16_000) - 8000).astype(np.int16)
    sf.write(tmp_path / "a.wav", ramp, 8000)
    excerpts = list(read_excerpts(tmp_path / "a.wav", seconds, count, position))
    assert [round(y[0] * 32_768) + 8000 for y, _ in excerpts] == starts
    for (y, rate), start in zip(excerpts, starts, strict=True):
        assert (len(y), rate) == (min(16_000, round(seconds * 8000)), 8000)
        np.testing.assert_array_equal(y * 32_768, ramp[start : start + len(y)])


@pytest.fixture(scope="module")
def ramps(tmp_path_factory):
    return tmp_path_factory.mktemp("ramps")


@given(
    frames=st.integers(1, 9000),
    seconds=st.floats(1e-4, 2.0),
    count=st.integers(1, 9),
    position=st.floats(0, 1),
    channels=st.integers(1, 3),
)
@settings(max_examples=60)
def test_any_excerpt_is_that_stretch(ramps, frames, seconds, count, position, channels):
    ramp = np.arange(frames, dtype=np.int16)
    sf.write(ramps / "a.wav", np.tile(ramp[:, np.newaxis], channels), 8000)
    excerpts = [y for y, _ in read_excerpts(ramps / "a.wav", seconds, count, position)]
    n = min(frames, max(1, round(seconds * 8000)))
    assert len(excerpts) == (count if n < frames else 1)
    for i, y in enumerate(excerpts):
        start = round(y[0] * 32_768)
        assert abs(start - (frames - n) * (i + position) / len(excerpts)) <= 0.5
        np.testing.assert_allclose(y * 32_768, ramp[start : start + n], atol=1e-2)


@pytest.mark.parametrize("rate", [8000, 22_050, 48_000])
def test_excerpts_are_resampled_one_by_one(song, tmp_path, rate):
    name = song("a.flac", 6.0, rate, 2)
    plain = list(read_excerpts(tmp_path / name, 4.0, 3, 0.5))
    resampled = list(read_excerpts(tmp_path / name, 4.0, 3, 0.5, 22_050))
    for (y, own), (z, got) in zip(plain, resampled, strict=True):
        assert (own, got) == (rate, 22_050)
        expected = y if rate == 22_050 else librosa.resample(y, orig_sr=rate, target_sr=22_050)
        np.testing.assert_allclose(z, expected[: len(z)], atol=1e-6)
        assert len(z) == round(len(y) * 22_050 / rate)


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg", "a.opus", "a.flac"])
@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_each_of_several_excerpts_is_what_decoding_the_whole_gives(song, tmp_path, name, seconds):
    song(name, 6.0, 24_000, 2)
    whole, _ = sf.read(tmp_path / name, always_2d=True)
    for i, (y, _) in enumerate(read_excerpts(tmp_path / name, seconds, 3, 0.5)):
        start = round((len(whole) - len(y)) * (i + 0.5) / 3)
        np.testing.assert_allclose(y, whole[start : start + len(y)].mean(axis=1), atol=1e-5)


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg"])
def test_excerpts_shorter_than_the_decoder_s_way_in(song, tmp_path, name):
    song(name, 20.0, 8000)
    whole, _ = sf.read(tmp_path / name)
    for i, (y, _) in enumerate(read_excerpts(tmp_path / name, 1.0, 12, 0.5)):
        start = round((len(whole) - len(y)) * (i + 0.5) / 12)
        np.testing.assert_allclose(y, whole[start : start + len(y)], atol=1e-5)


def test_what_excerpts_share_is_decoded_once(song, tmp_path, monkeypatch):
    read = []
    once = Stream.read

    def counted(self, *arguments, **options):
        part = once(self, *arguments, **options)
        read.append(len(part))
        return part

    monkeypatch.setattr(Stream, "read", counted)
    name = song("a.flac", 6.0, 8000)
    assert len(list(read_excerpts(tmp_path / name, 4.0, 5, 0.5))) == 5
    assert sum(read) <= 6 * 8000


def test_short_track_is_read_whole(song, tmp_path):
    ((y, rate),) = read_excerpts(tmp_path / song("a.wav", 1.0, 8000), 30.0, 4, 0.7)
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
            list(read_excerpts(tmp_path / name, 2.0, 1, 0.5))
        assert str(tmp_path) not in str(error.value)


@pytest.mark.parametrize("name", ["a.flac", "a.mp3"])
def test_truncation_matters_only_within_the_excerpt(song, tmp_path, name):
    whole = (tmp_path / song(name, 8.0, 44_100, 2)).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    ((y, _),) = read_excerpts(tmp_path / name, 2.0, 1, 0.0)
    assert len(y) == 2 * 44_100
    for seconds, count, position in ((2.0, 1, 1.0), (8.0, 1, 0.5), (2.0, 2, 0.5)):
        with pytest.raises(DataError):
            list(read_excerpts(tmp_path / name, seconds, count, position))


def test_stream_of_unstated_length_is_refused(song, tmp_path):
    data = bytearray((tmp_path / song("a.flac", 2.0, 8000)).read_bytes())
    data[21] &= 0xF0  # the total number of samples: 36 bits of STREAMINFO
    data[22:26] = bytes(4)
    (tmp_path / "a.flac").write_bytes(data)
    with pytest.raises(DataError, match="does not state its length"):
        list(read_excerpts(tmp_path / "a.flac", 1.0, 1, 0.5))
