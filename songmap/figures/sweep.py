"""What beta does to the latents of a VAE: scores by beta, one small panel per score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from songmap.figures import style

PER_ROW = 4
PANELS = {
    "mig": "MIG",
    "sap": "SAP",
    "disentanglement": "DCI disentanglement",
    "completeness": "DCI completeness",
    "informativeness": "DCI informativeness",
    "r2": "reconstruction R²",
    "kl": "KL, nats per track",
    "active_units": "active units",
}
VAE, PCA, HALVES = "vae", "pca", "pca_half"
REFERENCES = {  # label, colour and dashes of what knows no beta
    PCA: ("PCA", style.COLOURS[2], (0, (6, 2))),
    "random": ("untrained encoder", style.ORANGE, (0, (3, 1.5, 1, 1.5))),
    "shuffled": ("songs shuffled", style.SOFT, (0, (1, 1.5))),
}


@dataclass(frozen=True)
class Score:
    """One score of all encoders.

    Parameters
    ----------
    beta, value : np.ndarray [shape=(runs,)]
        Of the VAEs.
    seed : np.ndarray [shape=(runs,)], str
    levels : mapping of str to float
        Means of the encoders without a beta, by the names in `REFERENCES`.
    spread : float >= 0
        Standard deviation over halves of the songs; 0 where unknown.
    """

    beta: np.ndarray
    value: np.ndarray
    seed: np.ndarray
    levels: Mapping[str, float]
    spread: float

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str]], name: str) -> "Score":
        """A column of plots/betas.csv; '' is left out."""
        known = [row for row in rows if row[name]]
        runs = [row for row in known if row["model"] == VAE]
        values = {m: [float(row[name]) for row in known if row["model"] == m] for m in (*REFERENCES, HALVES)}
        half = values.pop(HALVES)
        return cls(
            np.array([float(row["beta"]) for row in runs]),
            np.array([float(row[name]) for row in runs]),
            np.array([row["seed"] for row in runs]),
            {model: float(np.mean(found)) for model, found in values.items() if found},
            float(np.std(half, ddof=1)) if len(half) > 1 else 0.0,
        )


@style.styled
def betas(rows: Sequence[Mapping[str, str]]) -> Figure:
    """Draw every score that some VAE has: a thin line per seed, a thick one of their means.

    Parameters
    ----------
    rows : sequence of mapping
        Rows of plots/betas.csv, values as text.
    """
    scores = {name: Score.of(rows, name) for name in PANELS}
    scores = {name: score for name, score in scores.items() if len(score.beta)}
    if not scores:
        return style.message("No VAE was trained over beta: this catalogue lacks what sweep.audio names.")
    lines = -(-len(scores) // PER_ROW)
    drawn = [name for name in REFERENCES if any(name in score.levels for score in scores.values())]
    above, each = 0.62 + 0.22 * bool(drawn), 1.78
    fig = style.figure(above + lines * each + 0.1)
    height = fig.get_figheight()
    note = "a thin line is a seed, the thick one their mean"
    if drawn:
        note += "; the band is what so few songs leave open: one standard deviation either way"
    style.heading(fig, "What beta does to the latents of a VAE", note)
    _legend(fig, drawn)
    wide = style.WIDTH / PER_ROW
    for i, (name, score) in enumerate(scores.items()):
        row, column = divmod(i, PER_ROW)
        left = (column * wide + 0.5) / style.WIDTH
        bottom = 1 - (above + (row + 1) * each - 0.4) / height
        axes = fig.add_axes((left, bottom, (wide - 0.6) / style.WIDTH, (each - 0.7) / height))
        _panel(axes, score)
        axes.set_title(PANELS[name], loc="left", pad=5, weight="bold", size=style.SMALL + 0.5)
        if i >= len(scores) - PER_ROW:
            axes.set_xlabel("beta", labelpad=1)
    return fig


def _panel(axes: Axes, score: Score) -> None:
    known, place = np.unique(score.beta, return_inverse=True)
    for name, level in score.levels.items():
        _, colour, dashes = REFERENCES[name]
        if name == PCA and score.spread:
            axes.axhspan(level - score.spread, level + score.spread, color=colour, alpha=0.15, linewidth=0)
        axes.axhline(level, color=colour, linewidth=1.1, linestyle=dashes)
    for seed in np.unique(score.seed):
        one = np.flatnonzero(score.seed == seed)
        x, y = place[one], score.value[one]
        order = np.argsort(x, kind="stable")
        axes.plot(x[order], y[order], "o-", color=style.BLUE, alpha=0.4, linewidth=0.7, markersize=2)
    means = [score.value[place == i].mean() for i in range(len(known))]
    axes.plot(range(len(known)), means, "o-", color=style.BLUE, linewidth=1.6, markersize=3.5)
    values = np.array([*score.value, *score.levels.values()])
    low, high = values.min(initial=0), values.max(initial=0)
    room = 0.08 * (high - low or 1)
    axes.set_ylim(low - room * (low < 0), high + max(room, 1.3 * score.spread))
    axes.set_xlim(-0.4, len(known) - 0.6)
    axes.set_xticks(range(len(known)), [f"{beta:g}" for beta in known])
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.6g}"))
    axes.tick_params(length=2)
    axes.grid(axis="y")


def _legend(fig: Figure, drawn: Sequence[str]) -> None:
    if not drawn:
        return
    handles = [Line2D([], [], color=style.BLUE, marker="o", markersize=3.5)]
    handles += [Line2D([], [], color=REFERENCES[n][1], linestyle=REFERENCES[n][2]) for n in drawn]
    fig.legend(
        handles, ["VAE", *(REFERENCES[name][0] for name in drawn)],
        loc="upper left", bbox_to_anchor=(0.003, 1 - 0.52 / fig.get_figheight()), ncols=len(handles),
        borderaxespad=0, handlelength=2.4, columnspacing=1.6, handletextpad=0.5,
    )  # fmt: skip
