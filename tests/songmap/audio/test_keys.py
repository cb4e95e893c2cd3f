import hashlib
import math
import os
import shutil

from songmap.audio import keys


def test_a_file_that_did_not_change_keeps_its_digest(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    assert keys.key(path, "ab" * 32, math.inf, "") == "ab" * 32
    assert keys.key(path, "", 0, "") == ""
    assert keys.key(tmp_path / "gone.wav", "ab" * 32, 0, "") == "ab" * 32


def test_a_file_that_changed_later_is_digested_again(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"other")
    os.utime(path, (0, 0))  # as a tool does that keeps the times of what it copies
    assert keys.key(path, "ab" * 32, path.stat().st_ctime - 1, "") == hashlib.sha256(b"other").hexdigest()


def test_what_ffmpeg_decodes_depends_on_its_version(tmp_path, monkeypatch):
    found = {keys.key(tmp_path / "a.M4A", "ab" * 32, math.inf, version) for version in ("5", "6")}
    assert len(found | {"ab" * 32}) == 3
    if shutil.which("ffmpeg"):
        assert keys.ffmpeg_version().startswith("ffmpeg version")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert keys.ffmpeg_version() == ""
