"""Train a VAE for every beta, and see what becomes of its latents. Run as ``python -m stages.sweep``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from songmap import params
from songmap.console import run
from songmap.evaluation import sweep as table
from songmap.evaluation.disentanglement import disentanglement, silenced
from songmap.evaluation.rounding import rounded
from songmap.files import read_csv, write_csv, write_json
from songmap.latents import active
from songmap.models.inputs import Inputs
from songmap.tracks import TrackArray

DEMO, FACTORS = "data/raw/demo", Path("data/raw/demo_factors.csv")
CONTINUOUS = ("tempo", "brightness", "percussiveness", "density")
DISCRETE = ("key", "mode", "instrument", "groove")  # a style mixes all; form is order, topic is words


def main() -> None:
    """Write plots/betas.csv and metrics/sweep.json."""
    settings = params.load()
    inputs = Inputs({"audio": TrackArray.load(f"data/features/{settings.sweep.audio}.npz")})
    rows: list[table.Row] = []
    report: dict[str, Any] = {"tracks": len(inputs)}
    if lacking := inputs.lacking():
        print(f"sweep is left out: {lacking}", file=sys.stderr)
        report["left_out"] = lacking
    else:
        factors = _factors(inputs.track_id, settings.dataset)
        with threadpool_limits(1):  # more threads cost more than they bring on small arrays
            for row, codes in _encoders(inputs, settings, bool(factors)):
                rows.append(row | disentanglement(codes, factors, row["seed"]))
            if factors:  # the codes are now those of PCA
                rows += table.uncertainty(codes, factors, settings.seed, settings.sweep.seeds)
        report |= table.summary(rows)
    write_csv("plots/betas.csv", table.COLUMNS, rounded(rows))
    write_json("metrics/sweep.json", report)


def _factors(track_id: np.ndarray, dataset: str) -> dict[str, np.ndarray]:
    """What the songs were made from, by name; nothing unless they are the demo's."""
    truth = {row["track_id"]: row for row in read_csv(FACTORS)}
    if dataset != DEMO or not truth.keys() >= set(track_id.tolist()):
        return {}
    columns = {name: np.array([truth[i][name] for i in track_id]) for name in (*CONTINUOUS, *DISCRETE)}
    return {name: values.astype(float) if name in CONTINUOUS else values for name, values in columns.items()}


def _encoders(
    inputs: Inputs, settings: params.Params, references: bool
) -> Iterator[tuple[table.Row, np.ndarray]]:
    """Rows and codes of the VAEs, and on demand of references: untrained nets, and last PCA."""
    from songmap.models.fit import fit

    sweep, training = settings.sweep, settings.train.model_copy(update={"seeds": 1})
    nothing: dict[str, Any] = dict.fromkeys(("beside", "lyrics", "condition"), "none")
    common = nothing | {"audio": sweep.audio, "scale": "zscore", "latent_dim": sweep.latent_dim}
    net = {"kind": "dense", "kl": "beta", "hidden": sweep.hidden, "components": 1, "experts": "product"}
    dense, pca = (params.model_config(kind | common) for kind in (net, {"kind": "pca", "kl": "none"}))
    seeds = [(settings.seed + i) % 2**32 for i in range(sweep.seeds)]
    for beta in sweep.betas:
        for seed in seeds:
            fitted = fit(dense, inputs, training, beta, seed, f"beta {beta:g}, seed {seed}")
            means, report = fitted.latents.rows(inputs.track_id)[:, 0], fitted.report
            kept = {"r2": report["r2_audio"], "kl": report["kl"], "active_units": int(active(means).sum())}
            yield {"model": table.VAE, "beta": beta, "seed": seed, **kept}, silenced(means)
    if not references:
        return
    untrained = training.model_copy(update={"epochs": 1, "learning_rate": 0.0})
    for seed in seeds:
        fitted = fit(dense, inputs, untrained, 1.0, seed, f"untrained, seed {seed}")
        yield {"model": table.RANDOM, "seed": seed}, fitted.latents.rows(inputs.track_id)[:, 0]
    fitted = fit(pca, inputs, training, 0.0, settings.seed, table.PCA)
    yield {"model": table.PCA, "seed": settings.seed}, fitted.latents.rows(inputs.track_id)[:, 0]


if __name__ == "__main__":
    run(main)
