"""The Free Music Archive as a song folder: a subset of it, or some of its genres."""

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

from tqdm import tqdm

from songmap.catalogue.text import label, quoted
from songmap.errors import DataError
from songmap.importers import archive
from songmap.importers.download import fetch
from songmap.importers.staging import Outcome, Skipped, staged, write_folder

FMA_URL = "https://os.unil.cloud.switch.ch/fma/"
SIZES = ("small", "medium", "large", "full")  # each holds those before it
METADATA = "fma_metadata.zip"
SHA1 = {
    METADATA: "f0df49ffe5f2a6008d7dc83c6915b31835dfe733",
    "fma_small.zip": "ade154f733639d52e35e32f5593efe5be76c6d70",
    "fma_medium.zip": "c67b69ea232021025fca9231fc1c7c1a063ab50b",
    "fma_large.zip": "497109f4dd721066b5ce5e5f250ec604dc78939e",
    "fma_full.zip": "0f0ace23fbe9ba30ecb7e95f763e435ea802b8ab",
}  # as the data set's README gives them
TABLE = "fma_metadata/tracks.csv"
SUBSET = ("set", "subset")
LABELS = {
    "title": ("track", "title"),
    "artist": ("artist", "name"),
    "album": ("album", "title"),
    "genre": ("track", "genre_top"),
    "language": ("track", "language_code"),
}
Tracks = dict[str, dict[str, str]]  # labels, by a track's number in six digits


@dataclass
class Metadata:
    """What tracks.csv says of a subset.

    Parameters
    ----------
    tracks : dict of str to dict of str to str
        Labels of the subset's tracks by number, in six digits.
    others : set of str
        Numbers of the tracks outside the subset.
    skipped : list of Skipped
        Rows that are broken.
    """

    tracks: Tracks = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)


def import_fma(
    size: str,
    dest: Path,
    *,
    downloads: Path,
    genres: Sequence[str] = (),
    per_genre: int | None = None,
    seed: int = 0,
    url: str = FMA_URL,
    replace: bool = False,
) -> Outcome:
    """Download a subset of the Free Music Archive and make a song folder of it.

    Parameters
    ----------
    size : str
        small (8,000 clips of 30 s, eight genres), medium (25,000), large (106,574) or full (as many tracks,
        untrimmed).
    dest : Path
        The song folder to make.
    downloads : Path
        Where the archives are kept, so that another selection downloads nothing.
    genres : sequence of str
        Root genres to keep, whatever their case; all by default.
    per_genre : int > 0 [scalar] or None
        Draw at most so many tracks of each genre.
    seed : int [scalar]
        Of the draw, which for one genre does not depend on the others, and for fewer tracks is a part of that
        for more.
    url : str
        The address of the directory that the archives are in.
    replace : bool
        Whether an earlier import at `dest` may be replaced.

    Returns
    -------
    Outcome
        Tracks without a root genre are among them only if neither `genres` nor `per_genre` is given. A note
        for each genre with fewer tracks than `per_genre`.

    Raises
    ------
    DataError
        If a size or genre is not known, a download fails or nothing is left.
    """
    if size not in SIZES:
        raise DataError(f"FMA has no subset {quoted(size)}: give one of {', '.join(SIZES)}")
    if per_genre is not None and per_genre < 1:
        raise DataError(f"{per_genre} tracks of each genre are none: give a number from 1")
    zipped = f"fma_{size}.zip"
    recipe = {
        **{"kind": "fma", "size": size, "genres": sorted({name.strip().casefold() for name in genres})},
        **{"per_genre": per_genre, "seed": seed, "metadata": SHA1[METADATA], "archive": SHA1[zipped]},
    }
    with staged(dest, recipe, replace=replace) as folder:
        metadata = read_metadata(_fetch(url, METADATA, downloads), size)
        candidates = _of_genres(metadata.tracks, genres, per_genre is not None)
        path = _fetch(url, zipped, downloads)
        there, skipped = _there(path, size, metadata, candidates)
        tracks, notes = _draw({name: candidates[name] for name in sorted(there)}, per_genre, seed)
        chosen = {_member(size, name): _target(name) for name in tracks}
        skipped = [*metadata.skipped, *skipped, *archive.extract(path, chosen, folder)]
        rows = [
            {"track_id": name, "path": _target(name), **labels}
            for name, labels in tracks.items()
            if (folder / _target(name)).is_file()
        ]
        write_folder(folder, rows, skipped)
    return Outcome(len(rows), skipped, notes)


