import hashlib
import os
import time

import librosa
import numpy as np
import pytest
import soundfile as sf

from songmap.audio import analysis, descriptors
from songmap.audio.extract import Failure, Features, Source, extractor
from songmap.params.data import MelPatch

pytestmark = pytest.mark.slow

FILES = [
    ("a.wav", 44_100, 2),
    ("a.wav", 22_050, 1),
    ("a.wav", 8000, 2),
    ("a.flac", 48_000, 2),
    ("a.flac", 11_025, 1),
    ("a.ogg", 44_100, 2),
    ("a.ogg", 8000, 1),
    ("a.mp3", 44_100, 2),
    ("a.mp3", 16_000, 1),
    ("a.mp3", 8000, 2),
    ("a.opus", 48_000, 2),
]


@pytest.fixture
def extract(tmp_path, audio):
    return extractor(tmp_path, audio())


@pytest.fixture
def source(tmp_path):
    """A track with the digest of its file."""

    def of(name, track_id="x"):
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        return (
            Source(track_id, "", name, digest)
            if name.endswith(".npy")
            else Source(track_id, name, "", digest)
        )

    return of


def same(one, other):
    """Whether the features are the same to the last bit."""
    pairs = [
        (getattr(one, name), getattr(other, name)) for name in ("mfcc", "mel_stats", "mel", "descriptors")
    ]
    return one.seconds == other.seconds and all(
        (a is b is None) or (a.dtype == b.dtype and a.tobytes() == b.tobytes()) for a, b in pairs
    )


@pytest.mark.parametrize("file", FILES, ids=str)
def test_features_are_librosas(song, tmp_path, extract, file):
    name, rate, channels = file
    result = extract(Source("x", song(name, 6.0, rate, channels)))
    y, sr = librosa.load(tmp_path / name, sr=22_050)
    mfcc = librosa.feature.mfcc(y=y, sr=sr, n_mfcc=40)
    slope = librosa.feature.delta(mfcc)
    expected = [f(x, axis=1) for x in (mfcc, slope) for f in (np.mean, np.std)]
    np.testing.assert_allclose(result.mfcc, np.concatenate(expected), atol=1e-2)
    level = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=128))
    expected = [f(level, axis=1) for f in (np.mean, np.std, np.min, np.max)]
    np.testing.assert_allclose(result.mel_stats, np.concatenate(expected), atol=1e-2)
    level = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=64))
    start = (level.shape[1] - 215) // 2
    np.testing.assert_allclose(result.mel[0], level[:, start : start + 215], atol=1e-3)
    assert result.seconds == pytest.approx(6.0, abs=0.1)


def test_short_sound_fills_the_patch_by_repetition(song, extract):
    result = extract(Source("x", song("a.wav", 1.0)))
    frames = 1 + 22_050 // 512
    np.testing.assert_array_equal(result.mel[..., :frames], result.mel[..., frames : 2 * frames])
    assert result.mel.shape == (1, 64, 215)
    assert result.mel.std(axis=2).min() > 0


@pytest.mark.parametrize("changes", [{"hop_length": 8192, "n_fft": 8192}, {"sample_rate": 4000, "n_fft": 64}])
def test_extreme_settings_give_finite_features(song, tmp_path, audio, changes):
    settings = audio(n_mels=8, n_mfcc=3, mel=MelPatch(n_mels=8, frames=16, patches=1), **changes)
    result = extractor(tmp_path, settings)(Source("x", song("a.wav", 1.0, 8000)))
    assert isinstance(result, Features)
    assert (result.mfcc.shape, result.mel_stats.shape, result.mel.shape) == ((12,), (32,), (1, 8, 16))


@pytest.mark.parametrize("loud", [0, 3000])
def test_digital_silence_is_finite(tmp_path, extract, loud):
    y = np.zeros(44_100)
    y[:loud] = 0.5
    sf.write(tmp_path / "a.wav", y, 22_050)
    result = extract(Source("x", "a.wav"))
    assert isinstance(result, Features)
    assert np.isfinite(result.mfcc).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_samples_that_are_no_sound_cost_the_track(tmp_path, extract, bad):
    y = np.zeros(44_100)
    y[20_000] = bad
    sf.write(tmp_path / "a.wav", y, 22_050, subtype="FLOAT")
    assert "NaN" in extract(Source("x", "a.wav")).reason


def test_failures_are_values(tmp_path, extract):
    (tmp_path / "a.ogg").write_bytes(b"OggS" + bytes(100))
    assert isinstance(extract(Source("x", "a.ogg")), Failure)
    assert "No such file" in extract(Source("x", "gone.mp3")).reason
    assert "No such file" in extract(Source("x", "", "gone.npy")).reason


