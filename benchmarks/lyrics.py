"""How many songs a second each encoder of lyrics takes, at first and from the store.

The songs are made here, in four languages, each about 1,600 characters long. Every way takes all of them in
turn, so that a busy machine slows all alike; medians of the repetitions are printed. A model is loaded
beforehand, as are the libraries; a way from the store loads neither.

Tried, and what it gave:

- Pieces one at a time, each on a thread of its own, instead of padded batches of 32: as fast, as nothing is
  computed for padding; on two processors a fifth faster; and an embedding does not depend on its neighbours.
  Kept. Several threads on one piece: far slower than one, on a busy machine.
- bfloat16 by autocast: two thirds of the time where the processor has AVX512-BF16. Kept. All weights in
  bfloat16: a tenth faster still, and three times as far from float32. Not kept.
- What is counted in each song in the store, for tfidf, char and style: reading it back takes 0.2 to 0.7 ms a
  song, counting anew 0.8 to 2.1 ms, and a song takes 16 kB. A second or so for a thousand songs: not kept.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from songmap import params
from songmap.catalogue.demo import verse
from songmap.catalogue.demo.styles import TOPICS
from songmap.lyrics.char import char
from songmap.lyrics.pretrained import Piece, Pretrained, find_model
from songmap.lyrics.sentence import embed, encode
from songmap.lyrics.style import style
from songmap.lyrics.tfidf import tfidf
from songmap.processes import available

REFERENCE = "sentence, float32"
_ways: dict[str, Callable[[], Any]] = {}


class Opening(Pretrained):
    """A model that reads the first window of a text and no more."""

    def pieces(self, text: str) -> list[Piece]:
        """The first piece alone."""
        return super().pieces(text)[:1]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the songs, measure, print."""
    options = parse(arguments)
    texts = songs(options.songs)
    length = statistics.mean(map(len, texts.values()))
    print(f"{len(texts)} songs of {length:.0f} characters")
    with tempfile.TemporaryDirectory() as store:
        times = measure(texts, options.processors, options.repetitions, Path(store))
    print_rates(times, len(texts))
    print(f"  cosine of bfloat16 and float32: at least {nearness(texts):.5f}")


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What to measure, and how often."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lyrics",
        description="Time the encoders of lyrics, at first and from the store.",
        epilog="example: python -m benchmarks.lyrics --songs 30 --repetitions 3 --processors 1",
    )
    add = parser.add_argument
    add("--songs", type=int, default=100, help="how many (100)")
    add("--repetitions", type=int, default=5, help="of each measurement (5)")
    add(
        "--processors",
        type=int,
        nargs="+",
        default=sorted({1, available()}),
        help="that may be used (1, and all)",
    )
    return parser.parse_args(arguments)


def songs(count: int) -> dict[str, str]:
    """Lyrics by id: two of the demo's songs each, every other one in another of its four languages."""
    rng = np.random.default_rng(0)
    topics = [(language, topic) for topic in TOPICS for language in verse.LANGUAGES]
    chosen = [topics[i % len(topics)] for i in range(count)]
    return {
        f"{i}": "\n".join(verse.write(language, topic, rng).text for _ in range(2))
        for i, (language, topic) in enumerate(chosen)
    }


def ways(texts: dict[str, str], store: Path) -> dict[str, Callable[[], Any]]:
    """What the texts go through, by name; the order is that of the printed lines."""
    p = params.load().lyrics
    pair = list(texts), list(texts.values())
    folder = find_model(p.sentence.model)
    whole, opening = Pretrained(folder, p.sentence.model), Opening(folder, p.sentence.model)
    language = dict.fromkeys(texts, "en")

    def usual() -> object:
        import torch

        torch.set_num_threads(available())
        try:
            return whole.model.encode(pair[1], batch_size=32, show_progress_bar=False)
        finally:
            torch.set_num_threads(1)

    embed(*pair, p.sentence.model, p.sentence.bfloat16, store)
    return {
        "tfidf": lambda: tfidf(*pair, **p.tfidf.model_dump()),
        "char": lambda: char(*pair, **p.char.model_dump()),
        "style": lambda: style(*pair, language, p.style.measures),
        REFERENCE: lambda: list(encode(texts, whole, False)),
        "sentence, bfloat16": lambda: list(encode(texts, whole, True)),
        "sentence, cut, float32": lambda: list(encode(texts, opening, False)),
        "sentence, cut, bfloat16": lambda: list(encode(texts, opening, True)),
        "the library's batches, cut": usual,
        "sentence, from the store": lambda: embed(*pair, p.sentence.model, p.sentence.bfloat16, store),
    }


def measure(
    texts: dict[str, str], processors: Sequence[int], repetitions: int, store: Path
) -> dict[int, dict[str, float]]:
    """Median seconds of each way by number of processors, after one round that does not count."""
    with workers(texts, processors, store) as pools:
        times: dict[int, dict[str, list[float]]] = {
            count: {name: [] for name in pool.submit(names).result()} for count, pool in pools.items()
        }
        for repetition in range(repetitions + 1):
            for name in next(iter(times.values())):
                for count, pool in pools.items():
                    elapsed = pool.submit(timed, name).result()
                    if repetition:
                        times[count][name].append(elapsed)
    return {
        count: {name: statistics.median(each) for name, each in found.items()}
        for count, found in times.items()
    }


@contextmanager
def workers(
    texts: dict[str, str], processors: Sequence[int], store: Path
) -> Iterator[dict[int, ProcessPoolExecutor]]:
    """A process for each number of processors."""
    context = multiprocessing.get_context("spawn")
    pools = {count: ProcessPoolExecutor(1, context, prepare, (count, texts, store)) for count in processors}
    try:
        yield pools
    finally:
        for pool in pools.values():
            pool.shutdown()


def prepare(processors: int, texts: dict[str, str], store: Path) -> None:
    """Within a worker: keep to some processors, where the system can, and make the ways."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-processors:])
    _ways.update(ways(texts, store))


def names() -> list[str]:
    """Within a worker: the ways that it has."""
    return list(_ways)


def timed(name: str) -> float:
    """Within a worker: the seconds that all texts take one way."""
    start = time.perf_counter()
    _ways[name]()
    return time.perf_counter() - start


def print_rates(times: dict[int, dict[str, float]], count: int) -> None:
    """One line per way: songs a second on each number of processors, and how that compares with float32."""
    print(f"  {'':26}" + "".join(f"{f'{n} processor' + 's' * (n > 1):>24}" for n in times))
    for name in next(iter(times.values())):
        rates = [
            f"{count / found[name]:10.1f}/s {found[REFERENCE] / found[name]:7.2f} times"
            for found in times.values()
        ]
        print(f"  {name:26}" + "".join(rates))
    print(f"  (times {REFERENCE})")


def nearness(texts: dict[str, str]) -> float:
    """The smallest cosine of a song's embeddings in bfloat16 and in float32."""
    name = params.load().lyrics.sentence.model
    encoder = Pretrained(find_model(name), name)
    exact, rough = (dict(encode(texts, encoder, half)) for half in (False, True))
    return min(float(exact[key] @ rough[key]) for key in texts)


if __name__ == "__main__":
    main()
