"""Genius on loopback: a server for its API, and another for its pages.

::

    with genius() as (api, pages):
        lists(api, "Hello Adele", result("Hello", "Adele"))
        pages.files["Adele-hello-lyrics"] = page("Hello, it's me")
        Finder("token", api=api.url, pages=pages.url, pause=0).ask(...)
"""

import html
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.songmap.importers.server import Server, serving


@contextmanager
def genius() -> Iterator[tuple[Server, Server]]:
    """Serve an API that lists nothing yet, and pages, none yet."""
    with serving() as api, serving() as pages:
        yield api, pages


def search(words: str) -> str:
    """The path that a search for words asks for."""
    return f"search?{urlencode({'q': words})}"


def lists(api: Server, words: str, *results: Any) -> None:
    """Let a search for words list these songs."""
    hits = [{"index": "song", "type": "song", "result": item} for item in results]
    api.files[search(words)] = answer({"hits": hits})


def answer(response: Any) -> bytes:
    """What the API sends."""
    return json.dumps({"meta": {"status": 200}, "response": response}).encode()


def result(title: str, artist: str, **others: Any) -> dict[str, Any]:
    """A song as the search lists it."""
    path = f"/{artist}-{title}-lyrics".replace(" ", "-")
    names = {"artist_names": artist, "primary_artist": {"id": 1, "name": artist}}
    return {"id": 1, "title": title, "path": path, "url": f"https://genius.com{path}"} | names | others


def page(*blocks: str) -> bytes:
    """A song's page with the lyrics in so many containers; what surrounds them is as on the real ones."""
    containers = "".join(
        '<div data-lyrics-container="true"><div class="LyricsHeader__Container">3 Contributors</div>'
        f"{'<br>'.join(html.escape(line) for line in block.splitlines())}</div>"
        for block in blocks
    )
    return f"<html><head><title>x</title></head><body>{containers}<p>About</p></body></html>".encode()
