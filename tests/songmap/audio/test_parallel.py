import multiprocessing
import os
import signal
import threading
import time
from functools import partial
from operator import call

import pytest

from songmap.audio.parallel import DEATHS, Died, in_order
from songmap.errors import DataError

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
        partial(signal.pthread_sigmask, signal.SIG_BLOCK, []),
    ]
    *threads, blocked = in_order(call, items, 1)
    assert threads == ["1", "1"]
    assert signal.SIGINT in blocked
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert os.environ["OMP_NUM_THREADS"] == "3"
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_a_death_costs_one_item():
    items = [partial(int, i) for i in range(12)]
    items[3] = partial(os._exit, 1)
    items[11] = KILL
    results = list(in_order(call, items, 2))
    assert [i for i, result in enumerate(results) if isinstance(result, Died)] == [3, 11]
    assert [result for result in results if not isinstance(result, Died)] == [0, 1, 2, *range(4, 11)]


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
