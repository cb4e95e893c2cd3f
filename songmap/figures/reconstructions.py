"""What a model gives back: inputs beside their reconstructions."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from songmap.errors import DataError
from songmap.figures import style

SHOWN = 4  # tracks
LEVELS = 24  # steps of the colour scale: enough for the eye, and a third of the file


def reconstructions(values: np.ndarray, tracks: Sequence[str], title: str, note: str = "") -> Figure:
    """Draw the first tracks, as pictures or as lines by the shape of the values.

    Parameters
    ----------
    values : np.ndarray [shape=(r, 2, bands, frames) or (r, 2, d)]
        Input and reconstruction of r tracks: log-mel patches in dB, or z-scored features.
    tracks : sequence of str, r of them
        What to call each.
    title, note : str
        Heading of the figure.

    Raises
    ------
    DataError
        If the shape is neither.
    """
    if values.ndim not in (3, 4) or values.shape[1:2] != (2,):
        raise DataError(
            f"reconstructions of shape {values.shape}: must be (r, 2, d) or (r, 2, bands, frames)"
        )
    if not len(values):
        return style.message("This model reconstructs nothing.")
    draw = pictures if values.ndim == 4 else lines
    return draw(values[:SHOWN], tracks[:SHOWN], title, note)


@style.styled
def pictures(values: np.ndarray, tracks: Sequence[str], title: str, note: str) -> Figure:
    """Inputs above, reconstructions below, one colour scale for all. Values (r, 2, bands, frames) in dB."""
    above, tall, gap, left, right = 0.84 + 0.2 * bool(note), 1.12, 0.12, 0.78, 0.85
    fig = style.figure(above + 2 * tall + gap + 0.48)
    height = fig.get_figheight()
    style.heading(fig, title, note)
    low, high = np.percentile(values, [0.5, 99.5])
    colours = mpl.colormaps["viridis"].resampled(LEVELS)
    wide = (style.WIDTH - left - right) / max(len(values), 3)
    for i, (pair, track) in enumerate(zip(values, tracks, strict=True)):
        for row, name in enumerate(("input", "reconstruction")):
            bottom = 0.48 + (1 - row) * (tall + gap)
            axes = fig.add_axes(
                ((left + i * wide) / style.WIDTH, bottom / height, (wide - 0.1) / style.WIDTH, tall / height)
            )
            shown = axes.imshow(
                pair[row], cmap=colours, vmin=low, vmax=max(high, low + 1e-6), origin="lower", aspect="auto",
                interpolation="nearest", interpolation_stage="data",
            )  # fmt: skip
            _frame(axes, pair.shape[1:], first=i == 0, bottom=row == 1)
            if i == 0:
                axes.set_ylabel(f"{name}\nmel band", labelpad=2)
        axes.set_xlabel("frame", labelpad=1)
        label = f"{style.text(track, 24)}\nRMS error {_error(pair):.1f} dB"
        fig.text(
            (left + i * wide) / style.WIDTH, 1 - (above - 0.06) / height, label, size=style.SMALL, va="bottom"
        )
    x = (left + len(values) * wide + 0.02) / style.WIDTH
    bar = fig.colorbar(shown, cax=fig.add_axes((x, 0.48 / height, 0.012, (2 * tall + gap) / height)))
    bar.set_label("dB", labelpad=2)
    bar.outline.set_visible(False)
    return fig


def _frame(axes: Axes, shape: Sequence[int], first: bool, bottom: bool) -> None:
    """Outer ticks only, at the ends of the axes."""
    axes.set_xticks([0, shape[1] - 1] if bottom else [])
    axes.set_yticks([0, shape[0] - 1] if first else [])
    axes.tick_params(length=2, pad=2)
    for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=False):
        label.set(ha=side)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _error(pair: np.ndarray) -> float:
    return float(np.sqrt(np.mean((pair[0] - pair[1]) ** 2)))


@style.styled
def lines(values: np.ndarray, tracks: Sequence[str], title: str, note: str) -> Figure:
    """One row per track, features from left to right. Values (r, 2, d), z-scored."""
    above, tall, gap, below = 0.44 + 0.2 * bool(note), 0.78, 0.3, 0.28
    fig = style.figure(above + len(values) * (tall + gap) + below)
    height = fig.get_figheight()
    style.heading(fig, title, note)
    size = np.abs(values)
    bound = 1.05 * max(2.5, float(size.max() if size.max() < 8 else np.percentile(size, 99.8)))
    for i, (pair, track) in enumerate(zip(values, tracks, strict=True)):
        bottom = height - above - (i + 1) * (tall + gap) + gap * 0.4
        axes = fig.add_axes((0.5 / style.WIDTH, bottom / height, 1 - 0.62 / style.WIDTH, tall / height))
        axes.axhline(0, color=style.PALE, linewidth=0.7, zorder=0)
        axes.plot(pair[0], color="#9a9a9a", linewidth=0.9)
        axes.plot(pair[1], color=style.ORANGE, linewidth=1.0)
        axes.set(xlim=(-0.5, values.shape[2] - 0.5), ylim=(-bound, bound))
        axes.set_ylabel("z-score", labelpad=1)
        axes.tick_params(length=2, labelbottom=i == len(values) - 1)
        axes.set_title(
            f"{style.text(track, 60)}   RMS error {_error(pair):.2f}", loc="left", pad=3, size=style.SMALL
        )
    axes.set_xlabel("feature", labelpad=1)
    fig.legend(
        [Line2D([], [], color="#9a9a9a"), Line2D([], [], color=style.ORANGE)],
        ["input", "reconstruction"],
        loc="upper right", ncols=2, handlelength=1.6,
        bbox_to_anchor=(1, 1 - 0.02 / height), borderaxespad=0.3,
    )  # fmt: skip
    return fig