@pytest.mark.parametrize("unit", ["power", "dB"])
def test_ready_made_mel_gives_what_its_sound_gives(song, tmp_path, extract, unit):
    name = song("a.wav", 6.0)
    y, sr = librosa.load(tmp_path / name, sr=None)
    mel = librosa.feature.melspectrogram(y=y, sr=sr)
    np.save(tmp_path / "a.npy", mel if unit == "power" else librosa.power_to_db(mel))
    of_sound, of_mel = extract(Source("x", name)), extract(Source("x", "", "a.npy"))
    np.testing.assert_allclose(of_mel.mfcc, of_sound.mfcc, atol=1e-2)
    np.testing.assert_allclose(of_mel.mel_stats, of_sound.mel_stats, atol=1e-3)
    assert np.median(np.abs(of_mel.mel - of_sound.mel)) < 1
    assert of_mel.seconds == pytest.approx(6.0, abs=0.03)


def test_mel_of_other_bands_and_few_frames(tmp_path, extract):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((96, 3)))
    result = extract(Source("x", "", "a.npy"))
    assert (result.mfcc.shape, result.mel_stats.shape, result.mel.shape) == ((160,), (512,), (1, 64, 215))
    np.testing.assert_array_equal(result.mel[..., :3], result.mel[..., 3:6])


def test_sound_goes_before_mel(song, tmp_path, extract):
    np.save(tmp_path / "a.npy", np.ones((64, 100)))
    name = song("a.wav", 2.0)
    np.testing.assert_array_equal(extract(Source("x", name, "a.npy")).mel, extract(Source("x", name)).mel)


def test_excerpts_are_pooled_and_each_has_a_patch(song, tmp_path, audio):
    name = song("a.wav", 12.0)
    settings = audio(seconds=3.0, excerpts=2, mel=MelPatch(n_mels=64, frames=50, patches=1))
    result = extractor(tmp_path, settings)(Source("x", name))
    y, sr = sf.read(tmp_path / name, dtype="float32")
    parts = [y[round(9 * sr * position) :][: 3 * sr] for position in (0.25, 0.75)]  # of 130 frames each
    powers = [librosa.feature.melspectrogram(y=part, sr=sr, n_mels=64) for part in parts]
    level = librosa.power_to_db(np.concatenate(powers, axis=1))
    np.testing.assert_allclose(result.mel, [level[:, 40:90], level[:, 170:220]], atol=1e-3)
    powers = [librosa.feature.melspectrogram(y=part, sr=sr) for part in parts]
    level = librosa.power_to_db(np.concatenate(powers, axis=1))
    np.testing.assert_allclose(result.mel_stats[:128], level.mean(axis=1), atol=1e-2)
    mfcc = librosa.feature.mfcc(S=level, n_mfcc=40)
    slope = np.concatenate(
        [librosa.feature.delta(mfcc[:, :130]), librosa.feature.delta(mfcc[:, 130:])], axis=1
    )
    expected = [f(x, axis=1) for x in (mfcc, slope) for f in (np.mean, np.std)]
    np.testing.assert_allclose(result.mfcc, np.concatenate(expected), atol=1e-2)
    assert result.seconds == pytest.approx(6.0)


def test_a_short_track_repeats_its_one_patch(song, tmp_path, audio):
    name = song("a.wav", 4.0)
    one, three = (extractor(tmp_path, audio(excerpts=n))(Source("x", name)) for n in (1, 3))
    assert three.mel.shape == (3, 64, 215)
    assert all(np.array_equal(patch, one.mel[0]) for patch in three.mel)
    np.testing.assert_array_equal(three.mfcc, one.mfcc)


@pytest.mark.parametrize("name", ["a.wav", "a.npy"])
def test_patches_are_spread_over_each_excerpt_and_change_nothing_else(song, tmp_path, audio, name):
    y, _ = sf.read(tmp_path / song("a.wav", 12.0), dtype="float32")
    np.save(tmp_path / "a.npy", librosa.feature.melspectrogram(y=y, sr=22_050, n_mels=64))
    track = Source("x", name) if name == "a.wav" else Source("x", "", name)

    def extract(patches, **changes):
        mel = MelPatch(n_mels=64, frames=50, patches=patches)
        return extractor(tmp_path, audio(seconds=4.0, excerpts=2, mel=mel, **changes))(track)

    one, three = extract(1), extract(3)
    assert three.mel.shape == (6, 64, 50)
    np.testing.assert_array_equal(three.mel[[1, 4]], one.mel)
    np.testing.assert_array_equal(three.mfcc, one.mfcc)
    np.testing.assert_array_equal(three.mel_stats, one.mel_stats)
    whole = MelPatch(n_mels=64, frames=173, patches=1)  # 1 + 4 s of frames: all of the excerpt
    excerpts = extractor(tmp_path, audio(seconds=4.0, excerpts=2, mel=whole))(track).mel
    expected = [part[:, start : start + 50] for part in excerpts for start in (3, 61, 120)]
    np.testing.assert_array_equal(three.mel, expected)


