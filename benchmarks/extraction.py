"""How fast sound becomes features, beside librosa and beside decoding alone.

The corpus is made here. Each file goes through every way of extraction in turn, on one thread of one
processor, so that a busy machine slows all alike; medians over files and repetitions are printed. librosa
runs in a process as anyone has it, ours and decoding alone in one as the pipeline starts them.

Tried, and what it gave:

- One product of a sparse matrix for both filterbanks, blocks of frames that stay in the cache, a mix of
  16-bit samples as integers, deltas as differences: kept; together they make the difference to librosa.
- glibc told to keep freed memory (the MALLOC variables of songmap.audio.parallel): a tenth, or more. Kept.
- An FFT by pyFFTW, measured plans: a quarter sooner than SciPy's; but GPL, and plans vary from run to run. By
  torch: as fast as SciPy's, and slow to import. Two frames as one complex transform, other block sizes,
  buffers allocated beforehand: nothing clear. Decoding while transforming: slower.
- Decoding the excerpt alone instead of a four-minute MP3: a sixth of the time. Kept.
- Levels as 16-bit steps in the store: half the bytes, at most 0.0006 dB off. Kept.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import librosa
import numpy as np
import soundfile as sf

from benchmarks import corpus
from songmap import params
from songmap.audio import analysis
from songmap.audio.collect import collect
from songmap.audio.extract import Features, Source, extractor
from songmap.audio.parallel import ENVIRONMENT, ONE_THREAD
from songmap.errors import DataError
from songmap.params import Audio
from songmap.processes import available

OURS = "ours"
PLAIN = dict.fromkeys(ONE_THREAD, "1")
Way = Callable[[Source], object]
_ways: dict[str, Way] = {}


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the corpus, measure, print."""
    options = parse(arguments)
    audio = params.load().audio.model_copy(update={"seconds": options.seconds, "excerpts": 1})
    plain = audio.model_copy(update={"descriptors": []})  # what the librosa scripts compute
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sounds = corpus.write(folder, options.formats, options.files, options.seconds)
        for kind, sources in sounds.items():
            times = measure((folder, audio, plain), sources, options.repetitions)
            print_times(f"{kind}, {options.seconds:g} s, one processor", times)
            level, cepstrum = differences(folder, plain, sources)
            print(f"  at most {level:.4f} dB and {cepstrum:.4f} in an MFCC from librosa\n")
        everything = [source for group in zip(*sounds.values(), strict=True) for source in group]
        for count in options.tracks:
            print_catalogue(folder, plain, everything, count)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What to measure, and how often."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction",
        description="Time extraction beside librosa and beside decoding alone.",
        epilog="example: python -m benchmarks.extraction --formats mp3 --repetitions 3 --tracks 100",
    )
    add = parser.add_argument
    add("--formats", nargs="+", default=["mp3", "flac", "wav"], help="that libsndfile writes: mp3 flac wav")
    add("--files", type=int, default=6, help="of each format (6)")
    add("--seconds", type=float, default=30.0, help="length of a file (30)")
    add("--repetitions", type=int, default=5, help="of each measurement (5)")
    add(
        "--tracks",
        type=int,
        nargs="*",
        default=[100, 1000],
        help="in catalogues on all processors (100 1000)",
    )
    return parser.parse_args(arguments)


def ways(folder: Path, audio: Audio, plain: Audio) -> dict[str, Way]:
    """What a source goes through, by name; the order is that of the printed lines."""
    rate, seconds, n = plain.sample_rate, plain.seconds, plain.n_mfcc

    def load(source: Source) -> np.ndarray:
        return librosa.load(folder / source.path, sr=rate, duration=seconds)[0]

    def level(y: np.ndarray) -> np.ndarray:
        return librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=rate))

    def usual(source: Source) -> object:
        y = load(source)
        return level(y), librosa.feature.mfcc(y=y, sr=rate, n_mfcc=n)

    def twice(source: Source) -> object:
        return librosa.feature.mfcc(y=load(source), sr=rate, n_mfcc=n), level(load(source))

    warm = extractor(folder, plain, folder / "store")
    return {
        "decoding alone": lambda source: sf.read(
            folder / source.path, frames=round(seconds * corpus.RATE), dtype="float32"
        ),
        OURS: extractor(folder, plain),
        f"{OURS}, with descriptors": extractor(folder, audio),
        f"{OURS}, from the store": warm,
        "librosa": usual,
        "librosa, one spectrogram": lambda source: librosa.feature.mfcc(S=level(load(source)), n_mfcc=n),
        "librosa, loading twice": twice,
    }


