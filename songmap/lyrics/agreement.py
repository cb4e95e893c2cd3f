"""Whether lyrics are in the language that a catalogue gives as theirs. The label scores, it never decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import langcodes

from songmap.lyrics.languages import Languages

_NORWEGIAN = {"nb": "no", "nn": "no"}
_NONE = {"mul", "mis", "zxx", "und"}  # several, an uncoded one, no linguistic content, undetermined


@dataclass(frozen=True)
class Agreement:
    """How many songs could be compared, and in how many the label is the main language, or a spoken one."""

    compared: int
    main: int
    spoken: int


def agreement(songs: Iterable[tuple[str, Languages]]) -> Agreement:
    """Compare the label of each song with the languages identified.

    'en', 'eng', 'English' and 'en-US' are the same; so are dialects that ISO 639-3 counts to one language,
    and the two ways to write Norwegian. A song without a language, or with a label that names none, is not
    compared.

    Parameters
    ----------
    songs : iterable of (str, Languages)
        The label as given, and what was identified.
    """
    compared = [
        (named, [standard(code) for code in found.spoken])
        for label, found in songs
        if (named := standard(label)) and found.main
    ]
    return Agreement(
        len(compared),
        sum(named == spoken[0] for named, spoken in compared),
        sum(named in spoken for named, spoken in compared),
    )


@cache
def standard(label: str) -> str:
    """The language that a code or a name means, without script and region; '' where it means none."""
    try:
        tag = (
            langcodes.standardize_tag(label)
            if langcodes.tag_is_valid(label)
            else langcodes.find(label).to_tag()
        )
        language = langcodes.Language.get(tag).prefer_macrolanguage().language
    except (LookupError, ValueError, SystemError):  # LanguageTagError is a ValueError; marisa fails at NUL
        return ""
    if language is None or language in _NONE or language.startswith("x-"):
        return ""
    return _NORWEGIAN.get(language, language)