def test_patches_change_nothing_that_is_kept(song, tmp_path, audio, source):
    track = source(song("a.mp3", 5.0, 44_100, 2))
    extractor(tmp_path, audio(), tmp_path / "cache")(track)
    many = audio(mel=MelPatch(n_mels=64, frames=100, patches=4))
    expected = extractor(tmp_path, many)(track)
    (tmp_path / "a.mp3").unlink()
    assert same(extractor(tmp_path, many, tmp_path / "cache")(track), expected)


def test_a_silent_excerpt_of_a_track_that_is_not_silent_lies_80_db_below(tmp_path, audio):
    y = np.zeros(6 * 22_050)
    y[: 2 * 22_050] = 0.3 * np.sin(np.arange(2 * 22_050))
    sf.write(tmp_path / "a.wav", y, 22_050)
    settings = audio(seconds=2.0, excerpts=3, position=0.0, descriptors=list(descriptors.ROWS))
    result = extractor(tmp_path, settings)(Source("x", "a.wav"))
    np.testing.assert_allclose(result.mel[2], result.mel.max() - 80, atol=1e-3)
    assert np.isfinite(result.descriptors).all()


def test_descriptors_stand_beside_the_mfcc(song, tmp_path, audio):
    settings = audio(descriptors=["rms", "chroma", "tempo"], n_mfcc=13)
    name = song("a.wav")
    result = extractor(tmp_path, settings)(Source("x", name))
    np.testing.assert_array_equal(result.descriptors[: 4 * 13], result.mfcc)
    assert len(result.descriptors) == 4 * 13 + len(descriptors.names(settings.descriptors))
    y, _ = librosa.load(tmp_path / name, sr=None)
    i = descriptors.names(settings.descriptors).index("rms_mean")
    assert result.descriptors[52 + i] == pytest.approx(librosa.feature.rms(y=y).mean(), rel=1e-4)
    np.testing.assert_array_equal(
        extractor(tmp_path, audio(n_mfcc=13))(Source("x", name)).descriptors, result.mfcc
    )
    np.save(tmp_path / "a.npy", np.ones((64, 100)))
    assert extractor(tmp_path, settings)(Source("x", "", "a.npy")).descriptors is None


@pytest.mark.parametrize("chosen", [[], ["centroid", "onset", "tempo"]])
@pytest.mark.parametrize("name", ["a.mp3", "a.npy"])
def test_features_are_the_same_with_or_without_the_store(song, tmp_path, audio, source, chosen, name):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((96, 500)))
    song("a.mp3", 5.0, 44_100, 2)
    settings = audio(descriptors=chosen, seconds=2.0, excerpts=2)
    track = source(name)
    expected = extractor(tmp_path, settings)(track)
    extract = extractor(tmp_path, settings, tmp_path / "cache")
    first = extract(track)
    (tmp_path / name).unlink()
    assert same(first, expected)
    assert same(extract(track), expected)
    assert first.stored


def test_what_is_kept_does_for_any_parameter_of_what_follows(song, tmp_path, audio, source):
    track = source(song("a.mp3", 5.0, 44_100, 2))
    later = {
        "n_mfcc": 13,
        "mfcc_statistics": ["std"],
        "mel": MelPatch(n_mels=64, frames=50, patches=1),
        "key_invariant": True,
        "descriptors": ["chroma"],
    }
    expected = extractor(tmp_path, audio(**later))(track)
    extractor(tmp_path, audio(descriptors=["rms"]), tmp_path / "cache")(track)
    (tmp_path / "a.mp3").unlink()
    assert same(extractor(tmp_path, audio(**later), tmp_path / "cache")(track), expected)
    assert isinstance(extractor(tmp_path, audio(n_mels=64), tmp_path / "cache")(track), Failure)


def test_an_entry_without_descriptors_is_completed(song, tmp_path, audio, source):
    track = source(song("a.wav"))
    without, chosen = audio(), audio(descriptors=["rms", "contrast"])
    extractor(tmp_path, without, tmp_path / "cache")(track)
    expected = extractor(tmp_path, chosen)(track)
    extract = extractor(tmp_path, chosen, tmp_path / "cache")
    assert same(extract(track), expected)
    (tmp_path / "a.wav").unlink()
    assert same(extract(track), expected)
    assert isinstance(extractor(tmp_path, without, tmp_path / "cache")(track), Features)


