"""From each kind of data to clusters: imported, its preset applied, the whole pipeline run by a real DVC."""

import csv
import itertools
import shutil
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile
import yaml

from songmap.files import read_csv, write_csv
from songmap.importers.fma import import_fma
from tests.clone import ROOT, copied
from tests.songmap.importers.server import serving
from tests.songmap.importers.test_fma import member, metadata, put, track, zipped

pytestmark = pytest.mark.slow

ALL = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))["models"]
QUICK = {
    "demo.songs": 12,
    "demo.seconds": 2.0,
    "train.epochs": 2,
    "train.warmup": 1,
    "k": 3,
    "cluster.k_max": 4,
    "project.method": "pca",
    "sweep.betas": [4.0],
    "sweep.seeds": 1,
    "cluster.algorithms": ["kmeans", "agglomerative", "dbscan"],
}
WORDS = {
    "en": "the river runs below the bridge and every night I hear it sing of love and rain",
    "es": "el río corre bajo el puente y cada noche lo oigo cantar de amor y de lluvia",
    "pt": "o rio corre sob a ponte e cada noite ouço cantar sobre o amor e a chuva",
}
LANGUAGES = list(WORDS)


def words(number):
    """Lyrics of a song: a few lines in a language, each song its own."""
    language = LANGUAGES[number % len(LANGUAGES)]
    rng = np.random.default_rng(number)
    vocabulary = WORDS[language].split()
    return "\n".join(" ".join(rng.choice(vocabulary, 6)) for _ in range(4)), language


def tone(number, seconds=2.0, rate=22_050):
    """Sound of a song: a chord with noise, brighter from genre to genre."""
    rng = np.random.default_rng(number)
    t = np.arange(int(seconds * rate)) / rate
    pitch = 110 * 2 ** (number % 3) * (1 + 0.05 * number)
    chord = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in (1, 2, 3))
    return 0.2 * chord + 0.02 * rng.standard_normal(len(t))


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    made = copied(tmp_path_factory.mktemp("presets") / "songmap")
    made.commit()
    return made


@pytest.fixture(autouse=True)
def restored(clone):
    yield
    clone.run("git", "checkout", "--quiet", "--force", "HEAD")


def imported(clone, kind, *arguments):
    """Run an import in the clone; gives what it printed and the rows of its tracks.csv."""
    output = clone.run("python", "-m", "songmap", "import", kind, *map(str, arguments))
    return output, read_csv(clone.folder / "data/raw/imported/tracks.csv")


def clustered(clone, dataset, preset=None):
    """Run the pipeline on a song folder; gives the summary of its scores."""
    if preset:
        clone.run("python", "-m", "songmap", "preset", preset)
    clone.set({**QUICK, "dataset": str(dataset)})
    models = list(yaml.safe_load((clone.folder / "params.yaml").read_text(encoding="utf-8"))["models"])
    clone.run("dvc", "repro", "evaluate")
    summary = clone.json("metrics/summary.json")
    left_out = summary.pop("left_out")
    assert set(summary) <= set(models)
    assert len(summary) + left_out == len(models)
    return models, summary


SPOTIFY = [
    "track_id",
    "track_name",
    "track_artist",
    "lyrics",
    "playlist_genre",
    "playlist_subgenre",
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration_ms",
    "language",
]


def spotify_csv(path, n=30):
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SPOTIFY)
        for i in range(n):
            text, language = words(i)
            genre = i % 3
            texts = [f"t{i}", f"Song {i}", f"Artist {i % 5}", text, ["pop", "rap", "rock"][genre], "sub"]
            shares = np.clip(rng.normal(0.2 + 0.3 * genre, 0.05, 7), 0, 1).round(4).tolist()
            numbers = [
                *shares[:2],
                i % 13 - 1,
                -5.0 - genre,
                i % 2,
                *shares[2:],
                90 + 30 * genre,
                200_000 + i,
            ]
            writer.writerow([*texts, *numbers, language])


def mula_parquet(path, n=24):
    rng = np.random.default_rng(0)
    rows = []
    for i in range(n):
        text, language = words(i)
        level = np.linspace(10, 0.1 * (1 + i % 3), 128)[:, np.newaxis]
        row = {
            "music_id": f"3ade{i:04x}",
            "music_name": f"Song {i}",
            "music_lang": {"pt": "pt-br"}.get(language, language),
            "music_lyrics": text,
            "art_name": f"Artist {i % 4}",
            "main_genre": ["Rock", "MPB", "Samba"][i % 3],
            "melspectrogram": (level * rng.gamma(2.0, 1.0, (128, 300))).tolist(),
        }
        rows.append(row)
    pq.write_table(pa.Table.from_pylist(rows), path)


