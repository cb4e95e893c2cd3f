"""Choose k and eps for one model without labels. Run as ``python -m stages.select vae``."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from songmap import params
from songmap.clustering import criteria, density_sweep
from songmap.clustering.choose_k import recommend_k
from songmap.console import argument, run
from songmap.evaluation.rounding import significant
from songmap.files import write_csv, write_json
from songmap.latents import load_latents

K_COLUMNS = (*criteria.COLUMNS, "picked_by", "recommended")


def main() -> None:
    """Write what speaks for each k and each eps, and which of them is recommended and why."""
    settings = params.load()
    name = argument("model", settings.models)
    latents = load_latents(f"data/features/latents/{name}.npz")
    report: dict[str, Any] = {"tracks": len(latents)}
    by_k: list[dict[str, Any]] = []
    by_eps: list[dict[str, Any]] = []
    if len(latents):
        points = latents.values[:, 0]
        some = criteria.sample(points, settings.seed)
        report["sample"] = len(some)
        chosen, by_k = _clusters(some, settings.cluster.k_max, settings.seed)
        radius, by_eps = _radius(points, settings.cluster.min_samples)
        report |= chosen | {"dbscan": radius}
    else:
        print(f"{name} is left out: {latents.note}", file=sys.stderr)
        report["left_out"] = latents.note
    write_csv(Path("plots/selection") / f"{name}.csv", K_COLUMNS, significant(by_k))
    write_csv(Path("plots/density") / f"{name}.csv", density_sweep.COLUMNS, significant(by_eps))
    write_json(Path("metrics/selection") / f"{name}.json", significant(report))


def _clusters(points: np.ndarray, k_max: int, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The k to take, and the table behind it, which says who would have picked what."""
    measured = criteria.criteria(points, k_max, seed)
    choice = recommend_k(points, measured)
    rows = measured.rows() if measured else []
    for row in rows:
        row["picked_by"] = " ".join(name for name, k in choice.by.items() if k == row["k"])
        row["recommended"] = "yes" if row["k"] == choice.k else ""
    return {"k": choice.k, "k_from": choice.how, "reason": choice.reason, "by": choice.by}, rows


def _radius(points: np.ndarray, min_samples: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The eps to take, and the table behind it; `core` is what makes it an eps of other points."""
    solutions = density_sweep.sweep(points, min_samples)
    radius = density_sweep.recommend_eps(points, solutions, min_samples)
    best = radius.solution
    report = {
        "eps": best.eps,
        "eps_from": radius.how,
        "reason": radius.reason,
        "min_samples": min_samples,
        "core": best.core_share if radius.how == "sweep" else None,
        "clusters": best.clusters,
        "noise_share": best.noise_share,
        "largest_share": best.largest_share,
        "degenerate": best.degenerate,
    }
    return report, density_sweep.rows(solutions, best)


if __name__ == "__main__":
    run(main)
