import multiprocessing
import os
import re
import signal
import threading
import time
from functools import partial
from operator import call

import pytest

from songmap.audio.parallel import DEATHS, Died, in_order
from songmap.errors import DataError

pytestmark = pytest.mark.slow

KILL = partial(signal.raise_signal, signal.SIGTERM)


def test_results_come_in_order():
    items = [partial(int, i) for i in range(20)]
    items[0] = partial(time.sleep, 0.2)
    assert list(in_order(call, items, 2)) == [None, *range(1, 20)]
    assert list(in_order(call, [], 2)) == []


def test_children_have_one_thread_and_no_interrupts_and_the_parent_keeps_its_own(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    items = [
        partial(os.getenv, "OMP_NUM_THREADS"),
        partial(os.getenv, "OPENBLAS_NUM_THREADS"),
        partial(os.getenv, "MALLOC_TRIM_THRESHOLD_"),
        partial(signal.pthread_sigmask, signal.SIG_BLOCK, []),
    ]
    *variables, blocked = in_order(call, items, 1)
    assert variables == ["1", "1", str(2**28)]
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_a_death_costs_one_item():
    items = [partial(int, i) for i in range(12)]
    items[3] = partial(os._exit, 1)
    items[11] = KILL
    results = list(in_order(call, items, 2))
    assert [i for i, result in enumerate(results) if result == Died(timed_out=False)] == [3, 11]
    assert [result for result in results if not isinstance(result, Died)] == [0, 1, 2, *range(4, 11)]


@pytest.mark.parametrize(
    "hang",
    [
        partial(time.sleep, 60),  # in the system
        partial(re.match, "(a+)+b", "a" * 40),  # in C, without a look at signals, for days
        partial(max, iter(int, 1)),  # in the interpreter
    ],
)
def test_what_hangs_is_killed_and_costs_one_item(hang):
    items = [partial(int, i) for i in range(6)]
    items[2] = hang
    start = time.monotonic()
    results = list(in_order(call, items, 2, limit=1.0))
    assert time.monotonic() - start < 30
    assert results == [0, 1, Died(timed_out=True), 3, 4, 5]
    assert not multiprocessing.active_children()


def test_each_item_has_its_own_time():
    assert list(in_order(call, [partial(time.sleep, 0.4)] * 5, 1, limit=1.5)) == [None] * 5


def test_timers_work_where_the_parent_ignores_them():
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        results = list(in_order(call, [partial(time.sleep, 60), partial(int, 1)], 1, limit=0.5))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert results == [Died(timed_out=True), 1]


def test_a_disk_that_hangs_ends_the_run():
    with pytest.raises(DataError, match=r"took more than 0\.2 s.*does the disk hang"):
        list(in_order(call, [partial(time.sleep, 60)] * DEATHS, 1, limit=0.2))


def test_deaths_in_a_row_end_the_run():
    with pytest.raises(DataError, match="processes in a row died"):
        list(in_order(call, [partial(os._exit, 1)] * (DEATHS + 1), 1))


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(ValueError, match="invalid literal"):
        list(in_order(call, [partial(int, "x"), partial(int, "1")], 1))
    assert not multiprocessing.active_children()


def test_interrupt_ends_at_once():
    items = [partial(int, 0), *[partial(time.sleep, 60)] * 4]
    results = in_order(call, items, 2)
    assert next(results) == 0
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(results)
    assert time.monotonic() - start < 20
    assert not multiprocessing.active_children()
