import importlib
import json

import librosa
import numpy as np
import pytest
import soundfile as sf

from songmap import params
from songmap.audio import analysis, descriptors, spectrum
from songmap.errors import DataError
from songmap.params.data import MelPatch

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def weights():
    made = {}

    def of(audio):
        key = (audio.sample_rate, audio.n_fft, audio.n_mels, audio.mel.n_mels)
        return made.setdefault(key, analysis.weights(audio))

    return of


RATES = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
GRID = [(name, rate) for name in ("a.mp3", "a.flac", "a.ogg", "a.wav") for rate in RATES]
GRID += [("a.opus", rate) for rate in (8000, 16_000, 24_000, 48_000)]


@pytest.mark.parametrize(("name", "rate"), GRID)
@pytest.mark.parametrize("channels", [1, 2])
def test_log_mel_and_mfcc_are_librosas(song, tmp_path, audio, weights, name, rate, channels):
    settings = audio()
    song(name, 4.0, rate, channels)
    kept = analysis.analyse(tmp_path / name, settings, weights(settings), None)
    y, sr = librosa.load(tmp_path / name, sr=22_050)
    for level, n in zip(analysis.levels(kept, 128), (128, 64), strict=True):
        expected = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=sr, n_mels=n))
        np.testing.assert_allclose(level, expected, atol=1e-3)
    mfcc = spectrum.cepstral_basis(40, 128) @ analysis.levels(kept, 128)[0]
    np.testing.assert_allclose(mfcc, librosa.feature.mfcc(y=y, sr=sr, n_mfcc=40), atol=1e-2)


def test_excerpts_are_analysed_apart_and_have_one_loudest(song, tmp_path, audio, weights):
    settings = audio(seconds=1.5, excerpts=3)
    name = song("a.wav", 9.0)
    whole, sr = sf.read(tmp_path / name, dtype="float32")
    whole[: 3 * sr] *= 0.01
    sf.write(tmp_path / name, whole, sr, subtype="FLOAT")
    kept = analysis.analyse(tmp_path / name, settings, weights(settings), descriptors.shared(sr, 2048))
    starts = [round(7.5 * sr * (i + 0.5) / 3) for i in range(3)]
    parts = [librosa.feature.melspectrogram(y=whole[s : s + round(1.5 * sr)], sr=sr) for s in starts]
    assert kept["windows"].tolist() == [part.shape[1] for part in parts]
    expected = librosa.power_to_db(np.concatenate(parts, axis=1))
    np.testing.assert_allclose(analysis.levels(kept, 128)[0], expected, atol=1e-3)
    assert kept["seconds"] == pytest.approx(4.5, abs=1e-3)
    assert kept["series"].shape == (len(descriptors.SERIES), expected.shape[1])


def test_series_are_those_of_each_frame(song, tmp_path, audio, weights):
    settings = audio()
    shared = descriptors.shared(22_050, 2048)
    name = song("a.wav", 6.0)  # more frames than are transformed at a time
    kept = analysis.analyse(tmp_path / name, settings, weights(settings), shared)
    y, _ = sf.read(tmp_path / name, dtype="float32")
    power = np.abs(librosa.stft(y)) ** 2
    frames = librosa.util.frame(np.pad(y, 1024), frame_length=2048, hop_length=512)
    np.testing.assert_allclose(
        kept["series"], descriptors.series(power, frames, shared), rtol=1e-3, atol=1e-3
    )


@pytest.mark.parametrize("span", [0.0, 1e-5, 3.0, 80.0])
def test_levels_are_kept_within_a_thousandth(span):
    rng = np.random.default_rng(0)
    level = (40 - span * rng.random((24, 500))).astype(np.float32)
    level[:, :2] = [40, 40 - span]
    power = (10 ** (level / 10)).astype(np.float32)
    kept = analysis._kept([power[:, :200], power[:, 200:]], 16, 1.0)
    assert kept["steps"].dtype == np.uint16
    found = np.concatenate(analysis.levels(kept, 16))
    expected = np.concatenate([spectrum.decibels(power[:16]), spectrum.decibels(power[16:])])
    assert found.dtype == np.float32
    assert np.abs(found - expected).max() < 7e-4


def test_silence_is_finite(tmp_path, audio, weights):
    sf.write(tmp_path / "a.wav", np.zeros(44_100), 22_050)
    kept = analysis.analyse(tmp_path / "a.wav", audio(), weights(audio()), descriptors.shared(22_050, 2048))
    assert all((level == -100).all() for level in analysis.levels(kept, 128))
    assert np.isfinite(kept["series"]).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_what_is_no_sound_is_refused(tmp_path, audio, weights, bad):
    y = np.zeros(44_100)
    y[20_000] = bad
    sf.write(tmp_path / "a.wav", y, 22_050, subtype="FLOAT")
    with np.errstate(all="ignore"), pytest.raises(DataError, match="NaN"):
        analysis.analyse(tmp_path / "a.wav", audio(), weights(audio()), None)


def test_recipe_changes_with_what_is_kept_and_with_nothing_else(audio):
    recipe = analysis.recipe(audio())
    assert json.loads(json.dumps(recipe)) == recipe
    patch = MelPatch(n_mels=64, frames=100, patches=1)
    later = {
        "n_mfcc": 13,
        "mfcc_statistics": ["std"],
        "mel": patch,
        "descriptors": ["rms"],
        "key_invariant": True,
    }
    assert analysis.recipe(audio(**later)) == recipe
    sooner = {
        "sample_rate": 16_000,
        "n_fft": 1024,
        "hop_length": 256,
        "seconds": 10.0,
        "position": 0.0,
        "excerpts": 2,
        "n_mels": 64,
        "mel": MelPatch(n_mels=32, frames=215, patches=1),
    }
    assert set(params.Audio.model_fields) == {*sooner, *later}
    for name, value in sooner.items():
        assert analysis.recipe(audio(**{name: value})) != recipe


@pytest.mark.parametrize("module", ["sound", "decode", "spectrum", "readymade", "descriptors", "analysis"])
def test_recipe_changes_with_the_code(tmp_path, monkeypatch, audio, module):
    recipe = analysis.recipe(audio())
    changed = analysis if module == "analysis" else getattr(analysis, module)
    source = (tmp_path / "changed.py").resolve()
    with open(changed.__file__, "rb") as file:  # noqa: PTH123
        source.write_bytes(file.read() + b"# changed\n")
    monkeypatch.setattr(changed, "__file__", str(source))
    assert analysis.recipe(audio()) != recipe


@pytest.mark.parametrize("library", ["sf.__libsndfile_version__", "soxr.__version__", "np.__version__"])
def test_recipe_changes_with_the_libraries(monkeypatch, audio, library):
    recipe = analysis.recipe(audio())
    module, name = library.split(".")
    monkeypatch.setattr(
        importlib.import_module({"sf": "soundfile", "np": "numpy"}.get(module, module)), name, "99"
    )
    assert analysis.recipe(audio()) != recipe
