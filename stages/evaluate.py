"""Put the clusterings of all models in one table, beside chance. Run as ``python -m stages.evaluate``."""

import statistics
import sys
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from songmap import params
from songmap.console import run
from songmap.errors import DataError
from songmap.evaluation import table
from songmap.evaluation.common import choose_space
from songmap.evaluation.informed import LABELS, informed_by
from songmap.files import read_csv, read_json, write_csv, write_json
from songmap.tracks import TrackArray

FEATURES = Path("data/features")


def main() -> None:
    """Write plots/evaluation.csv and metrics/summary.json, and print the table."""
    settings = params.load()
    tracks = read_csv("data/tracks.csv")
    if not tracks:
        raise DataError("data/tracks.csv has no tracks: there is nothing to evaluate")
    ids = np.array([row["track_id"] for row in tracks])
    labels = {label: TrackArray(ids, np.array([row[label] for row in tracks], dtype=str)) for label in LABELS}
    truth = table.Truth(labels, *choose_space(_features, len(tracks)), settings.seed)
    found = [_clusterings(name, settings) for name in settings.models]
    flat = [clustering for clusterings in found for clustering in clusterings]
    with threadpool_limits(1):  # threads that wait for each other on small arrays cost more than they bring
        rows = [one.row(truth) for one in tqdm(flat, desc="evaluate", delay=1, leave=False, file=sys.stderr)]
        rows += table.chance_rows(truth, ids, _chance_k(settings, rows), settings.seed)
    write_csv("plots/evaluation.csv", table.COLUMNS, table.rounded(rows))
    left_out = sum(not clusterings for clusterings in found)
    write_json("metrics/summary.json", table.summary(rows, left_out))
    print(table.as_text(rows))


def _features(name: str) -> TrackArray:
    return TrackArray.load(FEATURES / f"{name}.npz")


def _clusterings(name: str, settings: params.Params) -> list[table.Clustering]:
    """The clusterings of one model; none if the model was left out."""
    found = TrackArray.load(f"data/labelings/{name}.npz")  # (n, seeds, algorithms)
    if not len(found):
        return []
    latents = TrackArray.load(FEATURES / f"latents/{name}.npz").select(found.track_id)
    told = informed_by(name, settings.models)
    collapsed = read_json(Path(f"metrics/training/{name}.json")).get("collapsed", False)
    return [
        table.Clustering(name, algorithm, told, collapsed, latents, found.values[:, :, i])
        for i, algorithm in enumerate(settings.cluster.algorithms)
    ]


def _chance_k(settings: params.Params, rows: list[table.Row]) -> int:
    """Clusters for the row of chance: those asked for, or the median of what k-means was given."""
    if settings.k != "auto":
        return settings.k
    return round(statistics.median_high([row["k"] for row in rows if row["algorithm"] == "kmeans"] or [2]))


if __name__ == "__main__":
    run(main)
