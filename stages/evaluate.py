"""Put the clusterings of all models in one table, beside chance. Run as ``python -m stages.evaluate``."""

import statistics
import sys
from pathlib import Path

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from songmap import params
from songmap.console import run
from songmap.errors import DataError
from songmap.evaluation import table
from songmap.evaluation.common import choose_space
from songmap.evaluation.confusion import confusion_rows
from songmap.evaluation.differences import COLUMNS, differences
from songmap.evaluation.informed import LABELS, informed_by
from songmap.evaluation.labels import column
from songmap.evaluation.printed import as_text
from songmap.evaluation.rounding import rounded
from songmap.evaluation.summary import summary
from songmap.files import read_csv, read_json, write_csv, write_json
from songmap.latents import load_latents
from songmap.tracks import TrackArray

FEATURES, CONFUSION = Path("data/features"), Path("plots/confusion")


def main() -> None:
    """Write the tables of scores, of differences and of confusion, a summary, and print the first."""
    settings = params.load()
    tracks = read_csv("data/tracks.csv")
    if not tracks:
        raise DataError("data/tracks.csv has no tracks: there is nothing to evaluate")
    labels, artists = {label: column(tracks, label) for label in LABELS}, column(tracks, "artist")
    space = choose_space(lambda name: TrackArray.load(FEATURES / f"{name}.npz"), len(tracks))
    truth = table.Truth(labels, artists, *space, settings.seed)
    found = [_clusterings(name, settings) for name in settings.models]
    flat = [clustering for clusterings in found for clustering in clusterings]
    with threadpool_limits(1):  # threads that wait for each other on small arrays cost more than they bring
        rows = [one.row(truth) for one in tqdm(flat, desc="evaluate", delay=1, leave=False, file=sys.stderr)]
        rows += table.chance_rows(truth, artists.track_id, _chance_k(settings, rows), settings.seed)
        by_kmeans = [one for one in flat if one.algorithm == "kmeans"]
        first = {one.model: TrackArray(one.latents.track_id, one.clusters[:, 0]) for one in by_kmeans}
        told = {one.model: one.informed_by for one in by_kmeans}
        pairs = differences(truth.labels, first, told, settings.seed)
    _write_confusion(truth.labels["genre"], first, told)
    write_csv("metrics/evaluation.csv", table.COLUMNS, rounded(rows))
    write_csv("metrics/differences.csv", COLUMNS, rounded(pairs))
    left_out = sum(not clusterings for clusterings in found)
    write_json("metrics/summary.json", summary(rows, left_out))
    print(as_text(rows))


def _clusterings(name: str, settings: params.Params) -> list[table.Clustering]:
    """The clusterings of one model; none if the model was left out."""
    found = TrackArray.load(f"data/labelings/{name}.npz")  # (n, seeds, algorithms)
    if not len(found):
        return []
    latents = load_latents(FEATURES / f"latents/{name}.npz").select(found.track_id)
    told = informed_by(name, settings.models)
    collapsed = read_json(Path(f"metrics/training/{name}.json")).get("collapsed", False)
    return [
        table.Clustering(name, algorithm, told, collapsed, latents, found.values[:, :, i])
        for i, algorithm in enumerate(settings.cluster.algorithms)
    ]


def _write_confusion(genres: TrackArray, clusters: dict[str, TrackArray], told: dict[str, str]) -> None:
    CONFUSION.mkdir(parents=True, exist_ok=True)
    for name, found in clusters.items():
        rows = confusion_rows(genres.rows(found.track_id), found.values, "genre" in told[name].split("_"))
        write_csv(CONFUSION / f"{name}.csv", ["actual", "predicted"], rows)


def _chance_k(settings: params.Params, rows: list[table.Row]) -> int:
    """Clusters for the row of chance: those asked for, or the median of what k-means was given."""
    if settings.k != "auto":
        return settings.k
    return round(statistics.median_high([row["k"] for row in rows if row["algorithm"] == "kmeans"] or [2]))


if __name__ == "__main__":
    run(main)
