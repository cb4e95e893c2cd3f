"""Read the song folder: which tracks are usable, what each brings, and why the others are not."""

from pathlib import Path

import numpy as np

from songmap import params
from songmap.catalogue.entries import Track
from songmap.catalogue.labels import one_hot
from songmap.catalogue.song_folder import Catalogue, read_song_folder
from songmap.console import run
from songmap.files import write_csv, write_json
from songmap.tracks import TrackArray

TRACKS = ("track_id", "path", "sha256", "duration", "title", "artist", "album", "genre", "language")
SOURCES = ("track_id", "path", "sha256", "mel", "mel_sha256")
REJECTED = ("path", "track_id", "what", "reason")


def main() -> None:
    """Write the tables of tracks, sources, lyrics and labels, the table of features, and what was refused."""
    catalogue = read_song_folder(Path(params.load().dataset))
    tracks = catalogue.tracks
    data = Path("data")
    write_csv(data / "tracks.csv", TRACKS, [_row(track, TRACKS) for track in tracks])
    heard = [track for track in tracks if track.path or track.mel]
    write_csv(data / "sources.csv", SOURCES, [_row(track, SOURCES) for track in heard])
    sung = [{"track_id": track.track_id, "text": track.lyrics} for track in tracks if track.lyrics]
    write_csv(data / "lyrics.csv", ("track_id", "text"), sung)
    rejected = [{name: getattr(item, name) for name in REJECTED} for item in catalogue.rejected]
    write_csv(data / "rejected.csv", REJECTED, rejected)
    _features(catalogue).save(data / "features" / "table.npz")
    TrackArray.empty("no input asked for").save(data / "features" / "none.npz")
    TrackArray.empty("no condition asked for").save(data / "labels" / "none.npz")
    one_hot(tracks, "genre").save(data / "labels" / "genre.npz")
    one_hot(tracks, "language").save(data / "labels" / "language.npz")
    one_hot(tracks, "genre", "language").save(data / "labels" / "genre_language.npz")
    write_json("metrics/manifest.json", catalogue.counts())
    refused = f"; refused: {len(rejected)}, see data/rejected.csv" if rejected else ""
    print(f"{len(tracks)} tracks{refused}")


def _row(track: Track, columns: tuple[str, ...]) -> dict[str, str]:
    row = {name: getattr(track, name) for name in columns}
    if "duration" in row:
        row["duration"] = "" if track.duration is None else f"{track.duration:.3f}"
    return row


def _features(catalogue: Catalogue) -> TrackArray:
    rows = [(track.track_id, track.features) for track in catalogue.tracks if track.features is not None]
    if not rows:
        return TrackArray.empty("no track in this catalogue brings feature columns")
    values = np.array([numbers for _, numbers in rows], dtype=np.float32)  # (n, d)
    return TrackArray(np.array([track_id for track_id, _ in rows]), values, np.array(catalogue.features))


if __name__ == "__main__":
    run(main)
