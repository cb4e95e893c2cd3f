"""Put maps, clusters, scores and curves of all models on one page that plays."""

from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits
from tqdm import tqdm

from songmap import params
from songmap.console import run
from songmap.files import atomic, read_csv, read_json
from songmap.latents import load_latents
from songmap.report.model import model
from songmap.report.page import page
from songmap.report.songs import features, songs
from songmap.report.versions import versions
from songmap.tracks import TrackArray

FEATURES = Path("data/features")
DESCRIBED = ("descriptors", "table")


def main() -> None:
    """Write plots/report.html."""
    settings = params.load()
    tracks = read_csv("data/tracks.csv")
    ids = [row["track_id"] for row in tracks]
    described = features(ids, [TrackArray.load(FEATURES / f"{name}.npz") for name in DESCRIBED])
    scores = read_csv("metrics/evaluation.csv")
    found, left_out = _models(list(settings.models), ids)
    about = {
        "models": [{"name": name, "marks": _marks(name, scores)} for name in found],
        "left_out": left_out,
        "features": [feature["name"] for feature in described],
        "warmup": settings.train.warmup,
    }
    blocks: dict[str, Any] = {
        "about": about,
        "songs": songs(tracks, read_csv("data/texts.csv"), read_csv("data/sources.csv"), settings.dataset),
        "features": described,
        **{f"model-{name}": block for name, block in found.items()},
        "evaluation": {
            "columns": list(scores[0]) if scores else [],
            "rows": [list(row.values()) for row in scores],
        },
        "training": _curves(list(settings.models)),
        "run": {"params": Path("params.yaml").read_text(encoding="utf-8"), "versions": versions()},
    }
    with atomic("plots/report.html") as temporary:
        temporary.write_text(page(blocks), encoding="utf-8")


def _models(names: list[str], ids: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The block of every model with clusters, and why the others have none."""
    found, left_out = {}, {}
    for name in tqdm(names, desc="report", unit="model", disable=None):
        clusters = read_csv(f"data/clusters/{name}.csv")
        latents = load_latents(FEATURES / f"latents/{name}.npz")
        if not clusters:
            left_out[name] = latents.note
            continue
        projection = TrackArray.load(f"data/projections/{name}.npz")
        explanations: Any = read_json(f"data/explanations/{name}.json")
        with threadpool_limits(1):
            found[name] = model(ids, clusters, projection, latents, explanations)
    return found, left_out


def _marks(name: str, scores: list[dict[str, str]]) -> str:
    row = next((row for row in scores if row["model"] == name), {})
    told = f"told {row['informed_by'].replace('_', ' and ')}" if row.get("informed_by") else ""
    return ", ".join(filter(None, [told, "collapsed" if row.get("collapsed") else ""]))


def _curves(names: list[str]) -> dict[str, dict[str, list[float | None]]]:
    """Columns of the training curves of the models that were trained."""
    tables = {name: read_csv(f"plots/training/{name}.csv") for name in names}
    return {
        name: {column: [float(row[column]) if row[column] else None for row in rows] for column in rows[0]}
        for name, rows in tables.items()
        if rows
    }


if __name__ == "__main__":
    run(main)
