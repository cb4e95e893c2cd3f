"""Fields of strangers' tables in the form that the reader of a song folder takes: ids, languages, words."""

from songmap.catalogue import checks, text
from songmap.catalogue.entries import RefusedError
from songmap.catalogue.walk import LYRICS


def track_id(field: str) -> str:
    """The id as the reader will know it: one visible line.

    Raises
    ------
    RefusedError
        If nothing of it is visible, or it is longer than 1,000 characters.
    """
    name = text.label(field)
    if not name:
        raise RefusedError("no id", f"{text.quoted(field)} is no name")
    if len(field) > text.LABEL_LENGTH:
        raise RefusedError("id too long", f"{len(field)} characters, at most {text.LABEL_LENGTH}")
    return name


def base_language(tag: str) -> str:
    """The language of a tag without its region or script: 'pt-BR' and 'pt_br' are 'pt'."""
    return text.label(tag).replace("_", "-").partition("-")[0].strip().lower()


def words(field: str) -> str:
    r"""Lyrics as a field of tracks.csv: `\n` between lines, no NUL; '' where no letter would be left of them.

    Raises
    ------
    RefusedError
        If they are larger than 1 MiB, or a song folder would take them for the name of a file.
    """
    field = field.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    visible = text.lyrics(field) if "[" in field else field  # without LRC's headers, which are no words
    if not any(character.isalpha() for character in visible):
        return ""
    checks.check_lyrics_size(len(field.encode("utf-8", "replace")))
    name = field.strip()
    if "\n" not in name and name.lower().endswith(LYRICS):
        raise RefusedError("lyrics name a file", text.quoted(name))
    return field
