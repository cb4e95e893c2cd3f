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


def test_without_a_browser_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(report, "BROWSERS", ("no-such-browser",))
    with pytest.raises(SystemExit, match="no browser: install one of no-such-browser"):
        report.main(["--page", str(tmp_path / "report.html")])


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, report.BROWSERS)), reason="there is no Chromium")
def test_a_page_without_a_map_is_named(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("<html><head></head><body>no map</body></html>", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"page\.html: no map within"):
        report.opening(path)


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit):
        report.main(["--help"])
    assert "example: python -m benchmarks.report" in capsys.readouterr().out
