"""How many clusters: as many as were asked for, or as the points suggest."""

from dataclasses import dataclass, field

import numpy as np

from songmap.clustering.criteria import Criteria
from songmap.clustering.points import checked, distinct

GAP = (
    "the gap statistic's first k past half of its rise that k + 1 does not improve on by more than its error"
)

NAMES = {"elbow": "the elbow", "silhouette": "the best silhouette", "stability": "stability"}


@dataclass(frozen=True)
class Choice:
    """A number of clusters.

    Parameters
    ----------
    k : int > 0
        At most the number of distinct points.
    how : str
        ``given``; ``distinct points`` if fewer points differ than clusters were asked for; ``gap``,
        ``elbow`` or ``silhouette``, which decided; ``degenerate`` if none could; ``too few points`` to look.
    reason : str
        One sentence, which starts with k.
    by : mapping of str to int or None
        What each criterion would have chosen; the gap's 1 stands for one cluster.
    """

    k: int
    how: str
    reason: str = ""
    by: dict[str, int | None] = field(default_factory=dict)


def given_k(points: np.ndarray, k: int) -> Choice:
    """The k asked for, as far as there are points for it.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    k : int > 0
        Clusters asked for.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    most = distinct(checked(points))
    return Choice(k, "given") if k <= most else Choice(most, "distinct points")


def recommend_k(points: np.ndarray, measured: Criteria | None) -> Choice:
    """The k that the gap statistic prefers; if that is one cluster or none, the elbow, else the silhouette.

    The gap statistic decides because silhouette and stability lean to few clusters: two well separated
    groups of clusters satisfy both. It alone can see one cluster, which is no map: the reason then says that
    there is no structure, and the elbow decides. A k of which one cluster holds more than 90 % of the points
    is passed over; where every k is of that kind, it is 1.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Those that were measured.
    measured : Criteria or None
        From `songmap.clustering.criteria.criteria`; None where there were too few points.
    """
    if measured is None:
        k = max(1, min(len(points) - 1, distinct(points)))
        return Choice(k, "too few points", f"{k}: too few tracks differ to look for more")
    preferred = [int(k) for k in measured.gap.preferred()]
    usable = [k for k in preferred if measured.usable(k)]
    one, k_max = measured.gap.one_cluster(), len(measured.inertia)
    by = {
        "gap": 1 if one else usable[0] if usable else None,
        "elbow": measured.elbow(),
        "silhouette": measured.best_silhouette(),
        "stability": measured.last_stable(),
    }
    if one:
        doubt = "no structure: the gap statistic prefers one cluster"
    elif preferred:
        doubt = "what the gap statistic prefers is one giant cluster"
    else:
        doubt = f"the gap statistic still rises at {k_max}"
    if usable and not one:
        passed = [k for k in preferred if k < usable[0]]
        first = f"{GAP}, as {passed[0]} makes one giant cluster" if passed else GAP
        return Choice(usable[0], "gap", f"{usable[0]}: {first}; {_others('gap', by)}", by)
    for how in ("elbow", "silhouette"):
        if found := by[how]:
            return Choice(found, how, f"{found}: {NAMES[how]}, as {doubt}; {_others(how, by)}", by)
    why = f"1: more than 90 % of the tracks are in one cluster, whatever k up to {k_max}"
    return Choice(1, "degenerate", why, by)


def _others(how: str, by: dict[str, int | None]) -> str:
    """What the criteria say that did not decide."""
    others = [f"{name} at {by[key]}" if by[key] else f"no {key}" for key, name in NAMES.items() if key != how]
    return f"{others[0].replace(' at ', ' is at ')}, {', '.join(others[1:])}"
