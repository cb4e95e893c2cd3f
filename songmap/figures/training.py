"""Learning curves: loss against epoch, one small panel per model."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from songmap.figures import style

PER_ROW = 4
KL_COLOUR = "#7a7a7a"


@dataclass(frozen=True)
class Curve:
    """What one training run recorded.

    Parameters
    ----------
    epoch : np.ndarray [shape=(epochs,)]
    train, validation, kl : np.ndarray [shape=(epochs,)], nats per track
        Losses, and the KL term by itself.
    warmup : int >= 0
        Epochs of a rising KL weight, none of which is the best.
    """

    epoch: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    kl: np.ndarray
    warmup: int = 0

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]], warmup: int = 0) -> "Curve":
        """A curve from rows with the columns epoch, train, validation and kl; '' is NaN."""
        names = ("epoch", "train", "validation", "kl")
        epoch, train, validation, kl = (
            np.array([float(row[name] or "nan") for row in rows]) for name in names
        )
        return cls(epoch, train, validation, kl, warmup)

    @property
    def best(self) -> int:
        """Index of the smallest validation loss after the warm-up; the last epoch if there is none."""
        loss = np.where(np.isfinite(self.validation) & (self.epoch > self.warmup), self.validation, np.inf)
        return int(np.argmin(loss)) if np.isfinite(loss).any() else len(self.epoch) - 1


@style.styled
def training_curves(curves: Mapping[str, Curve]) -> Figure:
    """Draw every run; the dot and the line below it mark the epoch of the best validation loss.

    Parameters
    ----------
    curves : mapping of str to Curve
        Runs by the name of their model; those without an epoch are left out.
    """
    curves = {name: curve for name, curve in curves.items() if len(curve.epoch)}
    if not curves:
        return style.message("No model of this dataset was trained.")
    rows = -(-len(curves) // PER_ROW)
    above, each = 0.6, 1.78
    fig = style.figure(above + rows * each + 0.1)
    height = fig.get_figheight()
    style.heading(fig, "Training", "loss by epoch; the dot marks the weights that were kept")
    _legend(fig)
    wide = style.WIDTH / PER_ROW
    for i, (name, curve) in enumerate(curves.items()):
        row, column = divmod(i, PER_ROW)
        left = (column * wide + 0.54) / style.WIDTH
        bottom = 1 - (above + (row + 1) * each - 0.36) / height
        axes = fig.add_axes((left, bottom, (wide - 0.6) / style.WIDTH, (each - 0.76) / height))
        _panel(axes, name, curve)
        if column == 0:
            axes.set_ylabel("nats per track", labelpad=2)
        if i >= len(curves) - PER_ROW:
            axes.set_xlabel("epoch", labelpad=1)
    return fig


def _panel(axes: Axes, name: str, curve: Curve) -> None:
    axes.plot(curve.epoch, curve.train, color=style.BLUE, linewidth=1.1)
    axes.plot(curve.epoch, curve.validation, color=style.ORANGE, linewidth=1.3)
    drawn = [curve.train, curve.validation]
    has_kl = bool(np.nanmax(curve.kl, initial=0) > 0)
    note = f"best epoch {curve.epoch[curve.best]:g}"
    if has_kl:
        axes.plot(curve.epoch, curve.kl, color=KL_COLOUR, linewidth=0.9, linestyle=(0, (4, 1.5)))
        drawn.append(curve.kl)
        note += f", KL {curve.kl[curve.best]:.3g}"
    x, y = curve.epoch[curve.best], curve.validation[curve.best]
    axes.axvline(x, color=style.PALE, linewidth=0.8, zorder=0)
    axes.plot([x], [y], "o", color=style.ORANGE, markersize=4.5, markeredgecolor="white")
    axes.set_title(style.text(name, 24), loc="left", pad=15, weight="bold", size=style.SMALL + 0.5)
    axes.text(0, 1.04, note, transform=axes.transAxes, size=style.SMALL, color=style.SOFT)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    _scale(axes, np.concatenate(drawn), np.concatenate(drawn[:2]))
    axes.grid(axis="y")


def _scale(axes: Axes, values: np.ndarray, losses: np.ndarray) -> None:
    """A log axis where the losses allow one; a collapsed KL may leave it, its number is in the note."""
    values, losses = values[np.isfinite(values)], losses[np.isfinite(losses)]
    if not losses.size or losses.min() <= 0:
        axes.yaxis.set_major_locator(MaxNLocator(4))
        return
    low = max(values[values > 0].min(), losses.min() / 100)
    high = values.max()
    axes.set_yscale("log")
    axes.set_ylim(low / 1.15, high * 1.15)
    axes.yaxis.set_major_locator(FixedLocator(_ticks(low, high)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", which="minor", length=0)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, two to five of them where the range allows."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0), (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)):
        finer = [m * 10.0**d for d in decades for m in steps if low <= m * 10.0**d <= high]
        if len(finer) > 5 and len(ticks) > 1:
            break
        ticks = finer
    return ticks


def _legend(fig: Figure) -> None:
    fig.legend(
        [
            Line2D([], [], color=style.BLUE),
            Line2D([], [], color=style.ORANGE),
            Line2D([], [], color=KL_COLOUR, linestyle=(0, (4, 1.5)), linewidth=1),
        ],
        ["training loss", "validation loss", "KL (unweighted)"],
        loc="upper right",
        bbox_to_anchor=(1, 1 - 0.02 / fig.get_figheight()),
        ncols=3,
        borderaxespad=0.3,
        columnspacing=1.2,
        handlelength=1.6,
    )
