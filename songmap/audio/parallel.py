"""The same work on many items, over processes: results in order, and a dead process costs one item."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

from songmap.errors import DataError
from songmap.processes import as_worker

AHEAD = 4  # items under way per process: bounds the memory of results that wait for an earlier one
DEATHS = 5  # processes that may die in a row before the machine is to blame, not the items
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

T = TypeVar("T")
R = TypeVar("R")
_given: dict[str, Callable] = {}


class Died:
    """In place of a result: the process that worked on the item was killed, or crashed."""


def in_order(work: Callable[[T], R], items: Sequence[T], processes: int) -> Iterator[R | Died]:
    """Yield `work(item)` for each item, in the order of the items.

    The work runs in fresh processes of one thread each, so that results do not depend on their number. `work`
    is pickled to each of them once. Where one of them dies, the items under way are tried again one at
    a time: the one that kills again yields `Died`, the rest their results.

    Raises
    ------
    DataError
        If five processes in a row die.
    """
    done = 0
    while done < len(items):
        try:
            for result in _pooled(work, items[done:], processes, AHEAD * processes):
                done += 1
                yield result
        except BrokenProcessPool:
            for answer in _one_at_a_time(work, items[done : done + max(AHEAD * processes, DEATHS)]):
                done += 1
                yield answer


def _pooled(work: Callable[[T], R], items: Sequence[T], processes: int, ahead: int) -> Iterator[R]:
    """Results in order, `ahead` items under way at most; `BrokenProcessPool` where a process dies."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, len(items)), context, _start, (work,))
    waiting: deque = deque()
    try:
        for item in items:
            with _modest_children():
                waiting.append(pool.submit(_do, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BaseException:
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _one_at_a_time(work: Callable[[T], R], items: Sequence[T]) -> Iterator[R | Died]:
    done = deaths = 0
    while done < len(items):
        try:
            for result in _pooled(work, items[done:], 1, ahead=1):
                done, deaths = done + 1, 0
                yield result
        except BrokenProcessPool:
            done, deaths = done + 1, deaths + 1
            if deaths == DEATHS:
                message = f"{DEATHS} processes in a row died, the last at {items[done - 1]}: is memory short?"
                raise DataError(message) from None
            yield Died()


def _start(work: Callable) -> None:
    """Receive the work in a new process, and close its stderr: decoders in C chat there about odd files."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _given["work"] = work
    as_worker()


def _do(item: Any) -> Any:
    return _given["work"](item)


@contextmanager
def _modest_children() -> Iterator[None]:
    """Processes started within compute on one thread and leave Ctrl-C to their parent."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    masks = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if masks else set()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
