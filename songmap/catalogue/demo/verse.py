"""Lyrics and titles: grammars over six topics in four languages.

The lexicon of a language holds patterns of lines with slots, and per topic what fills them:

- `{nom}`, `{acc}`: a thing with its article, as subject or object, with an adjective half of the time
- `{of}`: of the thing; `{hook}`, `{hook_acc}`: the thing that the song is about
- `{act}`, `{act_inf}`: what things do, third person or infinitive
- `{take}`, `{take_inf}`: what one does to things, first person or infinitive
- `{place}`, `{time}`: where and when, ready made
"""

import re
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np

from songmap.files import parse_yaml

LANGUAGES = ("de", "en", "es", "fr")
_SMALL = re.compile(
    "across|among|and|at|behind|below|beside|between|by|from|in|of|on|over|past|the|till|to|a"
)
_VOWELS = "aeiouhâàéèêëîïôùûœ"
_CANDIDATES = 6  # lines tried for a rhyme


@dataclass(frozen=True)
class Phrase:
    """A thing: noun, its gender, and an adjective as the lexicon writes it ("" for none)."""

    language: str
    gender: str
    noun: str
    adjective: str = ""

    def nominative(self) -> str:
        """The thing as subject, with the definite article."""
        match self.language:
            case "en":
                return " ".join(filter(None, ("the", self.adjective, self.noun)))
            case "de":
                return self._german({"m": "der", "f": "die", "n": "das"}[self.gender], "e")
            case "es":
                return f"{'el' if self.gender == 'm' else 'la'} {self._agreed()}"
        if self.noun[0].lower() in _VOWELS:
            return f"l'{self._agreed()}"
        return f"{'le' if self.gender == 'm' else 'la'} {self._agreed()}"

    def accusative(self) -> str:
        """The thing as direct object; only the German masculine differs."""
        if self.language == "de" and self.gender == "m":
            return self._german("den", "en")
        return self.nominative()

    def genitive(self) -> str:
        """Of the thing, articles contracted: del, du, vom."""
        match self.language:
            case "en":
                return f"of {self.nominative()}"
            case "de":
                return self._german("von der" if self.gender == "f" else "vom", "en")
        name = f"de {self.nominative()}"
        return re.sub(r"^de el ", "del ", name) if self.language == "es" else re.sub(r"^de le ", "du ", name)

    def _german(self, article: str, ending: str) -> str:
        """Article, adjective of the weak declension, noun."""
        return " ".join(filter(None, (article, self.adjective and self.adjective + ending, self.noun)))

    def _agreed(self) -> str:
        """Noun, then the adjective in its gender."""
        masculine, _, feminine = self.adjective.partition("/")
        form = feminine if self.gender == "f" and feminine else masculine
        return f"{self.noun} {form}".strip()


@dataclass(frozen=True)
class Lyrics:
    """A song's words: its title and its lines, stanzas parted by an empty line."""

    title: str
    text: str


@cache
def lexicon(name: str) -> Any:
    """What the file lexicon/`name`.yaml holds."""
    text = files(__package__).joinpath("lexicon", f"{name}.yaml").read_text(encoding="utf-8")
    return parse_yaml(text)


def write(language: str, topic: str, rng: np.random.Generator) -> Lyrics:
    """Write a song's words.

    Parameters
    ----------
    language : str
        One of `LANGUAGES`.
    topic : str
        One of `styles.TOPICS`.
    rng : np.random.Generator
        Where the choice of words comes from.

    Returns
    -------
    Lyrics
        Two or three verses of four lines, a chorus after the first two. The thing or the place of the title
        is in the chorus.
    """
    poet = _Poet(language, topic, rng)
    verses = [poet.verse() for _ in range(rng.integers(2, 4))]
    chorus = poet.chorus()
    stanzas = [verses[0], chorus, verses[1], chorus, *verses[2:]]
    return Lyrics(poet.title(), "\n\n".join("\n".join(stanza) for stanza in stanzas) + "\n")


