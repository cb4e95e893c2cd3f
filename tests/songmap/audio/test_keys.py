import hashlib
import math
import os
import shutil
import subprocess

from songmap import sound
from songmap.audio import decode, keys


def test_a_file_that_did_not_change_keeps_its_digest(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    assert keys.key(path, "ab" * 32, math.inf) == "ab" * 32
    assert keys.key(path, "", 0) == ""
    assert keys.key(tmp_path / "gone.wav", "ab" * 32, 0) == "ab" * 32


def test_a_file_that_changed_later_is_digested_again(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"other")
    os.utime(path, (0, 0))  # as a tool does that keeps the times of what it copies
    assert keys.key(path, "ab" * 32, path.stat().st_ctime - 1) == hashlib.sha256(b"other").hexdigest()


def test_provenance_depends_on_the_code_and_on_ffmpeg(monkeypatch):
    both = keys.provenance(sound, decode)
    assert both["code"] != keys.provenance(sound)["code"]
    assert both == keys.provenance(sound, decode)
    if shutil.which("ffmpeg"):
        assert both["ffmpeg"].startswith("ffmpeg version")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert keys.provenance(sound)["ffmpeg"] == ""


def test_an_ffmpeg_that_does_not_answer_is_none(monkeypatch):
    def hang(*arguments, timeout, **options):
        raise subprocess.TimeoutExpired("ffmpeg", timeout)

    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", hang)
    assert keys.ffmpeg_version() == ""
