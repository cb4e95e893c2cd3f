import signal
import threading
import time
from pathlib import Path

import pytest

from songmap.errors import DataError
from songmap.importers.programs import call, in_threads
from tests.songmap.importers.programs import stand_in


def test_an_interrupt_ends_programs_that_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "hang", f"trap '' INT; touch {tmp_path}/$1; exec sleep 60", monkeypatch)
    began, main = time.monotonic(), threading.get_ident()

    def interrupt() -> None:
        while not (tmp_path / "0").exists():
            time.sleep(0.01)
        signal.pthread_kill(main, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        in_threads(lambda i: call(["hang", str(i)], 60), range(9), "hanging", "file")
    assert time.monotonic() - began < 20


def test_an_error_ends_programs_that_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path / "bin", "hang", "exec sleep 60", monkeypatch)
    began = time.monotonic()
    with pytest.raises(DataError, match="absent is not installed"):
        in_threads(lambda program: call([program], 60), ["absent", "hang", "hang"], "hanging", "file")
    assert time.monotonic() - began < 20


def test_output_errors_and_code_are_returned() -> None:
    done = call(["sh", "-c", "cat; echo no >&2; exit 3"], 60, "wörds")
    assert (done.stdout.decode(), done.stderr, done.returncode) == ("wörds", b"no\n", 3)
