"""What of the table is read at a glance: for every model its best algorithm, chosen without labels."""

from collections.abc import Sequence
from typing import Any

from songmap.evaluation.rounding import significant

CHANCE = "chance"
SCORES = ("genre_ami", "language_ami", "common_silhouette")
NONE = "none"

Row = dict[str, Any]


def best_rows(rows: Sequence[Row]) -> dict[str, Row | None]:
    """For every model, the row of the algorithm that finds the clearest clusters in the model's own space.

    That is the largest ``silhouette_all``, where noise counts as 0, among the algorithms that are not
    degenerate; the first of equals. Within one model the space is the same, so that silhouettes compare, if
    with a liking for round clusters of alike size. No label has a say: a choice by AMI would be a score of
    the labels, and the best of seven beats chance.

    Parameters
    ----------
    rows : sequence of dict
        Of `songmap.evaluation.table`; those of chance are passed over.

    Returns
    -------
    dict of str to dict or None
        None where every algorithm is degenerate or has no silhouette.
    """
    best: dict[str, Row | None] = {}
    for row in rows:
        if row["model"] == CHANCE:
            continue
        leader = best.setdefault(row["model"], None)
        score = None if row["degenerate"] else row["silhouette_all"]
        if score is not None and (leader is None or score > leader["silhouette_all"]):
            best[row["model"]] = row
    return best


def summary(rows: Sequence[Row], left_out: int) -> dict[str, Any]:
    """The best algorithm of every model, and three scores of it.

    Agreement with genre, with language, and the silhouette in the space that all models share: four lines a
    model, so that ``dvc metrics diff`` shows what changed and little else. A change of algorithm shows too,
    as then the scores before and after are not of the same thing. All algorithms, k-means among them, are in
    metrics/evaluation.csv.

    Parameters
    ----------
    rows : sequence of dict
        As `best_rows` takes them.
    left_out : int >= 0
        Models that had nothing to be trained on.

    Returns
    -------
    dict
        By model, and ``left_out``. Agreement with a label that the model was told ends in ``_told``. Beside
        the scores stands ``coverage`` where some tracks are noise, and ``<score>_sd`` where there were
        several runs. Of a model without any clusters worth the name, ``algorithm`` is none.
    """
    short: dict[str, Any] = {name: _scores(row) for name, row in best_rows(rows).items()}
    return {**short, "left_out": left_out}


def _scores(row: Row | None) -> dict[str, Any]:
    if row is None:
        return {"algorithm": NONE}
    told = [f"{label}_ami" for label in row["informed_by"].split("_")]
    scores: dict[str, Any] = {"algorithm": row["algorithm"]}
    if row["coverage"] < 1:
        scores["coverage"] = row["coverage"]
    for name in SCORES:
        shown = name + "_told" * (name in told)
        scores[shown] = row[name]
        if row[f"{name}_sd"] is not None:
            scores[f"{shown}_sd"] = row[f"{name}_sd"]
    return significant(scores)
