"""Features of new songs, made as those of the catalogue were."""

import zipfile
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np

from songmap.catalogue.entries import Track
from songmap.catalogue.song_folder import Catalogue
from songmap.errors import DataError
from songmap.files import read_csv
from songmap.params import Params
from songmap.tracks import TrackArray

FEATURES, ENCODERS, SOURCES = Path("data/features"), Path("data/encoders"), Path("data/sources.csv")
CACHE = Path(".cache")
SOUND = ("mfcc", "mel_stats", "mel", "descriptors")


def stages(source: str) -> tuple[str, ...]:
    """The stages whose parameters decide a feature."""
    if source in SOUND:
        return ("audio",)
    if source in ("embedding", "table"):
        return ("embed",) if source == "embedding" else ()
    return ("languages", f"lyrics@{source.removesuffix('_centred')}")


def kind(source: str) -> str:
    """What a song must bring for a feature."""
    if source in (*SOUND, "embedding"):
        return "sound"
    return "feature columns" if source == "table" else "lyrics"


class Features:
    """Features of some songs by the name of their source, each made when it is first asked for.

    Parameters
    ----------
    root : Path
        What the tracks' paths are relative to.
    catalogue : Catalogue
        The songs.
    settings : Params
        What the catalogue's own features were made with.
    as_of : float [scalar], seconds since the epoch
        When the songs' digests were taken, or earlier.

    Attributes
    ----------
    made : dict of str to TrackArray
        What was asked for so far.
    refused : dict of str to str
        By track id, why a song's sound could not be read.
    """

    def __init__(self, root: Path, catalogue: Catalogue, settings: Params, as_of: float) -> None:
        self.root, self.catalogue, self.settings, self.as_of = root, catalogue, settings, as_of
        self.made: dict[str, TrackArray] = {}
        self.refused: dict[str, str] = {}

    def __call__(self, source: str) -> TrackArray:
        """Rows of the songs that have any, in the columns of the catalogue's own.

        Raises
        ------
        DataError
            If the catalogue's own are absent, or of another form.
        """
        if source not in self.made:
            self.made[source] = _as_known(source, self._make(source))
        return self.made[source]

    def _make(self, source: str) -> TrackArray:
        if source == "table" or (source == "mfcc" and not self._had_sound):
            return self._table()
        if source == "embedding":
            return self._embedding()
        if kind(source) == "lyrics":
            return self._words(source)
        return self._sound.get(source, TrackArray.empty("no sound"))

    @cached_property
    def _had_sound(self) -> bool:
        """Whether the catalogue has sound; where it has none, its table stands in for MFCC."""
        return bool(read_csv(SOURCES)) if SOURCES.is_file() else True

    @cached_property
    def _sound(self) -> Mapping[str, TrackArray]:
        from songmap.audio.collect import collect
        from songmap.audio.extract import Source, extractor
        from songmap.processes import available

        sources = [
            Source(track.track_id, track.path, track.mel, track.sha256 if track.path else track.mel_sha256)
            for track in self._tracks
            if track.path or track.mel
        ]
        if not sources:
            return {}
        CACHE.mkdir(exist_ok=True)
        extract = extractor(self.root, self.settings.audio, CACHE / "audio", self.as_of)
        collected = collect(extract, sources, available(), CACHE)
        self._refuse(collected.rejected)
        return collected.arrays

    def _embedding(self) -> TrackArray:
        from songmap.audio.encoder import embed

        audio = self.settings.audio
        rows = [{name: getattr(t, name) for name in ("track_id", "path", "sha256")} for t in self._tracks]
        windows = (audio.excerpts, audio.position)
        encoder = self.settings.encoder
        array, rejected = embed(rows, self.root, encoder, *windows, CACHE / "embedding", self.as_of)
        self._refuse(rejected)
        return array

    def _table(self) -> TrackArray:
        rows = {track.track_id: track.features for track in self._tracks if track.features is not None}
        if not rows:
            return TrackArray.empty("no feature columns")
        values = np.array(list(rows.values()), dtype=np.float32)
        return TrackArray(np.array(list(rows)), values, np.array(self.catalogue.features))

    @cached_property
    def _texts(self) -> dict[str, str]:
        from songmap.lyrics.cleaning import clean

        cleaned = {track.track_id: clean(track.lyrics, Counter()) for track in self._tracks}
        return {track_id: text for track_id, text in cleaned.items() if text}

    @cached_property
    def _language(self) -> dict[str, str]:
        from songmap.lyrics.languages import identify

        found = identify(list(self._texts.values()), self.settings.lyrics.languages)
        return {track_id: one.main for track_id, one in zip(self._texts, found, strict=True)}

    def _words(self, source: str) -> TrackArray:
        from songmap.lyrics.fitted import Fitted, encode, needs_language

        if not self._texts:
            return TrackArray.empty("no lyrics")
        lyrics = self.settings.lyrics
        language = self._language if needs_language(source, lyrics) else {}
        fitted = Fitted.load(ENCODERS / f"{source.removesuffix('_centred')}.npz")
        return encode(source, self._texts, language, fitted, lyrics, CACHE / "lyrics")

    @property
    def _tracks(self) -> list[Track]:
        return self.catalogue.tracks

    def _refuse(self, rejected: list[dict[str, str]]) -> None:
        self.refused |= {row["track_id"]: row["reason"] for row in rejected}


def _as_known(source: str, array: TrackArray) -> TrackArray:
    """The array in the columns of the catalogue's own; an empty one has as many."""
    names, shape = form(FEATURES / f"{source}.npz")
    if not len(array):
        return TrackArray(array.track_id, np.zeros((0, *shape), np.float32), note=array.note)
    if array.names.tolist() != names:
        column = {name: i for i, name in enumerate(array.names.tolist())}
        lacking = [name for name in names if name not in column]
        if lacking or not names:
            lacks = f"no column {lacking[0]}" if lacking else "other columns"
            raise DataError(f"{source}: these songs have {lacks}; the model reads {len(names)}: is it stale?")
        array = TrackArray(array.track_id, array.values[:, [column[name] for name in names]], np.array(names))
    if array.values.shape[1:] != shape:
        got, had = ("x".join(map(str, each)) for each in (array.values.shape[1:], shape))
        raise DataError(f"{source} of these songs is {got}, of the catalogue {had}; dvc repro makes it again")
    return array


def form(path: Path) -> tuple[list[str], tuple[int, ...]]:
    """Names of the columns of an array of tracks and the shape of a row; its values are not read."""
    if not path.is_file():
        raise DataError(f"there is no {path}: dvc repro makes it")
    try:
        with np.load(path, allow_pickle=False) as data, zipfile.ZipFile(path) as archive:
            with archive.open("values.npy") as file:
                version = np.lib.format.read_magic(file)
                shape = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")(file)[0]
            return data["names"].tolist(), shape[1:]
    except (OSError, EOFError, KeyError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is not an array of tracks: {error}") from error
