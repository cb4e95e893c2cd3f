"""Lyrics from Genius: a song is searched for by title and artist, and its words are read from its page."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from songmap.catalogue.text import label, quoted
from songmap.errors import DataError
from songmap.importers.fields import base_language
from songmap.importers.genius_api import Client, StatusError
from songmap.importers.matching import is_known, query, similarity
from songmap.importers.provenance import FOUND, INSTRUMENTAL, NO_LYRICS, NO_MATCH, NO_TITLE, Answer, Song
from songmap.importers.spelling import is_instrumental, normalised
from songmap.importers.texts import PassingError

API = "https://api.genius.com/"
PAGES = "https://genius.com/"
TOKEN = "GENIUS_ACCESS_TOKEN"
WHERE = "https://genius.com/api-clients"
_SHAPE = re.compile("[!-~]{1,1000}")
_LANGUAGE = re.compile("[a-z]{2,3}")
_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_PLACEHOLDERS = {
    "This song is an instrumental": INSTRUMENTAL,
    "Lyrics for this song have yet to be": NO_LYRICS,
}  # what stands on a page in the place of lyrics


@dataclass(frozen=True)
class Hit:
    """A song that the search lists: its title, the names of its artists, and the path of its page."""

    title: str
    artists: tuple[str, ...]
    page: str
    is_complete: bool
    is_instrumental: bool
    language: str


class Finder:
    """Finds the lyrics of songs, one request at a time.

    Parameters
    ----------
    token : str
        A client access token of the API, which is sent to the API's host alone.
    least : float [scalar], 0 to 1
        The similarity of title and artist from which on a song is the one that was asked for.
    pause : float >= 0 [scalar], seconds
        Between an answer and the next request.
    timeout : float > 0 [scalar], seconds
        Silence after which a request counts as failed.
    attempts : int > 0 [scalar]
        Tries of a request that fails for a reason that may pass.
    api, pages : str
        The addresses of the API and of the pages, with a slash at the end.

    Raises
    ------
    DataError
        If the token cannot be one.
    """

    def __init__(
        self,
        token: str,
        *,
        least: float = 0.85,
        pause: float = 1.0,
        timeout: float = 15.0,
        attempts: int = 4,
        api: str = API,
        pages: str = PAGES,
    ) -> None:
        if not _SHAPE.fullmatch(token):
            raise DataError(f"{TOKEN} is not set to a token of Genius: make one at {WHERE}")
        self._client = Client(token, pause=pause, timeout=timeout, attempts=attempts, api=api, pages=pages)
        self._least, self._pages = least, pages

    def ask(self, song: Song) -> Answer:
        """Search for a song and read its words.

        Parameters
        ----------
        song : Song
            Its title, and its artist, without whom the title must name one.

        Returns
        -------
        Answer
            Found, with the page's address; no match, with what is nearest; no lyrics, where the page has none
            or is gone; instrumental; or no title.

        Raises
        ------
        PassingError
            If Genius does not answer, or not in the form it should.
        DataError
            If it refuses the token.
        """
        words = query(song.title, song.artist)
        if not normalised(song.title):
            return Answer(NO_TITLE)
        if is_instrumental(song.title):
            return Answer(INSTRUMENTAL, detail="its title says so")
        hits = self._search(words)
        if not hits:
            return Answer(NO_MATCH, detail=f"Genius lists no song for {quoted(words)}")
        scores = [similarity(song.title, song.artist, hit.title, hit.artists) for hit in hits]

        def rank(number: int) -> tuple[bool, float]:
            return scores[number] >= self._least and hits[number].is_complete, scores[number]

        best = max(range(len(hits)), key=rank)
        if scores[best] < self._least:
            return _no_match(song, hits[best], scores[best])
        return self._answer(hits[best], scores[best])

    def _search(self, words: str) -> list[Hit]:
        try:
            found = self._client.hits(words)
        except StatusError as error:
            if error.status in _REFUSED:
                refused = f"Genius answers {error.status} to the token in {TOKEN}"
                raise DataError(f"{refused}: make another at {WHERE}") from None
            raise
        return [hit for hit in map(_hit, found) if hit]

    def _answer(self, hit: Hit, score: float) -> Answer:
        """What a song's page says."""
        url = self._pages + hit.page
        if hit.is_instrumental:
            return Answer(INSTRUMENTAL, "", url, score)
        if not hit.is_complete:
            return Answer(NO_LYRICS, "", url, score, hit.language)
        try:
            words = self._client.words(hit.page)
        except StatusError as error:
            if error.status in _GONE:
                return Answer(NO_LYRICS, "", f"{url}: {error}", score, hit.language)
            raise
        if normalised(words) == INSTRUMENTAL:
            return Answer(INSTRUMENTAL, "", url, score)
        if words.strip():
            return Answer(FOUND, words, url, score, hit.language)
        for words, outcome in _PLACEHOLDERS.items():
            if words in self._client.page:
                return Answer(outcome, "", url, score)
        raise PassingError(f"no lyrics are found on {url}, nor that it has none")


def _no_match(song: Song, nearest: Hit, score: float) -> Answer:
    name = f"{quoted(label(nearest.title))} by {quoted(label(nearest.artists[0]))}"
    if is_known(song.artist) or score:
        return Answer(NO_MATCH, "", f"the nearest is {name}, similarity {score:.2f}", score)
    return Answer(NO_MATCH, "", f"there is no artist to go by; the first listed is {name}", score)


def _hit(result: dict[str, Any]) -> Hit | None:
    """A result of the search; None where it is not of the form that songs have."""
    artist = result.get("primary_artist")
    names = (artist.get("name") if isinstance(artist, dict) else None, result.get("artist_names"))
    artists = tuple(name for name in names if isinstance(name, str) and name.strip())
    title, page, language = (result.get(name) for name in ("title", "path", "language"))
    if not artists or not isinstance(title, str) or not isinstance(page, str) or not page.strip("/"):
        return None
    code = base_language(language) if isinstance(language, str) else ""
    return Hit(
        title,
        artists,
        label(page).lstrip("/"),
        is_complete=result.get("lyrics_state", "complete") == "complete",
        is_instrumental=result.get("instrumental") is True,
        language=code if _LANGUAGE.fullmatch(code) else "",
    )
