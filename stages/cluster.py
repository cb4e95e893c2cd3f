"""Cluster the latents of one model and score the clusters. Run as ``python -m stages.cluster vae``."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from songmap import params
from songmap.console import argument, run
from songmap.evaluation.informed import LABELS, informed_by
from songmap.files import read_csv, write_csv, write_json
from songmap.tracks import TrackArray

COLUMNS = ["track_id", "kmeans", "agglomerative", "dbscan"]


def main() -> None:
    """Write the clusters of every track by three algorithms, and their scores."""
    settings = params.load()
    name = argument("model", settings.models)
    latents = TrackArray.load(f"data/features/latents/{name}.npz")
    if len(latents):
        rows, report = _cluster(latents, settings, informed_by(name, settings.models))
    else:
        print(f"{name} is left out: {latents.note}", file=sys.stderr)
        rows, report = [], {"tracks": 0, "left_out": latents.note}
    write_csv(Path("data/clusters") / f"{name}.csv", COLUMNS, rows)
    write_json(Path("metrics/clusters") / f"{name}.json", report)


def _cluster(
    latents: TrackArray, settings: params.Params, told: str
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from songmap.clustering.algorithms import Settings, agglomerative, dbscan, kmeans
    from songmap.clustering.choose_k import choose_k
    from songmap.evaluation.rounding import significant

    points = latents.values.reshape(len(latents), -1)
    labels = {
        label + "_told" * (label in told.split("_")): values for label, values in _labels(latents).items()
    }
    with threadpool_limits(1):  # threads that wait for each other on small arrays cost more than they bring
        choice = choose_k(points, settings.k, settings.cluster.k_max, settings.seed)
        how = Settings(choice.k, settings.cluster.min_samples, settings.seed)
        found = {algorithm.__name__: algorithm(points, how) for algorithm in (kmeans, agglomerative, dbscan)}
        report = {"tracks": len(latents), "k": choice.k, "k_from": choice.how} | {
            name: {**labeling.chosen, **_scores(points, labeling.labels, labels)}
            for name, labeling in found.items()
        }
    columns = {name: labeling.labels.tolist() for name, labeling in found.items()}
    rows = [
        {"track_id": track, **{name: clusters[i] for name, clusters in columns.items()}}
        for i, track in enumerate(latents.track_id.tolist())
    ]
    return rows, significant(report)


def _scores(points: np.ndarray, clusters: np.ndarray, labels: dict[str, np.ndarray]) -> dict[str, Any]:
    from songmap.evaluation.scores import against, coverage, internal, n_clusters

    return {
        "clusters": n_clusters(clusters),
        "noise_share": 1 - (coverage(clusters) or 0.0),
        **internal(points, clusters),
        **{label: against(values, clusters) for label, values in labels.items()},
    }


def _labels(latents: TrackArray) -> dict[str, np.ndarray]:
    """Genre and language of the tracks of the latents, in their order."""
    table = read_csv("data/tracks.csv")
    ids = np.array([row["track_id"] for row in table], dtype=str)
    return {
        label: TrackArray(ids, np.array([row[label] for row in table], dtype=str)).rows(latents.track_id)
        for label in LABELS
    }


if __name__ == "__main__":
    run(main)
