"""Text from strangers made safe to print, join on and show: short labels, ids and lyrics."""

import re
import unicodedata

LABEL_LENGTH = 1000
QUOTED_LENGTH = 80

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # Unicode's categories Cc and Cs
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TIMESTAMP = re.compile(r"[\[<]\d{1,3}:\d{1,2}(?::\d{1,2})?(?:\.\d{1,3})?[\]>]")
_LRC_HEADER = re.compile(
    r"^\[(?:ar|ti|al|au|by|re|ve|tool|length|offset|la|lr|#)\s*:[^\]\n]*\]$", re.MULTILINE | re.IGNORECASE
)


def label(text: str) -> str:
    """One line of visible text: NFC, white space collapsed, control characters and bidi overrides dropped.

    Parameters
    ----------
    text : str
        A title, name or id as a stranger wrote it.

    Returns
    -------
    str
        At most 1,000 characters.
    """
    visible = unicodedata.normalize("NFC", _visible(" ".join(text.split())))
    return " ".join(visible.split())[:LABEL_LENGTH].strip()


def lyrics(text: str) -> str:
    r"""Lyrics as plain lines: NFC, `\n` between lines, LRC timestamps and headers removed.

    Returns
    -------
    str
        '' where nothing is left that holds a letter.
    """
    text = unicodedata.normalize("NFC", text).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    text = _LRC_HEADER.sub("", _TIMESTAMP.sub("", text))
    text = "\n".join(_visible(line.replace("\t", " ")).strip() for line in text.split("\n")).strip()
    return text if any(character.isalpha() for character in text) else ""


def quoted(text: str) -> str:
    """A value as a message shows it: on one line, printable in UTF-8, at most 80 characters."""
    value = repr(text)
    if len(value) > QUOTED_LENGTH:
        value = value[: QUOTED_LENGTH - 3] + "..."
    return printable(value)


def printable(text: str) -> str:
    """The text with what UTF-8 cannot hold (a file name's stray bytes) written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def has_control(text: str) -> bool:
    """Whether the text holds a control character or a byte that is not UTF-8."""
    return _CONTROL.search(text) is not None


def _visible(text: str) -> str:
    return _CONTROL.sub("", _BIDI.sub("", text))
