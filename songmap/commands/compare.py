"""`python -m songmap compare`: the clusterings of two experiments side by side."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from songmap.commands.arguments import command, table
from songmap.commands.choice import name_of
from songmap.commands.revisions import Revision
from songmap.console import shown
from songmap.errors import DataError, ParameterError
from songmap.files import read_csv, write_csv
from songmap.tracks import TrackArray

if TYPE_CHECKING:
    from songmap.comparison import Comparison
    from songmap.evaluation.resampling import Interval

LABELS = ("genre", "language")
SCORE = "common_silhouette"
SCORES = "metrics/evaluation.csv"
MOST = 10  # songs that are listed of a model
FEW = 3  # models whose songs are listed without being asked for
SEED = 0  # of subsamples
COLUMNS = ("model", "track_id", "artist", "title", "first", "matched", "second")
HELP = """Compare the clusters (k-means) of two DVC experiments or git revisions, over the tracks both have.

EXP1 and EXP2 are names of experiments, commits, branches or tags, or 'workspace': the files as they are.

For every model: ARI and AMI between the two clusterings; how many songs moved, when each cluster is matched
to one of the other so that as many as possible stay; and the second's scores less the first's: AMI with genre
and language on the same tracks, with 95 % intervals from subsamples, and silhouette in the common space.
* means that the model was told the label. Labels are those of data/tracks.csv.

examples:
  python -m songmap compare HEAD workspace
  python -m songmap compare tabby-seal lanky-moth --model beta_vae --csv moved.csv
"""


@dataclass(frozen=True, eq=False)
class Pair:
    """One model in both revisions.

    Parameters
    ----------
    model : str
    found : Comparison
    differences : dict of str to Interval or None
        By label: AMI of the second less that of the first.
    told : set of str
        Labels that the model was told in either.
    score : float or None
        Silhouette in the common space of the second less that of the first.
    """

    model: str
    found: "Comparison"
    differences: "dict[str, Interval | None]"
    told: set[str]
    score: float | None


def add(commands: Any) -> None:
    """Add `compare` to the parser's commands."""
    parser = command(commands, "compare", "compare the clusters of two experiments", HELP, _run)
    parser.add_argument("first", metavar="EXP1", help="an experiment, a git revision or workspace")
    parser.add_argument("second", metavar="EXP2", help="another one")
    parser.add_argument("--model", default="", metavar="NAME", help="this model alone (default: every model)")
    parser.add_argument("--csv", type=table, metavar="FILE", help="write all songs that moved to FILE")


def _run(arguments: Namespace) -> None:
    from songmap.comparison import compare

    revisions = Revision(arguments.first), Revision(arguments.second)
    models = _models(*revisions, arguments.model)
    catalogue = Path("data/tracks.csv")
    if not catalogue.is_file():
        raise DataError(f"there is no {catalogue}, which has the labels: dvc repro makes it")
    tracks = {row["track_id"]: row for row in read_csv(catalogue)}
    tables = [
        {row["model"]: row for row in revision.table(SCORES) if row.get("algorithm") == "kmeans"}
        for revision in revisions
    ]
    pairs, notes = [], []
    for model in models:
        clusters = [_clusters(revision, model) for revision in revisions]
        empty = [revision.name for revision, found in zip(revisions, clusters, strict=True) if not len(found)]
        if empty:
            notes.append(f"{model} has no songs in {' and '.join(empty)}")
        else:
            scores = [table.get(model, {}) for table in tables]
            pairs.append(_pair(model, compare(*clusters), tracks, scores))
    if not pairs:
        raise DataError(f"nothing to compare: {'; '.join(notes)}")
    _print_table(pairs)
    changed = [pair for pair in pairs if len(pair.found.moved)]
    if arguments.model or len(changed) <= FEW:
        for pair in changed:
            _print_moved(pair, tracks)
    elif not arguments.csv:
        print("\n--model NAME lists songs that moved, --csv FILE all")
    for note in notes:
        print(shown(f"note: {note}"))
    if arguments.csv:
        write_csv(arguments.csv, COLUMNS, [row for pair in changed for row in _moves(pair, tracks)])


def _models(first: Revision, second: Revision, asked: str) -> list[str]:
    """The models to compare."""
    both = sorted(set(first.models()) & set(second.models()))
    if not both:
        raise DataError(
            f"{first.name} and {second.name} have no clusters of the same model: dvc repro makes them"
        )
    if asked and asked not in both:
        raise ParameterError(f"model {asked!r} is not in both: give one of {', '.join(both)}")
    return [asked] if asked else both


def _clusters(revision: Revision, model: str) -> TrackArray:
    path = revision.result(f"data/clusters/{model}.csv")
    try:
        rows = read_csv(path)
        values = np.array([int(row.get("cluster") or row["kmeans"]) for row in rows], dtype=int)
        return TrackArray(np.array([row["track_id"] for row in rows], dtype=str), values)
    except (ValueError, KeyError) as error:
        raise DataError(f"{path} of {revision.name} is not a table of clusters: {error}") from error


def _pair(
    model: str,
    found: "Comparison",
    tracks: Mapping[str, Mapping[str, str]],
    scores: Sequence[Mapping[str, str]],
) -> Pair:
    from songmap.evaluation.resampling import difference

    differences = {}
    for label in LABELS:
        known = [tracks[track][label] if track in tracks else "" for track in found.track_id.tolist()]
        differences[label] = difference(np.array(known, dtype=str), found.second, found.first, SEED)
    told = {label for row in scores for label in row.get("informed_by", "").split("_")}
    values = [float(row[SCORE]) for row in scores if row.get(SCORE)]
    return Pair(model, found, differences, told, values[1] - values[0] if len(values) == 2 else None)


def _print_table(pairs: Sequence[Pair]) -> None:
    heads = ["model", "tracks", "ARI", "AMI", "moved", *(f"{label} AMI" for label in LABELS), "silhouette"]
    rows = [heads, *(_cells(pair) for pair in pairs)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print(shown("  ".join([row[0].ljust(widths[0]), *cells])))


def _cells(pair: Pair) -> list[str]:
    found, moved = pair.found, len(pair.found.moved)
    return [
        pair.model,
        f"{len(found.track_id):,}",
        f"{found.ari:.3f}",
        f"{found.ami:.3f}",
        f"{moved:,} ({moved / len(found.track_id):.0%})",
        *(_interval(pair.differences[label], label in pair.told) for label in LABELS),
        "-" if pair.score is None else f"{pair.score:+.3f}",
    ]


def _interval(found: "Interval | None", told: bool) -> str:
    if found is None:
        return "-"
    return f"{'*' * told}{found.value:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"


def _moves(pair: Pair, tracks: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """A row for every song that moved."""
    found = pair.found
    rows = []
    for i in found.moved:
        track, first = str(found.track_id[i]), int(found.first[i])
        names = {key: tracks.get(track, {}).get(key, "") for key in ("artist", "title")}
        where = {"first": first, "matched": found.matched.get(first), "second": int(found.second[i])}
        rows.append({"model": pair.model, "track_id": track, **names, **where})
    return rows


def _print_moved(pair: Pair, tracks: Mapping[str, Mapping[str, str]]) -> None:
    moves = _moves(pair, tracks)
    print(f"\nmoved in {pair.model} (clusters by the second's numbers):")
    for row in moves[:MOST]:
        before = "none" if row["matched"] is None else row["matched"]
        print(shown(f"  {before} to {row['second']}  {name_of(row)}  [{row['track_id']}]"))
    if len(moves) > MOST:
        print(f"  and {len(moves) - MOST:,} more")
