"""Decoded steps through a latent space: mel patches in a grid, vectors as heat maps."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure

from songmap.figures import style

FEATURES = 300  # of one group in a strip
WORDS = 44  # columns of text beside a unit
SHARP = 24  # times that a row is repeated, so that only columns are smoothed
LEFT, RIGHT, GAP = 0.92, 0.62, 0.05  # inches
COLUMN = 0.065  # inches that a column of small text takes

# Few colours, and values smoothed before they become colours: a palette of 256 then holds them all, and even
# a picture of noise stays below 150 kB.
LEVEL = mpl.colormaps["viridis"].resampled(16)
CHANGE = ListedColormap(mpl.colormaps["RdBu_r"](np.linspace(0.07, 0.93, 17)))


@dataclass(frozen=True)
class Group:
    """Features that are shown as one: their name, and where they are among the columns."""

    name: str
    columns: np.ndarray


@style.styled
def mel_units(levels: np.ndarray, rows: Sequence[str], title: str, note: str) -> Figure:
    """Draw a row of mel patches for each unit, and what its last patch has over its first.

    Parameters
    ----------
    levels : np.ndarray [shape=(u, steps, bands, frames)], dB
        One colour scale for all, and one for all differences.
    rows : sequence of str, u of them
        What stands on the left of each.
    title, note : str
        Heading of the figure.
    """
    tall, below, above, gap = 0.62, 0.1, 0.62, 0.14
    steps, step = levels.shape[1], tall + GAP
    fig = style.figure(above + len(rows) * step + below)
    style.heading(fig, title, note)
    change = levels[:, -1] - levels[:, 0]
    bound = max(1.0, float(np.percentile(np.abs(change), 98)))
    axes = _sheet(fig, LEFT, below, len(rows) * step - GAP)
    wide = (style.WIDTH - LEFT - RIGHT - gap) / (steps + 1)
    scale = np.percentile(levels, [0.5, 99.5])
    for i, name in enumerate(rows):
        bottom = (len(rows) - 1 - i) * step
        axes.text(-0.06, bottom + tall / 2, name, size=style.SMALL, ha="right", va="center")
        for j, patch in enumerate(levels[i]):
            shown = _image(axes, patch, LEVEL, scale, (j * wide, bottom, wide - GAP, tall))
        box = (steps * wide + gap, bottom, wide - GAP, tall)
        changed = _image(axes, change[i], CHANGE, (-bound, bound), box)
    for x, label in ((0.0, "low"), ((steps - 1) * wide, "high"), (steps * wide + gap, "high − low")):
        axes.text(x + (wide - GAP) / 2, len(rows) * step - 0.01, label, size=style.SMALL, ha="center")
    half = (len(rows) * step - GAP - 0.3) / 2
    _colour_bar(fig, shown, below + half + 0.3, half, "dB")
    _colour_bar(fig, changed, below, half, "dB")
    return fig


@style.styled
def mel_strip(levels: np.ndarray, columns: Sequence[str], title: str, note: str) -> Figure:
    """Draw mel patches beside each other.

    Parameters
    ----------
    levels : np.ndarray [shape=(c, bands, frames)], dB
        One colour scale for all.
    columns : sequence of str, c of them
        What stands above each.
    title, note : str
        Heading of the figure.
    """
    left, tall, below, above = 0.12, 1.3, 0.1, 0.7
    fig = style.figure(above + tall + below)
    style.heading(fig, title, note)
    axes = _sheet(fig, left, below, tall)
    wide = (style.WIDTH - left - RIGHT) / len(levels)
    scale = np.percentile(levels, [0.5, 99.5])
    for i, (patch, label) in enumerate(zip(levels, columns, strict=True)):
        shown = _image(axes, patch, LEVEL, scale, (i * wide, 0.0, wide - GAP, tall))
        axes.text((i + 0.5) * wide - GAP / 2, tall + 0.04, label, size=style.SMALL, ha="center")
    _colour_bar(fig, shown, below, tall, "dB")
    return fig


@style.styled
def changes(
    change: np.ndarray,
    groups: Sequence[Group],
    rows: Sequence[str],
    words: Sequence[str],
    title: str,
    note: str,
) -> Figure:
    """Draw how much each unit changes each group of features: the root of the mean square.

    Parameters
    ----------
    change : np.ndarray [shape=(u, d)], standard deviations
        Of each feature, from one end of a unit's range to the other.
    groups : sequence of Group
    rows, words : sequence of str, u of them
        What stands on the left of each unit, and what on its right: three lines of `WORDS` columns at most.
    title, note : str
        Heading of the figure.
    """
    size = np.stack([np.sqrt(np.square(change[:, g.columns]).mean(axis=1)) for g in groups], axis=1)  # (u, g)
    names = [style.text(group.name, 18) for group in groups]
    tall, below = 0.48, 0.12
    above = 0.66 + COLUMN * max(style.columns(name) for name in names)
    fig = style.figure(above + tall * len(rows) + below)
    style.heading(fig, title, note)
    wide = min((style.WIDTH - LEFT - WORDS * COLUMN) / len(names), 0.55)
    axes = _axes(fig, LEFT, below, wide * len(names), tall * len(rows))
    _cells(axes, size, wide)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(rows)), rows)
    axes.tick_params(length=0, pad=3)
    for i, lines in enumerate(words):
        x, y = LEFT + wide * len(names) + 0.1, below + tall * (len(rows) - i - 0.5)
        fig.text(x / style.WIDTH, y / fig.get_figheight(), lines, size=style.SMALL, va="center")
    return fig


def _cells(axes: Axes, size: np.ndarray, wide: float) -> None:
    """Draw numbers (u, g) as shades, and write them where there is room; `wide` in inches."""
    high = max(float(size.max()), 1e-6)
    axes.imshow(size, cmap="Blues", vmin=0, vmax=high / 0.93, aspect="auto", interpolation="nearest")
    if wide >= 0.165:
        font = style.SMALL if wide > 0.24 else 6.5
        for i, j in np.ndindex(*size.shape):
            colour = "white" if size[i, j] > 0.6 * high else style.INK
            axes.text(j, i, f"{size[i, j]:.1f}", size=font, ha="center", va="center", color=colour)


@style.styled
def strip(values: np.ndarray, groups: Sequence[Group], rows: Sequence[str], title: str, note: str) -> Figure:
    """Draw vectors below each other, one panel for each group of features.

    Of a group with more than 300 features those are drawn in which the first and the last row differ most.

    Parameters
    ----------
    values : np.ndarray [shape=(r, d)], standard deviations from the mean of all tracks
        A line sets the first and the last row apart.
    groups : sequence of Group
    rows : sequence of str, r of them
    title, note : str
        Heading of the figure.
    """
    left, tall, above = 1.62, 0.24, 0.62
    names = [style.text(group.name, 18) for group in groups]
    kept = [_furthest(values, group.columns) for group in groups]
    widths = np.array([max(len(columns), 4) for columns in kept], dtype=float)
    widths *= (style.WIDTH - left - RIGHT - GAP * (len(groups) - 1)) / widths.sum()
    needed = np.array([COLUMN * style.columns(name) for name in names])
    below = 0.16 + max(0.12, float(np.max(needed, where=needed > widths, initial=0)))
    fig = style.figure(above + tall * len(rows) + below)
    style.heading(fig, title, note)
    bound = max(1.0, float(np.percentile(np.abs(values), 98)))
    for i, (name, columns, wide) in enumerate(zip(names, kept, widths, strict=True)):
        axes = _axes(fig, left, below, wide, tall * len(rows))
        sharp = np.repeat(values[::-1, columns], SHARP, axis=0)
        shown = _image(axes, sharp, CHANGE, (-bound, bound), (0.0, 0.0, 1.0, float(len(rows))))
        for edge in (1, len(rows) - 1):
            axes.axhline(edge, color="white", linewidth=2)
        if i == 0:
            axes.set_yticks(len(rows) - 0.5 - np.arange(len(rows)), rows)
        axes.set_xticks([0.5], [name], rotation=90 * (needed[i] > wide))
        axes.tick_params(length=0, pad=3)
        left += wide + GAP
    _colour_bar(fig, shown, below, tall * len(rows), "standard deviations")
    return fig


def _image(
    axes: Axes, values: np.ndarray, colours: Colormap, limits: Sequence[float], box: tuple[float, ...]
) -> ScalarMappable:
    """Draw values upwards from the lower left corner of a box: left, bottom, width and height."""
    left, bottom, wide, tall = box
    low, high = limits
    return axes.imshow(
        values, colours, vmin=low, vmax=max(high, low + 1e-6), aspect="auto", interpolation_stage="data",
        origin="lower", extent=(left, left + wide, bottom, bottom + tall),
    )  # fmt: skip


def _furthest(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The columns in which the first and the last row differ most, in their order."""
    apart = np.abs(values[0, columns] - values[-1, columns])
    return columns[np.sort(np.argsort(-apart, kind="stable")[:FEATURES])]


def _sheet(fig: Figure, left: float, bottom: float, tall: float) -> Axes:
    """Axes up to the colour bars, whose units are inches."""
    wide = style.WIDTH - left - RIGHT
    axes = _axes(fig, left, bottom, wide, tall)
    axes.set(xlim=(0, wide), ylim=(0, tall))
    return axes


def _axes(fig: Figure, left: float, bottom: float, wide: float, tall: float) -> Axes:
    """Axes without ticks and frame; inches."""
    height = fig.get_figheight()
    axes = fig.add_axes((left / style.WIDTH, bottom / height, wide / style.WIDTH, tall / height))
    axes.set(xticks=[], yticks=[])
    axes.set_frame_on(False)
    return axes


def _colour_bar(fig: Figure, shown: ScalarMappable, bottom: float, tall: float, unit: str) -> None:
    height = fig.get_figheight()
    box = (1 - (RIGHT - 0.06) / style.WIDTH, bottom / height, 0.012, tall / height)
    bar = fig.colorbar(shown, cax=fig.add_axes(box))
    bar.set_label(unit, labelpad=1)
    bar.ax.tick_params(length=2, pad=2)
    bar.outline.set_visible(False)
