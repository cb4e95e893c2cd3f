"""Which k is recommended without labels, by seed: of points whose clusters are known, or of your own.

The seed moves the starts of k-means, the references of the gap statistic and the subsamples of stability. The
points of a known kind are drawn anew for each seed as well.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from songmap.clustering.choose_k import recommend_k
from songmap.clustering.criteria import criteria, sample
from songmap.latents import load_latents

KNOWN = {  # clusters, dimensions, distance of the centres in standard deviations of a cluster
    "one": (1, 16, 0.0),
    "two": (2, 2, 6.0),
    "four": (4, 16, 8.0),
    "eight": (8, 32, 8.0),
    "close": (8, 32, 4.0),
}
OWN = "own points"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the recommended k of every seed, a line for each kind of points."""
    options = parse(arguments)
    kinds = [OWN] if options.latents else list(KNOWN)
    print(f"{'points':12}{'clusters':>10}   recommended, by seed")
    for kind in kinds:
        known = "?" if options.latents else KNOWN[kind][0]
        found = [
            recommended(points(kind, seed, options), seed, options.k_max) for seed in range(options.seeds)
        ]
        print(f"{kind:12}{known:>10}   {' '.join(map(str, found))}", flush=True)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.selection",
        description="Print the number of clusters that is recommended without labels, by seed.",
        epilog="example: python -m benchmarks.selection --latents data/features/latents/mfcc.npz --seeds 8",
    )
    add = parser.add_argument
    add("--latents", type=Path, help="points of a model, of its first seed (points whose clusters are known)")
    add("--tracks", type=int, default=500, help="points of a known kind (500)")
    add("--seeds", type=int, default=5, help="(5)")
    add("--k-max", type=int, default=15, help="largest k that is tried (15)")
    return parser.parse_args(arguments)


def points(kind: str, seed: int, options: argparse.Namespace) -> np.ndarray:
    """Points (n, d) of one kind."""
    if options.latents:
        return sample(load_latents(options.latents).values[:, 0], seed)
    clusters, dimensions, apart = KNOWN[kind]
    rng = np.random.default_rng(seed)
    centres = apart / np.sqrt(2) * np.eye(clusters, dimensions)
    return centres[rng.integers(clusters, size=options.tracks)] + rng.normal(
        size=(options.tracks, dimensions)
    )


def recommended(values: np.ndarray, seed: int, k_max: int) -> int:
    """The k that the stage ``select`` would take."""
    return recommend_k(values, criteria(values, k_max, seed)).k


if __name__ == "__main__":
    main()
