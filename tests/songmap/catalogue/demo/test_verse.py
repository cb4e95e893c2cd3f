import itertools
import re
import unicodedata

import numpy as np
import pytest

from songmap.catalogue.demo.styles import TOPICS
from songmap.catalogue.demo.verse import LANGUAGES, Phrase, lexicon, write

GENDERS = {"en": {"n"}, "es": {"m", "f"}, "fr": {"m", "f"}, "de": {"m", "f", "n"}}
SMALL = re.compile("the|and|of|der|die|das|den|und|vom|von|le|la|les|et|l|du|de|el|los|las|y|del|in|on|at")
BOTH = list(itertools.product(LANGUAGES, TOPICS))


@pytest.mark.parametrize(
    "phrase,nominative,accusative,genitive",
    [
        (Phrase("en", "n", "wave", "blue"), "the blue wave", "the blue wave", "of the blue wave"),
        (Phrase("es", "m", "río", "antiguo/antigua"), "el río antiguo", "el río antiguo", "del río antiguo"),
        (Phrase("es", "f", "ola", "azul"), "la ola azul", "la ola azul", "de la ola azul"),
        (Phrase("fr", "m", "vent", "vert/verte"), "le vent vert", "le vent vert", "du vent vert"),
        (Phrase("fr", "f", "mer"), "la mer", "la mer", "de la mer"),
        (Phrase("fr", "f", "île", "vert/verte"), "l'île verte", "l'île verte", "de l'île verte"),
        (Phrase("fr", "m", "horizon"), "l'horizon", "l'horizon", "de l'horizon"),
        (Phrase("de", "m", "Fluss", "blau"), "der blaue Fluss", "den blauen Fluss", "vom blauen Fluss"),
        (Phrase("de", "f", "Welle", "blau"), "die blaue Welle", "die blaue Welle", "von der blauen Welle"),
        (Phrase("de", "n", "Meer", "blau"), "das blaue Meer", "das blaue Meer", "vom blauen Meer"),
        (Phrase("de", "m", "Wind"), "der Wind", "den Wind", "vom Wind"),
    ],
)
def test_articles_and_endings_agree(phrase: Phrase, nominative: str, accusative: str, genitive: str) -> None:
    assert (phrase.nominative(), phrase.accusative(), phrase.genitive()) == (nominative, accusative, genitive)


@pytest.mark.parametrize("language,topic", BOTH)
def test_the_lexicon_is_complete(language: str, topic: str) -> None:
    words = lexicon(language)["topics"][topic]
    assert len(words["nouns"]) >= 10 and len(set(words["nouns"])) == len(words["nouns"])
    for noun in words["nouns"]:
        gender, name = noun.split(" ", 1)
        assert gender in GENDERS[language] and name
        assert language != "de" or name[0].isupper()
    for kind in ("adjectives", "act", "take", "places"):
        assert len(set(words[kind])) >= 5
        assert all(re.fullmatch(r"[\w' \-]+(/[\w' \-]+)?", entry) for entry in words[kind])
    if language == "fr":
        assert all(re.match(r"j'[aeiouéèê]|je [^aeiouéèê]", entry) for entry in words["take"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_patterns_hold_only_slots_that_are_filled(language: str) -> None:
    known = {"nom", "acc", "of", "hook", "hook_acc", "act", "act_inf", "take", "take_inf", "place", "time"}
    for kind in ("verse", "chorus", "title"):
        for pattern in lexicon(language)[kind]:
            assert set(re.findall(r"\{(\w*)\}", pattern)) <= known


@pytest.mark.parametrize("language,topic", BOTH)
def test_a_song_has_verses_a_chorus_and_a_title_of_its_own_words(language: str, topic: str) -> None:
    for seed in range(20):
        lyrics = write(language, topic, np.random.default_rng(seed))
        stanzas = lyrics.text.rstrip("\n").split("\n\n")
        assert len(stanzas) in (4, 5) and all(len(stanza.split("\n")) == 4 for stanza in stanzas)
        assert stanzas[1] == stanzas[3] and len(set(stanzas)) == len(stanzas) - 1
        assert all(line[0].isupper() or line[0] in "¿¡" for s in stanzas for line in s.split("\n"))
        assert not re.search(r"[{}/_]|  | ,", lyrics.text)
        assert unicodedata.is_normalized("NFC", lyrics.text + lyrics.title)
        title, chorus = (set(re.findall(r"\w+", text.lower())) for text in (lyrics.title, stanzas[1]))
        assert any(not SMALL.fullmatch(word) for word in title & chorus), (lyrics.title, stanzas[1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_songs_differ(language: str) -> None:
    rng = np.random.default_rng(0)
    songs = [write(language, "sea", rng) for _ in range(60)]
    assert len({song.text for song in songs}) == 60
    lines = [line for song in songs for line in set(song.text.split("\n")) if line]
    assert len(set(lines)) > 0.6 * len(lines)


def test_no_wrong_contraction_or_agreement_survives() -> None:
    wrong = {
        "es": r"\b(de el|a el|la puerto|el ola)\b",
        "fr": r"\b(de le|de les|à le|le [aeiouéîâ]\w*|la [aeiouéîâ]\w*|que (?=[aeiouéî])|je (?=[aeiouéî]))\b",
        "de": r"\b(der \w+en [A-Z]|von dem|ich \w+t die)\b",
        "en": r"\b(a [aeiou]|the the)\b",
    }
    for language, topic in BOTH:
        for seed in range(10):
            text = write(language, topic, np.random.default_rng(seed)).text
            found = re.search(wrong[language], text)
            assert found is None, found