class _Poet:
    """Fills the patterns of one language from the words of one topic."""

    def __init__(self, language: str, topic: str, rng: np.random.Generator) -> None:
        self.language, self.rng = language, rng
        self.patterns = lexicon(language)
        self.words = self.patterns["topics"][topic]
        self.hook = self.thing(set())
        self.place = self.pick(self.words["places"])

    def pick(self, items: list[str]) -> str:
        return items[self.rng.integers(len(items))]

    def thing(self, used: set[str]) -> Phrase:
        """A noun that is not among `used`, to which it is added."""
        gender, noun = self.pick([n for n in self.words["nouns"] if n not in used]).split(" ", 1)
        used.add(f"{gender} {noun}")
        adjective = self.pick(self.words["adjectives"]) if self.rng.random() < 0.5 else ""
        return Phrase(self.language, gender, noun, adjective)

    def line(self, pattern: str, place: str = "") -> str:
        """Fill one pattern; the first letter becomes a capital."""
        used = {f"{self.hook.gender} {self.hook.noun}"} if "{hook" in pattern else set()
        act, act_inf = _pair(self.pick(self.words["act"]))
        take, take_inf = _pair(self.pick(self.words["take"]))
        fixed = {
            "place": place or self.pick(self.words["places"]),
            "time": self.pick(self.patterns["times"]),
            "act": act,
            "act_inf": act_inf,
            "take": take,
            "take_inf": take_inf,
            "hook": self.hook.nominative(),
            "hook_acc": self.hook.accusative(),
        }

        def fill(slot: re.Match[str]) -> str:
            match slot[1]:
                case "nom":
                    return self.thing(used).nominative()
                case "acc":
                    return self.thing(used).accusative()
                case "of":
                    return replace(self.hook, adjective="").genitive()
            return fixed[slot[1]]

        return _capitalised(re.sub(r"\{(\w+)\}", fill, pattern))

    def verse(self) -> list[str]:
        """Four lines of different patterns; of several second and fourth lines, the one that rhymes best."""
        first, third, *rest = (str(pattern) for pattern in self.rng.permutation(self.patterns["verse"]))
        lines: list[str] = []
        for pattern, rhymes in ((first, rest[:_CANDIDATES]), (third, rest[_CANDIDATES : 2 * _CANDIDATES])):
            lines.append(self.line(pattern))
            options = [self.line(rhyme) for rhyme in rhymes]
            lines.append(max(options, key=partial(_rhyme, lines[-1])))
        return lines

    def chorus(self) -> list[str]:
        """Four lines about the hook, one of them in the song's place."""
        patterns = self.patterns["chorus"]
        chosen = [""]
        while not any("{place}" in p for p in chosen) or not any("{hook}" in p for p in chosen):
            chosen = [str(p) for p in self.rng.choice(patterns, 4, replace=False)]
        return [self.line(pattern, self.place) for pattern in chosen]

    def title(self) -> str:
        """A title of the hook or the place, in the language's own capitals."""
        title = self.line(self.pick(self.patterns["title"]), self.place)
        if self.language != "en":
            return title
        words = title.split(" ")
        return " ".join([words[0], *(w if _SMALL.fullmatch(w) else w[0].upper() + w[1:] for w in words[1:])])


def _pair(entry: str) -> tuple[str, str]:
    """First and second form of an entry; one form stands for both."""
    first, _, second = entry.partition("/")
    return first, second or first


def _capitalised(line: str) -> str:
    """The line with its first letter in upper case, after any opening mark."""
    start = next(index for index, letter in enumerate(line) if letter.isalpha())
    return line[:start] + line[start].upper() + line[start + 1 :]


def _rhyme(first: str, second: str) -> int:
    """Letters that the ends of two lines share, 0 where they end on the same word."""
    ends = [re.sub(r"[^\w ]", "", line).strip().lower() for line in (first, second)]
    if ends[0].split()[-1] == ends[1].split()[-1]:
        return 0
    pairs = zip(reversed(ends[0]), reversed(ends[1]), strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), 0)
