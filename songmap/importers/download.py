"""Large files over HTTP: checked by digest, and an interrupted download goes on where it stopped."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import pooch
import requests
from filelock import FileLock, Timeout
from requests.exceptions import ChunkedEncodingError
from tqdm import tqdm
from urllib3.exceptions import HTTPError, InvalidHeader, ProtocolError, TimeoutError
from urllib3.util import Retry

from songmap.catalogue.text import label, quoted
from songmap.errors import DataError

BLOCK = 2**16  # bytes; what a broken connection loses at most
BACKOFF = 1.0  # seconds before the second try; doubled before each one that follows
LONGEST_PAUSE = 60  # seconds
FAILURES = (requests.RequestException, HTTPError, ValueError)  # the last two for a redirection to no address
_DIGITS = 20  # of a length in bytes; more than any disk has
_LOGIN = re.compile(r"//[^/?#\s]*@")
_NUMBER = re.compile(r"\[Errno -?\d+\] ")
_PASSING = (requests.ConnectionError, requests.Timeout, ChunkedEncodingError)


def fetch(url: str, path: Path, known_hash: str, *, timeout: float = 30.0, attempts: int = 5) -> Path:
    """Download a file, unless it is there already.

    What has arrived lies in ``PATH.part``, which outlives a failure, an interrupt or a crash; the next call
    asks for the rest alone. A connection that breaks off or stalls and an answer of 429 or 5xx are tried
    again after a pause that doubles, or that the server names, up to a minute.

    Parameters
    ----------
    url : str
        An http or https address.
    path : Path
        Where the file goes. One with another digest is replaced.
    known_hash : str
        Algorithm and hexadecimal digest, such as ``sha1:`` and 40 digits.
    timeout : float > 0 [scalar], seconds
        Silence after which a connection counts as stalled.
    attempts : int > 0 [scalar]
        Tries in a row that bring nothing new before it is given up.

    Returns
    -------
    Path
        `path`, of the digest asked for.

    Raises
    ------
    DataError
        If the address is no http or https one, the server refuses or is not reached, the disk has no room,
        what arrives has another digest, or another process downloads to `path`.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise DataError(
            f"cannot fetch {quoted(_public(url))}: its address must begin with http:// or https://"
        )
    algorithm, wanted = known_hash.lower().split(":")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if path.is_file() and _digest(path, algorithm) == wanted:
            return path
        _download(url, path, timeout, attempts)
        part = _beside(path, "part")
        found = _digest(part, algorithm)
        _beside(path, "part.etag").unlink(missing_ok=True)
        if found != wanted:
            part.unlink()
            raise DataError(
                f"{_public(url)} has changed or was damaged: its {algorithm} is {found}, must be {wanted}"
            )
        part.replace(path)
    return path


