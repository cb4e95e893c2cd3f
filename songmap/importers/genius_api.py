"""Genius over HTTP: its search and its pages, politely, and the token for its API alone.

lyricsgenius knows the requests and reads the pages; how a request is sent is replaced here, as it neither
checks what a page's answer is nor waits when it is told to.
"""

import json
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any
from urllib.parse import urljoin, urlsplit

import lyricsgenius
import requests
from bs4.exceptions import ParserRejectedMarkup
from requests.auth import AuthBase
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError, SSLError

from songmap.importers.download import BLOCK, FAILURES, may_pass, pause_after, reason_for
from songmap.importers.texts import PassingError

LARGEST = 2**22  # bytes of an answer; pages have one or two million
MOST_BREAKS, MOST_CONTAINERS = 3_000, 50  # of a page; its parser's time grows with their square
REDIRECTIONS = 5
_PORTS = {"http": 80, "https": 443}
_CONTAINER = re.compile(r'<div\b[^<>]{0,500}\bdata-lyrics-container="true"[^<>]{0,500}>')
_BREAK = re.compile(r"(?:<|\\u003c|\\x3c)br", re.IGNORECASE)  # in a script too
_MARK = re.compile("data-lyrics-container", re.IGNORECASE)
_UNREADABLE = "Genius answers with a page that cannot be read"
_BAD_PAGE = (
    *(AssertionError, AttributeError, LookupError, TypeError, ValueError),
    *(RecursionError, ParserRejectedMarkup),
)  # what lyricsgenius and its parser raise for a page that is none


class StatusError(PassingError):
    """An answer without what was asked for: its status says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class SlowError(requests.Timeout):
    """An answer that never falls silent, and does not end."""


class Client(lyricsgenius.Genius):  # type: ignore[misc]
    """Requests to Genius, one at a time.

    Parameters
    ----------
    token : str
        Sent to the host of `api`, and to no other.
    pause : float >= 0 [scalar], seconds
        Between an answer and the next request.
    timeout : float > 0 [scalar], seconds
        Silence after which a request counts as failed; so does one whose answer takes four times that.
    attempts : int > 0 [scalar]
        Tries of a request that fails for 429, 5xx or the connection, with a time between them that doubles,
        or that the server asks for, up to a minute.
    api, pages : str
        Addresses with a slash at the end.
    """

    def __init__(
        self, token: str, *, pause: float, timeout: float, attempts: int, api: str, pages: str
    ) -> None:
        super().__init__(access_token="-", skip_non_songs=False)  # the session has the real one
        logging.getLogger("lyricsgenius").setLevel(logging.ERROR)  # a page without lyrics is an outcome here
        self.authorization_header: dict[str, str] = {}
        self._session = _session(token, api)
        self._pause, self._seconds, self._attempts = pause, timeout, attempts
        self._api, self._pages = api, pages
        self._soonest = 0.0
        self.page = ""

    def hits(self, words: str) -> list[dict[str, Any]]:
        """What the search lists, in its order.

        Raises
        ------
        PassingError
            If it does not answer, or not in the form it should; a `StatusError` has the answer's status.
        """
        response = self.search_songs(words)
        hits = response.get("hits") if isinstance(response, dict) else None
        if not isinstance(hits, list):
            raise PassingError("Genius answers without a list of songs")
        results = [hit.get("result") for hit in hits if isinstance(hit, dict)]
        return [result for result in results if isinstance(result, dict)]

    def words(self, page: str) -> str:
        """The lyrics on a page, '' where it has none; the page itself stays in `page`.

        Parameters
        ----------
        page : str
            Its path.

        Raises
        ------
        PassingError
            If it cannot be had, or is no page that a parser reads.
        """
        try:
            return self.lyrics(song_url=page) or ""
        except _BAD_PAGE as error:
            raise PassingError(_UNREADABLE) from error

    def _make_request(
        self,
        path: str,
        method: str = "GET",
        params_: Any = None,
        public_api: bool = False,
        web: bool = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Take the place of the library's own, in the form that its methods expect."""
        data = self._fetch((self._pages if web else self._api) + path, params_)
        if web:
            self.page = data.decode("utf-8", "replace")
            if _is_beyond(_BREAK, self.page, MOST_BREAKS) or _is_beyond(_MARK, self.page, MOST_CONTAINERS):
                raise PassingError(_UNREADABLE)
            return {"html": _CONTAINER.sub(r"\g<0><br>", self.page)}  # else lines of two run together
        try:
            return json.loads(data)["response"]
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise PassingError("Genius answers with something that is no answer of its API") from error

    def _fetch(self, url: str, params: Any) -> bytes:
        for attempt in count(1):
            time.sleep(max(0.0, self._soonest - time.monotonic()))
            try:
                return self._fetch_once(url, params)
            except FAILURES as error:
                if attempt >= self._attempts or not may_pass(error):
                    raise _told(error, self._seconds) from error
                self._soonest = time.monotonic() + max(self._pause, pause_after(error, attempt))
        raise AssertionError

    def _fetch_once(self, url: str, params: Any) -> bytes:
        try:
            with self._session.get(url, params=params, timeout=self._seconds, stream=True) as response:
                response.raise_for_status()
                data = bytearray()
                for block in _arriving(response, 4 * self._seconds):
                    data += block
                    if len(data) > LARGEST:
                        raise PassingError(f"Genius answers with more than {LARGEST} bytes")
                return bytes(data)
        finally:
            self._soonest = time.monotonic() + self._pause


@dataclass(frozen=True)
class _Bearer(AuthBase):
    """Adds the token to requests to one origin."""

    origin: tuple[str, str, int]
    token: str = field(repr=False)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if _origin(request.url or "") == self.origin:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class _Session(requests.Session):
    """Follows no redirection to another origin."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target = super().get_redirect_target(resp)
        if target is not None and _origin(urljoin(resp.url, target)) != _origin(resp.url):
            raise PassingError("Genius redirects to another host, which is not followed")
        return target

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Keep the headers: no redirection leaves the origin, and ~/.netrc is not read."""


def _session(token: str, api: str) -> _Session:
    session = _Session()
    session.max_redirects = REDIRECTIONS
    session.headers["User-Agent"] = "songmap (lyrics of one's own songs)"
    session.auth = _Bearer(_origin(api), token)  # which also keeps the passwords of ~/.netrc out
    return session


def _origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def _arriving(response: requests.Response, seconds: float) -> Iterator[bytes]:
    """The answer as it arrives; `iter_content` would wait for whole blocks, however long they take."""
    end = time.monotonic() + seconds
    try:
        while block := response.raw.read1(BLOCK, decode_content=True):
            yield block
            if time.monotonic() > end:
                raise SlowError(f"the answer did not end in {seconds:g} s")
    except ReadTimeoutError as error:
        raise requests.Timeout(error) from error
    except DecodeError as error:
        raise PassingError("Genius answers with bytes that cannot be decompressed") from error
    except (ProtocolError, SSLError) as error:
        raise requests.exceptions.ChunkedEncodingError(error) from error


def _is_beyond(pattern: re.Pattern[str], page: str, most: int) -> bool:
    """Whether a pattern occurs more often than that."""
    return next(islice(pattern.finditer(page), most, None), None) is not None


def _told(error: Exception, seconds: float) -> PassingError:
    if isinstance(error, SlowError):
        return PassingError(str(error))
    reason = reason_for(error, seconds).removesuffix("; the same command goes on where it stopped")
    answer = error.response if isinstance(error, requests.RequestException) else None
    return PassingError(reason) if answer is None else StatusError(answer.status_code, reason)
