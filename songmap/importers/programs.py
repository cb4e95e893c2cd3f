"""Programs beside Python: without a shell, with a time limit, as many at a time as there are processors."""

import errno
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tqdm import tqdm

from songmap.catalogue.text import label
from songmap.errors import DataError
from songmap.processes import available

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})  # what ends an import rather than costs a track
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+")  # of memory, which differs from run to run
_REASON_LENGTH = 200  # characters
_MOMENT = 0.05  # seconds
_running: "set[subprocess.Popen[bytes]]" = set()
_T = TypeVar("_T")
_R = TypeVar("_R")


def call(arguments: Sequence[str], seconds: float, text: str = "") -> "subprocess.CompletedProcess[bytes]":
    """Run a program to its end.

    Parameters
    ----------
    arguments : sequence of str
        The program, and what it is given.
    seconds : float
        After which it is killed.
    text : str
        Its standard input, in UTF-8.

    Returns
    -------
    CompletedProcess
        Its exit code, output and errors.

    Raises
    ------
    DataError
        If it is not installed or takes too long.
    """
    program = arguments[0]
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(arguments, stdin=pipe, stdout=pipe, stderr=pipe)
    except FileNotFoundError as error:
        raise DataError(f"{program} is not installed: on Debian, apt install {program}") from error
    with process:
        _running.add(process)
        try:
            output, errors = process.communicate(text.encode("utf-8", "ignore"), seconds)
        except subprocess.TimeoutExpired as error:
            raise DataError(f"{program} took more than {seconds:g} s") from error
        finally:
            process.kill()  # which does nothing once it has ended
            _running.discard(process)
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


def failure(program: str, code: int, messages: str) -> DataError:
    """The error of a program that ended with an exit code: the last line of its messages."""
    lines = [label(_ADDRESS.sub("", line)) for line in messages.splitlines()]
    last = next(filter(None, reversed(lines)), f"ended with exit code {code} and no message")
    return DataError(f"{program}: {last[:_REASON_LENGTH]}")


def in_threads(function: Callable[[_T], _R], items: Sequence[_T], desc: str, unit: str) -> list[_R]:
    """Apply a function to items, several at a time; an error or an interrupt also ends the programs that run.

    Parameters
    ----------
    function : callable
        What runs in threads.
    items : sequence
        What it is given.
    desc, unit : str
        Of the progress bar.

    Returns
    -------
    list
        Results in the order of `items`.
    """
    pool = ThreadPoolExecutor(available())
    futures = [pool.submit(function, item) for item in items]
    try:
        return [future.result() for future in tqdm(futures, desc=desc, unit=unit, disable=None)]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(future.done() for future in futures):  # a thread may be about to start a program
            for process in list(_running):
                process.kill()
            time.sleep(_MOMENT)
