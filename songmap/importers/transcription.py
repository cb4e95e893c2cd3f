"""Lyrics from the singing voice, by faster-whisper.

Whisper: Radford et al. 2022, Robust Speech Recognition via Large-Scale Weak Supervision (arXiv:2212.04356).
Sound without a voice is left out by Silero VAD, which comes with faster-whisper; `hallucinations` says which
segments are dropped afterwards.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
import soxr

from songmap.errors import DataError
from songmap.importers.fields import base_language
from songmap.importers.hallucinations import LOG_PROBABILITY, NO_SPEECH, NO_SPEECH_THRESHOLD, sift
from songmap.sound import FfmpegStream, Stream, open_sound

RATE = 16_000  # Hz, that Whisper and Silero hear
LONGEST = 900.0  # seconds of a track that are heard
BEAMS = 5  # kept while decoding at temperature 0
WINDOWS = 4  # of 30 s with a voice, at most, that are heard for the language; a sure one ends it
_STANDARD = {"jw": "jv"}  # Javanese, for which Whisper has a code that ISO 639-1 withdrew
_BLOCK = 16_384  # samples per channel


@dataclass(frozen=True)
class Transcript:
    """The words of a track.

    Parameters
    ----------
    text : str
        A line per segment; '' where nothing is left.
    language : str
        Given or detected: a code of ISO 639-1, or of 639-3 for Hawaiian and Cantonese, which have none; ''
        where there is no voice to tell it by.
    dropped : dict of str to int
        Segments by reason, as `hallucinations.sift` gives them; windows without speech are counted there too.
    """

    text: str
    language: str
    dropped: dict[str, int]


@dataclass(frozen=True)
class Transcriber:
    """A model and the language it is to hear. Made by `load`.

    Parameters
    ----------
    model : Any
        A `songmap.importers.whisper.Whisper`.
    language : str
        Whisper's code; '' where it is detected in each track.
    """

    model: Any
    language: str = ""

    def transcribe(self, path: Path) -> Transcript:
        """Write down what is sung in a track's first 15 minutes.

        The same tracks in the same order after `load` give the same text on one machine: where decoding
        falls back to a temperature above 0, tokens are drawn, and each draw depends on those before.

        Parameters
        ----------
        path : Path
            A file that `songmap.sound.open_sound` opens.

        Returns
        -------
        Transcript

        Raises
        ------
        DataError
            If it cannot be read or holds no sound, or the model fails on it; the text names the file.
        """
        samples = listen(path)
        self.model.silent = 0
        try:
            segments, info = self.model.transcribe(
                samples,
                language=self.language or None,
                beam_size=BEAMS,
                log_prob_threshold=LOG_PROBABILITY,
                no_speech_threshold=NO_SPEECH_THRESHOLD,
                condition_on_previous_text=False,
                vad_filter=True,
                language_detection_segments=WINDOWS,
            )
            lines, dropped = sift(segments)
        except (RuntimeError, ValueError) as error:
            raise DataError(f"{path} cannot be transcribed: {' '.join(str(error).split())[:200]}") from error
        dropped[NO_SPEECH] += self.model.silent
        told = bool(self.language) or info.duration_after_vad > 0
        return Transcript(
            text="\n".join(lines),
            language=_standard(info.language) if told else "",
            dropped=dropped,
        )


def load(model: str, device: str, compute_type: str = "auto", language: str = "") -> Transcriber:
    """Load a Whisper model.

    Parameters
    ----------
    model : str
        A size (tiny, base, small, medium, large-v3, turbo, ...), the path of a model in the format of
        CTranslate2, or the name of one on the hub.
    device : str
        cpu, cuda, or auto: cuda where CTranslate2 sees one.
    compute_type : str
        One that CTranslate2 offers on the device, or auto: int8 on a processor, float16 on cuda.
    language : str
        Code of the language that is sung; '' detects it in each track.

    Raises
    ------
    DataError
        If an argument is none of these, the model cannot be found within seconds, holds weights in pickles
        alone, is damaged or of another kind, or does not know the language.
    """
    from songmap.importers import whisper  # which takes most of a second

    loaded = whisper.load(model, device, compute_type)
    return Transcriber(loaded, _code(language, loaded) if language else "")


def listen(path: Path) -> np.ndarray:
    """Decode a track's first 15 minutes, mixed down to the mean of its channels, at 16 kHz.

    Returns
    -------
    np.ndarray [shape=(n,)], float32
        From -1 to 1: what exceeds full scale is clipped, as it is in sound of 16 bits.

    Raises
    ------
    DataError
        If it cannot be decoded or opened, is empty or holds NaN or infinity; the text names the file.
    """
    try:
        path.open("rb").close()  # libsndfile only says "System error" where this says which
        with open_sound(path) as file:
            samples = _resampled(file)
    except (sf.SoundFileError, TypeError) as error:  # TypeError: raw samples without a header
        reason = getattr(error, "error_string", str(error)) or "damaged"
        raise DataError(f"{path} cannot be decoded: {reason}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror or error}") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if not len(samples):
        raise DataError(f"{path}: no sample can be decoded")
    if not np.isfinite(samples).all():
        raise DataError(f"{path} has a sample that is NaN or infinite")
    return np.clip(samples, -1, 1)


def _code(language: str, model: Any) -> str:
    """What a model calls a language; a region is left out."""
    known = [code for code in model.supported_languages if model.hf_tokenizer.token_to_id(f"<|{code}|>")]
    base = base_language(language)
    found = next((code for code in known if _standard(code) == base), None)
    if found is None:
        codes = ", ".join(sorted(map(_standard, known)))
        raise DataError(f"language={language!r}: must be a code that the model knows: {codes}")
    return found


def _standard(code: str) -> str:
    return _STANDARD.get(code, code)


def _resampled(file: Stream | FfmpegStream) -> np.ndarray:
    """Block by block, so that no more than what is returned is ever held."""
    resampler = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32", quality="HQ")
    left = round(LONGEST * file.samplerate)
    done = []
    for part in file.parts(np.empty((_BLOCK, file.channels), np.float32)):
        done.append(resampler.resample_chunk(part[:left].mean(axis=1)))
        left -= len(part)
        if left <= 0:
            break
    done.append(resampler.resample_chunk(np.empty(0, np.float32), last=True))
    return np.concatenate(done)
