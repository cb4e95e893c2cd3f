"""Programs for tests: stand-ins on PATH, and an import in a process of its own that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def stand_in(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a shell script before all others on PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


def kill_half_way(code: str, staging: Path, finished: int) -> None:
    """Run Python code, and kill it and its programs once `staging` holds so many whole FLAC files."""
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    until = time.monotonic() + 60
    while len(flacs(staging)) < finished:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < until
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def flacs(folder: Path) -> dict[str, tuple[int, int]]:
    """Inode and time of change of the whole FLAC files below a folder."""
    found = [path for path in folder.rglob("*.flac") if not path.name.startswith(".")]
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_ctime_ns) for path in found
    }


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