def read_metadata(zipped: Path, size: str) -> Metadata:
    """Read fma_metadata/tracks.csv from its archive.

    Its header has three rows: groups of columns, columns, and the name of the first.

    Parameters
    ----------
    zipped : Path
        The archive of metadata.
    size : str
        One of `SIZES`.

    Raises
    ------
    DataError
        If the archive or the table is damaged, or a column is missing.
    """
    found = Metadata()
    subsets = SIZES[: SIZES.index(size) + 1]
    with archive.reading(zipped, TABLE) as file:
        reader = csv.reader(io.TextIOWrapper(file, "utf-8", "replace", newline=""))
        try:
            columns = _columns(zipped, list(islice(reader, 3)))
            for row in tqdm(reader, desc="tracks.csv", unit="row", disable=None):
                name = row[0].zfill(6) if row else ""
                if wrong := _broken(row, name, columns, found):
                    found.skipped.append(Skipped(f"{TABLE} line {reader.line_num}", wrong))
                elif size == "full" or row[columns[SUBSET]] in subsets:
                    found.tracks[name] = {key: label(row[columns[at]]) for key, at in LABELS.items()}
                else:
                    found.others.add(name)
        except csv.Error as error:
            raise DataError(f"{zipped}: {TABLE} line {reader.line_num}: {error}") from error
    return found


def _columns(zipped: Path, header: list[list[str]]) -> dict[tuple[str, str], int]:
    """Where each column is, by group and name."""
    if len(header) < 3 or header[2][:1] != ["track_id"]:
        raise DataError(f"{zipped}: {TABLE} must begin with three rows, the third with track_id")
    columns = {name: i for i, name in enumerate(zip(*header[:2], strict=False))}
    missing = [name for name in (SUBSET, *LABELS.values()) if name not in columns]
    if missing:
        raise DataError(f"{zipped}: {TABLE} has no column {' '.join(missing[0])}")
    return columns


def _broken(row: list[str], name: str, columns: Mapping[tuple[str, str], int], found: Metadata) -> str:
    """Why a row is no track; '' if it is one."""
    if len(row) != len(columns):
        return f"has {len(row)} fields, the header has {len(columns)}"
    if not re.fullmatch("[0-9]{6}", name):
        return f"has the track_id {quoted(row[0])}, must be a number of at most six digits"
    if name in found.tracks or name in found.others:
        return f"has the track_id {quoted(row[0])} of an earlier row"
    return ""


def _of_genres(tracks: Tracks, genres: Sequence[str], rooted: bool) -> Tracks:
    """Tracks of some genres, or all; those without one only where that is not asked for."""
    if not genres:
        return {name: labels for name, labels in tracks.items() if labels["genre"] or not rooted}
    known = sorted({labels["genre"] for labels in tracks.values()} - {""})
    wanted = {name.strip().casefold(): name for name in genres}
    unknown = wanted.keys() - {genre.casefold() for genre in known}
    if unknown:
        names = ", ".join(quoted(wanted[key]) for key in sorted(unknown))
        raise DataError(f"no track of this subset has the genre {names}: there are {', '.join(known)}")
    return {name: labels for name, labels in tracks.items() if labels["genre"].casefold() in wanted}


def _there(
    path: Path, size: str, metadata: Metadata, candidates: Iterable[str]
) -> tuple[set[str], list[Skipped]]:
    """Those of the candidates that the archive has, and where it and the metadata differ."""
    sizes, skipped = archive.members(path)
    refused = {item.what for item in skipped}
    for member in sizes:
        name = PurePosixPath(member).stem
        if member.endswith(".mp3") and (name not in metadata.tracks or member != _member(size, name)):
            where = "outside this subset" if name in metadata.others else "unknown"
            skipped.append(Skipped(label(member), f"is {where} by tracks.csv"))
    there = {name for name in candidates if _member(size, name) in sizes}
    absent = [_member(size, name) for name in sorted(set(candidates) - there)]
    skipped += [Skipped(name, f"is not in {path.name}") for name in absent if name not in refused]
    return there, skipped


def _draw(tracks: Tracks, per_genre: int | None, seed: int) -> tuple[Tracks, list[str]]:
    """At most `per_genre` tracks of each genre, and a note for each that has fewer."""
    if per_genre is None:
        return tracks, []
    shuffled = sorted(tracks, key=lambda name: hashlib.sha256(f"{seed} {name}".encode()).digest())
    of_genre: dict[str, list[str]] = {}
    for name in shuffled:
        of_genre.setdefault(tracks[name]["genre"], []).append(name)
    drawn = {name for names in of_genre.values() for name in names[:per_genre]}
    notes = [
        f"{genre} has {len(names)} tracks, fewer than the {per_genre} asked for"
        for genre, names in sorted(of_genre.items())
        if len(names) < per_genre
    ]
    return {name: labels for name, labels in tracks.items() if name in drawn}, notes


def _fetch(url: str, name: str, downloads: Path) -> Path:
    return fetch(f"{url.rstrip('/')}/{name}", downloads / name, f"sha1:{SHA1[name]}")


def _member(size: str, name: str) -> str:
    return f"fma_{size}/{name[:3]}/{name}.mp3"


def _target(name: str) -> str:
    return f"audio/{name[:3]}/{name}.mp3"
