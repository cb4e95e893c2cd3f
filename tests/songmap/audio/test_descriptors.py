import pickle

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from songmap.audio import descriptors, spectrum
from songmap.params import Descriptor

EVERY = list(Descriptor.__args__)
RATE = 22_050


def blocks(y, n_fft, hop):
    """Power and unwindowed frames as `spectrum` makes them, block by block."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(y, n_fft // 2), n_fft)[::hop].T
    spectra = np.fft.rfft(frames * spectrum.hann(n_fft)[:, np.newaxis], axis=0)
    power = np.abs(spectra.astype(np.complex64)) ** 2
    for start in range(0, frames.shape[1], 40):
        yield power[:, start : start + 40], frames[:, start : start + 40]


def rows(y, rate=RATE, n_fft=2048, hop=512):
    """Every row of `series` by its descriptor."""
    y = y.astype(np.float32)
    shared = descriptors.shared(rate, n_fft)
    values = np.concatenate([descriptors.series(p, f, shared) for p, f in blocks(y, n_fft, hop)], axis=1)
    assert values.dtype == np.float32
    named = dict(zip(descriptors.SERIES, values, strict=True))
    return {
        name: np.stack([named[row] for row in descriptors.SERIES if row.rstrip("0123456789") == name])
        for name in descriptors.ROWS
    }


def log_mel(y, hop=512):
    weights = csr_array(spectrum.mel_weights(RATE, 2048, 128))
    return spectrum.decibels(spectrum.mel_power(y.astype(np.float32), weights, 2048, hop))


def described(y, which, *, windows=None, key_invariant=False):
    """Values of a signal by name."""
    level = log_mel(y)
    values = descriptors.describe(
        np.concatenate(list(rows(y).values())),
        level,
        windows or [level.shape[1]],
        which,
        RATE / 512,
        key_invariant,
    )
    assert values.dtype == np.float32
    return dict(zip(descriptors.names(which), values.tolist(), strict=True))


def tone(hertz, seconds=2.0, rate=RATE):
    return np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


SIGNALS = {
    "music": lambda sound, rate: 0.5 * sound(2.0, rate)[:, 0],
    "noise": lambda sound, rate: 0.1 * np.random.default_rng(1).standard_normal(rate),
    "chord": lambda sound, rate: (
        sum(tone(f, 1.5, rate) for f in (220, 277.18, 329.63)) / 4
        + 1e-3 * np.random.default_rng(2).standard_normal(round(1.5 * rate))
    ),
    "clicks": lambda sound, rate: (
        librosa.clicks(times=[0.3, 0.8, 1.3], sr=rate, length=2 * rate)
        + 1e-4 * np.random.default_rng(3).standard_normal(2 * rate)
    ),
}


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.parametrize(
    ("rate", "n_fft", "hop"),
    [(22_050, 2048, 512), (44_100, 4096, 1024), (16_000, 1023, 300), (8000, 1024, 256)],
)
def test_rows_are_librosas(sound, signal, rate, n_fft, hop):
    y = SIGNALS[signal](sound, rate).astype(np.float32)
    ours = rows(y, rate, n_fft, hop)
    S = np.sqrt(np.concatenate([power for power, _ in blocks(y, n_fft, hop)], axis=1))
    np.testing.assert_allclose(S, np.abs(librosa.stft(y, n_fft=n_fft, hop_length=hop)), atol=1e-6 * S.max())
    at = {"S": S, "sr": rate, "n_fft": n_fft}
    padded = np.pad(y, n_fft // 2)
    framing = {"frame_length": n_fft, "hop_length": hop, "center": False}
    spread = librosa.feature.spectral_bandwidth(**at)
    np.testing.assert_allclose(ours["centroid"], librosa.feature.spectral_centroid(**at), rtol=1e-4)
    np.testing.assert_allclose(ours["bandwidth"], spread, rtol=1e-4, atol=0.1)
    np.testing.assert_allclose(ours["flatness"], librosa.feature.spectral_flatness(S=S), rtol=1e-3)
    np.testing.assert_array_equal(
        ours["zero_crossings"][0],
        librosa.feature.zero_crossing_rate(padded, **framing)[0].astype(np.float32),
    )
    np.testing.assert_allclose(ours["rms"], librosa.feature.rms(y=padded, **framing), rtol=1e-5)
    chroma = librosa.feature.chroma_stft(S=S**2, sr=rate, n_fft=n_fft, tuning=0)
    np.testing.assert_allclose(ours["chroma"], chroma, atol=1e-4)
    off = np.abs(ours["rolloff"] - librosa.feature.spectral_rolloff(**at)) / (rate / n_fft)
    assert off.max() < 1.01  # a sum that ends on the threshold may be rounded to either side
    assert (off > 0.01).mean() < 0.02
    octaves = 5 if rate == 8000 else 6
    contrast = librosa.feature.spectral_contrast(**at, n_bands=octaves)
    np.testing.assert_allclose(ours["contrast"][: octaves + 1], contrast, atol=1e-3)
    assert not ours["contrast"][octaves + 1 :].any()


def test_a_tone_is_where_it_should_be():
    ours = rows(tone(1000))
    middle = {name: values[:, 20:-20] for name, values in ours.items()}
    np.testing.assert_allclose(middle["centroid"], 1000, atol=2)
    np.testing.assert_allclose(middle["rolloff"], 1000, atol=20)
    np.testing.assert_allclose(middle["zero_crossings"], 2 * 1000 / RATE, atol=1e-3)
    np.testing.assert_allclose(middle["rms"], np.sqrt(0.5), atol=1e-3)
    assert middle["bandwidth"].max() < 100
    assert middle["flatness"].max() < 1e-3
    assert (middle["chroma"].argmax(axis=0) == 11).all()  # 1000 Hz is nearest to B5


def test_white_noise_has_the_moments_of_a_flat_spectrum():
    y = np.random.default_rng(0).standard_normal(20 * RATE)
    ours = {name: values.mean() for name, values in rows(y).items()}
    assert ours["centroid"] == pytest.approx(RATE / 4, rel=0.01)
    assert ours["bandwidth"] == pytest.approx(RATE / 2 / np.sqrt(12), rel=0.01)
    assert ours["rolloff"] == pytest.approx(0.85 * RATE / 2, rel=0.01)
    assert ours["zero_crossings"] == pytest.approx(0.5, rel=0.01)
    assert ours["rms"] == pytest.approx(1, rel=0.03)
    assert ours["flatness"] == pytest.approx(np.exp(-np.euler_gamma), rel=0.02)  # of exponential power


def test_silence_has_the_values_that_are_documented():
    ours = rows(np.zeros(RATE))
    np.testing.assert_allclose(ours.pop("flatness"), 1, atol=1e-5)
    assert not any(values.any() for values in ours.values())


@pytest.mark.parametrize(("rate", "n_fft"), [(4000, 64), (22_050, 64), (192_000, 1024), (4000, 65_536)])
def test_bands_without_bins_have_no_contrast(rate, n_fft):
    y = np.random.default_rng(0).standard_normal(2000)
    with np.errstate(all="raise", under="ignore"):
        assert all(np.isfinite(values).all() for values in rows(y, rate, n_fft, n_fft // 4).values())


@given(
    n=st.integers(1, 3000),
    scale=st.sampled_from([0.0, 1e-30, 1e-6, 1.0, 1e6]),
    offset=st.sampled_from([0.0, 1e-12, 1.0]),
    n_fft=st.sampled_from([64, 255, 512]),
    seed=st.integers(0, 99),
)
@settings(max_examples=60)
def test_any_signal_gives_finite_rows_in_their_ranges(n, scale, offset, n_fft, seed):
    y = scale * np.random.default_rng(seed).standard_normal(n) + offset
    ours = rows(y, 8000, n_fft, n_fft // 4)
    assert all(np.isfinite(values).all() for values in ours.values())
    assert all(values.min() >= 0 for values in ours.values())
    for name in ("centroid", "bandwidth", "rolloff"):
        assert ours[name].max() <= 4000.1
    for name in ("flatness", "chroma", "zero_crossings"):
        assert ours[name].max() <= 1.00001


def test_what_is_shared_travels_to_other_processes():
    shared = descriptors.shared(RATE, 1024)
    again = pickle.loads(pickle.dumps(shared))  # noqa: S301
    power, frames = next(blocks(tone(440).astype(np.float32), 1024, 256))
    np.testing.assert_array_equal(
        descriptors.series(power, frames, shared), descriptors.series(power, frames, again)
    )


def test_the_layout_of_the_blocks_is_no_input():
    power, frames = next(blocks(tone(440).astype(np.float32), 1024, 256))
    shared = descriptors.shared(RATE, 1024)
    other = descriptors.series(np.asfortranarray(power), np.ascontiguousarray(frames), shared)
    np.testing.assert_allclose(other, descriptors.series(power, frames, shared), rtol=1e-5, atol=1e-5)


def test_values_are_statistics_under_their_names(sound):
    y = sound(3.0, RATE)[:, 0]
    ours, values = rows(y), described(y, EVERY)
    assert values["centroid_mean"] == pytest.approx(ours["centroid"].mean(), rel=1e-5)
    assert values["rolloff_std"] == pytest.approx(ours["rolloff"].std(), rel=1e-5)
    assert values["contrast7_std"] == pytest.approx(ours["contrast"][6].std(), rel=1e-4)
    assert values["chroma1_mean"] == pytest.approx(ours["chroma"][0].mean(), rel=1e-5)
    level = librosa.amplitude_to_db(ours["rms"][0], top_db=80)
    assert values["rms_mean"] == pytest.approx(ours["rms"].mean(), rel=1e-5)
    assert values["rms_db_mean"] == pytest.approx(level.mean(), abs=1e-3)
    assert values["rms_db_std"] == pytest.approx(level.std(), abs=1e-3)
    assert values["rms_db_range"] == pytest.approx(np.ptp(np.percentile(level, [5, 95])), abs=1e-3)


@given(which=st.lists(st.sampled_from(EVERY), unique=True))
@settings(max_examples=30)
def test_names_follow_the_choice(which):
    series = np.random.default_rng(0).random((len(descriptors.SERIES), 90)).astype(np.float32)
    level = -30 * np.random.default_rng(1).random((8, 90)).astype(np.float32)
    values = descriptors.describe(series, level, [40, 50], which, 43.0, False)
    names = descriptors.names(which)
    assert values.shape == (len(names),)
    assert len(set(names)) == len(names)
    for name in which:
        alone = dict(
            zip(
                descriptors.names([name]),
                descriptors.describe(series, level, [40, 50], [name], 43.0, False),
                strict=True,
            )
        )
        together = dict(zip(names, values, strict=True))
        assert alone == {key: together[key] for key in alone}


def test_dynamics_do_not_depend_on_loudness(sound):
    y = sound(3.0, RATE)[:, 0] * np.linspace(0.1, 1, 3 * RATE)
    loud, soft = described(y, ["rms"]), described(y / 10, ["rms"])
    assert soft["rms_db_mean"] == pytest.approx(loud["rms_db_mean"] - 20, abs=1e-3)
    assert soft["rms_db_std"] == pytest.approx(loud["rms_db_std"], abs=1e-3)
    assert soft["rms_db_range"] == pytest.approx(loud["rms_db_range"], abs=1e-3)
    assert soft["rms_std"] == pytest.approx(loud["rms_std"] / 10, rel=1e-3)


def test_a_transposition_turns_the_chroma_and_key_invariance_undoes_it():
    def chord(semitones):
        strengths = {880.0: 1.0, 1046.5: 0.5, 1318.5: 0.7}
        return sum(a * tone(f * 2 ** (semitones / 12)) for f, a in strengths.items()) / 3

    def vector(semitones, key_invariant):
        return np.array(list(described(chord(semitones), ["chroma"], key_invariant=key_invariant).values()))

    np.testing.assert_allclose(vector(3, True), vector(0, True), atol=0.05)
    assert np.abs(vector(3, False) - vector(0, False)).max() > 0.5
    plain, turned = vector(0, False).reshape(2, 12), vector(0, True).reshape(2, 12)
    assert plain[0].argmax() == 9  # A
    np.testing.assert_array_equal(turned, np.roll(plain, -9, axis=1))  # mean and deviation alike


@pytest.mark.parametrize(
    "y", [np.zeros(RATE), np.full(RATE, 0.5), np.zeros(1), np.ones(1), tone(440), 1e-30 * tone(440)]
)
@pytest.mark.parametrize("key_invariant", [False, True])
def test_silence_constants_and_single_frames_are_finite(y, key_invariant):
    values = described(y, EVERY, key_invariant=key_invariant)
    assert np.isfinite(list(values.values())).all()
    steady = not np.ptp(y) or np.abs(y).max() < 1e-20
    if steady and len(y) == 1:
        assert values["rms_db_range"] == values["centroid_std"] == values["onset_std"] == 0
    if not y.any():
        assert values["rms_db_mean"] == -100
        assert values["onset_mean"] == values["onset_rate"] == values["pulse_clarity"] == 0
        assert values["tempo_log2"] == pytest.approx(np.log2(120))
