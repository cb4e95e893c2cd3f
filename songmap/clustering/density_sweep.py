"""What DBSCAN finds over eps and min_samples, and which eps of them is worth taking.

Reference: Ester, Kriegel, Sander & Xu, "A density-based algorithm for discovering clusters", KDD 1996.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from songmap.clustering.points import checked
from songmap.clustering.radius import choose_eps, eps_of_cores
from songmap.clustering.spanning import cut, neighbours, spanning_tree
from songmap.degenerate import degenerate

CORES = (*np.arange(1, 20) / 20, 0.975, 0.99, 1.0)  # shares of core points that the grid of eps stands for
COLUMNS = (
    *("eps", "min_samples", "core_share", "clusters", "noise_share", "largest_share", "degenerate"),
    *("knee", "taken"),
)


@dataclass(frozen=True)
class Solution:
    """What DBSCAN finds with one eps and one min_samples.

    Parameters
    ----------
    eps : float > 0
        In the unit of the points.
    min_samples, clusters : int
    core_share : float, 0 to 1
        Of the points, how many have min_samples points, and at least one other, within eps.
    noise_share : float, 0 to 1
        Of all points.
    largest_share : float, 0 to 1
        Of the points in clusters, how many are in the largest; 0 if there is none.
    degenerate : str
        Why it is no answer, see `songmap.degenerate`.
    knee : bool
        Whether eps is what the k-distance curve of the asked min_samples suggests.
    """

    eps: float
    min_samples: int
    core_share: float
    clusters: int
    noise_share: float
    largest_share: float
    degenerate: str
    knee: bool


@dataclass(frozen=True)
class Radius:
    """The eps to take.

    Parameters
    ----------
    solution : Solution
        What DBSCAN finds with it.
    how : str
        How the k-distance curve was read (`choose_eps`), or ``sweep`` if its eps was passed over.
    reason : str
        One sentence, which starts with eps.
    """

    solution: Solution
    how: str
    reason: str


def sweep(points: np.ndarray, min_samples: int) -> list[Solution]:
    """DBSCAN over a grid: the eps that make 5 to 100 % of the points core points, and the knee's.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Finite values.
    min_samples : int > 0
        Asked for; half, twice and four times as many are swept beside it.

    Returns
    -------
    list of Solution
        By min_samples, then eps, both ascending.

    Raises
    ------
    DataError
        If the points are not (n, d) and finite.
    """
    values = checked(points)
    knee = choose_eps(values, min_samples)[0]
    grid = sorted({knee, *eps_of_cores(values, min_samples, CORES)})
    counts = sorted({max(2, min_samples // 2), min_samples, 2 * min_samples, 4 * min_samples})
    with threadpool_limits(1):
        distances, indices = neighbours(values, counts[-1])
    solutions = []
    for count in counts:
        core = distances[:, min(max(count, 2), distances.shape[1]) - 1]
        tree = spanning_tree(values, core)
        for eps in grid:
            labels = cut(tree, distances, indices, eps, count)
            solutions.append(_solution(labels, core, eps, count, eps == knee))
    return solutions


def _solution(labels: np.ndarray, core: np.ndarray, eps: float, min_samples: int, knee: bool) -> Solution:
    sizes = np.bincount(labels[labels >= 0])
    clustered = int(sizes.sum())
    return Solution(
        eps,
        min_samples,
        float(np.mean(core <= eps)),
        len(sizes),
        1 - clustered / len(labels),
        int(sizes.max(initial=0)) / max(1, clustered),
        degenerate(labels),
        knee,
    )


def recommend_eps(points: np.ndarray, solutions: Sequence[Solution], min_samples: int) -> Radius:
    """The knee's eps, or the one of the sweep that leaves out the fewest points, if the knee's is degenerate.

    Among solutions that are neither one blob nor mostly noise, what is left to hold against one is the noise;
    among equals, the smallest eps keeps clusters apart. Only the asked min_samples counts. If all are
    degenerate, the knee's eps stays, marked.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        Those that were swept.
    solutions : sequence of Solution
        From `sweep` of these points.
    min_samples : int > 0
        As for `sweep`.
    """
    own = [found for found in solutions if found.min_samples == min_samples]
    (knee,) = (found for found in own if found.knee)
    how = choose_eps(checked(points), min_samples)[1]
    curve, fault = f"the k-distance curve ({how})", _fault(knee)
    if not knee.degenerate:
        return Radius(knee, how, f"{knee.eps:.3g}: from {curve}")
    usable = [found for found in own if not found.degenerate]
    if usable:
        best = min(usable, key=lambda found: (found.noise_share, found.eps))
        why = f"the least noise of what is not degenerate, as {curve} gives {knee.eps:.3g} and {fault}"
        return Radius(best, "sweep", f"{best.eps:.3g}: {why}")
    others = sorted({found.min_samples for found in solutions if not found.degenerate})
    hope = (
        f"but with min_samples {' or '.join(map(str, others))} some does"
        if others
        else "whatever min_samples"
    )
    why = f"from {curve}, though it gives {fault}: no eps does better, {hope}"
    return Radius(knee, how, f"{knee.eps:.3g}: {why}")


def _fault(found: Solution) -> str:
    return f"{found.noise_share:.0%} noise" if found.degenerate == "mostly noise" else found.degenerate


def rows(solutions: Sequence[Solution], taken: Solution) -> list[dict[str, Any]]:
    """The table by `COLUMNS`; knee and taken say yes, or nothing."""
    return [
        asdict(found) | {"knee": "yes" if found.knee else "", "taken": "yes" if found is taken else ""}
        for found in solutions
    ]
