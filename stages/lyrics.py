"""Turn lyrics into numbers, with and without their language: `python -m stages.lyrics tfidf`."""

from collections.abc import Mapping
from pathlib import Path

from songmap import params
from songmap.console import argument, run
from songmap.files import read_csv
from songmap.lyrics.centring import remove_language
from songmap.tracks import TrackArray

TEXTS = Path("data/texts.csv")
FEATURES = Path("data/features")
CACHE = Path(".cache/lyrics")
ENCODERS = ("tfidf", "char", "sentence", "style")


def main() -> None:
    """Write data/features/<encoder>.npz and <encoder>_centred.npz, a row for every song that can be read.

    The first is the second as well where lyrics.remove_language is true. Style is standardised within each
    language, so that both are always the same.
    """
    encoder = argument("encoder", ENCODERS)
    settings = params.load().lyrics
    rows = read_csv(TEXTS)
    texts = {row["track_id"]: row["text"] for row in rows}
    language = {row["track_id"]: row["language"] for row in rows}
    array = _encode(encoder, settings, texts, language)
    centred = array if encoder == "style" else remove_language(array, language)
    (centred if settings.remove_language else array).save(FEATURES / f"{encoder}.npz")
    centred.save(FEATURES / f"{encoder}_centred.npz")


def _encode(
    encoder: str, settings: params.Lyrics, texts: Mapping[str, str], language: Mapping[str, str]
) -> TrackArray:
    """The encoder's vectors of all texts; each imports what it needs alone."""
    songs = list(texts), list(texts.values())
    match encoder:
        case "tfidf":
            from songmap.lyrics.tfidf import tfidf

            return tfidf(*songs, **settings.tfidf.model_dump())
        case "char":
            from songmap.lyrics.char import char

            return char(*songs, **settings.char.model_dump())
        case "sentence":
            from songmap.lyrics.sentence import embed

            return embed(*songs, settings.sentence.model, settings.sentence.bfloat16, CACHE)
    from songmap.lyrics.style import style

    return style(*songs, language, settings.style.measures)


if __name__ == "__main__":
    run(main)
