import re
import shutil

import pytest

from benchmarks import report


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, report.BROWSERS)), reason="there is no Chromium")
def test_it_prints_when_the_map_was_drawn(capsys):
    report.main(["--songs", "60", "--repetitions", "1"])
    out = capsys.readouterr().out
    seconds = dict(re.findall(r"^  (scripts start|map drawn) +([\d.]+) s", out, re.MULTILINE))
    assert 0 < float(seconds["scripts start"]) < float(seconds["map drawn"]) < 30


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        report.main(["--help"])
    assert "example: python -m benchmarks.report" in capsys.readouterr().out
