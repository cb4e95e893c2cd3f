"""From a song folder or a file to places in a model's latent space, and what each song lacks."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from songmap.assignment.encoding import Trained
from songmap.assignment.features import Features, kind
from songmap.assignment.songs import read_songs
from songmap.assignment.staleness import changes, newer
from songmap.catalogue.song_folder import Catalogue
from songmap.errors import DataError
from songmap.params import Params
from songmap.tracks import TrackArray

ELSEWHERE = ("dataset",)  # new songs are not of the dataset, whichever it is now
PARTS = {"lyrics": "lyrics", "features": "feature columns", "mel": "sound"}  # what a rejection is of


@dataclass(frozen=True)
class Encoded:
    """Songs as a model sees them.

    Parameters
    ----------
    catalogue : Catalogue
        The songs, and what was refused.
    points : TrackArray [values shape=(m, d)], float32
        Latents of those that bring anything that the model reads.
    lacks : dict of str to str
        By track id, what a song lacks of what the model reads; songs with a place in `points` among them.
    notes : list of str
        Parameters that have changed since the model was trained or clustered.
    """

    catalogue: Catalogue
    points: TrackArray
    lacks: dict[str, str]
    notes: list[str]


def encode_songs(path: Path, model: str, settings: Params) -> Encoded:
    """Encode songs with a trained model, by the scalers and encoders that were fitted with it.

    Parameters
    ----------
    path : Path
        A song folder, or an audio file.
    model : str
    settings : Params
        Those that the pipeline ran with.

    Raises
    ------
    DataError
        If there are no songs, the model is absent or was left out, the parameters of the features that it
        reads have changed since, or what it or its clusters were made from has been made anew.
    """
    trained = Trained.load(model)
    made_by = [*trained.making, f"cluster@{model}"]
    if changed := changes(trained.reading, without=ELSEWHERE):
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        mend = "dvc repro makes features anew, or put the parameter back"
        raise DataError(f"params.yaml is not what {model} was trained with: {changed[0]}{more}; {mend}")
    if anew := newer(made_by):
        raise DataError(f"{anew[0]} is not what {model} was made from: dvc repro makes {model} anew")
    notes = changes(made_by)
    as_of = time.time()
    root, catalogue = read_songs(path)
    read = Features(root, catalogue, settings, as_of)
    points, refused = trained.encode(read)
    return Encoded(catalogue, points, _lacks(read, refused), notes)


def _lacks(read: Features, refused: Mapping[str, str]) -> dict[str, str]:
    """What each song lacks, by id; songs that lack nothing are not there."""
    parts_refused = [row for row in read.catalogue.rejected if row.what in PARTS]
    why = {(row.track_id, PARTS[row.what]): row.reason for row in parts_refused}
    why |= {(track_id, "sound"): reason for track_id, reason in read.refused.items()}
    having: dict[str, set[str]] = {}
    for source, array in read.made.items():
        ids = set(array.track_id.tolist())
        having[kind(source)] = having.get(kind(source), ids) & ids
    result = {}
    for track in read.catalogue.tracks:
        parts = [refused[track.track_id]] if track.track_id in refused else []
        for what, ids in having.items():
            reason = why.get((track.track_id, what), "")
            if track.track_id in ids:
                continue
            if what == "lyrics" and track.lyrics:
                parts.append("lyrics without a word that it knows")
            else:
                parts.append(f"no {what}{f' ({reason})' if reason else ''}")
        if parts:
            result[track.track_id] = ", ".join(parts)
    return result
