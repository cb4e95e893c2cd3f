"""What a user reads when a parameter is wrong."""

import difflib
from collections.abc import Callable

from pydantic_core import ErrorDetails

_SOUND = "mfcc, descriptors, mel_stats, embedding, table"
_WORDS = "tfidf, char, sentence (each also with _centred), style"
SOURCES = {
    "audio": f"none, mel, {_SOUND} or latents/<another model>",
    "beside": f"none, {_SOUND}, {_WORDS} or latents/<another model>",
    "lyrics": f"none, {_WORDS}",
}
EITHER = {
    "k": "an integer from 2 to 10000, or auto",
    "lyrics.languages": "all, or a list of at least two codes of two letters (ISO 639-1), as in [en, de]",
    "lyrics.sentence.bfloat16": "true, false or auto",
    "train.bfloat16": "true, false or auto",
}


def describe(error: ErrorDetails, names_at: Callable[[tuple[str, ...]], list[str]]) -> str:
    """One line for one of pydantic's errors: the parameter, its value and what is allowed.

    Parameters
    ----------
    error : ErrorDetails
        One item of ``ValidationError.errors()``.
    names_at : callable
        Names that are allowed in the group at a path of names.
    """
    location = _without_tags(error["loc"])
    if not location and error["type"] == "model_type":
        return "must be a mapping of parameter names to values"
    name = ".".join(location)
    value = repr(error["input"])
    value = value if len(value) <= 80 else value[:77] + "..."
    match error["type"]:
        case "extra_forbidden":
            allowed = names_at(tuple(str(part) for part in error["loc"][:-1]))
            close = difflib.get_close_matches(location[-1], allowed, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            return f"{name}={value} is not a parameter; {hint}allowed: {', '.join(allowed)}"
        case "missing":
            return f"{name} is missing"
        case "range" | "input" | "source":
            return f"{name + ': ' if name else ''}{error['msg']}"
        case "string_pattern_mismatch" if location[-1] in SOURCES:
            return f"{name}={value}: must be {SOURCES[location[-1]]}"
        case "string_pattern_mismatch" if location[0] == "models":
            return f"{name}: a model's name holds letters, digits, _ and - only"
        case "union_tag_invalid":
            return f"{name}.kind={error['ctx']['tag']!r}: must be {error['ctx']['expected_tags']}"
        case "union_tag_not_found":
            return f"{name}.kind is missing"
    if name in EITHER:
        hint = "; YAML reads no as false: write 'no'" if _is_no(error) else ""
        return f"{name}={value}: must be {EITHER[name]}{hint}"
    message = error["msg"].removeprefix("Input ").replace("should be", "must be").replace("should", "must")
    if "float" in error["type"] and isinstance(error["input"], str):
        message += ", written like 0.001 or 1.0e-3"
    return f"{name}={value}: {message}"


def _is_no(error: ErrorDetails) -> bool:
    """Whether it is about Norwegian without quotes."""
    return error["loc"][:2] == ("lyrics", "languages") and error["input"] is False


def _without_tags(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Drop what pydantic adds to a path: the kind of a model and the branch of a union."""
    parts = [str(part) for part in location if part != "[key]"]
    if parts[:1] == ["models"] and len(parts) > 2:
        del parts[2]
    for depth in range(1, len(parts)):
        if ".".join(parts[:depth]) in EITHER:
            return tuple(parts[:depth])
    return tuple(parts)
