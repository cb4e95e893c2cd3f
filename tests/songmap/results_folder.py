"""What the pipeline writes, as small as it can be: three models, sixty songs, clusters that are there."""

import shutil
from pathlib import Path

import numpy as np
import soundfile as sf

from songmap.files import write_csv
from songmap.tracks import TrackArray

N, K = 60, 3
IDS = [f"audio/song_{i:02d}.flac" for i in range(N)]
TITLES = {0: "Déjà vu", 1: "The Storm", 2: "The Storm", 3: "#EXTINF:1,\u202eevil\n../x", 4: ""}
GROUP = np.arange(N) % K
MODELS = ("mfcc", "multimodal_vae", "lyrics")
CLUSTERS = ("track_id", "title", "artist", "cluster", "confidence", "rank", "dbscan")


def tracks():
    """Rows of data/tracks.csv."""
    return [
        {
            "track_id": track,
            "path": track,
            "sha256": f"{i:064x}",
            "duration": "1.000",
            "title": TITLES.get(i, f"Song {i:02d}"),
            "artist": f"Artist {i % 20}",
            "album": "",
            "genre": "" if i == 5 else f"genre {GROUP[i]}",
            "language": ["en", "fr"][i % 2],
        }
        for i, track in enumerate(IDS)
    ]


def write_clusters(folder, model, clusters, ids=IDS, column="cluster"):
    """data/clusters/<model>.csv of the given clusters."""
    known = {row["track_id"]: row for row in tracks()}
    rows = [
        {"track_id": track, "title": known[track]["title"], "artist": known[track]["artist"], column: cluster}
        | {"confidence": round((i * 7 % N) / N, 4), "rank": 1, "dbscan": -1 if i % 4 else 0}
        for i, (track, cluster) in enumerate(zip(ids, clusters, strict=True))
    ]
    columns = [column if name == "cluster" else name for name in CLUSTERS]
    write_csv(Path(folder) / f"data/clusters/{model}.csv", columns, rows)


def write_results(folder):
    """Everything but sound."""
    folder = Path(folder)
    shutil.copy(Path(__file__).parents[2] / "params.yaml", folder)
    rng = np.random.default_rng(0)
    write_csv(folder / "data/tracks.csv", list(tracks()[0]), tracks())
    for model in MODELS:
        ids = IDS[6:] if model == "lyrics" else IDS
        group = GROUP[N - len(ids) :]
        points = rng.normal(size=(len(ids), 1, 4)) + 8 * np.eye(4)[group][:, None]
        latents = TrackArray(np.array(ids), points.astype(np.float32))
        latents.save(folder / f"data/features/latents/{model}.npz")
        TrackArray(latents.track_id, points[:, 0, :2], np.array(["x", "y"])).save(
            folder / f"data/projections/{model}.npz"
        )
        write_clusters(folder, model, group, ids)
    values = rng.normal(size=(N, 6)).astype(np.float32)
    TrackArray(np.array(IDS), values, np.array([f"mfcc_{i}" for i in range(6)])).save(
        folder / "data/features/mfcc.npz"
    )
    scores = [
        {
            "model": model,
            "algorithm": name,
            "informed_by": "",
            "degenerate": "one cluster" if name == "dbscan" else "",
            "common_silhouette": "0.25",
            "tracks": N,
            "genre_ami": "0.5",
            "language_ami": "",
        }
        for model in MODELS
        for name in ("kmeans", "dbscan")
    ]
    write_csv(folder / "metrics/evaluation.csv", list(scores[0]), scores)
    return folder


def write_sound(folder):
    """A second of noise for every song but the last, in the demo's place."""
    audio = Path(folder) / "data/raw/demo/audio"
    audio.mkdir(parents=True)
    for i in range(N - 1):
        sf.write(audio / Path(IDS[i]).name, np.random.default_rng(i).normal(size=8000) / 10, 8000)
