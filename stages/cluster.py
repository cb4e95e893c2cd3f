"""Cluster the latents of one model and score the clusters. Run as ``python -m stages.cluster vae``."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from songmap import params
from songmap.console import argument, run
from songmap.evaluation.informed import informed_by
from songmap.evaluation.labels import labels_of
from songmap.files import read_csv, write_csv, write_json
from songmap.tracks import TrackArray


def main() -> None:
    """Write the clusters of every track by every algorithm, run by run, and the scores of the first run."""
    settings = params.load()
    name = argument("model", settings.models)
    latents = TrackArray.load(f"data/features/latents/{name}.npz")
    labelings, report = TrackArray.empty(latents.note), {"tracks": 0, "left_out": latents.note}
    if len(latents):
        with threadpool_limits(
            1
        ):  # on small arrays threads that wait for each other cost more than they bring
            labelings, report = _cluster(name, latents, settings)
    else:
        print(f"{name} is left out: {latents.note}", file=sys.stderr)
    labelings.save(f"data/labelings/{name}.npz")
    _write_clusters(name, latents, labelings, settings.cluster.algorithms)
    write_json(Path("metrics/clusters") / f"{name}.json", report)


def _cluster(name: str, latents: TrackArray, settings: params.Params) -> tuple[TrackArray, dict[str, Any]]:
    from songmap.clustering.algorithms import ALGORITHMS
    from songmap.clustering.choose_k import choose_k
    from songmap.clustering.labeling import Settings
    from songmap.evaluation.report import report
    from songmap.evaluation.rounding import significant

    tracks, told = read_csv("data/tracks.csv"), informed_by(name, settings.models)
    labels = labels_of(tracks, latents.track_id, told)
    spaces = [latents.values[:, min(i, latents.values.shape[1] - 1)] for i in range(settings.train.seeds)]
    choice = choose_k(spaces[0], settings.k, settings.cluster.k_max, settings.seed)
    asked = settings.cluster
    how = Settings(choice.k, asked.min_samples, asked.min_cluster_size, settings.seed)
    runs = [
        {
            name: ALGORITHMS[name](points, replace(how, seed=(how.seed + i) % 2**32))
            for name in asked.algorithms
        }
        for i, points in enumerate(spaces)
    ]
    scores = {"tracks": len(latents), "k": choice.k, "k_from": choice.how} | {
        name: {**found.chosen, **report(spaces[0], found.labels, labels)} for name, found in runs[0].items()
    }
    ablated = TrackArray.load(f"data/ablations/{name}.npz")
    if len(ablated):
        whole = latents.select(ablated.track_id).values[:, 0]
        labels = labels_of(tracks, ablated.track_id, told)
        scores["ablation"] = _ablation(whole, ablated.values, list(settings.models[name].inputs), how, labels)
    labelings = np.array([[found.labels for found in run.values()] for run in runs])  # (seeds, algorithms, n)
    return TrackArray(latents.track_id, labelings.transpose(2, 0, 1)), significant(scores)


def _write_clusters(name: str, latents: TrackArray, labelings: TrackArray, algorithms: Sequence[str]) -> None:
    """The first run: k-means with each track's confidence and rank, and what the other algorithms say."""
    others = [algorithm for algorithm in algorithms if algorithm != "kmeans"]
    columns = ["track_id", "title", "artist", "cluster", "confidence", "rank", *others]
    table = {row["track_id"]: row for row in read_csv("data/tracks.csv")}
    rows: list[dict[str, Any]] = []
    if len(labelings):
        from songmap.clustering.membership import Centres, confidence, ranks

        found = dict(zip(algorithms, labelings.values[:, 0].T, strict=True))
        clusters, points = found["kmeans"], latents.values[:, 0]
        distances = Centres.of(points, clusters).distances(points)
        firm = confidence(distances, clusters).round(4).tolist()
        place = ranks(distances, clusters).tolist()
        for i, track in enumerate(labelings.track_id.tolist()):
            known = {key: table[track].get(key, "") for key in ("title", "artist")}
            mine = {
                "track_id": track,
                **known,
                "cluster": clusters[i],
                "confidence": firm[i],
                "rank": place[i],
            }
            rows.append(mine | {other: found[other][i] for other in others})
    write_csv(Path("data/clusters") / f"{name}.csv", columns, rows)


def _ablation(
    whole: np.ndarray, without: np.ndarray, modalities: list[str], how: Any, labels: dict[str, np.ndarray]
) -> dict[str, Any]:
    """Agreement of k-means with the labels: latents (m, d) from all modalities, (m, i, d) without each."""
    from songmap.clustering.centroids import kmeans
    from songmap.evaluation.report import agreement

    spaces = {"all": whole} | {f"without_{name}": without[:, i] for i, name in enumerate(modalities)}
    return {name: agreement(kmeans(points, how).labels, labels) for name, points in spaces.items()}


if __name__ == "__main__":
    run(main)
