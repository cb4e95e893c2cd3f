"""What an encoder of lyrics learnt from a catalogue, kept so that other songs are read in the same way."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from songmap.errors import DataError
from songmap.files import atomic
from songmap.lyrics.centring import Centring, Standards
from songmap.params import Lyrics
from songmap.tracks import TrackArray

ENCODERS = ("tfidf", "char", "sentence", "style")
CENTRED = "_centred"  # ends the name of vectors without what their language explains


@dataclass(frozen=True, eq=False)
class Fitted:
    """An encoder as it was fitted.

    Parameters
    ----------
    parts : dict of str to Tfidf, Char, Standards or Centring
        By ``tfidf``, ``char`` or ``style``, the encoder, and by ``centring`` what removes the language; style
        has none of this, a sentence encoder that alone. Empty where there were no lyrics.
    """

    parts: Mapping[str, Any]

    def save(self, path: Path | str) -> None:
        """Write to `path` (.npz), whole or not at all; the same arrays give the same bytes."""
        arrays = {f"{part}.{name}": x for part, it in self.parts.items() for name, x in vars(it).items()}
        with atomic(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path | str) -> "Fitted":
        """Read what `save` wrote. Pickled objects are refused.

        Raises
        ------
        DataError
            If the file is absent or holds something else.
        """
        found: dict[str, dict[str, Any]] = {}
        try:
            with np.load(path, allow_pickle=False) as data:
                for key in data.files:
                    part, _, name = key.partition(".")
                    array = data[key]
                    found.setdefault(part, {})[name] = array if array.ndim else array.item()
            return cls({part: _kind(part)(**values) for part, values in found.items()})
        except (OSError, EOFError, KeyError, TypeError, ValueError, BadZipFile) as error:
            raise DataError(f"{path} is no encoder of lyrics: {error}; dvc repro writes it") from error


def _kind(part: str) -> type:
    """What a part is; scikit-learn, which takes long to import, only where it is needed."""
    if part == "tfidf":
        from songmap.lyrics.tfidf import Tfidf

        return Tfidf
    if part == "char":
        from songmap.lyrics.char import Char

        return Char
    return {"style": Standards, "centring": Centring}[part]


def encode(
    source: str,
    texts: Mapping[str, str],
    language: Mapping[str, str],
    fitted: Fitted,
    settings: Lyrics,
    cache: Path,
) -> TrackArray:
    """Vectors of any songs, as the catalogue that an encoder was fitted to has them.

    Parameters
    ----------
    source : str
        An encoder; ``…_centred`` without what the language explains.
    texts : mapping of str to str
        Cleaned lyrics by track id.
    language : mapping of str to str
        Language by track id; '' where it is not known. One that the catalogue has too few songs in is a rare
        one, see `centring.remove_language`.
    fitted : Fitted
        What that encoder learnt.
    settings : Lyrics
        The parameters it was fitted with.
    cache : Path
        Root of the store of sentence embeddings.

    Returns
    -------
    TrackArray
        float32, shape (m, d). A song that cannot be read has no row.

    Raises
    ------
    DataError
        If the encoder learnt nothing, as its catalogue has no lyrics.
    """
    encoder, centred = source.removesuffix(CENTRED), needs_language(source, settings)
    if not {encoder} - {"sentence"} <= set(fitted.parts) or (centred and not fitted.parts):
        raise DataError(f"the encoder {encoder} learnt nothing: the catalogue has no lyrics")
    songs = list(texts), list(texts.values())
    if encoder == "sentence":
        from songmap.lyrics.sentence import embed

        array = embed(*songs, settings.sentence.model, settings.sentence.bfloat16, cache)
    elif encoder == "style":
        from songmap.lyrics.style import measured

        return fitted.parts["style"].apply(measured(*songs, settings.style.measures), language)
    else:
        array = fitted.parts[encoder].transform(*songs)
    return fitted.parts["centring"].apply(array, language) if centred else array


def needs_language(source: str, settings: Lyrics) -> bool:
    """Whether vectors depend on the language of a song."""
    return source.startswith("style") or source.endswith(CENTRED) or settings.remove_language
