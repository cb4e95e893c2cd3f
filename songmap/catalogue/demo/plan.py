"""Who sings what: every song of the catalogue before a note is played."""

from dataclasses import dataclass

import numpy as np

from songmap.catalogue.demo.styles import STYLES, Factors, draw
from songmap.catalogue.demo.verse import LANGUAGES, lexicon, write

INSTRUMENTAL = 0.2  # share of the songs that have no words
STRAYING = 0.15  # share of the songs by an artist of another style
ALBUM = 5  # songs an album has, about
ATTEMPTS = 20  # titles tried before one may return

_CATALOGUE, _WORDS, _SOUND, _ARTIST = range(4)  # streams of random numbers


@dataclass(frozen=True)
class Song:
    """A song of the plan: what tracks.csv says of it, and what is true of it.

    `language` and `text` are empty for an instrumental, whose title still has a language of its own.
    """

    number: int
    title: str
    artist: int
    artist_name: str
    album: str
    style: str
    language: str
    text: str
    factors: Factors

    @property
    def audio(self) -> str:
        """Path of its sound in the song folder."""
        return f"audio/song_{self.number:04d}.flac"

    @property
    def lyrics(self) -> str:
        """Path of its words in the song folder, empty for an instrumental."""
        return f"lyrics/song_{self.number:04d}.txt" if self.text else ""


def sound_streams(seed: int, song: Song) -> tuple[np.random.Generator, np.random.Generator]:
    """The random numbers of a song's artist and of the song's sound: the same in whatever process."""
    return _stream(seed, _ARTIST, song.artist), _stream(seed, _SOUND, song.number)


def plan(songs: int, seed: int) -> list[Song]:
    """Plan a catalogue: styles in equal parts, languages in equal parts and apart from style.

    Parameters
    ----------
    songs : int >= 1
        How many; from 12 on every style and language occurs.
    seed : int >= 0
        The same seed gives the same catalogue.
    """
    rng = _stream(seed, _CATALOGUE)
    styles = rng.permutation(np.resize(list(STYLES), songs))
    languages = rng.permutation(np.resize(LANGUAGES, songs))
    silent = _spread(languages, round(INSTRUMENTAL * songs), rng)
    artists = _artists(styles, rng)
    names = rng.permutation(lexicon("artists"))
    albums: dict[int, list[str]] = {}
    titles: set[str] = set()
    catalogue = []
    for index in range(songs):
        words = _stream(seed, _WORDS, index + 1)
        factors = draw(str(styles[index]), words)
        language = str(languages[index])
        lyrics = write(language, factors.topic, words)
        for _ in range(ATTEMPTS):
            if lyrics.title not in titles:
                break
            lyrics = write(language, factors.topic, words)
        titles.add(lyrics.title)
        artist = int(artists[index])
        catalogue.append(
            Song(
                number=index + 1,
                title=lyrics.title,
                artist=artist,
                artist_name=str(names[artist]),
                album=_album(albums.setdefault(artist, []), lyrics.title, words),
                style=str(styles[index]),
                language="" if silent[index] else language,
                text="" if silent[index] else lyrics.text,
                factors=factors,
            )
        )
    return catalogue


def _stream(*key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(key))


def _spread(languages: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Mark `count` songs as instrumental, as evenly over the languages as can be. Shape (n,), bool."""
    turn = np.zeros(len(languages), dtype=int)  # how many of its language come before it in a random order
    order = rng.permutation(len(languages))
    for language in LANGUAGES:
        mine = order[languages[order] == language]
        turn[mine] = np.arange(len(mine))
    silent = np.zeros(len(languages), dtype=bool)
    silent[np.argsort(turn, kind="stable")[:count]] = True
    return silent


def _artists(styles: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Number of each song's artist: one at home in its style, or now and then any. Shape (n,), int."""
    homes = np.resize(np.arange(len(STYLES)), len(lexicon("artists")))
    if len(styles) < 4 * len(homes):
        homes = homes[: max(len(STYLES), len(styles) // 4)]
    names = list(STYLES)
    chosen = [
        rng.integers(len(homes))
        if rng.random() < STRAYING
        else rng.choice(np.flatnonzero(homes == names.index(s)))
        for s in styles
    ]
    return np.array(chosen, dtype=int)


def _album(albums: list[str], title: str, rng: np.random.Generator) -> str:
    """The artist's latest album, or a new one named after this song."""
    if not albums or rng.random() < 1 / ALBUM:
        albums.append(title)
    return albums[-1]
