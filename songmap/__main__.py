"""The command line: `python -m songmap import ...`, `similar ...` and the rest."""

import io
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from songmap.commands import assign, cache, compare, imports, lyrics, playlists, preset, similar
from songmap.console import run

EXAMPLES = """examples:
  python -m songmap import folder data/raw/mine --from ~/Music
  python -m songmap import spotify data/raw/spotify --file spotify_songs.csv
  python -m songmap lyrics transcribe data/raw/mine
  python -m songmap preset seed-003
  python -m songmap assign ~/Music/new --model vae
  python -m songmap similar "le murmure"
  python -m songmap playlists data/playlists --model vae
  python -m songmap compare HEAD workspace
"""


def main() -> None:
    """Parse the arguments and run the command they name."""
    parser = ArgumentParser(
        prog="python -m songmap",
        description="Around the pipeline: song folders, lyrics, parameters, and what to do with results.",
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    imports.add(commands)
    lyrics.add(commands)
    preset.add(commands)
    assign.add(commands)
    similar.add(commands)
    playlists.add(commands)
    compare.add(commands)
    cache.add(commands)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal's encoding lacks
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    run(main)
