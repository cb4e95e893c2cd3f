import numpy as np
import pytest
import soundfile as sf

from songmap.sound import Stream

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
