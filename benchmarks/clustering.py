"""How long clustering takes and how much memory, by the number of tracks.

Every case runs in a process of its own, so that the peak of its memory is its own; the time is that of the
call, without imports. Points are of twenty overlapping Gaussians, as many dimensions as asked for.
Above 25,000 points only what does not compare all pairs or build a graph is run. ``hdbscan_usual`` is HDBSCAN
with scikit-learn's own search for the spanning tree.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import numpy as np
from threadpoolctl import threadpool_limits

SIZES = (1_000, 10_000, 25_000, 100_000)
GRAPH = 25_000  # points; above, LARGE alone is run
LARGE = ("kmeans", "gaussian_mixture", "dbscan", "hdbscan", "silhouette")
CASES = (
    "kmeans", "agglomerative", "dbscan", "hdbscan", "gaussian_mixture", "spectral", "consensus", "silhouette",
    "umap", "hdbscan_usual",
)  # fmt: skip
BLOBS = 20


def main(arguments: Sequence[str] | None = None) -> None:
    """Run every case, print a line for each."""
    options = parse(arguments)
    print(f"{'':18}" + "".join(f"{size:>20,}" for size in options.sizes))
    for case in options.cases:
        cells = [cell(case, size, options) for size in options.sizes]
        print(f"{case:18}" + "".join(f"{text:>20}" for text in cells), flush=True)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.clustering",
        description="Print seconds and peak memory of every clustering algorithm, by the number of tracks.",
        epilog="example: python -m benchmarks.clustering --sizes 1000 10000 --cases kmeans hdbscan",
    )
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=list(SIZES), help="tracks (1000 10000 25000 100000)")
    add("--cases", nargs="+", choices=CASES, default=list(CASES), help="(all)")
    add("--dimensions", type=int, default=32, help="of the latents (32)")
    add("--k", type=int, default=10, help="clusters asked for (10)")
    return parser.parse_args(arguments)


def cell(case: str, size: int, options: argparse.Namespace) -> str:
    """Seconds and peak memory of one case."""
    if size > GRAPH and case not in LARGE:
        return "-"
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        try:
            seconds, peak = pool.submit(measure, case, size, options.dimensions, options.k).result()
        except BrokenProcessPool:
            return "out of memory"
    return f"{seconds:.1f} s {peak:,.0f} MiB"


def measure(case: str, size: int, dimensions: int, k: int) -> tuple[float, float]:
    """Seconds of one call, and the most MiB that its process held."""
    points, blobs = tracks(size, dimensions)
    run = prepare(case, points, blobs, k)
    with threadpool_limits(1):
        start = time.perf_counter()
        run()
        seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prepare(case: str, points: np.ndarray, blobs: np.ndarray, k: int) -> Callable[[], object]:
    """The call to be timed, with what it imports."""
    if case == "silhouette":
        from songmap.evaluation.internal import silhouette

        return lambda: silhouette(points, blobs)
    if case == "umap":
        from songmap.clustering.projection import project

        project(points[:100], "umap", seed=0)  # loads the compiled code
        return lambda: project(points, "umap", seed=0)
    from songmap.clustering import density
    from songmap.clustering.algorithms import ALGORITHMS
    from songmap.clustering.labeling import Settings

    if case == "hdbscan_usual":
        case, density.SEARCHED = "hdbscan", len(points)
    return lambda: ALGORITHMS[case](points, Settings(k, min_samples=5, min_cluster_size=10, seed=0))


def tracks(size: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Points (size, dimensions), float32, and the Gaussian that each is of."""
    draw = np.random.default_rng(0)
    centres = 1.5 * draw.normal(size=(BLOBS, dimensions))
    blobs = draw.integers(0, BLOBS, size)
    return (centres[blobs] + draw.normal(size=(size, dimensions))).astype(np.float32), blobs


if __name__ == "__main__":
    main()
