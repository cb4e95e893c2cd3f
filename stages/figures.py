"""Draw what compares the models."""

from pathlib import Path

from songmap import params
from songmap.console import run
from songmap.figures import style
from songmap.figures.comparison import Score, comparison
from songmap.figures.scores import score_map
from songmap.figures.sweep import betas
from songmap.figures.training import Curve, training_curves
from songmap.files import read_csv

FIGURES = Path("plots/figures")


def main() -> None:
    """Write training curves, scores, and what beta changes."""
    settings = params.load()
    warmup = settings.train.warmup
    curves = {m: Curve.of(read_csv(f"plots/training/{m}.csv"), warmup) for m in settings.models}
    rows = read_csv("metrics/evaluation.csv")
    figures = {
        "training": training_curves(curves),
        "comparison": comparison([Score.of(row) for row in rows]),
        "scores": score_map(rows),
        "betas": betas(read_csv("plots/betas.csv")),
    }
    for name, figure in figures.items():
        style.save(figure, FIGURES / f"{name}.png")
    style.keep_only([FIGURES / f"{name}.png" for name in figures], FIGURES)


if __name__ == "__main__":
    run(main)
