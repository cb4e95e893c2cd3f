"""Turn lyrics into numbers, with and without their language: `python -m stages.lyrics tfidf`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from songmap import params
from songmap.console import argument, run
from songmap.files import read_csv
from songmap.lyrics.centring import Centring
from songmap.lyrics.fitted import ENCODERS, Fitted
from songmap.tracks import TrackArray

TEXTS = Path("data/texts.csv")
FEATURES = Path("data/features")
FITTED = Path("data/encoders")
CACHE = Path(".cache/lyrics")


def main() -> None:
    """Write data/features/<encoder>.npz and <encoder>_centred.npz, a row for every song that can be read.

    The first is the second as well where lyrics.remove_language is true. Style is standardised within each
    language, so that both are always the same. data/encoders/<encoder>.npz is what other songs need.
    """
    encoder = argument("encoder", ENCODERS)
    settings = params.load().lyrics
    rows = read_csv(TEXTS)
    texts = {row["track_id"]: row["text"] for row in rows}
    language = {row["track_id"]: row["language"] for row in rows}
    array, learnt = _fit(encoder, settings, texts, language)
    parts = {} if learnt is None else {encoder: learnt}
    centred = array
    if encoder != "style" and len(array):
        parts["centring"] = Centring.of(array, language)
        centred = parts["centring"].apply(array, language)
    (centred if settings.remove_language else array).save(FEATURES / f"{encoder}.npz")
    centred.save(FEATURES / f"{encoder}_centred.npz")
    Fitted(parts).save(FITTED / f"{encoder}.npz")


def _fit(
    encoder: str, settings: params.Lyrics, texts: Mapping[str, str], language: Mapping[str, str]
) -> tuple[TrackArray, Any]:
    """The encoder's vectors of all texts, and what it learnt; each imports what it needs alone."""
    songs = list(texts), list(texts.values())
    match encoder:
        case "tfidf":
            from songmap.lyrics.tfidf import fit_tfidf

            return fit_tfidf(*songs, **settings.tfidf.model_dump())
        case "char":
            from songmap.lyrics.char import fit_char

            return fit_char(*songs, **settings.char.model_dump())
        case "sentence":
            from songmap.lyrics.sentence import embed

            return embed(*songs, settings.sentence.model, settings.sentence.bfloat16, CACHE), None
    from songmap.lyrics.style import fit_style

    return fit_style(*songs, language, settings.style.measures)


if __name__ == "__main__":
    run(main)
