"""Draw what is to be seen of each model, and write the tables behind DVC's maps."""

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from tqdm import tqdm

from songmap import params
from songmap.clustering.membership import Centres
from songmap.console import run
from songmap.figures import style
from songmap.figures.clusters import dendrogram, profile
from songmap.figures.comparison import Score, titles
from songmap.figures.composition import COLUMNS, composition, heat_maps
from songmap.figures.maps import METHODS, label_layers, latent_map, map_rows
from songmap.figures.reconstructions import reconstructions
from songmap.figures.selection import density_sweep, k_selection
from songmap.files import read_csv, read_json, write_csv
from songmap.latents import load_latents
from songmap.processes import as_worker, available
from songmap.tracks import TrackArray

PORTRAITS, MAPS = Path("plots/portraits"), Path("plots/maps")
Tracks = Mapping[str, Mapping[str, str]]


def main() -> None:
    """Draw every model that has something to show; pictures of those that have not are removed."""
    settings = params.load()
    tracks = {row["track_id"]: row for row in read_csv("data/tracks.csv")}
    titled = titles(settings.models, [Score.of(row) for row in read_csv("metrics/evaluation.csv")])
    MAPS.mkdir(parents=True, exist_ok=True)
    draw = partial(_draw, tracks, METHODS[settings.project.method])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(available(), context, as_worker) as pool:
        every = pool.map(draw, titled, titled.values())
        drawn = list(tqdm(every, desc="portraits", unit="model", total=len(titled), disable=None))
    write_csv("plots/composition.csv", ["model", *COLUMNS], [row for _, rows in drawn for row in rows])
    style.keep_only([path for paths, _ in drawn for path in paths], PORTRAITS, MAPS)


def _draw(tracks: Tracks, method: str, name: str, title: str) -> tuple[list[Path], list[dict[str, Any]]]:
    """The files written for one model, and what its clusters hold."""
    figures: dict[str, Figure] = {}
    counts: list[dict[str, Any]] = []
    if clusters := read_csv(f"data/clusters/{name}.csv"):
        ids = [row["track_id"] for row in clusters]
        places = TrackArray.load(f"data/projections/{name}.npz").rows(ids)
        layers = label_layers(tracks, ids, [row["cluster"] for row in clusters])
        rows = map_rows(ids, places, layers, [tracks[i]["title"] for i in ids])
        write_csv(MAPS / f"{name}.csv", list(rows[0]), rows)
        tables = [composition(layer.name, layers[0].values, layer.values) for layer in layers[1:]]
        counts = [{"model": name, **row} for table in tables for row in table.rows()]
        figures["map"] = latent_map(places, layers, f"{title}: {method} of {len(ids)} tracks", method)
        figures["composition"] = heat_maps(tables, f"{title}: what its clusters hold")
        figures |= _clusters(name, title, ids, np.array([int(row["cluster"]) for row in clusters]))
    pairs = TrackArray.load(f"data/reconstructions/{name}.npz")
    if len(pairs):
        songs = [tracks[i]["title"] or i for i in pairs.track_id]
        figures["reconstructions"] = reconstructions(pairs.values, songs, f"{title}: reconstructions")
    for kind, figure in figures.items():
        style.save(figure, PORTRAITS / kind / f"{name}.png")
    pictures = [PORTRAITS / kind / f"{name}.png" for kind in figures]
    return [MAPS / f"{name}.csv"] * bool(clusters) + pictures, counts


def _clusters(name: str, title: str, ids: list[str], clusters: np.ndarray) -> dict[str, Figure]:
    """How many clusters and what eps the points suggest, what the clusters are like, and which are alike."""
    cards, chosen = read_json(f"data/explanations/{name}.json"), read_json(f"metrics/selection/{name}.json")
    ks, radii = read_csv(f"plots/selection/{name}.csv"), read_csv(f"plots/density/{name}.csv")
    means = Centres.of(load_latents(f"data/features/latents/{name}.npz").rows(ids)[:, 0], clusters).means
    return {
        "profile": profile(cards, f"{title}: what its clusters are like"),
        "dendrogram": dendrogram(means, cards, f"{title}: which of its clusters are alike"),
        "selection": k_selection(ks, f"{title}: how many clusters", chosen["reason"]),
        "density": density_sweep(radii, f"{title}: DBSCAN over eps", chosen["dbscan"]["reason"]),
    }


if __name__ == "__main__":
    run(main)
