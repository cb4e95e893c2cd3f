"""A Whisper model of 64 dimensions and random weights, made on the spot, and a voice that it hears."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.signal
from ctranslate2.specs.whisper_spec import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

WIDTH, BANDS = 64, 80
LANGUAGES = _LANGUAGE_CODES[:99]
AFTER = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
SPECIAL = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{name}|>" for name in (*LANGUAGES, *AFTER))]
MERGES = [("Ġ", "-"), ("Ġ", "'"), ("Ġ", "â")]  # which Whisper never says, and a space alone it may
MULTILINGUAL = ""  # the token by which CTranslate2 tells that a model knows languages
POSITIONS = 448
PROMPT = 3  # tokens before the first that is said, where there are languages; else 1
CERTAIN = 1e3  # weight of a position, against which all else is nothing
VOWELS = [(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480)]  # formants, Hz

Said = tuple[str, float, float]  # a text, and the seconds from which and to which it is sung


def save(
    folder: Path,
    says: Sequence[Said] = (),
    language: str = "pt",
    no_speech: float = 0.0,
    *,
    multilingual: bool = True,
) -> Path:
    """Write a model in CTranslate2's format.

    Its weights are random, but for those of its decoder's positions. They make it say the same in every
    window of 30 s, whatever it hears: what comes next at a place is the token that is read there.

    Parameters
    ----------
    says : sequence of tuple
        Texts and when they are sung, in seconds from the window's start; () lets it babble.
    language : str
        That it hears.
    no_speech : float
        Weight of the token for no speech against that of the language: 0 for none, 2 for far more.
    multilingual : bool
        Whether it knows languages.
    """
    tokenizer = _tokenizer(multilingual)
    spec = _random_spec(_vocabulary(tokenizer))
    places, positions = spec.decoder.projection.weight, spec.decoder.position_encodings.encodings
    heard, silence, end = map(tokenizer.token_to_id, (f"<|{language}|>", "<|nospeech|>", SPECIAL[0]))
    positions[0] = CERTAIN * (places[heard] + no_speech * places[silence])
    if says:
        first = PROMPT - 1 if multilingual else 0
        tokens = [token for said in says for token in _tokens(tokenizer, *said)]
        assert len(tokens) < POSITIONS // 2, "more than Whisper says in a window"
        tokens += [end] * (POSITIONS - first - len(tokens))
        positions[first:] = CERTAIN * places[tokens]
    spec.config.lang_ids = [tokenizer.token_to_id(f"<|{name}|>") for name in LANGUAGES]
    spec.config.suppress_ids, spec.config.suppress_ids_begin, spec.config.alignment_heads = [], [], [[0, 0]]
    spec.validate()
    spec.optimize()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": BANDS}))
    return folder


def voice(seconds: float, rate: int) -> np.ndarray:
    """Vowels on a swaying pitch, which Silero takes for a voice: float32, shape (n,)."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = 150 * (1 + 0.15 * np.sin(2 * np.pi * 0.4 * time) + 0.02 * np.sin(2 * np.pi * 5.5 * time))
    pulses = np.diff(np.floor(np.cumsum(pitch) / rate), prepend=0)
    noise = 0.003 * np.random.default_rng(0).standard_normal(len(time))
    syllables = []
    for index, part in enumerate(np.array_split(pulses + noise, max(1, round(4 * seconds)))):
        syllable = part
        for formant, width in zip(VOWELS[index % len(VOWELS)], (80, 100, 120), strict=True):
            radius = np.exp(-np.pi * width / rate)
            poles = [1, -2 * radius * np.cos(2 * np.pi * formant / rate), radius**2]
            syllable = scipy.signal.lfilter([1 - radius], poles, syllable)
        syllables.append(syllable * np.sqrt(np.hanning(len(syllable))))
    sung = np.concatenate(syllables)
    return (0.5 * sung / np.abs(sung).max()).astype(np.float32)


def _tokenizer(multilingual: bool) -> Tokenizer:
    plain = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in MERGES)]
    plain += [MULTILINGUAL] * multilingual
    tokenizer = Tokenizer(models.BPE({token: index for index, token in enumerate(plain)}, MERGES))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIAL)
    return tokenizer


def _vocabulary(tokenizer: Tokenizer) -> list[str]:
    known = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    return [token for token, _ in known] + [f"<|{index / 50:.2f}|>" for index in range(1501)]


def _tokens(tokenizer: Tokenizer, text: str, start: float, end: float) -> list[int]:
    first = tokenizer.get_vocab_size()
    return [first + round(50 * start), *tokenizer.encode(text).ids, first + round(50 * end)]


def _random_spec(vocabulary: list[str]) -> WhisperSpec:
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return (rng.standard_normal(shape) / np.sqrt(WIDTH)).astype(np.float32)

    def norm(layer, gain: float = 1.0) -> None:
        layer.gamma, layer.beta = np.full(WIDTH, gain, np.float32), np.zeros(WIDTH, np.float32)

    def linear(layer, size: int) -> None:
        layer.weight, layer.bias = draw(size, WIDTH), np.zeros(size, np.float32)

    spec = WhisperSpec(1, 2, 1, 2)
    spec.register_vocabulary(vocabulary)
    for layer, bands in ((spec.encoder.conv1, BANDS), (spec.encoder.conv2, WIDTH)):
        layer.weight, layer.bias = draw(WIDTH, bands, 3), np.zeros(WIDTH, np.float32)
    spec.encoder.position_encodings.encodings = draw(1500, WIDTH)
    spec.decoder.position_encodings.encodings = draw(POSITIONS, WIDTH)
    spec.decoder.embeddings.weight = draw(len(vocabulary), WIDTH)
    spec.decoder.projection.weight = draw(len(vocabulary), WIDTH)  # not the embeddings: they would echo
    norm(spec.encoder.layer_norm)
    norm(spec.decoder.layer_norm, gain=2.0)
    for stack in (spec.encoder, spec.decoder):
        (layer,) = stack.layer
        attention = [(layer.self_attention, (3 * WIDTH, WIDTH))]
        if stack is spec.decoder:
            attention.append((layer.attention, (WIDTH, 2 * WIDTH, WIDTH)))
        for part, sizes in attention:
            norm(part.layer_norm)
            for piece, size in zip(part.linear, sizes, strict=True):
                linear(piece, size)
        norm(layer.ffn.layer_norm)
        linear(layer.ffn.linear_0, WIDTH)
        linear(layer.ffn.linear_1, WIDTH)
    return spec
