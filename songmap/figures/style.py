"""One look for all pictures: fonts, colours, text that is safe to draw, and files with stable bytes.

Widths are in inches at `DPI`, so that a full-width picture is 900 pixels, the width of a README. Nothing
here imports pyplot: figures are plain objects and no display or global state is needed.
"""

import functools
import unicodedata
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from PIL import Image

from songmap.files import atomic

P = ParamSpec("P")

DPI = 110  # pixels per inch
WIDTH = 900 / DPI  # inches
SMALL, NORMAL, LARGE = 8.0, 9.0, 11.0  # font sizes, points
INK, SOFT, PALE = "#222222", "#666666", "#cfcfcf"
BLUE, ORANGE = "#0072b2", "#d55e00"

# Okabe & Ito (2008), without the yellow that white swallows and the black that text needs.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#5b3a8c", "#8a8f00")
MARKERS = ("o", "^", "s", "D", "v")
FALLBACKS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Droid Sans Fallback", "WenQuanYi Zen Hei", "Hiragino Sans"),
    *("PingFang SC", "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Arial Unicode MS"),
    *("Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji"),
)  # fonts for what DejaVu Sans lacks, used where installed; elsewhere a box stands for such a character


class Mark(NamedTuple):
    """How a category is drawn."""

    colour: str
    marker: str


@contextmanager
def look() -> Iterator[None]:
    """The shared style, whatever a matplotlibrc of the user says."""
    installed = set(fontManager.get_font_names())
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "font.family": ["DejaVu Sans", *(name for name in FALLBACKS if name in installed)],
                "font.size": NORMAL,
                "text.color": INK,
                "axes.edgecolor": SOFT,
                "axes.labelcolor": INK,
                "axes.linewidth": 0.7,
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.titlesize": NORMAL,
                "axes.labelsize": SMALL,
                "axes.axisbelow": True,
                "axes.unicode_minus": True,
                "xtick.color": SOFT,
                "ytick.color": SOFT,
                "xtick.labelcolor": INK,
                "ytick.labelcolor": INK,
                "xtick.labelsize": SMALL,
                "ytick.labelsize": SMALL,
                "legend.fontsize": SMALL,
                "legend.frameon": False,
                "grid.color": "#e6e6e6",
                "grid.linewidth": 0.7,
            }
        )
        yield


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Let a function that returns a figure draw it in the shared style."""

    @functools.wraps(draw)
    def inside(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with look():
            return draw(*args, **kwargs)

    return inside


def figure(height: float, width: float = WIDTH) -> Figure:
    """An empty white figure; sizes in inches."""
    return Figure(figsize=(width, height), dpi=DPI, facecolor="white")


def message(words: str) -> Figure:
    """A figure that says why there is nothing to see."""
    with look():
        empty = figure(1.2)
        empty.text(0.5, 0.5, text(words, 110), ha="center", va="center", color=SOFT)
        return empty


def heading(fig: Figure, title: str, note: str = "") -> None:
    """Write a title, and a softer line under it, at the top left."""
    height = fig.get_figheight()
    fig.text(0.012, 1 - 0.09 / height, title, size=LARGE, weight="bold", va="top")
    if note:
        fig.text(0.012, 1 - 0.33 / height, note, size=SMALL, color=SOFT, va="top")


def save(fig: Figure, path: Path | str) -> None:
    """Write a PNG of at most 256 colours, whole or not at all; the same figure gives the same bytes."""
    canvas: Any = FigureCanvasAgg(fig)
    with look():
        canvas.draw()
    image = Image.fromarray(np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3]))
    small = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    with atomic(path) as temporary:
        small.save(temporary, format="PNG", compress_level=6)


def plain(value: str, width: int) -> str:
    """Text from outside as one line without controls or markup, cut to `width` columns.

    Parameters
    ----------
    value : str
        Any text. Control, format and direction-override characters become spaces, < a look-alike.
    width : int >= 2
        Columns, of which a wide (East Asian) character takes two; what is longer ends in an ellipsis.
    """
    visible = "".join(c if c.isprintable() else " " for c in value[: 20 * width])
    line = " ".join(visible.replace("<", "‹").split())
    used, kept = 0, ""
    for c in line:
        used += columns(c)
        if used > width:
            return kept[:-1].rstrip() + "…"
        kept += c
    return kept + "…" * (len(value) > 20 * width)


def text(value: str, width: int = 24) -> str:
    """`plain` text that matplotlib draws as it stands: a dollar starts no mathematics, nothing is blank."""
    return plain(value, width).replace("$", r"\$") or "(blank)"


def columns(label: str) -> int:
    """Columns that a label takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in label
    )


def commonest(values: Sequence[str]) -> list[str]:
    """Distinct values, the commonest first and alike ones by name; '' is no value."""
    counts = Counter(value for value in values if value)
    return sorted(counts, key=lambda value: (-counts[value], value))


def marks(n: int) -> list[Mark]:
    """`n` distinguishable marks: colours alone up to eight, then colours and shapes."""
    if n <= len(COLOURS):
        return [Mark(COLOURS[i], MARKERS[0]) for i in range(n)]
    few = 5
    return [Mark(COLOURS[i % few], MARKERS[i // few % len(MARKERS)]) for i in range(n)]


def keep_only(written: Iterable[Path], *folders: Path) -> None:
    """Remove every file of the folders that is not in `written`, and folders left empty."""
    kept = set(written)
    for folder in folders:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            elif path not in kept:
                path.unlink()
