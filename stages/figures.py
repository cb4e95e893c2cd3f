"""Draw what is to be seen of the models, and write the tables behind DVC's own plots."""

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from tqdm import tqdm

from songmap import params
from songmap.console import run
from songmap.figures import style
from songmap.figures.comparison import Score, comparison, titles
from songmap.figures.composition import COLUMNS, composition, heat_maps
from songmap.figures.maps import METHODS, label_layers, latent_map, map_rows
from songmap.figures.reconstructions import reconstructions
from songmap.figures.sweep import betas
from songmap.figures.training import Curve, training_curves
from songmap.files import read_csv, write_csv
from songmap.processes import as_worker, available
from songmap.tracks import TrackArray

FIGURES, MAPS = Path("plots/figures"), Path("plots/maps")


def main() -> None:
    """Draw every model that has something to show; pictures of those that have not are removed."""
    settings = params.load()
    method = METHODS[settings.project.method]
    tracks = {row["track_id"]: row for row in read_csv("data/tracks.csv")}
    warmup = settings.train.warmup
    curves = {m: Curve.of(read_csv(f"plots/training/{m}.csv"), warmup) for m in settings.models}
    scores = [Score.of(row) for row in read_csv("plots/evaluation.csv")]
    titled = titles(settings.models, scores)
    written = [_save(training_curves(curves), "training"), _save(comparison(scores), "comparison")]
    written.append(_save(betas(read_csv("plots/betas.csv")), "betas"))
    counts: list[dict[str, Any]] = []
    MAPS.mkdir(parents=True, exist_ok=True)
    draw = partial(_draw_model, tracks, method)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(available(), context, as_worker) as pool:
        drawn = pool.map(draw, titled, titled.values())
        for paths, rows in tqdm(drawn, desc="figures", unit="model", total=len(titled), disable=None):
            written += paths
            counts += rows
    write_csv("plots/composition.csv", ["model", *COLUMNS], counts)
    style.keep_only(written, FIGURES, MAPS)


def _draw_model(
    tracks: Mapping[str, Mapping[str, str]], method: str, name: str, title: str
) -> tuple[list[Path], list[dict[str, Any]]]:
    """The files written for one model, and what its clusters hold."""
    written: list[Path] = []
    counts: list[dict[str, Any]] = []
    clusters = read_csv(f"data/clusters/{name}.csv")
    if clusters:
        ids = [row["track_id"] for row in clusters]
        points = TrackArray.load(f"data/projections/{name}.npz").rows(ids)
        layers = label_layers(tracks, ids, [row["cluster"] for row in clusters])
        heading = f"{title}: {method} of {len(ids)} tracks"
        rows = map_rows(ids, points, layers, [tracks[i]["title"] for i in ids])
        write_csv(MAPS / f"{name}.csv", list(rows[0]), rows)
        tables = [composition(layer.name, layers[0].values, layer.values) for layer in layers[1:]]
        written = [
            MAPS / f"{name}.csv",
            _save(latent_map(points, layers, heading, method), f"map/{name}"),
            _save(heat_maps(tables, f"{title}: what its clusters hold"), f"composition/{name}"),
        ]
        counts = [{"model": name, **row} for table in tables for row in table.rows()]
    pairs = TrackArray.load(f"data/reconstructions/{name}.npz")
    if len(pairs):
        names = [tracks[i]["title"] or i for i in pairs.track_id]
        figure = reconstructions(pairs.values, names, f"{title}: reconstructions")
        written.append(_save(figure, f"reconstructions/{name}"))
    return written, counts


def _save(figure: Figure, name: str) -> Path:
    path = FIGURES / f"{name}.png"
    style.save(figure, path)
    return path


if __name__ == "__main__":
    run(main)