def require_space(folder: Path, needed: int, what: str) -> None:
    """Check that a disk has room.

    Parameters
    ----------
    folder : Path
        An existing directory on the disk.
    needed : int >= 0 [scalar], bytes
        What will be written.
    what : str
        Its name, for the message.

    Raises
    ------
    DataError
        If less is free.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DataError(f"{what} needs {needed / 1e9:.3g} GB, and {folder} has {free / 1e9:.3g} GB free")


def _download(url: str, path: Path, timeout: float, attempts: int) -> None:
    """Bring ``PATH.part`` to its full length."""
    part = _beside(path, "part")
    furthest, failures = _size(part), 0
    while True:
        try:
            _go_on(url, path, timeout)
            return
        except FAILURES as error:
            failures = 1 if _size(part) > furthest else failures + 1
            furthest = max(furthest, _size(part))
            if failures >= attempts or not may_pass(error):
                raise DataError(f"cannot fetch {_public(url)}: {reason_for(error, timeout)}") from error
            time.sleep(pause_after(error, failures))


def _go_on(url: str, path: Path, timeout: float) -> None:
    """Ask once for what ``PATH.part`` lacks, and append what comes."""
    part, tag = _beside(path, "part"), _beside(path, "part.etag")
    start = _size(part)
    headers = {"Accept-Encoding": "identity"}  # offsets count the bytes of the file itself
    if start:
        headers["Range"] = f"bytes={start}-"
    if start and tag.is_file():
        headers["If-Range"] = tag.read_text(encoding="latin-1")
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        span = response.headers.get("Content-Range", "")
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and span == f"bytes */{start}":
            return
        if start and not _continues(response, span, start):
            part.unlink()
            _go_on(url, path, timeout)
            return
        response.raise_for_status()
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            start = 0
            _begin(part, tag, response.headers.get("ETag", ""))
        _append(response, path, start)


def _continues(response: requests.Response, span: str, start: int) -> bool:
    """Whether an answer to a request for the rest of a file is of use: the rest, the whole or an error."""
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        return span.startswith(f"bytes {start}-")
    return response.status_code != HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE


def _begin(part: Path, tag: Path, etag: str) -> None:
    """Empty `part`, and note which version of the file it will be; a weak tag does not say."""
    part.write_bytes(b"")
    if etag.startswith('"'):
        tag.write_text(etag, encoding="latin-1")
    else:
        tag.unlink(missing_ok=True)


def _append(response: requests.Response, path: Path, start: int) -> None:
    length = response.headers.get("Content-Length", "")
    rest = int(length[:_DIGITS]) if length.isdecimal() else None
    require_space(path.parent, rest or 0, path.name)
    total = None if rest is None else start + rest
    with (
        _beside(path, "part").open("ab") as file,
        tqdm(desc=path.name, total=total, initial=start, unit="B", unit_scale=True, disable=None) as bar,
    ):
        for block in response.iter_content(BLOCK):
            file.write(block)
            bar.update(len(block))


def _answer(error: Exception) -> requests.Response | None:
    return error.response if isinstance(error, requests.RequestException) else None


def may_pass(error: Exception) -> bool:
    """Whether another try may help."""
    if (answer := _answer(error)) is not None:
        status = answer.status_code
        return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, _PASSING)


def pause_after(error: Exception, failures: int) -> float:
    """Seconds to wait: what the server asks for, or a time that doubles with each failure."""
    answer = _answer(error)
    if answer is not None and (asked := answer.headers.get("Retry-After")):
        try:
            return Retry(retry_after_max=LONGEST_PAUSE).parse_retry_after(asked)
        except (InvalidHeader, ValueError, OverflowError):
            pass
    return min(LONGEST_PAUSE, BACKOFF * 2 ** (failures - 1))


def reason_for(error: Exception, timeout: float) -> str:
    """What went wrong, in one line."""
    causes = (error, *error.args)
    if (answer := _answer(error)) is not None:
        return f"the server answers {answer.status_code} {label(answer.reason)}"
    if any(isinstance(cause, requests.Timeout | TimeoutError) for cause in causes):
        return f"nothing came for {timeout:g} s"
    if any(isinstance(cause, ChunkedEncodingError | ProtocolError) for cause in causes):
        return "the connection broke off"
    words = _NUMBER.sub("", _public(str(getattr(causes[-1], "reason", error)))).rsplit(": ", 1)[-1]
    if isinstance(error, requests.ConnectionError):
        return f"no connection ({words}); the same command goes on where it stopped"
    return quoted(words)


def _public(address: str) -> str:
    """An address, or words with one in them, on one line and without name and password."""
    return _LOGIN.sub("//", label(address))


def _digest(path: Path, algorithm: str) -> str:
    return pooch.file_hash(path, algorithm)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other processes from downloading to `path`."""
    lock = FileLock(_beside(path, "lock"), blocking=False)
    try:
        lock.acquire()
    except Timeout:
        raise DataError(f"another process downloads {path}: wait for it to end") from None
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()
