"""Text that is safe to draw, colours, stable bytes."""

from pathlib import Path

import matplotlib as mpl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from songmap.figures import style

HOSTILE = [
    "$\\frac{1}{0}$",
    "a $ b",
    "\\$ \\",
    "ロック・J-POP",
    "موسيقى عربية",
    "עברית",
    "🎸👩‍👩‍👧 core",
    "x" * 300,
    "字" * 300,
    "_hidden",
    "a\nb\tc\x07\x1b[31m\x00",
    "\u202eevil\u2066",
    "\ud800",
    "é" + "\u0301" * 60,
    "   ",
    "</script><b>",
]


@given(st.text(max_size=200), st.integers(2, 60))
def test_plain_text_is_one_printable_line_that_fits(value, width):
    line = style.plain(value, width)
    assert line.isprintable()
    assert "<" not in line
    assert style.columns(line) <= width
    assert line == line.strip()


def test_plain_text_that_fits_is_left_alone():
    assert style.plain("Drum & Bass", 11) == "Drum & Bass"
    assert style.plain("Drum & Bass", 10) == "Drum & Ba…"
    assert style.plain("ロック", 6) == "ロック"
    assert style.plain("ロック", 5) == "ロ…"


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_text_is_drawn_without_a_warning(value, tmp_path, recwarn):
    fig = style.figure(1.0, 3.0)
    style.heading(fig, style.text(value), style.text(value, 60))
    style.save(fig, tmp_path / "x.png")
    dark = Image.open(tmp_path / "x.png").convert("L").point(lambda v: 255 * (v < 128))
    assert dark.getbbox() is not None
    assert not recwarn.list


def test_a_dollar_is_drawn_as_a_dollar():
    label = style.figure(1.0).text(0, 0, style.text("A$AP $olo"))
    words, mathematics = label._preprocess_math(label.get_text())
    assert words == "A$AP $olo"
    assert not mathematics


def test_commonest_first_then_by_name_and_nothing_is_no_value():
    assert style.commonest(["b", "", "a", "c", "c", ""]) == ["c", "a", "b"]


@pytest.mark.parametrize("n", [0, 1, 8, 9, 20])
def test_marks_differ(n):
    assert len(set(style.marks(n))) == n


def test_few_categories_differ_by_colour_alone():
    assert len({mark.colour for mark in style.marks(8)}) == 8


def test_same_figure_same_bytes_and_no_metadata(tmp_path):
    for name in ("a.png", "b.png"):
        style.save(style.message("Nothing."), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert Image.open(tmp_path / "a.png").info.keys() <= {"transparency"}


def test_saved_picture_keeps_its_width_and_white(tmp_path):
    style.save(style.message("Nothing."), tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    assert image.width in (899, 900)
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_the_look_does_not_leak_nor_yield_to_the_users():
    with mpl.rc_context({"font.size": 31}):
        with style.look():
            assert mpl.rcParams["font.size"] == style.NORMAL
        assert mpl.rcParams["font.size"] == 31


def test_keep_only_removes_the_rest_and_empty_folders(tmp_path: Path):
    kept, stale = tmp_path / "map" / "a.png", tmp_path / "old" / "deep" / "b.png"
    for path in (kept, stale):
        path.parent.mkdir(parents=True)
        path.touch()
    style.keep_only([kept], tmp_path, tmp_path / "absent")
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "map", kept]
