"""The same work on many items, over processes: results in order, and a dead process costs one item."""

import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from songmap.errors import DataError
from songmap.processes import as_worker

AHEAD = 4  # items under way per process: bounds the memory of results that wait for an earlier one
DEATHS = 5  # processes that may die in a row before the machine is to blame, not the items
LIMIT = 120.0  # seconds that an item may take; a track takes well under one
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# glibc keeps the memory of a track for the next; giving it back each time costs a tenth of the time, or more.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**28)}
ENVIRONMENT = {**dict.fromkeys(ONE_THREAD, "1"), **KEEP_MEMORY}

T = TypeVar("T")
R = TypeVar("R")
_given: dict[str, Any] = {}


@dataclass(frozen=True)
class Died:
    """In place of a result: the process that worked on the item was killed, or crashed.

    Parameters
    ----------
    timed_out : bool
        It was killed because it took too long.
    """

    timed_out: bool

    @property
    def reason(self) -> str:
        """Why it may have died."""
        if self.timed_out:
            return f"reading it took more than {LIMIT:g} s: the decoder hangs, or the disk"
        return "the process that read it died: not enough memory, or a fault of the decoder"


def in_order(
    work: Callable[[T], R], items: Sequence[T], processes: int, limit: float = LIMIT
) -> Iterator[R | Died]:
    """Yield `work(item)` for each item, in the order of the items.

    The work runs in fresh processes of one thread each, so that results do not depend on their number. `work`
    is pickled to each of them once. Where one of them dies, the items under way are tried again one at
    a time: the one that kills again yields `Died`, the rest their results.

    Parameters
    ----------
    work : callable
        What to do with an item.
    items : sequence
        The items.
    processes : int > 0 [scalar]
        Processes to use.
    limit : float > 0 [scalar], seconds
        A process that takes longer over an item is killed, where the system has interval timers.

    Yields
    ------
    What `work` returns, or Died

    Raises
    ------
    DataError
        If five processes in a row die.
    """
    done = 0
    while done < len(items):
        try:
            for result in _pooled(work, items[done:], processes, AHEAD * processes, limit):
                done += 1
                yield result
        except BrokenProcessPool:
            under_way = items[done : done + max(AHEAD * processes, DEATHS)]
            for answer in _one_at_a_time(work, under_way, limit):
                done += 1
                yield answer


def _pooled(
    work: Callable[[T], R], items: Sequence[T], processes: int, ahead: int, limit: float
) -> Iterator[R]:
    """Results in order, `ahead` items under way at most; `BrokenProcessPool` where a process dies."""
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, len(items)), context, _start, (work, limit))
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


def _one_at_a_time(work: Callable[[T], R], items: Sequence[T], limit: float) -> Iterator[R | Died]:
    done = deaths = 0
    while done < len(items):
        began = time.monotonic()
        try:
            for result in _pooled(work, items[done:], 1, ahead=1, limit=limit):
                done, deaths = done + 1, 0
                yield result
                began = time.monotonic()
        except BrokenProcessPool:
            timed_out = time.monotonic() - began >= limit
            done, deaths = done + 1, deaths + 1
            if deaths == DEATHS:
                how = f"took more than {limit:g} s" if timed_out else "died"
                why = "does the disk hang?" if timed_out else "is memory short?"
                message = f"{DEATHS} processes in a row {how}, the last at {items[done - 1]}: {why}"
                raise DataError(message) from None
            yield Died(timed_out)


def _start(work: Callable, limit: float) -> None:
    """Receive the work in a new process, and close its stderr: decoders in C chat there about odd files."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    _given.update(work=work, limit=limit)
    as_worker()
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _do(item: Any) -> Any:
    """Work under a timer whose signal ends the process, wherever it hangs: in Python or in a decoder."""
    if not hasattr(signal, "setitimer"):
        return _given["work"](item)
    signal.setitimer(signal.ITIMER_REAL, _given["limit"])
    try:
        return _given["work"](item)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def _modest_children() -> Iterator[None]:
    """Processes started within compute on one thread and leave Ctrl-C to their parent."""
    before = {name: os.environ.get(name) for name in ENVIRONMENT}
    os.environ.update(ENVIRONMENT)
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
