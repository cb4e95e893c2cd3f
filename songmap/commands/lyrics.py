"""`python -m songmap lyrics`: words for the tracks of a song folder that have none."""

import os
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from songmap.commands.arguments import command, folder_to_make, number
from songmap.commands.report import list_some, report
from songmap.errors import DataError
from songmap.importers.provenance import FAILED, FOUND, GENIUS, NO_SPEECH, SOURCES, TRANSCRIPTION, Answer
from songmap.importers.staging import Outcome

if TYPE_CHECKING:
    from songmap.importers.completion import Tally
    from songmap.importers.transcription import Transcriber

COMMON = """
With a tracks.csv, texts go to lyrics/ in the folder, and the column lyrics names them; without one, each goes
beside its song. What is there is never replaced. lyrics_sources.csv says where each text came from and when,
and what was found instead. An interrupted command goes on where it stopped. What was answered is not asked
again without --retry; what failed is.
"""
EXAMPLES = {
    "genius": f"""Get lyrics from Genius, by title and artist.

Needs a client access token from https://genius.com/api-clients in the variable GENIUS_ACCESS_TOKEN.
A song without an artist is found only if its title, or its file's name, has one: 'Artist - Title'.
{COMMON}
examples:
  export GENIUS_ACCESS_TOKEN=...
  python -m songmap lyrics genius data/raw/mine
  python -m songmap lyrics genius data/raw/mine --similarity 0.75 --retry
""",
    "transcribe": f"""Write down what is sung, with Whisper.

The model is a size (tiny, base, small, medium, large-v3, turbo) or a name on the hub (OWNER/NAME), which is
downloaded, or a local folder.
{COMMON}
examples:
  python -m songmap lyrics transcribe data/raw/mine
  python -m songmap lyrics transcribe data/raw/mine --model large-v3 --device cuda --language pt
""",
}


def add(commands: Any) -> None:
    """Add `lyrics` and its sources to the parser's commands."""
    parser = commands.add_parser(
        "lyrics", help="complete a song folder's lyrics", description="Complete the lyrics of a song folder."
    )
    kinds = parser.add_subparsers(title="where from", metavar="SOURCE", required=True)
    _add_genius(kinds)
    _add_transcribe(kinds)


def _add_genius(kinds: Any) -> None:
    parser = command(kinds, "genius", "from Genius, by title and artist", EXAMPLES["genius"], _genius)
    _common(parser)
    parser.add_argument(
        "--pause",
        type=number(float, 0, 3600),
        default=1.0,
        metavar="S",
        help="seconds between requests (default: 1)",
    )
    parser.add_argument(
        "--similarity",
        type=number(float, 0.5, 1),
        default=0.85,
        metavar="X",
        help="of title and artist, at least (default: 0.85)",
    )


def _add_transcribe(kinds: Any) -> None:
    summary = "from the singing voice, with Whisper"
    parser = command(kinds, "transcribe", summary, EXAMPLES["transcribe"], _transcribe)
    _common(parser)
    parser.add_argument(
        "--model",
        default="small",
        metavar="NAME",
        help="size, folder or hub name of the model (default: small)",
    )
    devices = ("auto", "cpu", "cuda")
    parser.add_argument("--device", choices=devices, default="auto", help="where it runs (default: auto)")
    parser.add_argument(
        "--language", default="", metavar="CODE", help="of all songs, such as en (default: detected in each)"
    )


def _common(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=folder_to_make, metavar="DIR", help="the song folder")
    parser.add_argument("--retry", action="store_true", help="ask again for what was answered")


def _genius(arguments: Namespace) -> None:
    from songmap.importers.completion import completing
    from songmap.importers.genius import TOKEN, Finder

    token = os.environ.get(TOKEN, "").strip()
    finder = Finder(token, least=arguments.similarity, pause=arguments.pause)
    with completing(arguments.folder, GENIUS, retry=arguments.retry) as completion:
        completion.run(finder.ask, "Genius")
    _report(arguments.folder, completion.tally)


def _transcribe(arguments: Namespace) -> None:
    from songmap.importers import transcription
    from songmap.importers.completion import completing

    dropped: Counter[str] = Counter()
    with completing(arguments.folder, TRANSCRIPTION, retry=arguments.retry) as completion:
        if completion.songs:
            model = transcription.load(arguments.model, arguments.device, language=arguments.language)
            completion.run(
                lambda song: _heard(model, completion.audio(song), arguments.model, dropped), "transcribing"
            )
    _report(arguments.folder, completion.tally, dropped)


def _heard(model: "Transcriber", path: Path, name: str, dropped: Counter[str]) -> Answer:
    """What is sung in a file; segments that were dropped are counted."""
    try:
        heard = model.transcribe(path)
    except DataError as error:
        return Answer(FAILED, detail=str(error))
    dropped.update(heard.dropped)
    segments = _listed(heard.dropped)
    detail = f"model {name}; segments dropped: {segments}" if segments else f"model {name}"
    outcome = FOUND if heard.text.strip() else NO_SPEECH
    return Answer(outcome, heard.text, detail, language=heard.language)


def _report(folder: Path, tally: "Tally", dropped: Mapping[str, int] | None = None) -> None:
    """Print what was found, what was not, and what to type next."""
    list_some(tally.refused)
    others = Counter({"answered earlier": tally.settled, "file missing": tally.unusable}) + tally.counts
    notes = [f"lyrics found: {others.pop(FOUND, 0):,}", *filter(None, [_listed(others)])]
    if dropped and any(dropped.values()):
        notes.append(f"segments dropped: {_listed(dropped)}")
    if tally.counts[FAILED]:
        notes.append("the same command asks again for those that failed")
    if tally.settled:
        notes.append("--retry asks again for what was answered earlier")
    if (folder / SOURCES).is_file():
        notes.append(f"{folder / SOURCES} says where each text came from, and why others were not found")
    report(folder, Outcome(tally.tracks, [], notes))


def _listed(counts: Mapping[str, int]) -> str:
    """Names and numbers, the largest first, without those of 0."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name}: {number:,}" for name, number in ordered if number)
