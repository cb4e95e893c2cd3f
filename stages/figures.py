"""Draw what is to be seen of the models, and write the tables behind DVC's own plots."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from tqdm import tqdm

from songmap import params
from songmap.console import run
from songmap.figures import style
from songmap.figures.comparison import Score, comparison
from songmap.figures.composition import COLUMNS, composition, heat_maps
from songmap.figures.maps import METHODS, SHOWN_DIRECT, Layer, latent_map, map_rows
from songmap.figures.reconstructions import reconstructions
from songmap.figures.training import Curve, training_curves
from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray

FIGURES, MAPS = Path("plots/figures"), Path("plots/maps")
Tracks = Mapping[str, Mapping[str, str]]


def main() -> None:
    """Draw every model that has something to show; pictures of those that have not are removed."""
    settings = params.load()
    method = METHODS[settings.project.method]
    tracks = {row["track_id"]: row for row in read_csv("data/tracks.csv")}
    histories = {name: read_csv(f"plots/training/{name}.csv") for name in settings.models}
    curves = {name: Curve.of(rows, settings.train.warmup) for name, rows in histories.items()}
    scores = [Score.of(row) for row in read_csv("plots/evaluation.csv")]
    informed_by = {score.model: score.informed_by for score in scores}
    written = [_save(training_curves(curves), "training"), _save(_comparison(scores), "comparison")]
    counts: list[dict[str, Any]] = []
    MAPS.mkdir(parents=True, exist_ok=True)
    for name in tqdm(settings.models, desc="figures", unit="model"):
        title = f"{name} (told {informed_by[name]})" if informed_by.get(name) else name
        clusters = read_csv(f"data/clusters/{name}.csv")
        if clusters:
            ids = [row["track_id"] for row in clusters]
            points = TrackArray.load(f"data/projections/{name}.npz").rows(ids)
            layers = _layers(tracks, ids, [row["kmeans"] for row in clusters])
            heading = f"{title}: {method} of {len(ids)} tracks"
            written.append(_save(latent_map(points, layers, heading, method), f"map/{name}"))
            rows = map_rows(ids, points, layers, [tracks[i]["title"] for i in ids])
            write_csv(MAPS / f"{name}.csv", list(rows[0]), rows)
            written.append(MAPS / f"{name}.csv")
            tables = [composition(layer.name, layers[0].values, layer.values) for layer in layers[1:]]
            written.append(
                _save(heat_maps(tables, f"{title}: what its clusters hold"), f"composition/{name}")
            )
            counts += [{"model": name, **row} for table in tables for row in table.rows()]
        pairs = TrackArray.load(f"data/reconstructions/{name}.npz")
        if len(pairs):
            names = [tracks[i]["title"] or i for i in pairs.track_id]
            figure = reconstructions(pairs.values, names, f"{title}: reconstructions")
            written.append(_save(figure, f"reconstructions/{name}"))
    write_csv("plots/composition.csv", ["model", *COLUMNS], counts)
    style.keep_only(written, FIGURES, MAPS)


def _save(figure: Figure, name: str) -> Path:
    path = FIGURES / f"{name}.png"
    style.save(figure, path)
    return path


def _comparison(scores: Sequence[Score]) -> Figure:
    chance = [score.ami for score in scores if score.model == "chance" and score.algorithm == "random"]
    return comparison([score for score in scores if score.model != "chance"], chance[0] if chance else None)


def _layers(tracks: Tracks, ids: Sequence[str], clusters: Sequence[str]) -> list[Layer]:
    largest = sorted(style.commonest(clusters)[:SHOWN_DIRECT], key=int)
    layers = [Layer("k-means cluster", clusters, largest, direct=True)]
    for label in ("genre", "language"):
        order = style.commonest([row[label] for row in tracks.values()])
        layers.append(Layer(label, [tracks[i][label] for i in ids], order))
    return layers


if __name__ == "__main__":
    run(main)