def measure(
    where: tuple[Path, Audio, Audio], sources: Sequence[Source], repetitions: int
) -> dict[str, float]:
    """Median seconds per file of each way, after one round that does not count."""
    with worker(PLAIN, where) as theirs, worker(ENVIRONMENT, where) as ours:
        times: dict[str, list[float]] = {name: [] for name in ours.submit(names).result()}
        for repetition in range(repetitions + 1):
            for source in sources:
                for name, found in times.items():
                    pool = theirs if name.startswith("librosa") else ours
                    elapsed = pool.submit(timed, name, source).result()
                    if repetition:
                        found.append(elapsed)
    return {name: statistics.median(found) for name, found in times.items()}


@contextmanager
def worker(environment: Mapping[str, str], where: tuple[Path, Audio, Audio]) -> Iterator[ProcessPoolExecutor]:
    """A process with `environment`, on one processor."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), prepare, where) as pool:
            pool.submit(names).result()
            os.environ.clear()
            os.environ.update(before)
            yield pool
    finally:
        os.environ.clear()
        os.environ.update(before)


def prepare(folder: Path, audio: Audio, plain: Audio) -> None:
    """Within a worker: keep to one processor, where the system can, and make the ways."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    _ways.update(ways(folder, audio, plain))


def names() -> list[str]:
    """Within a worker: the ways that it has."""
    return list(_ways)


def timed(name: str, source: Source) -> float:
    """Within a worker: the seconds that a source takes one way."""
    start = time.perf_counter()
    result = _ways[name](source)
    elapsed = time.perf_counter() - start
    if name.startswith(OURS) and not isinstance(result, Features):
        raise DataError(f"{source.path}: {result}")
    return elapsed


def print_times(title: str, times: dict[str, float]) -> None:
    """One line per way: milliseconds, and how it compares with ours."""
    print(title)
    for name, seconds in times.items():
        print(f"  {name:26} {1000 * seconds:8.1f} ms {seconds / times[OURS]:8.2f} times {OURS}")


def differences(folder: Path, audio: Audio, sources: Sequence[Source]) -> tuple[float, float]:
    """Largest difference from librosa, of any frame of any file: of a band in dB, and of an MFCC."""
    banks, basis = analysis.weights(audio), extractor(folder, audio).basis
    worst = np.zeros(2)
    for source in sources:
        y, rate = librosa.load(folder / source.path, sr=audio.sample_rate, duration=audio.seconds)
        expected = librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=rate, n_mels=audio.n_mels))
        level, _ = analysis.levels(analysis.analyse(folder / source.path, audio, banks, None), audio.n_mels)
        frames = min(level.shape[1], expected.shape[1])
        cepstrum = librosa.feature.mfcc(S=expected, n_mfcc=audio.n_mfcc)
        pairs = ((level, expected), (basis @ level, cepstrum))
        worst = np.maximum(worst, [np.abs(a[:, :frames] - b[:, :frames]).max() for a, b in pairs])
    return float(worst[0]), float(worst[1])


def print_catalogue(folder: Path, audio: Audio, sources: Sequence[Source], count: int) -> None:
    """Extract `count` tracks, the same files again and again under other keys, into an empty store."""
    tracks = [Source(str(i), sources[i % len(sources)].path, sha256=f"{i:064x}") for i in range(count)]
    rates = {}
    for processes in sorted({1, available()}):
        with tempfile.TemporaryDirectory(dir=folder) as store, peak_memory() as peak:
            start = time.perf_counter()
            collect(extractor(folder, audio, Path(store)), tracks, processes, folder)
            rates[processes] = count / (time.perf_counter() - start)
        memory = f"at most {max(peak):.0f} MB in all processes" if max(peak) else "memory not measured"
        gain = rates[processes] / rates[1]
        print(
            f"{count} tracks, {processes} processes: {rates[processes]:.1f}/s, {gain:.2f} times one, {memory}"
        )


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Samples of the memory of this process and its children that no file backs, in MB; [0] without /proc."""
    samples, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            samples.append(sum(map(_anonymous, ["self", *_children()])) / 1000)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield samples
    finally:
        done.set()
        thread.join()


def _children() -> list[str]:
    return [pid for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()]


def _anonymous(pid: str) -> int:
    """RssAnon of a process, kB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
