"""`python -m songmap import`: catalogues of other forms become song folders."""

import re
import shlex
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from songmap.console import shown
from songmap.errors import DataError, ParameterError
from songmap.importers.staging import Outcome

EXAMPLES = {
    "fma": """Download a subset of the Free Music Archive: sound, titles, artists and genres, but no lyrics.

small is 8,000 clips of 30 s in eight genres (7 GiB), medium 25,000 clips (22 GiB), large 106,574 clips
(93 GiB), full as many whole tracks (879 GiB). The archives stay in the folder of downloads, so that another
selection of tracks downloads nothing; the disk must hold the archive and what is unpacked of it.

examples:
  python -m songmap import fma small data/raw/fma
  python -m songmap import fma small data/raw/fma6 --genres Rock,Folk,Hip-Hop --per-genre 600 --seed 1
""",
    "4mula": """Mel spectrograms and lyrics in English, Portuguese and Spanish.

Without --file, the tiny edition (1,988 songs) is downloaded from Zenodo.

examples:
  python -m songmap import 4mula data/raw/4mula
  python -m songmap import 4mula data/raw/4mula --file 4mula_small.parquet
""",
    "spotify": """The table of Spotify's audio features and lyrics that Kaggle offers.

examples:
  python -m songmap import spotify data/raw/spotify --file spotify_songs.csv
""",
    "folder": """Your own music, with what its tags and the .txt and .lrc beside it say.

Files are linked, which takes no space, or copied where they cannot be. M4A, AAC, WMA and others are converted
to FLAC by ffmpeg.

examples:
  python -m songmap import folder data/raw/mine --from ~/Music
  python -m songmap import folder data/raw/mine --from /mnt/disk/Music --copy --replace
""",
    "speech": """Lyrics read aloud by espeak-ng, in the language of each song.

The table has the columns track_name and lyrics, and where it can language (a code such as pt, or a name) and
genre.

examples:
  python -m songmap import speech data/raw/speech --file lyrics.csv
  python -m songmap import speech data/raw/speech --file lyrics.csv --voice en --seconds 30
""",
    "labels": """Add or replace genre and language in a song folder (again after it was made with --replace).

Only tracks.csv changes; a folder without one gets it, and from then on it alone says which songs there are.

The table has a column track_id, path or file (a file's name), and genre, language or both.

examples:
  python -m songmap import labels data/raw/mine --file labels.csv
""",
}


DEMO = "data/raw/demo"
MOST = 20  # rows left out that are printed where no file lists them


def add(commands: Any) -> None:
    """Add `import` and what can be imported to the parser's commands."""
    parser = commands.add_parser(
        "import",
        help="make a song folder",
        description="Make a song folder: complete or absent. An interrupted import goes on where it stopped.",
    )
    kinds = parser.add_subparsers(title="what to import", metavar="KIND", required=True)
    for add_kind in (_add_fma, _add_4mula, _add_spotify, _add_folder, _add_speech, _add_labels):
        add_kind(kinds)


def _add_fma(kinds: Any) -> None:
    parser = _kind(kinds, "fma", "the Free Music Archive, with sound", _fma)
    sizes = ("small", "medium", "large", "full")
    parser.add_argument("size", choices=sizes, metavar="SIZE", help=", ".join(sizes))
    _dest(parser)
    parser.add_argument(
        "--genres", type=_names, default=(), metavar="A,B", help="only tracks of these genres"
    )
    parser.add_argument(
        "--per-genre", type=_count, metavar="N", help="at most N tracks of each genre, drawn at random"
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="seed of the draw (default: 0)")
    parser.add_argument("--mirror", metavar="URL", help="where to download from")
    _downloads(parser)


def _add_4mula(kinds: Any) -> None:
    parser = _kind(kinds, "4mula", "4MuLA: mel spectrograms and lyrics", _4mula)
    _dest(parser)
    _file(parser, "an edition of 4MuLA that you have", required=False)
    _downloads(parser)
    parser.add_argument("--mirror", metavar="URL", help="the tiny edition's address")


def _add_spotify(kinds: Any) -> None:
    parser = _kind(kinds, "spotify", "a table of Spotify's audio features and lyrics", _spotify)
    _dest(parser)
    _file(parser, "spotify_songs.csv")


def _add_folder(kinds: Any) -> None:
    parser = _kind(kinds, "folder", "your own music", _folder)
    _dest(parser)
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="DIR", help="where the music is"
    )
    parser.add_argument("--copy", action="store_true", help="copy files rather than link them")


def _add_speech(kinds: Any) -> None:
    parser = _kind(kinds, "speech", "lyrics, read aloud", _speech)
    _dest(parser)
    _file(parser, "a table of lyrics")
    parser.add_argument(
        "--voice", default="", metavar="LANGUAGE", help="language to assume where none is given, such as en"
    )
    parser.add_argument(
        "--seconds", type=_seconds, default=60.0, metavar="S", help="longest speech (default: 60)"
    )


def _add_labels(kinds: Any) -> None:
    parser = _kind(kinds, "labels", "genres and languages for a song folder", _labels)
    parser.add_argument("dest", type=Path, metavar="DEST", help="the song folder")
    _file(parser, "a table of labels")


