"""The demo song folder on disk: sounds, words, tracks.csv, and beside it the table of the true factors."""

import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from tqdm import tqdm

from songmap.catalogue.demo.plan import Song, plan, sound_streams
from songmap.catalogue.demo.styles import Factors
from songmap.catalogue.demo.synth import render, studio
from songmap.catalogue.demo.timbres import SAMPLE_RATE
from songmap.errors import DataError
from songmap.files import write_csv
from songmap.processes import as_worker, available

TRACK_COLUMNS = ("path", "title", "artist", "album", "genre", "language", "lyrics")
FACTOR_COLUMNS = ("track_id", "style", *Factors.__dataclass_fields__)
OWN = re.compile(r"tracks\.csv|audio|lyrics|audio/song_\d+\.flac|lyrics/song_\d+\.txt")
CHUNK = 4  # songs a process takes at a time


def write_demo(
    folder: Path | str,
    factors_path: Path | str,
    *,
    songs: int,
    seconds: float,
    seed: int,
    processes: int | None = None,
) -> None:
    """Make a song folder of synthetic songs, and the table of the factors they were made from.

    Parameters
    ----------
    folder : path
        The song folder; an earlier demo there is replaced. It appears complete or not at all.
    factors_path : path
        Table of `FACTOR_COLUMNS`, one row per song; `track_id` is the song's `path` in tracks.csv.
    songs : int >= 1
        How many songs; from 12 on every style and language occurs.
    seconds : float > 0
        Length of each.
    seed : int >= 0
        The same seed gives the same bytes, however many processes there are.
    processes : int, optional
        Processes to render with; default: one per core at hand.

    Raises
    ------
    DataError
        If `folder` holds files that are not a demo's.
    """
    folder = Path(folder)
    _refuse_foreign(folder)
    catalogue = plan(songs, seed)
    with _swapped(folder) as temporary:
        _write_sounds(catalogue, temporary, seconds, seed, processes or available())
        _write_words(catalogue, temporary)
        write_csv(temporary / "tracks.csv", TRACK_COLUMNS, [_track(song) for song in catalogue])
        rows = [{"track_id": song.audio, "style": song.style, **asdict(song.factors)} for song in catalogue]
        write_csv(factors_path, FACTOR_COLUMNS, rows)


@contextmanager
def _swapped(folder: Path) -> Iterator[Path]:
    """Give an empty directory beside `folder` that takes its place when the block ends well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        new, old = Path(name) / "new", Path(name) / "old"
        new.mkdir()
        yield new
        if not folder.exists():
            new.rename(folder)
            return
        folder.rename(old)
        try:
            new.rename(folder)
        except BaseException:
            old.rename(folder)
            raise


def _refuse_foreign(folder: Path) -> None:
    """Raise where replacing `folder` would delete what no demo wrote."""
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: the demo needs a directory")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not OWN.fullmatch(name):
            raise DataError(
                f"{folder} holds {name}, which no demo wrote: choose another folder or move it away"
            )


def _write_sounds(catalogue: list[Song], folder: Path, seconds: float, seed: int, processes: int) -> None:
    """Render every song, in parallel."""
    (folder / "audio").mkdir()
    work = partial(_write_sound, folder=folder, seconds=seconds, seed=seed)
    progress = partial(tqdm, total=len(catalogue), desc="demo songs", unit="song")
    if processes == 1:
        for _ in progress(map(work, catalogue)):
            pass
        return
    with ProcessPoolExecutor(processes, initializer=as_worker) as pool:
        try:
            for _ in progress(pool.map(work, catalogue, chunksize=CHUNK)):
                pass
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _write_sound(song: Song, folder: Path, seconds: float, seed: int) -> None:
    """Render one song to 16-bit FLAC."""
    artist, rng = sound_streams(seed, song)
    wave = render(song.factors, studio(artist, rng), seconds, rng)
    samples = np.round(wave * 32767).astype(np.int16)
    try:
        soundfile.write(folder / song.audio, samples, SAMPLE_RATE, subtype="PCM_16")
    except soundfile.LibsndfileError as error:
        raise DataError(f"cannot write {folder / song.audio}: is the disk full? {error}") from error


def _write_words(catalogue: list[Song], folder: Path) -> None:
    (folder / "lyrics").mkdir()
    for song in catalogue:
        if song.text:
            (folder / song.lyrics).write_text(song.text, encoding="utf-8", newline="\n")


def _track(song: Song) -> dict[str, str]:
    """A row of tracks.csv."""
    return {
        "path": song.audio,
        "title": song.title,
        "artist": song.artist_name,
        "album": song.album,
        "genre": song.style,
        "language": song.language,
        "lyrics": song.lyrics,
    }