def test_a_damaged_entry_is_made_again(song, tmp_path, audio, source):
    track = source(song("a.wav"))
    extract = extractor(tmp_path, audio(), tmp_path / "cache")
    expected = extract(track)
    (path,) = (tmp_path / "cache").rglob("*.npz")
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + b"x" + whole[5001:])
    assert same(extract(track), expected)
    assert path.read_bytes() == whole


def test_a_file_that_changed_since_its_digest_was_taken_is_another(song, tmp_path, audio, source):
    track = source(song("a.wav"))
    extractor(tmp_path, audio(), tmp_path / "cache")(track)
    as_of = time.time()
    extract = extractor(tmp_path, audio(), tmp_path / "cache", as_of)
    os.utime(tmp_path / song("a.wav", seed=1), (0, 0))
    changed = extract(track)
    assert same(changed, extractor(tmp_path, audio())(track))
    assert same(changed, extract(source("a.wav")))
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 2


def test_without_room_for_it_nothing_is_stored_and_features_are_given(song, tmp_path, audio, source):
    (tmp_path / "cache").touch()
    track = source(song("a.wav"))
    result = extractor(tmp_path, audio(), tmp_path / "cache")(track)
    assert same(result, extractor(tmp_path, audio())(track))
    assert not result.stored


def test_failures_are_not_stored(song, tmp_path, audio, source):
    name = song("a.wav")
    track = source(name)
    (tmp_path / name).rename(tmp_path / "b.wav")
    extract = extractor(tmp_path, audio(), tmp_path / "cache")
    assert isinstance(extract(track), Failure)
    (tmp_path / "b.wav").rename(tmp_path / name)
    assert isinstance(extract(track), Features)


def test_a_file_is_decoded_once(song, tmp_path, audio, source, monkeypatch):
    calls = []
    decode = analysis.decode.read_excerpts
    monkeypatch.setattr(analysis.decode, "read_excerpts", lambda *args: calls.append(args) or decode(*args))
    tracks = [source(song(f"{i}.wav", seed=i)) for i in range(3)]
    for settings in (audio(), audio(n_mfcc=13), audio(mel=MelPatch(n_mels=64, frames=20, patches=1))):
        extract = extractor(tmp_path, settings, tmp_path / "cache")
        assert all(isinstance(extract(track), Features) for track in tracks)
    assert len(calls) == 3


@pytest.mark.parametrize("descriptors_wanted", [[], ["chroma", "centroid"]])
def test_sound_beyond_any_loudness_costs_the_track(tmp_path, audio, descriptors_wanted):
    for i, level in enumerate((1.2e17, 2.5e16, 1e19)):
        y = level * np.random.default_rng(i).standard_normal(22_050 * 3)
        sf.write(tmp_path / "loud.wav", y.astype(np.float32), 22_050, subtype="FLOAT")
        result = extractor(tmp_path, audio(descriptors=descriptors_wanted))(Source("x", "loud.wav"))
        if isinstance(result, Features):
            vectors = (result.mfcc, result.mel_stats, result.mel, result.descriptors)
            assert all(np.isfinite(vector).all() for vector in vectors)
        else:
            assert result == Failure(analysis.BEYOND)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"steps": np.zeros((3, 5), np.uint16)},
        {"range": np.full((192, 2), np.nan, np.float32)},
        {"windows": np.array([10**6])},
        {"windows": np.array([], np.int64)},
        {"seconds": np.array("long")},
        {"series": np.zeros((2, 2), np.float32)},
    ],
)
def test_an_entry_of_another_form_is_made_again(song, tmp_path, audio, source, change):
    track = source(song("a.wav", 2.0))
    extract = extractor(tmp_path, audio(), tmp_path / "cache")
    right = extract(track)
    kept = extract.store.get(track.sha256)
    extract.store.put(track.sha256, (kept | change) if change else {})
    assert same(extract(track), right)
    assert analysis.is_whole(extract.store.get(track.sha256), audio())


def test_a_file_is_kept_under_the_digest_of_what_was_decoded(song, tmp_path, audio, source):
    old = source(song("a.wav", 2.0, seed=1))
    before = (tmp_path / "a.wav").read_bytes()
    song("a.wav", 2.0, seed=2)  # while the catalogue was read: nothing tells that it changed after its digest
    extract = extractor(tmp_path, audio(), tmp_path / "cache")
    new = extract(old)
    (tmp_path / "a.wav").write_bytes(before)
    assert not same(extract(old), new)
    assert same(extract(old), extractor(tmp_path, audio())(old))