def test_spotify_with_seed_003(clone, tmp_path):
    spotify_csv(tmp_path / "spotify_songs.csv")
    output, rows = imported(clone, "spotify", "data/raw/imported", "--file", tmp_path / "spotify_songs.csv")
    assert len(rows) == 30
    assert "next: dvc exp run -S dataset=data/raw/imported" in output
    models, summary = clustered(clone, "data/raw/imported", "seed-003")
    assert set(summary) == set(models)
    assert summary["table"]["genre_ami"] > 0.5
    shutil.rmtree(clone.folder / "data/raw/imported")


def test_4mula_with_seed_001(clone, tmp_path):
    mula_parquet(tmp_path / "tiny.parquet")
    _, rows = imported(clone, "4mula", "data/raw/imported", "--file", tmp_path / "tiny.parquet")
    assert {row["language"] for row in rows} == {"en", "es", "pt"}
    models, summary = clustered(clone, "data/raw/imported", "seed-001")
    assert set(summary) == set(models)
    assert "genre_ami_told" in summary["cvae"]
    shutil.rmtree(clone.folder / "data/raw/imported")


@pytest.fixture(scope="module")
def fma(tmp_path_factory):
    """A song folder from a server that has a little FMA, half of it with lyrics as if by a transcription."""
    work = tmp_path_factory.mktemp("fma")
    genres = {number: ("Rock", "Folk", "Hip-Hop")[number % 3] for number in range(2, 20)}
    sounds = {}
    for number in genres:
        soundfile.write(work / "a.mp3", tone(number), 22_050, format="MP3")
        sounds[member(number)] = (work / "a.mp3").read_bytes()
    rows = [track(number, genre, "small") for number, genre in genres.items()]
    with serving() as server, pytest.MonkeyPatch.context() as patch:
        put(server, patch, {"fma_metadata.zip": metadata(rows), "fma_small.zip": zipped(sounds)})
        outcome = import_fma(
            "small", work / "songs", downloads=work / "downloads", url=server.url, per_genre=5
        )
    assert outcome.tracks == 15
    tracks = read_csv(work / "songs/tracks.csv")
    for row in tracks[::2]:
        row["lyrics"] = words(int(row["track_id"]))[0]
    write_csv(work / "songs/tracks.csv", [*tracks[0]], tracks)
    return work / "songs"


@pytest.mark.parametrize("preset", ["seed-000", "seed-002"])
def test_fma(clone, fma, preset):
    models, summary = clustered(clone, fma, preset)
    assert set(summary) == set(models)
    assert clone.json("metrics/manifest.json")["with_lyrics"] == 8


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs espeak-ng")
def test_speech_with_seed_004(clone, tmp_path):
    with (tmp_path / "lyrics.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["track_name", "lyrics", "genre", "language"])
        for i in range(12):
            text, language = words(i)
            writer.writerow([f"Song {i}", text, ["folk", "rap"][i % 2], language])
    arguments = ("--file", tmp_path / "lyrics.csv", "--seconds", "4")
    _, rows = imported(clone, "speech", "data/raw/imported", *arguments)
    assert len(rows) == 12
    models, summary = clustered(clone, "data/raw/imported", "seed-004")
    assert set(summary) == set(models)
    shutil.rmtree(clone.folder / "data/raw/imported")


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")
def test_a_folder_of_music_with_labels(clone, tmp_path):
    music = tmp_path / "my music"
    music.mkdir()
    for i in range(9):
        soundfile.write(music / f"{i}.flac", tone(i), 22_050)
        if i % 3:
            (music / f"{i}.lrc").write_text("[00:01.00]" + words(i)[0].replace("\n", "\n[00:02.00]"))
    command = ["ffmpeg", "-v", "error", "-i", music / "0.flac", "-metadata", "title=Zéro", music / "zero.m4a"]
    subprocess.run(command, check=True)
    (music / "0.flac").unlink()
    (music / "broken.m4a").write_bytes(b"no music")
    output, rows = imported(clone, "folder", "data/raw/imported", "--from", music)
    assert "left out, whole or in part: 1" in output
    assert {"Zéro", "1"} <= {row["title"] for row in rows}
    labels = tmp_path / "labels.csv"
    lines = [f"{i}.flac,{'ab'[i % 2]},{words(i)[1]}" for i in range(1, 9)]
    labels.write_text("\n".join(["file,genre,language", *lines]), encoding="utf-8")
    imported(clone, "labels", "data/raw/imported", "--file", labels)
    # the default models, fewer of them
    path = clone.folder / "params.yaml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["models"] = dict(itertools.islice(settings["models"].items(), 4))
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    few = ("mfcc", "cvae", "conv_vae", "multimodal_vae")
    clone.set({"models": {name: ALL[name] for name in few}})
    models, summary = clustered(clone, "data/raw/imported")
    assert set(summary) == set(models)
    assert clone.json("metrics/manifest.json")["tracks"] == 9
    assert clone.json("metrics/manifest.json")["genres"] == 2
    shutil.rmtree(clone.folder / "data/raw/imported")
