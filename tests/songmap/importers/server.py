"""A web server on loopback that misbehaves as told, for tests of whatever downloads.

::

    with serving({"a.zip": data}) as server:
        server.plan("a.zip", Answer(status=503), Answer(stop=10**6), Answer(stop=10**6, stall=True))
        fetch(server.url + "a.zip", ...)
        assert len(server.asked) == 4
        assert server.ranges("a.zip")[:2] == [None, None]

Each request takes the next answer that was planned for its path. Without one it gets the file as a good
server gives it: with a length, an ETag, Range and If-Range. Files may be replaced at any time in
``server.files``.
"""

import hashlib
import os
import re
import socket
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest import mock


@dataclass(frozen=True)
class Answer:
    """How one request is answered.

    Parameters
    ----------
    status : int
        Anything but 200 is an answer without the file.
    headers : mapping
        Added to the answer, or in place of its own; None takes one away.
    body : bytes, optional
        Sent in place of the file.
    stop : int, optional
        Bytes of this answer's body after which the connection breaks off.
    stall : bool
        Whether it falls silent there instead, until the server closes.
    ranges : bool
        Whether Range is heeded.
    pause : float
        Seconds before each 4 KiB.
    """

    status: int = 200
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | None = None
    stop: int | None = None
    stall: bool = False
    ranges: bool = True
    pause: float = 0.0


@dataclass
class Server:
    """What is served, and what was asked.

    Parameters
    ----------
    url : str
        The address, with a slash at its end.
    files : dict of str to bytes
        Contents by path.
    asked : list of (str, dict)
        Path and headers of every request so far; names of headers are in lower case.
    """

    url: str
    files: dict[str, bytes]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    planned: dict[str, deque[Answer]] = field(default_factory=lambda: defaultdict(deque))
    closing: threading.Event = field(default_factory=threading.Event)

    def plan(self, name: str, *answers: Answer) -> None:
        """Answer the next requests for a file so."""
        self.planned[name].extend(answers)

    def ranges(self, name: str) -> list[str | None]:
        """The Range of every request for a file, in order; None for one without."""
        return [headers.get("range") for path, headers in self.asked if path == name]


@contextmanager
def serving(files: Mapping[str, bytes] | None = None) -> Iterator[Server]:
    """Serve `files` until the block ends; no proxy of the environment is asked, by subprocesses neither."""
    with Http(("127.0.0.1", 0), Handler) as http:
        http.songs = Server(f"http://127.0.0.1:{http.server_port}/", dict(files or {}))
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            with mock.patch.dict(os.environ, {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}):
                yield http.songs
        finally:
            http.songs.closing.set()
            http.shutdown()
            thread.join()


def etag(data: bytes) -> str:
    """The ETag of a file."""
    return f'"{hashlib.sha256(data).hexdigest()[:16]}"'


class Http(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client that was killed is no news
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server: Server = self.server.songs
        name = self.path.removeprefix("/")
        server.asked.append((name, {key.lower(): value for key, value in self.headers.items()}))
        answer = server.planned[name].popleft() if server.planned[name] else Answer()
        if name not in server.files and answer.status == 200:
            answer = Answer(status=404)
        data = answer.body if answer.body is not None else server.files.get(name, b"")
        if answer.status != 200:
            self._send(answer, answer.status, answer.body or b"", {})
            return
        headers = {"ETag": etag(data)}
        start, end = self._span(answer, data)
        if start is None:
            self._send(answer, 200, data, headers)
        elif start >= len(data):
            self._send(answer, 416, b"", headers | {"Content-Range": f"bytes */{len(data)}"})
        else:
            span = {"Content-Range": f"bytes {start}-{end}/{len(data)}"}
            self._send(answer, 206, data[start : end + 1], headers | span)

    def _span(self, answer: Answer, data: bytes) -> tuple[int | None, int]:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not answer.ranges or not asked or self.headers.get("If-Range", etag(data)) != etag(data):
            return None, 0
        return int(asked[1]), min(int(asked[2] or len(data)), len(data) - 1)

    def _send(self, answer: Answer, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers, **answer.headers}.items():
            if value is not None:
                self.send_header(key, value)
        self.end_headers()
        stop = len(body) if answer.stop is None else answer.stop
        try:
            for start in range(0, stop, 4096):
                time.sleep(answer.pause)
                self.wfile.write(body[start : min(start + 4096, stop)])
        except OSError:  # the client is gone
            self.close_connection = True
            return
        if answer.stall:
            self.server.songs.closing.wait()
        if answer.stall or answer.stop is not None or "Content-Length" in answer.headers:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_WR)

    def log_message(self, *_: object) -> None:
        pass
