import inspect
import shutil
import subprocess
from unittest import mock

import faster_whisper.transcribe
import numpy as np
import pytest
import soundfile as sf
import soxr
from faster_whisper import WhisperModel
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.vad import VadOptions, get_speech_timestamps

from songmap.errors import DataError
from songmap.importers import hallucinations, transcription
from songmap.importers.transcription import RATE, Transcript, listen, load
from songmap.importers.whisper import Whisper
from tests.songmap.importers import tiny_whisper
from tests.songmap.importers.tiny_whisper import voice

pytestmark = pytest.mark.slow

SAYS = [(" Meu amor,", 0.0, 2.0), (" a noite vem.", 2.0, 5.0)]
TEXT = "Meu amor,\na noite vem."
NONE = {"no speech": 0, "repeated": 0, "improbable": 0}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Load a model that is made with these arguments, once."""
    folder, loaded = tmp_path_factory.mktemp("models"), {}

    def make(says=SAYS, given="", **options):
        key = repr((says, given, options))
        if key not in loaded:
            model = tiny_whisper.save(folder / str(len(loaded)), says, **options)
            loaded[key] = load(str(model), "cpu", language=given)
        return loaded[key]

    return make


@pytest.fixture(scope="module")
def song():
    """Eight seconds of a voice between five of silence, in stereo at 44.1 kHz: float32, shape (n, 2)."""
    silence = np.zeros(5 * 44_100, np.float32)
    left = np.concatenate([silence, voice(8, 44_100), silence])
    return np.stack([left, 0.5 * left], axis=1)


def verses(count):
    """A voice that pauses, 7 s to a verse, at 16 kHz: float32, shape (n,)."""
    return np.concatenate([voice(6, RATE), np.zeros(RATE, np.float32)] * count)


@pytest.fixture
def file(tmp_path, song):
    sf.write(tmp_path / "song.wav", song, 44_100)
    return tmp_path / "song.wav"


@pytest.fixture
def heard(monkeypatch):
    """The calls of faster-whisper's own `transcribe`, which go through."""
    spy = mock.create_autospec(WhisperModel.transcribe, side_effect=WhisperModel.transcribe)
    monkeypatch.setattr(Whisper, "transcribe", spy)
    return spy


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.ogg", "a.opus"])
def test_a_song_becomes_its_words(made, song, tmp_path, name):
    rate = 48_000 if name == "a.opus" else 44_100
    options = {"format": "OGG", "subtype": "OPUS"} if name == "a.opus" else {}
    sf.write(tmp_path / name, song, rate, **options)
    found = made().transcribe(tmp_path / name)
    assert (found.text, found.language, found.dropped) == (TEXT, "pt", NONE)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_what_ffmpeg_decodes_is_heard_too(made, file):
    target = file.with_suffix(".m4a")
    subprocess.run(["ffmpeg", "-v", "error", "-i", file, target], check=True)
    assert made().transcribe(target).text == TEXT


def test_what_needs_ffmpeg_says_so(made, file, monkeypatch):
    path = file.with_suffix(".wma")
    path.write_bytes(b"nothing that libsndfile reads")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DataError, match=r"song\.wma: needs ffmpeg: install it$"):
        made().transcribe(path)


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_the_model_gets_the_mean_of_the_channels_at_16_khz(
    made, heard, tmp_path, monkeypatch, rate, channels
):
    monkeypatch.setattr(faster_whisper.transcribe, "decode_audio", None)  # its own decoder
    sound = np.random.default_rng(0).uniform(-1, 1, (3 * rate + 7, channels))
    sf.write(tmp_path / "a.wav", sound, rate, subtype="FLOAT")
    made().transcribe(tmp_path / "a.wav")
    _, samples = heard.call_args.args
    expected = np.clip(soxr.resample(sound.mean(axis=1), rate, 16_000, "HQ"), -1, 1)
    assert samples.dtype == np.float32
    np.testing.assert_allclose(samples, expected, atol=1e-6)


def test_an_mp3_is_decoded_as_songmap_decodes_it(made, heard, song, tmp_path):
    sf.write(tmp_path / "a.mp3", song, 44_100)
    made().transcribe(tmp_path / "a.mp3")
    decoded, _ = sf.read(tmp_path / "a.mp3")
    expected = soxr.resample(decoded.mean(axis=1), 44_100, 16_000, "HQ")
    np.testing.assert_allclose(heard.call_args.args[1], expected, atol=1e-5)


