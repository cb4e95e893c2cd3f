import errno
import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import example, given
from hypothesis import strategies as st
from mutagen.flac import FLAC
from mutagen.id3 import ID3, SYLT, TALB, TCON, TIT2, TPE1, USLT, Frame
from mutagen.mp4 import MP4

from songmap.catalogue.entries import Rejection, Track
from songmap.catalogue.song_folder import read_song_folder
from songmap.catalogue.text import label
from songmap.catalogue.walk import walk
from songmap.errors import DataError
from songmap.files import read_csv
from songmap.importers import folder
from songmap.importers.folder import genre, import_folder
from songmap.importers.names import safe_path, unique
from songmap.importers.staging import write_folder
from tests.songmap.importers.programs import contents, flacs, kill_half_way, stand_in

pytestmark = pytest.mark.slow

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


@pytest.fixture
def dest(tmp_path: Path) -> Path:
    return tmp_path / "songs"


def song(path: Path, seed: int = 0) -> Path:
    """A song of 1.2 s of noise in the format that its name says; unlike that of any other seed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = 0.3 * np.random.default_rng(seed).standard_normal(9_600)
    formats = {".mp3": "MP3", ".opus": "OGG", ".oga": "OGG", ".aif": "AIFF"}
    suffix = path.suffix.lower()
    subtype = "OPUS" if suffix == ".opus" else None
    sf.write(os.fsencode(path), noise, 8_000, subtype, format=formats.get(suffix, suffix[1:].upper()))
    return path


def encoded(path: Path, seed: int = 0, **tags: str) -> Path:
    """The same in a format that only ffmpeg writes."""
    wav = song(path.with_name("source.wav"), seed)
    options = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", wav, *options, "-ar", "44100", f"file:{path}"]
    subprocess.run(command, check=True)
    wav.unlink()
    return path


def id3(path: Path, *frames: Frame) -> Path:
    tags = ID3()
    for frame in frames:
        tags.add(frame)
    tags.save(path)
    return path


def interrupted(dest: Path, source: Path, copy: bool = False) -> None:
    """Import to the end, which is never reached."""

    def interrupt(*given: Any) -> None:
        write_folder(*given)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(folder, "write_folder", interrupt)
        import_folder(dest, source=source, copy=copy)


def tracks(dest: Path) -> dict[str, Track]:
    catalogue = read_song_folder(dest)
    assert not catalogue.rejected
    return {track.track_id: track for track in catalogue.tracks}


def test_songs_are_linked_and_described_by_their_tags(source: Path, dest: Path) -> None:
    mp3, flac = song(source / "a" / "one.mp3", 1), song(source / "Two.FLAC", 2)
    names = [frame(encoding=1, text=f"Ünsön {frame.__name__}") for frame in (TIT2, TPE1, TALB)]
    words = USLT(encoding=1, lang="eng", desc="", text="la la\r\nlé")
    id3(mp3, *names, words, TCON(encoding=1, text="(17)Rock; Pop"))
    comments = FLAC(flac)
    comments["LYRICS"] = "do re mi"
    comments.save()
    before = contents(source)
    outcome = import_folder(dest, source=source)
    assert (outcome.tracks, outcome.skipped, contents(source)) == (2, [], before)
    found = tracks(dest)
    one, two = found["a/one.mp3"], found["Two.FLAC"]
    assert (one.title, one.artist, one.album) == ("Ünsön TIT2", "Ünsön TPE1", "Ünsön TALB")
    assert (one.genre, one.language, one.lyrics) == ("Rock", "", "la la\nlé")
    assert (two.title, two.artist, two.genre, two.lyrics) == ("Two", "", "", "do re mi")
    assert (dest / one.path).samefile(mp3) and (dest / two.path).samefile(flac)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aiff", ".aif"])
def test_what_songmap_reads_is_copied_byte_by_byte(source: Path, dest: Path, suffix: str) -> None:
    path = song(source / f"x{suffix}")
    import_folder(dest, source=source, copy=True)
    copied = dest / tracks(dest)[path.name].path
    assert copied.read_bytes() == path.read_bytes() and not copied.samefile(path)


def test_files_are_copied_where_they_cannot_be_linked(
    source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    song(source / "x.ogg").chmod(0o444)
    import_folder(dest, source=source)
    assert (dest / "audio/x.ogg").read_bytes() == (source / "x.ogg").read_bytes()
    assert (source / "x.ogg").stat().st_mode & 0o777 == 0o444


@needs_ffmpeg
def test_other_formats_become_flac_with_their_tags_and_lyrics(source: Path, dest: Path) -> None:
    tags = {"title": "Tïtle", "artist": "Ärtist", "album": "Albüm", "genre": "jazz", "lyrics": "la lé"}
    for seed, name in enumerate(["a.m4a", "b.wma", "c.wv", "d.mka", "e.aac"]):
        encoded(source / name, seed, **tags)
    mp4 = MP4(source / "a.m4a")
    mp4["\xa9lyr"] = "first line\nsecond"
    mp4.save()
    id3(source / "e.aac", TIT2(encoding=3, text="Tïtle"))
    before = contents(source)
    assert import_folder(dest, source=source).skipped == []
    found = tracks(dest)
    assert contents(source) == before
    for name in ("a.m4a", "b.wma", "c.wv", "d.mka"):
        track = found[name]
        words = (track.title, track.artist, track.album, track.genre)
        assert words == ("Tïtle", "Ärtist", "Albüm", "Jazz"), name
        assert sf.info(dest / track.path).format == "FLAC"
        assert track.duration == pytest.approx(1.2, abs=0.1)
    assert [found[name].lyrics for name in found] == ["first line\nsecond", "la lé", "la lé", "la lé", ""]
    assert found["e.aac"].title == "Tïtle"


@needs_ffmpeg
def test_names_that_meet_after_conversion_stay_apart(source: Path, dest: Path) -> None:
    for seed, name in enumerate(["song.m4a", "song.wma"]):
        encoded(source / name, seed)
    song(source / "song.flac", 3)
    import_folder(dest, source=source)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in source.iterdir()}
    assert {name: track.path for name, track in tracks(dest).items()} == {
        "song.flac": "audio/song.flac",
        "song.m4a": f"converted/song.m4a-{digests['song.m4a']}.flac",
        "song.wma": f"converted/song.wma-{digests['song.wma']}.flac",
    }
    assert (dest / "audio/song.flac").samefile(source / "song.flac")


def test_a_lyrics_file_wins_over_the_tags_in_any_encoding(source: Path, dest: Path) -> None:
    for seed, name in enumerate("abcde"):
        comments = FLAC(song(source / f"{name}.flac", seed))
        comments["LYRICS"] = "from the tags"
        comments.save()
    (source / "a.txt").write_bytes("Ünd señor".encode("latin-1"))
    (source / "b.LRC").write_bytes("[00:01.00]Привет\r\n[00:02.00]мир".encode("utf-16"))
    (source / "c.txt").write_bytes(b"\xef\xbb\xbfa\xc3\xbc")
    (source / "d.txt").write_bytes(b"a\0b")
    (source / "e.txt").write_bytes(b"x" * (2**20 + 1))
    outcome = import_folder(dest, source=source)
    words = [track.lyrics for track in tracks(dest).values()]
    assert words == ["Ünd señor", "Привет\nмир", "aü", "from the tags", "from the tags"]
    assert [item.what for item in outcome.skipped] == ["d.txt", "e.txt"]
    assert "NUL at character 1" in outcome.skipped[0].reason and "1048576" in outcome.skipped[1].reason
    rows = {row["track_id"]: row["lyrics"] for row in read_csv(dest / "tracks.csv")}
    assert rows["a.flac"] == "lyrics/a.flac.txt" and rows["d.flac"] == "from the tags"


def test_synchronised_and_hostile_lyrics_in_tags(source: Path, dest: Path) -> None:
    words = SYLT(encoding=3, lang="eng", format=2, type=1, text=[("la", 0), ("li", 9)])
    id3(song(source / "a.mp3"), words)
    hostile = {"b": "\x07one\u202etwo\ud800", "c": "../../etc/passwd.txt", "d": "words " * 200_000}
    for seed, (name, words) in enumerate(hostile.items()):
        comments = FLAC(song(source / f"{name}.flac", seed))
        comments["LYRICS"] = words.encode("utf-8", "replace").decode()
        comments.save()
    outcome = import_folder(dest, source=source)
    assert [track.lyrics for track in tracks(dest).values()] == ["la\nli", "onetwo?", "", ""]
    assert [item.what for item in outcome.skipped] == ["c.flac", "d.flac"]


def test_hidden_linked_broken_and_strange_files(source: Path, dest: Path, tmp_path: Path) -> None:
    song(tmp_path / "elsewhere" / "far.mp3", 1)
    song(source / "ok.wav", 2)
    song(source / ".hidden.wav", 3)
    song(source / ".trash" / "old.wav", 4)
    (source / "cover.jpg").touch()
    (source / "linked.mp3").symlink_to("../elsewhere/far.mp3")
    (source / "broken.mp3").symlink_to("nowhere.mp3")
    (source / "loop.mp3").symlink_to("loop.mp3")
    (source / "folder").symlink_to(tmp_path / "elsewhere")
    (source / "device.mp3").symlink_to("/dev/zero")
    os.mkfifo(source / "pipe.flac")
    outcome = import_folder(dest, source=source)
    assert set(tracks(dest)) == {"ok.wav", "linked.mp3"}
    assert (dest / "audio/linked.mp3").samefile(tmp_path / "elsewhere/far.mp3")
    reasons = {item.what: item.reason for item in outcome.skipped}
    assert reasons.pop("folder").startswith("linked folder")
    assert reasons.pop("broken.mp3") == reasons.pop("loop.mp3") == "links to a file that does not exist"
    assert reasons == {"device.mp3": "is not a file", "pipe.flac": "is not a file"}
    listed = {row["what"]: row["reason"] for row in read_csv(dest / "skipped.csv")}
    assert listed == {item.what: item.reason for item in outcome.skipped}


def test_names_from_other_systems_become_safe(source: Path, dest: Path) -> None:
    names = [
        "caf\udce9.wav",
        "a\nb.wav",
        "e\u0301.wav",
        "\u202etxt.wav",
        "x  y.wav",
        "\u00e9.wav",
        "\x01.wav",
    ]
    names += [f"{'長' * 83}.wav", "A.wav", "a.wav"]
    for seed, name in enumerate(names):
        song(source / name, seed)
    outcome = import_folder(dest, source=source)
    found = tracks(dest)
    assert (outcome.tracks, outcome.skipped, len(found)) == (len(names), [], len(names))
    assert {"café.wav", "a b.wav", "é.wav", "é (2).wav", "txt.wav", "x y.wav", "_.wav"} <= set(found)
    assert {"A.wav", "a (2).wav"} <= set(found)
    assert max(len(Path(track.path).name.encode()) for track in found.values()) <= 200
    assert all(track.path == f"audio/{name}" for name, track in found.items())


def test_folders_that_cannot_be_read_are_named(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    song(source / "open" / "a.wav")
    (source / "shut").mkdir()
    scandir = os.scandir

    def guarded(path: str) -> object:
        if Path(path).name == "shut":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)
    found = walk(source)
    assert [item.path for item in found] == ["open/a.wav", "shut"]
    assert isinstance(found[1], Rejection)
    assert found[1].reason == "unreadable folder: Permission denied"


def test_a_file_that_cannot_be_read_costs_one_row(
    source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def broken(path: Path, *args: str, **options: Any) -> IO[Any]:
        if path.name == "bad.wav":
            raise OSError(errno.EIO, "Input/output error", str(path))
        return opened(path, *args, **options)

    monkeypatch.setattr(Path, "open", broken)
    song(source / "bad.wav", 1), song(source / "good.wav", 2)
    outcome = import_folder(dest, source=source)
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("bad.wav", "cannot be read or written: Input/output error")
    ]
    assert list(tracks(dest)) == ["good.wav"]


def test_a_full_disk_ends_the_import_and_the_next_goes_on(
    source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        song(source / f"{seed}.wav", seed)
    copyfile = shutil.copyfile

    def full(file: Path, target: Path) -> None:
        if file.name == "1.wav":
            raise OSError(errno.ENOSPC, "No space left on device", str(file))
        copyfile(file, target)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(OSError) as caught:
            import_folder(dest, source=source, copy=True)
    assert (caught.value.errno, "songs.importing" in caught.value.filename) == (errno.ENOSPC, True)
    assert not dest.exists()
    done = (dest.with_name(".songs.importing") / "audio/0.wav").stat().st_ino
    assert import_folder(dest, source=source, copy=True).tracks == 3
    assert (dest / "audio/0.wav").stat().st_ino == done
    assert {path.name for path in dest.iterdir()} == {"audio", "import.json", "tracks.csv"}


def test_without_ffmpeg_other_formats_are_named(
    source: Path, dest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    song(source / "a.wav")
    (source / "b.m4a").write_bytes(b"music")
    monkeypatch.setenv("PATH", str(source))
    (skipped,) = import_folder(dest, source=source).skipped
    assert skipped.what == "b.m4a"
    assert skipped.reason == "ffmpeg is not installed: on Debian, apt install ffmpeg"


@needs_ffmpeg
def test_a_bad_file_costs_one_row(source: Path, dest: Path) -> None:
    encoded(source / "good.m4a")
    (source / "bad.m4a").write_bytes((source / "good.m4a").read_bytes()[:200])
    (skipped,) = import_folder(dest, source=source).skipped
    assert skipped.what == "bad.m4a" and skipped.reason.startswith("ffmpeg: ")
    assert list(tracks(dest)) == ["good.m4a"]


def test_folders_within_each_other_and_without_music_are_refused(source: Path, tmp_path: Path) -> None:
    cases = [(source / "songs", source), (tmp_path, source), (source, source)]
    for dest, root in cases:
        with pytest.raises(DataError, match="one lies in the other"):
            import_folder(dest, source=root)
    (tmp_path / "link").symlink_to(source)
    with pytest.raises(DataError, match="one lies in the other"):
        import_folder(tmp_path / "link" / "songs", source=source)
    with pytest.raises(DataError, match="holds no music"):
        import_folder(tmp_path / "songs", source=source)
    for root, state in ((tmp_path / "absent", "does not exist"), (song(source / "a.wav"), "is not a folder")):
        with pytest.raises(DataError, match=state):
            import_folder(tmp_path / "songs", source=root)
    assert {path.name for path in tmp_path.iterdir()} == {"music", "link"}


KILLED = """
from pathlib import Path
from songmap.importers.folder import import_folder
import_folder(Path({!r}), source=Path({!r}))
"""


@needs_ffmpeg
def test_a_killed_import_goes_on_without_converting_again(
    source: Path, dest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(6):
        encoded(source / f"{seed}.m4a", seed)
    import_folder(tmp_path / "whole", source=source)
    log = tmp_path / "log"
    slow = f'echo run >> {log}; sleep 0.4; exec {shutil.which("ffmpeg")} "$@"'
    stand_in(tmp_path / "bin", "ffmpeg", slow, monkeypatch)
    staging = dest.with_name(".songs.importing")
    kill_half_way(KILLED.format(str(dest), str(source)), staging, finished=2)
    assert not dest.exists()
    done = flacs(staging)
    assert 2 <= len(done) < 6
    (source / "5.m4a").unlink()
    log.unlink()
    assert import_folder(dest, source=source).tracks == 5
    assert len(log.read_text().split()) == 5 - len(done)
    assert flacs(dest) | done == flacs(dest)
    (gone,) = (tmp_path / "whole/converted").glob("5.m4a-*.flac")
    gone.unlink()
    whole, found = contents(tmp_path / "whole"), contents(dest)
    row = f"5.m4a,converted/{gone.name},5\n".encode()
    whole["tracks.csv"] = whole["tracks.csv"].replace(row, b"")
    assert found == whole


def test_a_file_that_changed_since_the_interrupt_is_taken_again(source: Path, dest: Path) -> None:
    song(source / "a.wav", 1), song(source / "sub" / "gone.wav", 2)
    (source / "sub" / "gone.txt").write_text("words")
    (source / "bad.mp3").symlink_to("nowhere")
    interrupted(dest, source, copy=True)
    shutil.rmtree(source / "sub")
    (source / "bad.mp3").unlink()
    song(source / "a.wav", 3)
    os.utime(source / "a.wav", (time.time() + 60, time.time() + 60))
    import_folder(dest, source=source, copy=True)
    assert contents(dest / "audio") == {"a.wav": (source / "a.wav").read_bytes()}
    assert {path.name for path in dest.rglob("*")} == {"audio", "a.wav", "import.json", "tracks.csv"}


@pytest.mark.parametrize("copy", [False, True])
def test_a_file_replaced_by_one_of_the_same_time_is_taken_again(source: Path, dest: Path, copy: bool) -> None:
    old = song(source / "a.mp3", 1).stat()
    interrupted(dest, source, copy)
    (source / "a.mp3").unlink()
    new = id3(song(source / "a.mp3", 2), TIT2(encoding=3, text="Another"))
    os.utime(new, ns=(old.st_atime_ns, old.st_mtime_ns))
    import_folder(dest, source=source, copy=copy)
    assert (dest / "audio/a.mp3").read_bytes() == new.read_bytes()
    assert [path.name for path in (dest / "audio").iterdir()] == ["a.mp3"]


def test_a_link_is_no_older_file_of_the_same_size_and_time(source: Path, dest: Path) -> None:
    old = song(source / "a.wav", 1).stat()
    interrupted(dest, source)
    (source / "a.wav").unlink()
    new = song(source / "a.wav", 2)
    new.chmod(0o600)
    os.utime(new, ns=(old.st_atime_ns, old.st_mtime_ns))
    assert new.stat().st_size == old.st_size
    import_folder(dest, source=source)
    assert (dest / "audio/a.wav").samefile(new)
    assert new.stat().st_mode & 0o777 == 0o600


@needs_ffmpeg
def test_a_name_that_comes_later_never_takes_the_sound_of_another(source: Path, dest: Path) -> None:
    def m4a(name: str, seconds: float) -> None:
        path = encoded(source / "new.m4a", int(seconds))
        os.utime(path.rename(source / name), (seconds, seconds))

    m4a("a b.m4a", 1e9)
    interrupted(dest, source)
    m4a("a  b.m4a", 1e9 + 1)  # it comes first, and takes the id
    os.utime(song(source / "a b.flac", 3), (1e9, 1e9))
    import_folder(dest, source=source)
    import_folder(dest.with_name("fresh"), source=source)
    found = tracks(dest)
    assert set(found) == {"a b.m4a", "a b.flac", "a b (2).m4a"}
    assert contents(dest) == contents(dest.with_name("fresh"))
    assert (dest / found["a b.flac"].path).samefile(source / "a b.flac")


@needs_ffmpeg
def test_the_same_music_gives_the_same_folder_wherever_it_lies(source: Path, tmp_path: Path) -> None:
    for seed, name in enumerate(["b/x.wav", "a/x.mp3", "c.ogg"]):
        song(source / name, seed)
    encoded(source / "d.m4a", 4)
    (source / "c.txt").write_text("words")
    (source / "bad.m4a").write_bytes(b"junk" * 100)
    (source / "broken.mp3").symlink_to("nowhere")
    other = shutil.copytree(source, tmp_path / "elsewhere" / "songs", symlinks=True)
    os.utime(other / "d.m4a", (1e9, 1e9))
    import_folder(tmp_path / "one", source=source)
    interrupted(tmp_path / "two", source)
    import_folder(tmp_path / "two", source=other)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert (tmp_path / "two/audio/c.ogg").samefile(other / "c.ogg")
    assert not any(str(tmp_path).encode() in data for data in contents(tmp_path / "one").values())
    ids = [row["track_id"] for row in read_csv(tmp_path / "one/tracks.csv")]
    assert ids == ["a/x.mp3", "b/x.wav", "c.ogg", "d.m4a"]


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        *[("(17)Rock", "Rock"), ("Rock; Pop", "Rock"), ("Rock/Pop", "Rock"), ("Rock\0Pop", "Rock")],
        *[
            ("R&B", "R&B"),
            ("hip hop", "Hip Hop"),
            ("IDM", "IDM"),
            ("80s Pop", "80s Pop"),
            (" ;, Jazz", "Jazz"),
        ],
        *[("(4)(17)", ""), ("255", ""), ("", ""), ("\u202e\x07", ""), ("drum'n'bass", "Drum'n'bass")],
    ],
)
def test_genres_are_tidied(tag: str, name: str) -> None:
    assert genre(tag) == name


@given(st.lists(st.binary(min_size=1, max_size=255), min_size=1, max_size=3))
@example([b"!\t\x01\t!"])
def test_every_path_becomes_safe_and_stays_so(parts: list[bytes]) -> None:
    names = [part.translate(None, b"/\0").replace(b".", b"..") or b"x" for part in parts]
    safe = safe_path(os.fsdecode(b"/".join(names)))
    assert safe_path(safe) == safe
    for part in safe.split("/"):
        assert not set(part) & set('<>:"|?*\\') and part[-1] not in ". "
        assert 0 < len(part.encode()) <= 200 and not part.startswith(".") and label(part) == part


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ('a<b>:"|?*\\.mp3', "a_b_______.mp3"),
        ("What?/Why...", "What_/Why"),
        ("...", "_"),
        ("CON", "_CON"),
        ("Nul.mp3", "_Nul.mp3"),
        ("com1.tar.gz/lpt² .x/aux", "_com1.tar.gz/_lpt² .x/_aux"),
        ("Con Te.mp3", "Con Te.mp3"),
        ("console.mp3", "console.mp3"),
        ("com.mp3", "com.mp3"),
    ],
)
def test_names_that_windows_forbids_are_replaced(path: str, safe: str) -> None:
    assert safe_path(path) == safe


@given(st.lists(st.sampled_from(["a.wav", "A.wav", "a (2).wav", "b/a.wav", "é.wav", "É.wav", "a"])))
def test_unique_paths_differ_in_any_case(paths: list[str]) -> None:
    taken: set[str] = set()
    found = [unique(path, taken) for path in paths]
    assert len({path.casefold() for path in found}) == len(paths)
    assert unique("new.wav", taken) == "new.wav"


def test_no_two_songs_need_one_name(source: Path, dest: Path) -> None:
    names = ["y\x01.mp3", "y.mp3/z.ogg", "A.wav", "a.WAV/b.wav", "s.mp3", "s.mp3.txt/t.ogg"]
    for seed, name in enumerate(names):
        song(source / name, seed)
    (source / "s.txt").write_text("words")
    (source / "s.mp3.txt/t.txt").write_text("others")
    outcome = import_folder(dest, source=source, copy=True)
    assert (outcome.tracks, outcome.skipped) == (len(names), [])
    found = tracks(dest)
    assert {"y (2).mp3", "y.mp3/z.ogg", "A (2).wav", "a.WAV/b.wav"} <= set(found)
    assert (found["s (2).mp3"].lyrics, found["s.mp3.txt/t.ogg"].lyrics) == ("words", "others")


@pytest.mark.parametrize("name", [".songs.importing", ".songs.replaced", ".songs.importing/music"])
def test_music_is_not_taken_from_where_an_import_works(dest: Path, tmp_path: Path, name: str) -> None:
    path = song(tmp_path / name / "audio/a.wav")
    (tmp_path / Path(name).parts[0] / "import.json").write_text('{"kind": "folder", "copy": false}')
    with pytest.raises(DataError, match="one lies in the other"):
        import_folder(dest, source=tmp_path / name)
    assert path.is_file()


def test_lyrics_outside_the_source_are_not_read(source: Path, dest: Path, tmp_path: Path) -> None:
    song(source / "a.wav", 1), song(source / "b.wav", 2)
    (tmp_path / "secret").write_text("secret words")
    (source / "a.txt").symlink_to("../secret")
    (source / "words").write_text("la la")
    (source / "b.txt").symlink_to("words")
    outcome = import_folder(dest, source=source)
    assert [(item.what, item.reason) for item in outcome.skipped] == [
        ("a.txt", "links to a file outside the folder")
    ]
    assert [track.lyrics for track in tracks(dest).values()] == ["", "la la"]


def test_what_is_left_out_has_one_printable_line(source: Path, dest: Path) -> None:
    song(source / "good.wav")
    (source / "\x1b[2J\nevil\u202e\udce9.mp3").symlink_to("nowhere")
    (source / "l\x1bk").symlink_to(dest.parent)
    outcome = import_folder(dest, source=source)
    assert [item.what for item in outcome.skipped] == ["[2J evil\\udce9.mp3", "lk"]


def test_a_path_that_is_too_long_is_a_folder_that_cannot_be_read(source: Path, dest: Path) -> None:
    song(source / "a.wav")
    descriptor = os.open(source, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=descriptor)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    (skipped,) = import_folder(dest, source=source).skipped
    assert skipped.reason == "unreadable folder: File name too long"
    assert list(tracks(dest)) == ["a.wav"]
