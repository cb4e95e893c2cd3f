"""What the clusters of a model are: how they sound, which words they are full of, which are alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from scipy.cluster import hierarchy

from songmap.figures import style
from songmap.figures.decoded import CHANGE

Card = Mapping[str, Any]

ROWS, TRAITS = 24, 10  # clusters and columns that are shown
LEFT, RIGHT = 1.25, 0.1  # inches
STEP = 0.4  # inches a cluster takes
COLUMN = 0.0655  # inches that a column of small text takes
LANGUAGES, WORDS = 3, 5  # of a cluster, and of a language


@style.styled
def profile(cards: Sequence[Card], title: str) -> Figure:
    """Draw how each cluster sounds as z-scores, with its name and its distinctive words beside it.

    Parameters
    ----------
    cards : sequence of mapping
        Of `songmap.explanation.cards.explain`. Of more than 24 clusters the largest are drawn, of more than
        ten columns those furthest from 0.
    title : str
        Heading of the figure.
    """
    if not cards:
        return style.message("This model has no clusters to describe.")
    kept = _largest(cards)
    z, names = _scores([cards[i] for i in kept])
    labels = [style.text(name, 16) for name in names]
    above = 0.66 + COLUMN * max((style.columns(label) for label in labels), default=0)
    fig = style.figure(above + STEP * len(kept) + 0.1)
    height = fig.get_figheight()
    note = "standard deviations from the mean of all songs; below a name, its distinctive words"
    style.heading(fig, title, _note(note if names else "names and distinctive words", kept, cards))
    wide = 0.52 if len(names) <= 4 else 0.4
    axes = _axes(fig, LEFT, 0.1, wide * max(len(names), 1), STEP * len(kept))
    axes.set(xlim=(-0.5, max(len(names), 1) - 0.5), ylim=(len(kept) - 0.5, -0.5))
    _cells(axes, z)
    axes.xaxis.tick_top()
    axes.set_xticks(range(len(labels)), labels, rotation=90)
    axes.set_yticks(range(len(kept)), [f"cluster {cards[i]['cluster']} ({cards[i]['size']})" for i in kept])
    axes.tick_params(length=0, pad=3)
    left = LEFT + wide * len(names) + 0.12
    room = int((style.WIDTH - left - RIGHT) / COLUMN)
    for place, i in enumerate(kept):
        y = (0.1 + STEP * (len(kept) - place - 0.5)) / height
        x, up = left / style.WIDTH, 0.085 / height
        words = _words(cards[i], room)
        fig.text(x, y + up * bool(words), style.text(cards[i]["name"], room), size=style.SMALL, va="center")
        fig.text(x, y - up, words, size=style.SMALL, color=style.SOFT, va="center")
    return fig


@style.styled
def dendrogram(centroids: np.ndarray, cards: Sequence[Card], title: str) -> Figure:
    """Draw which clusters are alike: Ward's linkage of their means (scipy), each counted once.

    Parameters
    ----------
    centroids : np.ndarray [shape=(k, d)]
        Row i is the mean of the latents of the i-th card's cluster.
    cards : sequence of mapping, k of them
        Of `songmap.explanation.cards.explain`. Of more than 24 clusters the largest are drawn.
    title : str
        Heading of the figure.
    """
    if len(cards) < 2:
        return style.message("There are no two clusters that could be alike.")
    kept = _largest(cards)
    tree = hierarchy.dendrogram(
        hierarchy.linkage(np.asarray(centroids, dtype=np.float64)[kept], "ward"), no_plot=True
    )
    step, below, above, wide = 0.26, 0.48, 0.6, 3.4
    fig = style.figure(above + step * len(kept) + below)
    note = "where two branches meet, the distance (Ward's) at which their clusters would become one"
    style.heading(fig, title, _note(note, kept, cards))
    axes = _axes(fig, 0.2, below, wide, step * len(kept))
    for y, x in zip(tree["icoord"], tree["dcoord"], strict=True):
        axes.plot(x, np.array(y) / 10 - 0.5, color=style.BLUE, linewidth=1.3, solid_joinstyle="miter")
    furthest = max(max(x) for x in tree["dcoord"]) or 1.0
    axes.set(xlim=(1.03 * furthest, 0), ylim=(len(kept) - 0.5, -0.5))
    axes.set_xticks([tick for tick in MaxNLocator(5).tick_values(0, furthest) if tick <= furthest])
    axes.set_xlabel("distance in the latent space", labelpad=2)
    axes.tick_params(axis="x", length=2)
    axes.spines["bottom"].set_visible(True)
    room = int((style.WIDTH - 0.2 - wide - LEFT - RIGHT) / COLUMN)
    for place, leaf in enumerate(tree["leaves"]):
        card = cards[kept[leaf]]
        for x, label in ((0.08, f"cluster {card['cluster']} ({card['size']})"), (LEFT + 0.08, card["name"])):
            axes.annotate(
                style.text(label, room), (0, place), (72 * x, 0), textcoords="offset points",
                size=style.SMALL, va="center", annotation_clip=False,
            )  # fmt: skip
    return fig


def _largest(cards: Sequence[Card]) -> list[int]:
    """Places of the largest clusters, in their order."""
    return sorted(sorted(range(len(cards)), key=lambda i: -cards[i]["size"])[:ROWS])


def _note(note: str, kept: Sequence[int], cards: Sequence[Card]) -> str:
    return note if len(kept) == len(cards) else f"the {len(kept)} largest of {len(cards)} clusters; {note}"


def _scores(cards: Sequence[Card]) -> tuple[np.ndarray, list[str]]:
    """z-scores (k, t), NaN where a cluster has none, and the names of their columns."""
    every = list(dict.fromkeys(name for card in cards for name in card["profile"]))
    z = np.array([[card["profile"].get(name, np.nan) for name in every] for card in cards])
    if not every:
        return z, []
    far = np.nanmax(np.abs(z), axis=0)
    columns = np.sort(np.argsort(-far, kind="stable")[:TRAITS])
    return z[:, columns], [every[i] for i in columns]


def _cells(axes: Axes, z: np.ndarray) -> None:
    if not z.size:
        return
    bound = max(1.0, float(np.nanmax(np.abs(z))))
    axes.imshow(z, cmap=CHANGE, vmin=-bound, vmax=bound, aspect="auto", interpolation="nearest")
    for edge in range(1, len(z)):
        axes.axhline(edge - 0.5, color="white", linewidth=1.5)
    for i, j in np.ndindex(*z.shape):
        known = not np.isnan(z[i, j])
        number = f"{z[i, j]:+.1f}".replace("-", "−") if known and abs(z[i, j]) >= 0.05 else "0" * known
        colour = "white" if known and abs(z[i, j]) > 0.62 * bound else style.INK
        axes.text(j, i, number or "–", size=style.SMALL, ha="center", va="center", color=colour)


def _words(card: Card, room: int) -> str:
    """Distinctive words by language, as many languages as fit."""
    shown: list[str] = []
    for group in [group for group in card["words"] if group["words"]][:LANGUAGES]:
        words = " ".join(style.plain(word["word"], 18) for word in group["words"][:WORDS])
        longer = "; ".join([*shown, f"{group['language']}: {words}" if group["language"] else words])
        if shown and style.columns(longer) > room:
            break
        shown = [longer]
    return style.text(shown[0], room) if shown else ""


def _axes(fig: Figure, left: float, bottom: float, wide: float, tall: float) -> Axes:
    """Axes without frame and ticks at the side; inches."""
    height = fig.get_figheight()
    axes = fig.add_axes((left / style.WIDTH, bottom / height, wide / style.WIDTH, tall / height))
    axes.set(yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes
