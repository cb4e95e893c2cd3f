"""Place the latents of one model on a plane. Run as ``python -m stages.project vae``."""

import sys

import numpy as np

from songmap import params
from songmap.console import argument, run
from songmap.latents import load_latents
from songmap.tracks import TrackArray


def main() -> None:
    """Write x and y of every track of the model."""
    settings = params.load()
    name = argument("model", settings.models)
    latents = load_latents(f"data/features/latents/{name}.npz")
    if len(latents):
        from songmap.clustering.projection import project

        how = settings.project
        placed = project(
            latents.values[:, 0],
            how.method,
            seed=settings.seed,
            n_neighbors=how.n_neighbors,
            min_dist=how.min_dist,
            perplexity=how.perplexity,
        )
        projection = TrackArray(latents.track_id, placed, np.array(["x", "y"]))
    else:
        print(f"{name} is left out: {latents.note}", file=sys.stderr)
        projection = TrackArray.empty(latents.note)
    projection.save(f"data/projections/{name}.npz")


if __name__ == "__main__":
    run(main)
