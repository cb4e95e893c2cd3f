"""Cluster the latents of one model and score the clusters: ``python -m stages.cluster vae``."""

import sys
from dataclasses import replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from songmap import params
from songmap.clustering.algorithms import ALGORITHMS
from songmap.clustering.centroids import kmeans
from songmap.clustering.choose_k import Choice, given_k
from songmap.clustering.labeling import Settings
from songmap.clustering.membership import membership
from songmap.console import argument, run
from songmap.evaluation.informed import informed_by
from songmap.evaluation.labels import labels_of
from songmap.evaluation.report import agreement, report
from songmap.evaluation.rounding import significant
from songmap.files import read_csv, read_json, write_csv, write_json
from songmap.latents import load_latents
from songmap.tracks import TrackArray

Row = dict[str, Any]
HEAD = ["track_id", "title", "artist", "cluster", "confidence", "rank"]


def main() -> None:
    """Write the clusters of every track by every algorithm, run by run, and the scores of the first run."""
    settings = params.load()
    name = argument("model", settings.models)
    latents, tracks = load_latents(f"data/features/latents/{name}.npz"), read_csv("data/tracks.csv")
    algorithms: list[str] = [*settings.cluster.algorithms]
    labelings, scores, rows = TrackArray.empty(latents.note), {"tracks": 0, "left_out": latents.note}, []
    if len(latents):
        with threadpool_limits(1):  # threads that wait for each other cost more than they bring
            labelings, scores = _cluster(name, latents, tracks, settings)
        rows = _rows(latents, labelings, tracks, algorithms)
    else:
        print(f"{name} is left out: {latents.note}", file=sys.stderr)
    labelings.save(f"data/labelings/{name}.npz")
    write_json(f"data/clusters/{name}.json", scores)
    write_csv(f"data/clusters/{name}.csv", [*HEAD, *(a for a in algorithms if a != "kmeans")], rows)


def _cluster(
    name: str, latents: TrackArray, tracks: list[Row], settings: params.Params
) -> tuple[TrackArray, Row]:
    told = informed_by(name, settings.models)
    spaces = [latents.values[:, min(i, latents.values.shape[1] - 1)] for i in range(settings.train.seeds)]
    found = read_json(f"metrics/selection/{name}.json")
    choice = given_k(spaces[0], settings.k) if settings.k != "auto" else Choice(found["k"], found["k_from"])
    c = settings.cluster
    how = Settings(choice.k, c.min_samples, c.min_cluster_size, settings.seed, found["dbscan"]["core"])
    runs = []
    for i, points in enumerate(spaces):
        one = replace(how, seed=(how.seed + i) % 2**32)
        runs.append({algorithm: ALGORITHMS[algorithm](points, one) for algorithm in c.algorithms})
    labels = labels_of(tracks, latents.track_id, told)
    scores: Row = {"tracks": len(latents), "k": choice.k, "k_from": choice.how}
    for algorithm, first in runs[0].items():
        scores[algorithm] = {**first.chosen, **report(spaces[0], first.labels, labels)}
    if len(ablated := TrackArray.load(f"data/ablations/{name}.npz")):  # (m, modalities, d)
        known = labels_of(tracks, ablated.track_id, told)
        cases = ["all", *(f"without_{modality}" for modality in settings.models[name].inputs)]
        spaces = [latents.select(ablated.track_id).values[:, 0], *ablated.values.swapaxes(0, 1)]
        scores["ablation"] = {
            case: agreement(kmeans(x, how).labels, known) for case, x in zip(cases, spaces, strict=True)
        }
    labelings = np.array([[x.labels for x in run.values()] for run in runs])  # (seeds, algorithms, n)
    return TrackArray(latents.track_id, labelings.transpose(2, 0, 1)), significant(scores)


def _rows(latents: TrackArray, labelings: TrackArray, known: list[Row], algorithms: list[Any]) -> list[Row]:
    """Of the first run: each track's cluster by k-means, how firmly it belongs to it, and the others' say."""
    found = dict(zip(algorithms, labelings.values[:, 0].T, strict=True))
    clusters = found.pop("kmeans")
    firm, place = membership(latents.values[:, 0], clusters)
    columns = {"cluster": clusters, "confidence": firm.round(4), "rank": place, **found}
    texts = {row["track_id"]: {name: row.get(name, "") for name in HEAD[:3]} for row in known}
    return [
        texts[track] | {name: values[i] for name, values in columns.items()}
        for i, track in enumerate(labelings.track_id.tolist())
    ]


if __name__ == "__main__":
    run(main)
