import re
import time

import numpy as np
import pytest

from benchmarks import corpus, extraction

pytestmark = pytest.mark.slow

SMALL = ["--files", "1", "--seconds", "2", "--repetitions", "1"]


def test_it_prints_every_way_and_every_catalogue(capsys):
    extraction.main([*SMALL, "--formats", "wav", "mp3", "--tracks", "3"])
    out = capsys.readouterr().out
    for kind in ("wav", "mp3"):
        assert f"{kind}, 2 s, one processor" in out
    assert len(re.findall(r" ms +[\d.]+ times ours$", out, re.MULTILINE)) == 2 * 7
    differences = re.findall(r"at most ([\d.]+) dB and ([\d.]+) in an MFCC", out)
    assert len(differences) == 2
    assert all(float(value) < 0.01 for pair in differences for value in pair)
    assert re.search(r"^3 tracks, 1 processes: [\d.]+/s, 1.00 times one, ", out, re.MULTILINE)


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        extraction.main(["--help"])
    assert "example: python -m benchmarks.extraction" in capsys.readouterr().out


def test_the_corpus_is_the_same_every_time_and_sounds():
    y = corpus.music(2.0, 3)
    np.testing.assert_array_equal(y, corpus.music(2.0, 3))
    assert y.shape == (2 * corpus.RATE, 2)
    assert 0.3 < np.abs(y).max() < 1
    assert np.abs(y[:, 0] - y[:, 1]).max() > 0.05


def test_memory_is_seen():
    with extraction.peak_memory() as samples:
        block = np.ones(50_000_000, np.uint8)
        time.sleep(0.2)
    if len(set(samples)) == 1:
        pytest.skip("no /proc here")
    assert max(samples) > block.nbytes / 1e6
