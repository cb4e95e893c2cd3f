"""`python -m songmap import`: catalogues of other forms become song folders."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from songmap.commands.arguments import command, folder_to_make, names, number, regular_file
from songmap.commands.report import list_some, report
from songmap.errors import ParameterError
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
    parser = command(kinds, "fma", "the Free Music Archive, with sound", EXAMPLES["fma"], _fma)
    sizes = ("small", "medium", "large", "full")
    parser.add_argument("size", choices=sizes, metavar="SIZE", help=", ".join(sizes))
    _dest(parser)
    parser.add_argument("--genres", type=names, default=(), metavar="A,B", help="only tracks of these genres")
    parser.add_argument(
        "--per-genre",
        type=number(int, 1, 1_000_000),
        metavar="N",
        help="at most N tracks of each genre, drawn at random",
    )
    parser.add_argument(
        "--seed", type=number(int, 0, 2**32 - 1), default=0, metavar="N", help="seed of the draw (default: 0)"
    )
    parser.add_argument("--mirror", metavar="URL", help="where to download from")
    _downloads(parser)


def _add_4mula(kinds: Any) -> None:
    parser = command(kinds, "4mula", "4MuLA: mel spectrograms and lyrics", EXAMPLES["4mula"], _4mula)
    _dest(parser)
    _file(parser, "an edition of 4MuLA that you have", required=False)
    _downloads(parser)
    parser.add_argument("--mirror", metavar="URL", help="the tiny edition's address")


def _add_spotify(kinds: Any) -> None:
    parser = command(
        kinds, "spotify", "a table of Spotify's audio features and lyrics", EXAMPLES["spotify"], _spotify
    )
    _dest(parser)
    _file(parser, "spotify_songs.csv")


def _add_folder(kinds: Any) -> None:
    parser = command(kinds, "folder", "your own music", EXAMPLES["folder"], _folder)
    _dest(parser)
    parser.add_argument(
        "--from", dest="source", type=Path, required=True, metavar="DIR", help="where the music is"
    )
    parser.add_argument("--copy", action="store_true", help="copy files rather than link them")


def _add_speech(kinds: Any) -> None:
    parser = command(kinds, "speech", "lyrics, read aloud", EXAMPLES["speech"], _speech)
    _dest(parser)
    _file(parser, "a table of lyrics")
    parser.add_argument(
        "--voice", default="", metavar="LANGUAGE", help="language to assume where none is given, such as en"
    )
    parser.add_argument(
        "--seconds",
        type=number(float, 1, 3600),
        default=60.0,
        metavar="S",
        help="longest speech (default: 60)",
    )


def _add_labels(kinds: Any) -> None:
    parser = command(kinds, "labels", "genres and languages for a song folder", EXAMPLES["labels"], _labels)
    parser.add_argument("dest", type=Path, metavar="DEST", help="the song folder")
    _file(parser, "a table of labels")


def _dest(parser: ArgumentParser) -> None:
    parser.add_argument("dest", type=folder_to_make, metavar="DEST", help="the song folder to make")
    parser.add_argument("--replace", action="store_true", help="replace an earlier import at DEST")


def _file(parser: ArgumentParser, what: str, required: bool = True) -> None:
    parser.add_argument("--file", type=regular_file, required=required, metavar="FILE", help=what)


def _downloads(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--downloads",
        type=Path,
        metavar="DIR",
        help="keeps what is downloaded (default: downloads beside DEST)",
    )


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
    report(arguments.dest, outcome)


def _4mula(arguments: Namespace) -> None:
    from songmap.importers import mula

    outcome = mula.import_4mula(
        arguments.dest,
        file=arguments.file,
        downloads=_downloads_of(arguments),
        url=arguments.mirror or mula.MULA_URL,
        replace=arguments.replace,
    )
    report(arguments.dest, outcome)


def _spotify(arguments: Namespace) -> None:
    from songmap.importers.spotify import import_spotify

    report(arguments.dest, import_spotify(arguments.dest, file=arguments.file, replace=arguments.replace))


def _folder(arguments: Namespace) -> None:
    from songmap.importers.folder import import_folder

    outcome = import_folder(
        arguments.dest, source=arguments.source, copy=arguments.copy, replace=arguments.replace
    )
    report(arguments.dest, outcome)


def _speech(arguments: Namespace) -> None:
    from songmap.importers.speech import import_speech

    outcome = import_speech(
        arguments.dest,
        file=arguments.file,
        voice=arguments.voice,
        seconds=arguments.seconds,
        replace=arguments.replace,
    )
    report(arguments.dest, outcome)


def _labels(arguments: Namespace) -> None:
    from songmap.importers.labels import add_labels

    outcome = add_labels(arguments.dest, file=arguments.file)
    list_some(outcome.skipped)
    report(arguments.dest, Outcome(outcome.tracks, [], outcome.notes))


def _downloads_of(arguments: Namespace) -> Path:
    downloads = (arguments.downloads or arguments.dest.absolute().parent / "downloads").resolve()
    if downloads.is_relative_to(arguments.dest.resolve()):
        raise ParameterError(f"{arguments.dest} holds the downloads {downloads}: name another folder")
    return downloads