def _kind(kinds: Any, name: str, summary: str, run: Any) -> ArgumentParser:
    parser = kinds.add_parser(
        name, help=summary, description=EXAMPLES[name], formatter_class=RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    return parser


def _dest(parser: ArgumentParser) -> None:
    parser.add_argument("dest", type=_folder_to_make, metavar="DEST", help="the song folder to make")
    parser.add_argument("--replace", action="store_true", help="replace an earlier import at DEST")


def _file(parser: ArgumentParser, what: str, required: bool = True) -> None:
    parser.add_argument("--file", type=_regular_file, required=required, metavar="FILE", help=what)


def _downloads(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--downloads",
        type=Path,
        metavar="DIR",
        help="keeps what is downloaded (default: downloads beside DEST)",
    )


def _folder_to_make(text: str) -> Path:
    dest = Path(text)
    if dest.absolute() == Path(DEMO).absolute():
        raise ArgumentTypeError(f"{text!r}: the pipeline's demo songs go there; name another folder")
    return dest


def _regular_file(text: str) -> Path:
    file = Path(text)
    if file.exists() and not file.is_file():
        raise DataError(f"cannot read {text}: it is not a file")
    return file


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names or not text.isprintable():
        raise ArgumentTypeError(f"{text!r}: give names, separated by commas")
    return names


def _count(text: str) -> int:
    return _number(text, int, 1, 1_000_000)


def _seed(text: str) -> int:
    return _number(text, int, 0, 2**32 - 1)


def _seconds(text: str) -> float:
    return _number(text, float, 1, 3600)


def _number(text: str, kind: Any, least: int, most: int) -> Any:
    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not least <= number <= most:
        raise ArgumentTypeError(f"{text!r}: must be a number from {least} to {most}")
    return number


def _fma(arguments: Namespace) -> None:
    from songmap.importers import fma

    outcome = fma.import_fma(
        arguments.size,
        arguments.dest,
        downloads=_downloads_of(arguments),
        genres=arguments.genres,
        per_genre=arguments.per_genre,
        seed=arguments.seed,
        url=arguments.mirror or fma.FMA_URL,
        replace=arguments.replace,
    )
    _report(arguments.dest, outcome)


def _4mula(arguments: Namespace) -> None:
    from songmap.importers import mula

    outcome = mula.import_4mula(
        arguments.dest,
        file=arguments.file,
        downloads=_downloads_of(arguments),
        url=arguments.mirror or mula.MULA_URL,
        replace=arguments.replace,
    )
    _report(arguments.dest, outcome)


def _spotify(arguments: Namespace) -> None:
    from songmap.importers.spotify import import_spotify

    _report(arguments.dest, import_spotify(arguments.dest, file=arguments.file, replace=arguments.replace))


def _folder(arguments: Namespace) -> None:
    from songmap.importers.folder import import_folder

    outcome = import_folder(
        arguments.dest, source=arguments.source, copy=arguments.copy, replace=arguments.replace
    )
    _report(arguments.dest, outcome)


def _speech(arguments: Namespace) -> None:
    from songmap.importers.speech import import_speech

    outcome = import_speech(
        arguments.dest,
        file=arguments.file,
        voice=arguments.voice,
        seconds=arguments.seconds,
        replace=arguments.replace,
    )
    _report(arguments.dest, outcome)


def _labels(arguments: Namespace) -> None:
    from songmap.importers.labels import add_labels

    outcome = add_labels(arguments.dest, file=arguments.file)
    for item in outcome.skipped[:MOST]:
        print(shown(f"left out: {item.what}: {item.reason}"))
    if len(outcome.skipped) > MOST:
        print(f"left out: {len(outcome.skipped) - MOST:,} more")
    _report(arguments.dest, Outcome(outcome.tracks, [], outcome.notes))


def _downloads_of(arguments: Namespace) -> Path:
    downloads = (arguments.downloads or arguments.dest.absolute().parent / "downloads").resolve()
    if downloads.is_relative_to(arguments.dest.resolve()):
        raise ParameterError(f"{arguments.dest} holds the downloads {downloads}: name another folder")
    return downloads


def _report(dest: Path, outcome: Outcome) -> None:
    """Print what was made, what was not, and what to type next."""
    print(shown(f"{dest}: {outcome.tracks:,} tracks"))
    if outcome.skipped:
        first = outcome.skipped[0]
        where = dest / "skipped.csv"
        told = f"{where} says why; the first" if where.is_file() else "the first"
        count = f"left out, whole or in part: {len(outcome.skipped):,}"
        print(shown(f"{count}; {told}: {first.what}: {first.reason}"))
    for note in outcome.notes:
        print(shown(f"note: {note}"))
    print(f"next: dvc exp run -S {shlex.quote(f'dataset={_hydra(str(dest))}')}")


def _hydra(value: str) -> str:
    """A value as the overrides of `dvc exp run -S` need it quoted."""
    if re.fullmatch(r"[\w./-]+", value, re.ASCII):
        return value
    return '"{}"'.format(value.replace('"', '\\"'))