def test_the_call_is_one_that_the_library_takes(made, heard, file):
    transcriber = made()
    transcriber.transcribe(file)
    call = inspect.signature(WhisperModel.transcribe).bind(*heard.call_args.args, **heard.call_args.kwargs)
    options = transcriber.model.transcribe(listen(file), **heard.call_args.kwargs)[1].transcription_options
    assert call.arguments["vad_filter"] is True
    assert (options.beam_size, options.condition_on_previous_text) == (transcription.BEAMS, False)
    assert options.temperatures == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    thresholds = options.compression_ratio_threshold, options.log_prob_threshold, options.no_speech_threshold
    assert thresholds == (2.4, -1.0, 0.6)  # section 4.5 of the paper


def test_only_the_stretches_with_a_voice_reach_the_network(made, file, monkeypatch):
    shown = mock.create_autospec(FeatureExtractor.__call__, side_effect=FeatureExtractor.__call__)
    monkeypatch.setattr(FeatureExtractor, "__call__", shown)
    made().transcribe(file)
    samples = listen(file)
    (stretch,) = get_speech_timestamps(samples, VadOptions())
    assert stretch["start"] == pytest.approx(5 * RATE, abs=RATE)
    assert stretch["end"] == pytest.approx(13 * RATE, abs=RATE)
    np.testing.assert_array_equal(shown.call_args.args[1], samples[stretch["start"] : stretch["end"]])


@pytest.mark.parametrize("kind", ["silence", "noise", "tone"])
def test_sound_without_a_voice_has_neither_words_nor_language(made, tmp_path, kind):
    time = np.arange(5 * RATE) / RATE
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(time))
    sound = {"silence": 0 * time, "noise": noise, "tone": 0.5 * np.sin(2 * np.pi * 440 * time)}[kind]
    sf.write(tmp_path / "a.wav", sound, RATE)
    assert made().transcribe(tmp_path / "a.wav") == Transcript("", "", NONE)
    given = made(given="de").transcribe(tmp_path / "a.wav")
    assert (given.text, given.language) == ("", "de")


@pytest.mark.parametrize("samples", [100, 4000])
def test_a_very_short_sound_is_no_error(made, tmp_path, samples):
    sf.write(tmp_path / "a.wav", np.full(samples, 0.1), 44_100)
    assert made().transcribe(tmp_path / "a.wav").text == ""


def test_a_voice_longer_than_a_window_is_heard_window_by_window(made, tmp_path):
    sf.write(tmp_path / "a.flac", verses(9), RATE)
    found = made().transcribe(tmp_path / "a.flac")
    assert found.text == "\n".join([TEXT] * 3)


def test_a_track_is_heard_up_to_a_limit(made, heard, file, monkeypatch):
    whole = listen(file)
    monkeypatch.setattr(transcription, "LONGEST", 7.25)
    made().transcribe(file)
    samples = heard.call_args.args[1]
    assert len(samples) == pytest.approx(7.25 * RATE, abs=2)
    assert np.abs(samples - whole[: len(samples)])[:-100].max() < 1e-6


def test_an_hour_is_not_held_in_memory(tmp_path):
    with sf.SoundFile(tmp_path / "a.wav", "w", 8000, 1) as long:
        for _ in range(60):
            long.write(np.full(60 * 8000, 0.1))
    assert len(listen(tmp_path / "a.wav")) == 900 * RATE


def test_sound_beyond_full_scale_is_clipped(tmp_path):
    sound = np.array([0.5, -0.5, 1e30, -1e30] * 400, np.float32)
    sf.write(tmp_path / "a.wav", sound, RATE, subtype="FLOAT")
    np.testing.assert_array_equal(listen(tmp_path / "a.wav"), np.clip(sound, -1, 1))


@pytest.mark.parametrize(
    ("given", "code"), [("de", "de"), ("pt-BR", "pt"), ("pt_BR", "pt"), ("JV", "jw"), ("haw", "haw")]
)
def test_a_language_that_is_given_is_not_detected(made, heard, file, monkeypatch, given, code):
    monkeypatch.setattr(Whisper, "detect_language", None)
    found = made(given=given).transcribe(file)
    assert heard.call_args.kwargs["language"] == code
    assert found.language == ("jv" if code == "jw" else code)
    assert found.text == TEXT


