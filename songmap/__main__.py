"""The command line: `python -m songmap import ...`, `lyrics ...`, `preset ...` and `cache`."""

import io
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter

from songmap.commands import cache, imports, lyrics, preset
from songmap.console import run

EXAMPLES = """examples:
  python -m songmap import folder data/raw/mine --from ~/Music
  python -m songmap import spotify data/raw/spotify --file spotify_songs.csv
  python -m songmap lyrics transcribe data/raw/mine
  python -m songmap preset seed-003
"""


def main() -> None:
    """Parse the arguments and run the command they name."""
    parser = ArgumentParser(
        prog="python -m songmap",
        description="What surrounds the pipeline: song folders and their lyrics, parameters, the cache.",
        epilog=EXAMPLES,
        formatter_class=RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    imports.add(commands)
    lyrics.add(commands)
    preset.add(commands)
    cache.add(commands)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that the terminal's encoding lacks
        sys.stdout.reconfigure(errors="backslashreplace")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    run(main)
