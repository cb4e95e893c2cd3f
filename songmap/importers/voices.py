"""The voices of espeak-ng, and which of them speaks a language that is given by code or by name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

import langcodes
from langcodes.tag_parser import LanguageTagError

from songmap.catalogue.text import label, quoted
from songmap.errors import DataError
from songmap.importers.programs import call

_OTHER_LANGUAGES = re.compile(r"\((\S+) \d+\)")
_FARTHEST = 25  # of Unicode's distances between languages: Nynorsk may be read as Bokmål, at 20
_ANOTHER = 10  # from which on it is another language


@dataclass(frozen=True)
class Speaker:
    """Who reads: a language's code, without region or script, the voice, and whether it is a close one's."""

    language: str
    voice: str
    is_close: bool = False


def voices() -> dict[str, str]:
    """What espeak-ng calls its voices, by language tag in standard form.

    Raises
    ------
    DataError
        If espeak-ng is not installed or lists no voice.
    """
    done = call(["espeak-ng", "--voices"], seconds=60)
    found: dict[str, str] = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines()[1:]:
        for name in [*line.split()[1:2], *_OTHER_LANGUAGES.findall(line)]:
            if langcodes.tag_is_valid(name):
                found.setdefault(langcodes.standardize_tag(name), name)
    if not found:
        raise DataError("espeak-ng --voices lists no voice: install espeak-ng-data")
    return found


def speaker(language: str, voices: Mapping[str, str]) -> Speaker:
    """Who reads a language.

    Parameters
    ----------
    language : str
        A code or a name: 'pt-BR', 'ben', 'Bangla', 'English'.
    voices : mapping
        As `voices` gives them.

    Raises
    ------
    DataError
        If no language is called so, or no voice speaks it or one close to it.
    """
    unknown = DataError(f"language {quoted(language)} is not known: give a code, such as pt-BR, or a name")
    tag = _tag(label(language))
    if tag is None:
        raise unknown
    base = langcodes.Language.get(tag).prefer_macrolanguage().language  # None for und, undetermined
    try:
        matches = [
            langcodes.closest_match(name, list(voices), max_distance=_FARTHEST) for name in (tag, base or tag)
        ]
    except LanguageTagError:  # of a tag that langcodes has itself put in standard form
        raise unknown from None
    nearest, distance = min(matches, key=itemgetter(1))  # the base may have a voice where the script has none
    if base is None or nearest not in voices:
        raise DataError(f"no voice of espeak-ng speaks {quoted(language)}")
    return Speaker(base, voices[nearest], distance >= _ANOTHER)


@cache
def _tag(language: str) -> str | None:
    if langcodes.tag_is_valid(language):
        return langcodes.standardize_tag(language)
    try:
        return langcodes.find(language).to_tag()
    except LookupError:
        return None
