"""Turn the lyrics into numbers: `python -m stages.lyrics tfidf` or `python -m stages.lyrics sentence`."""

from songmap import params
from songmap.console import argument, run
from songmap.files import read_csv
from songmap.tracks import TrackArray

ENCODERS = ("tfidf", "sentence")


def main() -> None:
    """Write data/features/<encoder>.npz: a row for every track with lyrics that the encoder can read."""
    encoder = argument("encoder", ENCODERS)
    rows = read_csv("data/lyrics.csv")
    encode = {"tfidf": _tfidf, "sentence": _sentence}[encoder]
    encode([row["track_id"] for row in rows], [row["text"] for row in rows]).save(
        f"data/features/{encoder}.npz"
    )


def _tfidf(track_id: list[str], texts: list[str]) -> TrackArray:
    from songmap.lyrics.tfidf import tfidf

    p = params.load().lyrics.tfidf
    return tfidf(track_id, texts, max_features=p.max_features, ngram_max=p.ngram_max, min_df=p.min_df)


def _sentence(track_id: list[str], texts: list[str]) -> TrackArray:
    from songmap.lyrics.sentence import embed

    return embed(track_id, texts, params.load().lyrics.sentence.model)


if __name__ == "__main__":
    run(main)
