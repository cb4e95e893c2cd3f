"""The errors a user can mend. Their text is one line: the thing, its value, what would be right."""


class SongmapError(Exception):
    """Base of all errors that are the input's fault, not the program's."""


class ParameterError(SongmapError):
    """A parameter is unknown, of the wrong type or out of range."""


class DataError(SongmapError):
    """A file or an array does not hold what it should."""