def test_the_language_is_detected_in_each_track(made, heard, file):
    assert made(language="jw").transcribe(file).language == "jv"
    assert made(language="haw").transcribe(file).language == "haw"
    assert heard.call_args.kwargs["language"] is None


def test_a_language_that_the_model_does_not_know(made):
    with pytest.raises(
        DataError, match=r"^language='Klingon': must be a code that the model knows: af, am, .*zh$"
    ):
        made(given="Klingon")
    with pytest.raises(DataError, match=r"^language='pt': must be a code that the model knows: en$"):
        made(given="pt", multilingual=False)


def test_a_model_of_english_alone(made, file):
    found = made(multilingual=False).transcribe(file)
    assert (found.text, found.language) == (TEXT, "en")


def test_words_that_the_model_doubts_are_dropped(made, file, monkeypatch):
    monkeypatch.setattr(hallucinations, "LOG_PROBABILITY", -1e-6)
    found = made().transcribe(file)
    assert (found.text, found.dropped) == ("", NONE | {"improbable": 2})


def test_windows_without_speech_are_counted(made, tmp_path):
    """What faster-whisper leaves out by itself it does not tell."""
    transcriber = made(says=(), no_speech=2.0)
    for count, windows in ((6, 2), (1, 1)):
        sf.write(tmp_path / "a.wav", verses(count), RATE)
        assert transcriber.transcribe(tmp_path / "a.wav").dropped == NONE | {"no speech": windows}


def test_a_loop_is_dropped_and_a_chorus_stays(made, file):
    loop = [(" go" * 30, 0.0, 5.0), (" home", 5.0, 6.0)]
    found = made(says=loop).transcribe(file)
    assert (found.text, found.dropped) == ("go\nhome", NONE | {"repeated": 1})
    chorus = [(" come home to me" * 4, 0.0, 5.0)]
    found = made(says=chorus).transcribe(file)
    assert (found.text, found.dropped) == (chorus[0][0].strip(), NONE)


def test_a_loop_where_nobody_seems_to_sing_leaves_nothing(made, file):
    found = made(says=[(" go" * 30, 0.0, 5.0)], no_speech=1.5).transcribe(file)
    assert (found.text, found.dropped) == ("", NONE | {"no speech": 1})


def test_stock_phrases_are_dropped(made, file):
    says = [(" I love you.", 0.0, 2.0), (" Thanks for watching!", 2.0, 5.0)]
    found = made(says=says).transcribe(file)
    assert (found.text, found.dropped) == ("I love you.", NONE | {"improbable": 1})


def test_a_model_loaded_again_draws_the_same(file, tmp_path):
    model = str(tiny_whisper.save(tmp_path / "babbles"))
    samples = listen(file)

    def draws():
        segments, _ = load(model, "cpu").model.transcribe(samples, temperature=1.0)
        return [segment.tokens for segment in segments]

    first, again = draws(), draws()
    assert first == again
    assert first


def make_unreadable(kind, path):
    match kind:
        case "text":
            path.write_text("no sound at all, only words")
        case "folder":
            path.mkdir()
        case "empty":
            sf.write(path, np.empty(0), RATE)
        case "nan":
            sf.write(path, np.full(RATE, np.nan), RATE, subtype="FLOAT")
        case "infinite":
            sf.write(path, np.full(RATE, np.inf), RATE, subtype="FLOAT")


@pytest.mark.parametrize("kind", ["missing", "text", "folder", "empty", "nan", "infinite"])
def test_an_unreadable_file_is_named_in_one_line(made, tmp_path, kind):
    path = tmp_path / f"{kind} song.wav"
    make_unreadable(kind, path)
    with pytest.raises(DataError, match=f"{kind} song.wav") as caught:
        made().transcribe(path)
    assert "\n" not in str(caught.value)


def test_samples_without_a_header_are_refused(made, tmp_path):
    (tmp_path / "a.raw").write_bytes(bytes(1000))
    with pytest.raises(DataError, match=r"a\.raw cannot be decoded"):
        made().transcribe(tmp_path / "a.raw")


def test_a_model_that_fails_names_the_track(made, file, monkeypatch):
    monkeypatch.setattr(Whisper, "encode", mock.Mock(side_effect=RuntimeError("CUDA failed:\nout of memory")))
    with pytest.raises(DataError, match=r"song\.wav cannot be transcribed: CUDA failed: out of memory$"):
        made().transcribe(file)
