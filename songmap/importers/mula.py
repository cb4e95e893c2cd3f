"""4MuLA: mel spectrograms and lyrics in English, Portuguese and Spanish, from one Parquet file."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from songmap.catalogue.entries import RefusedError
from songmap.catalogue.text import label, quoted
from songmap.errors import DataError
from songmap.importers.fields import base_language, track_id, words
from songmap.importers.spectrogram import LARGEST, power_of, save
from songmap.importers.staging import Outcome, Skipped, staged, write_folder

MULA_URL = "https://zenodo.org/record/4585498/files/4mula_tiny.parquet"
MULA_MD5 = "b1caba387baa22a7b16893702a3214f7"

ID, MEL, LYRICS = "music_id", "melspectrogram", ("music_lyrics", "music_lyric")
LABELS = {"title": "music_name", "artist": "art_name", "genre": "main_genre", "language": "music_lang"}
UNUSED = frozenset(
    ("art_id", "art_rank", "related_genre", "related_art", "related_music", "musicnn_tags", "musicnn")
)
_BUFFER = 2**16  # bytes of a column held at a time: without a buffer it is read whole, however large
_DENSEST = 1000  # values per byte; songs of one value throughout stay below it
_DAMAGE = (pa.ArrowException, OSError, ValueError)  # what pyarrow raises for a file whose bytes are wrong


def import_4mula(
    dest: Path,
    *,
    file: Path | None = None,
    downloads: Path,
    url: str = MULA_URL,
    md5: str = MULA_MD5,
    replace: bool = False,
) -> Outcome:
    """Make a song folder of 4MuLA's mel spectrograms, lyrics, genres and languages.

    Every spectrogram becomes mel/ID.npy, shape (128, frames), float32, power. A song without a usable one
    keeps its lyrics. The file is read song by song, so that it may be larger than memory.

    Parameters
    ----------
    dest : Path
        The song folder to make.
    file : Path, optional
        An edition of 4MuLA: Parquet with the columns music_id and melspectrogram at least. It is downloaded
        where none is given.
    downloads : Path
        Keeps what is downloaded.
    url, md5 : str
        Where it is downloaded from, and the hexadecimal digest it must have.
    replace : bool
        Whether an earlier import at `dest` may be replaced.

    Returns
    -------
    Outcome
        Its tracks are in the order of the file.

    Raises
    ------
    DataError
        If the file is no such Parquet file or damaged, cannot be downloaded, holds no track that can be used,
        or `dest` may not be written.
    """
    digest = _md5(file) if file else md5
    with staged(dest, {"kind": "4mula", "md5": digest}, replace=replace) as folder:
        parquet, columns, notes = _open(file or _download(url, downloads, md5))
        with parquet:
            rows, skipped = _tracks(folder, _rows(parquet, columns), parquet.metadata.num_rows)
        write_folder(folder, rows, skipped)
    return Outcome(len(rows), skipped, notes)


def _md5(file: Path) -> str:
    try:
        with file.open("rb") as data:
            return hashlib.file_digest(data, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise DataError(f"cannot read {file}: {error.strerror}") from error


def _download(url: str, downloads: Path, md5: str) -> Path:
    from songmap.importers.download import fetch

    return fetch(url, downloads / "4mula_tiny.parquet", f"md5:{md5}")


def _open(file: Path) -> tuple[pq.ParquetFile, list[str], list[str]]:
    """The file, the names of the columns to read, and what to note of the others."""
    try:
        parquet = pq.ParquetFile(file, memory_map=False, pre_buffer=False, buffer_size=_BUFFER)
        schema = parquet.schema_arrow
    except _DAMAGE as error:
        raise DataError(f"{file} is no Parquet file: {quoted(str(error))}") from error
    absent = [name for name in (ID, MEL) if schema.names.count(name) != 1]
    if absent:
        there = ", ".join(quoted(name) for name in schema.names[:30])
        raise DataError(f"{file}: there must be one column {absent[0]}; there are {there}")
    for name, is_right, right in ((ID, _is_text, "text"), (MEL, _is_mel, "lists of numbers")):
        if not is_right(schema.field(name).type):
            raise DataError(f"{file}: {name} is {quoted(str(schema.field(name).type))}, must be {right}")
    texts = [name for name in (*LYRICS, *LABELS.values()) if schema.names.count(name) == 1]
    wrong = [name for name in texts if not _is_text(schema.field(name).type)]
    notes = [f"{name} is {quoted(str(schema.field(name).type))}, not text: left out" for name in wrong]
    unknown = [quoted(name) for name in schema.names if name not in {ID, MEL, *texts, *UNUSED}]
    if unknown:
        notes.append(f"columns that are not used: {', '.join(unknown[:20])}")
    return parquet, [ID, MEL, *(name for name in texts if name not in wrong)], notes


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return pa.types.is_null(kind) or pa.types.is_integer(kind) or any(test(kind) for test in tests)


def _is_mel(kind: pa.DataType) -> bool:
    """Whether it is lists of numbers, or lists of them, or nothing at all."""
    depth = 0
    while any(test(kind) for test in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)):
        kind, depth = kind.value_type, depth + 1
    if pa.types.is_null(kind):
        return depth <= 2
    return depth in (1, 2) and (pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _rows(parquet: pq.ParquetFile, columns: list[str]) -> Iterator[dict[str, pa.Scalar]]:
    """The rows, one at a time, so that memory holds one spectrogram and a page of each column."""
    number = 0
    try:
        for group in range(parquet.num_row_groups):
            names = [name for name in columns if name != MEL or _is_fit(parquet.metadata.row_group(group))]
            for batch in parquet.iter_batches(1, [group], names, use_threads=False):
                number += 1
                yield {name: batch.column(name)[0] for name in names}
    except _DAMAGE as error:
        raise DataError(f"the Parquet file is damaged after row {number}: {quoted(str(error))}") from error


def _is_fit(group: pq.RowGroupMetaData) -> bool:
    """Whether memory holds any spectrogram of a row group, as far as its metadata tells."""
    columns = [group.column(i) for i in range(group.num_columns)]
    mels = [column for column in columns if column.path_in_schema.split(".")[0] == MEL]
    values = sum(column.num_values for column in mels)
    size = sum(column.total_uncompressed_size for column in mels)
    return values <= max(LARGEST, min(LARGEST * group.num_rows, _DENSEST * size))


def _tracks(
    folder: Path, source: Iterator[dict[str, pa.Scalar]], total: int
) -> tuple[list[dict[str, Any]], list[Skipped]]:
    """Rows of tracks.csv, whose spectrograms lie in the folder, and what was skipped."""
    rows: dict[str, dict[str, Any]] = {}
    skipped = []
    progress = tqdm(source, desc="4MuLA", total=total, unit="song", disable=None)
    for number, fields in enumerate(progress, start=1):
        try:
            name = track_id(_text(fields[ID]))
            if name in rows:
                raise RefusedError("repeated", f"an earlier row is {quoted(name)}")
        except RefusedError as refused:
            skipped.append(Skipped(f"row {number}", str(refused)))
            continue
        row, problems = _track(folder, name, fields)
        if row:
            rows[name] = row
        if problems:
            skipped.append(Skipped(name, "; ".join(problems)))
    return list(rows.values()), skipped


def _track(folder: Path, name: str, fields: dict[str, pa.Scalar]) -> tuple[dict[str, Any] | None, list[str]]:
    """The row of tracks.csv, None where nothing is left of the track, and what was left out."""
    problems = []
    mel = lyrics = ""
    try:
        if MEL not in fields:
            raise RefusedError("mel too long", f"at most {LARGEST:,} values")
        mel = save(folder, name, power_of(fields[MEL]))
    except RefusedError as refused:
        problems.append(str(refused))
    try:
        lyrics = words(next((text for column in LYRICS if (text := _text(fields.get(column)))), ""))
    except RefusedError as refused:
        problems.append(str(refused))
    if not mel and not lyrics:
        return None, [*problems, "nothing is left of the track"]
    labels = {column: label(_text(fields.get(source))) for column, source in LABELS.items()}
    labels["language"] = base_language(labels["language"])
    return {"track_id": name, **labels, "lyrics": lyrics, "mel": mel}, problems


def _text(field: pa.Scalar | None) -> str:
    """The text of a field; '' where there is none."""
    if isinstance(field, pa.DictionaryScalar):
        field = field.value
    if field is None or not field.is_valid:
        return ""
    if isinstance(field, pa.StringScalar | pa.LargeStringScalar | pa.BinaryScalar):  # of any bytes
        return field.as_buffer().to_pybytes().decode("utf-8", "replace")
    return str(field.as_py())
