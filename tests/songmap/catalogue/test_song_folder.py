import csv
import hashlib
import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from songmap.catalogue import checks
from songmap.catalogue.entries import RefusedError
from songmap.catalogue.song_folder import Catalogue, read_song_folder
from songmap.errors import DataError

RATE = 8000


def sound(
    path: Path, seconds: float = 1.5, *, pitch: float = 220, level: float = 0.3, lead: float = 0
) -> Path:
    """Write a sine; `lead` seconds of silence come first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = level * np.sin(2 * np.pi * pitch * np.arange(round(seconds * RATE)) / RATE)
    sf.write(path, np.concatenate([np.zeros(round(lead * RATE)), tone]), RATE)
    return path


def table(folder: Path, rows: list[dict[str, str]]) -> None:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with (folder / "tracks.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def read(folder: Path, *rows: dict[str, str]) -> Catalogue:
    """Read a folder whose table has these rows and one sound track."""
    sound(folder / "good.wav", pitch=999)
    table(folder, [{"path": "good.wav"}, *rows])
    catalogue = read_song_folder(folder)
    assert "good.wav" in [track.track_id for track in catalogue.tracks]
    return catalogue


def only_reason(catalogue: Catalogue) -> tuple[str, str, str]:
    (rejected,) = catalogue.rejected
    assert "\n" not in rejected.reason
    return rejected.what, rejected.kind, rejected.detail


def test_table_row_becomes_a_track(tmp_path: Path) -> None:
    song = sound(tmp_path / "audio" / "a.flac", 2.25)
    (tmp_path / "a.txt").write_text("[00:12.50]la  la\r\n\r\nlo", encoding="utf-8")
    row = {"path": "audio/a.flac", "title": "T", "artist": "A", "genre": "Rock", "language": "fr"}
    catalogue = read(tmp_path, row | {"lyrics": "a.txt", "feature.tempo": "120", "licence": "CC0"})
    track = catalogue.tracks[0]
    assert (track.track_id, track.path) == ("audio/a.flac", "audio/a.flac")
    assert track.sha256 == hashlib.sha256(song.read_bytes()).hexdigest()
    assert track.duration == pytest.approx(2.25)
    assert (track.title, track.artist, track.album, track.genre, track.language) == (
        "T",
        "A",
        "",
        "Rock",
        "fr",
    )
    assert track.lyrics == "la  la\n\nlo"
    assert (track.features, catalogue.features) == ((120.0,), ["tempo"])
    assert not catalogue.rejected


def test_tracks_are_sorted_by_id(tmp_path: Path) -> None:
    catalogue = read(tmp_path, *({"track_id": name, "lyrics": "words"} for name in "zab"))
    assert [track.track_id for track in catalogue.tracks] == ["a", "b", "good.wav", "z"]


def unreadable(folder: Path) -> None:
    (folder / "bad.wav").write_bytes(b"RIFF" + bytes(range(256)))


def not_finite(folder: Path) -> None:
    sf.write(folder / "bad.wav", np.full(2 * RATE, np.nan), RATE, subtype="FLOAT")


def quiet(folder: Path) -> None:
    sound(folder / "bad.wav", level=0.9e-4).stat()


def linked_outside(folder: Path) -> None:
    outside = sound(folder.parent / f"{folder.name}_outside.wav")
    (folder / "bad.wav").symlink_to(outside)


def truncated(folder: Path) -> None:
    data = sound(folder / "whole.flac", 3).read_bytes()
    (folder / "bad.wav").write_bytes(data[:60])


@pytest.mark.parametrize(
    ("make", "kind", "named"),
    [
        (unreadable, "unreadable", "Format not recognised"),
        (not_finite, "unreadable", "NaN"),
        (truncated, "unreadable", ""),
        (lambda folder: sound(folder / "bad.wav", 0.5), "too short", "0.500 s"),
        (lambda folder: sound(folder / "bad.wav", level=0), "silent", "peak 0"),
        (quiet, "silent", "-81 dBFS"),
        (lambda folder: (folder / "bad.wav").write_bytes(b""), "unreadable", ""),
        (lambda folder: None, "missing file", "bad.wav"),
        (lambda folder: (folder / "bad.wav").mkdir(), "missing file", "bad.wav"),
        (lambda folder: (folder / "bad.wav").symlink_to("bad.wav"), "missing file", "bad.wav"),
        (linked_outside, "outside the folder", "bad.wav"),
    ],
)
def test_bad_audio_costs_one_row(tmp_path: Path, make, kind: str, named: str) -> None:
    make(tmp_path)
    what, found, detail = only_reason(read(tmp_path, {"path": "bad.wav", "lyrics": "words"}))
    assert (what, found) == ("track", kind)
    assert named in detail


@pytest.mark.parametrize("path", ["../good.wav", "/etc/hostname", "x/../../good.wav", "~/../a.wav"])
def test_path_must_stay_inside(tmp_path: Path, path: str) -> None:
    assert only_reason(read(tmp_path, {"path": path}))[:2] == ("track", "outside the folder")


def test_headerless_raw_audio_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.raw").write_bytes(bytes(40_000))
    assert only_reason(read(tmp_path, {"path": "a.raw"}))[:2] == ("track", "unreadable")


def test_unreadable_bytes_cost_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound(tmp_path / "bad.wav")
    usual = Path.open

    def refuse(path: Path, *args, **kwargs):
        if path.name == "bad.wav":
            raise PermissionError(13, "Permission denied")
        return usual(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    assert only_reason(read(tmp_path, {"path": "bad.wav"})) == ("track", "unreadable", "Permission denied")


def test_silence_at_the_start_is_no_silence(tmp_path: Path) -> None:
    sound(tmp_path / "late.wav", 0.5, lead=8)
    assert len(read(tmp_path, {"path": "late.wav"}).tracks) == 2


def test_only_the_start_of_a_loud_track_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sound(tmp_path / "long.wav", 60)
    decoded = []
    usual = sf.SoundFile.read
    monkeypatch.setattr(
        sf.SoundFile, "read", lambda self, *a, **k: decoded.append(len(out := usual(self, *a, **k))) or out
    )
    assert checks.audio_duration(path) == pytest.approx(60)
    assert 0 < sum(decoded) < 3 * RATE


def test_same_bytes_under_another_name(tmp_path: Path) -> None:
    (tmp_path / "twin.wav").write_bytes(sound(tmp_path / "good.wav", pitch=999).read_bytes())
    what, kind, detail = only_reason(read(tmp_path, {"path": "twin.wav"}))
    assert (what, kind) == ("track", "duplicate audio")
    assert "'good.wav'" in detail


def test_track_id_twice(tmp_path: Path) -> None:
    rows = [{"track_id": "x", "lyrics": "first"}, {"track_id": " x\n", "lyrics": "second"}]
    catalogue = read(tmp_path, *rows)
    assert only_reason(catalogue)[:2] == ("track", "duplicate track_id")
    assert catalogue.tracks[-1].lyrics == "first"


def test_row_that_brings_nothing(tmp_path: Path) -> None:
    what, kind, detail = only_reason(
        read(tmp_path, {"track_id": "x", "title": "only a title", "lyrics": "..."})
    )
    assert (what, kind) == ("track", "nothing to use")
    assert "'x'" in detail


@pytest.mark.parametrize(
    ("numbers", "features", "kind"),
    [
        (("1", "2.5e3"), (1.0, 2500.0), None),
        (("", " "), None, None),
        (("1", ""), None, "incomplete features"),
        (("1", "nan"), None, "bad feature"),
        (("inf", "1"), None, "bad feature"),
        (("1e39", "1"), None, "bad feature"),
        (("loud", "1"), None, "bad feature"),
    ],
)
def test_features(tmp_path: Path, numbers: tuple[str, str], features, kind: str | None) -> None:
    row = {"track_id": "x", "lyrics": "words", "feature.a": numbers[0], "feature.b": numbers[1]}
    catalogue = read(tmp_path, row)
    assert catalogue.tracks[-1].features == features
    assert [(item.what, item.kind) for item in catalogue.rejected] == ([("features", kind)] if kind else [])


def test_what_is_left_of_a_track_decides(tmp_path: Path) -> None:
    row = {"track_id": "x", "feature.a": "loud"}
    what, kind, detail = only_reason(read(tmp_path, row))
    assert (what, kind) == ("track", "bad feature")
    assert "'a'='loud'" in detail


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.ones((8, 4)), None),
        (np.ones((8, 4), dtype=np.int16), None),
        (np.ones(8), "shape (8,)"),
        (np.ones((0, 4)), ""),
        (np.full((8, 4), np.nan), "NaN"),
        (np.ones((8, 4), dtype=complex), "complex128"),
        (np.array([["a"]]), "<U1"),
        (np.array([[{}]]), "Python objects"),
        (b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'shape': (1000000, 1000000), }", ""),
        (b"PK\x03\x04 no archive", ""),
        (b"", ""),
    ],
)
def test_mel(tmp_path: Path, array, fault: str | None) -> None:
    path = tmp_path / "m.npy"
    if isinstance(array, bytes):
        path.write_bytes(array)
    else:
        np.save(path, array)
    catalogue = read(tmp_path, {"track_id": "x", "mel": "m.npy", "lyrics": "words"})
    track = catalogue.tracks[-1]
    if fault is None:
        assert (track.mel, track.mel_sha256) == ("m.npy", hashlib.sha256(path.read_bytes()).hexdigest())
    else:
        assert (track.mel, track.mel_sha256) == ("", "")
        what, kind, detail = only_reason(catalogue)
        assert (what, kind) == ("mel", "bad mel")
        assert fault in detail


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"caf\xe9", "lyrics not text"),
        (b"a\0b", "lyrics not text"),
        (b"\xff\xfea\0", "lyrics not text"),
        (b"la " * 350_000, "lyrics too large"),
        (None, "missing file"),
    ],
)
def test_bad_lyrics_leave_the_track(tmp_path: Path, content: bytes | None, kind: str) -> None:
    if content is not None:
        (tmp_path / "words.txt").write_bytes(content)
    sound(tmp_path / "song.wav")
    catalogue = read(tmp_path, {"path": "song.wav", "lyrics": "words.txt"})
    assert only_reason(catalogue)[:2] == ("lyrics", kind)
    assert catalogue.tracks[-1].lyrics == ""


def test_lyrics_field_too_large(tmp_path: Path) -> None:
    sound(tmp_path / "song.wav")
    catalogue = read(tmp_path, {"path": "song.wav", "lyrics": "la " * 350_000})
    assert only_reason(catalogue)[:2] == ("lyrics", "lyrics too large")


def test_lyrics_may_not_be_read_from_outside(tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    (tmp_path / "secret.txt").write_text("secret words")
    catalogue = read(tmp_path / "songs", {"track_id": "x", "lyrics": "../secret.txt"})
    assert only_reason(catalogue)[:2] == ("track", "outside the folder")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_names_are_found_in_either_unicode_form(tmp_path: Path, form: str, written: str) -> None:
    on_disk = sound(tmp_path / unicodedata.normalize(form, "été/çà.wav"))
    catalogue = read(tmp_path, {"path": unicodedata.normalize(written, "été/çà.wav")})
    track = catalogue.tracks[-1]
    assert track.track_id == unicodedata.normalize("NFC", "été/çà.wav")
    assert tmp_path / track.path == on_disk


def test_walk_finds_describes_and_orders(tmp_path: Path) -> None:
    for name in ("b/two.ogg", "a.WAV", "b/.hidden.wav", ".dir/x.wav", "b/notes.pdf.wav"):
        sound(tmp_path / name, pitch=100 + 10 * len(name))
    (tmp_path / "b" / "cover.jpg").write_bytes(b"x")
    with sf.SoundFile(tmp_path / "tagged.flac", "w", RATE, 1) as file:
        file.title, file.artist, file.genre = "A\tlong\nname", "Someone", "Jazz"
        file.write(np.sin(np.arange(2 * RATE)))
    (tmp_path / "tagged.lrc").write_text("[ti:x]\n[00:01.00]one\n[00:02.00]<00:02.10>two", encoding="utf-8")
    (tmp_path / "b" / "two.TXT").write_text("\ufeffzwei", encoding="utf-8")
    catalogue = read_song_folder(tmp_path)
    assert [track.path for track in catalogue.tracks] == [
        "a.WAV",
        "b/notes.pdf.wav",
        "b/two.ogg",
        "tagged.flac",
    ]
    assert [track.lyrics for track in catalogue.tracks] == ["", "", "zwei", "one\ntwo"]
    tagged = catalogue.tracks[-1]
    assert (tagged.title, tagged.artist, tagged.genre) == ("A long name", "Someone", "Jazz")
    assert not catalogue.rejected


def test_walk_reads_embedded_lyrics_and_prefers_the_file_beside(tmp_path: Path) -> None:
    def frame(name: bytes, body: bytes) -> bytes:
        return name + len(body).to_bytes(4, "big") + b"\0\0" + body

    tag = frame(b"USLT", b"\3eng\0inner words") + frame(b"TIT2", b"\3Inside")
    size = bytes((len(tag) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    for name, pitch in (("alone", 200), ("both", 300)):
        plain = sound(tmp_path / f"{name}.mp3", 2, pitch=pitch).read_bytes()
        (tmp_path / f"{name}.mp3").write_bytes(b"ID3\3\0\0" + size + tag + plain)
    (tmp_path / "both.txt").write_text("outer words")
    alone, both = read_song_folder(tmp_path).tracks
    assert (alone.title, alone.lyrics, both.lyrics) == ("Inside", "inner words", "outer words")


def test_broken_tags_cost_nothing_but_the_tags(tmp_path: Path) -> None:
    plain = sound(tmp_path / "a.mp3", 2).read_bytes()
    (tmp_path / "a.mp3").write_bytes(b"ID3\3\0\0\0\0\0\x14TIT2\xff\xff\xff\xff\0\0\3ab" + bytes(7) + plain)
    (track,) = read_song_folder(tmp_path).tracks
    assert track.path == "a.mp3"


def test_walk_lists_linked_folders_and_odd_names(tmp_path: Path) -> None:
    sound(tmp_path / "songs" / "good.wav")
    sound(tmp_path / "elsewhere" / "other.wav")
    (tmp_path / "songs" / "link").symlink_to(tmp_path / "elsewhere")
    odd = os.fsencode(tmp_path / "songs") + b"/caf\xe9.wav"
    Path(os.fsdecode(odd)).write_bytes(b"x")
    (tmp_path / "songs" / "two\nlines.wav").write_bytes(b"x")
    catalogue = read_song_folder(tmp_path / "songs")
    assert [track.path for track in catalogue.tracks] == ["good.wav"]
    assert [item.kind for item in catalogue.rejected] == ["bad path", "linked folder", "bad path"]
    for item in catalogue.rejected:
        (item.path + item.reason + item.track_id).encode("utf-8")
        assert "\n" not in item.path + item.reason + item.track_id


def test_linked_song_folder_itself_is_read(tmp_path: Path) -> None:
    sound(tmp_path / "songs" / "good.wav")
    (tmp_path / "link").symlink_to(tmp_path / "songs")
    assert len(read_song_folder(tmp_path / "link").tracks) == 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: None, "does not exist"),
        (lambda folder: folder.write_text("x"), "is not a folder"),
        (lambda folder: folder.mkdir(), "is empty"),
        (lambda folder: (folder.mkdir(), (folder / "a.pdf").touch()), "neither tracks.csv nor audio"),
        (lambda folder: (folder.mkdir(), (folder / "a.wav").touch()), "none of 1 tracks is usable; 'a.wav'"),
        (lambda folder: (folder.mkdir(), (folder / "tracks.csv").write_text("path\n")), "no tracks"),
    ],
)
def test_unusable_folder_is_one_error(tmp_path: Path, make, says: str) -> None:
    make(tmp_path / "songs")
    with pytest.raises(DataError) as caught:
        read_song_folder(tmp_path / "songs")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_counts(tmp_path: Path) -> None:
    sound(tmp_path / "song.wav", 9)
    np.save(tmp_path / "m.npy", np.ones((8, 4)))
    catalogue = read(
        tmp_path,
        {"path": "song.wav", "genre": "Rock", "language": "en"},
        {"path": "gone.wav"},
        {"path": "gone too.wav"},
        {"track_id": "x", "mel": "m.npy", "genre": "Rock", "language": "fr", "lyrics": "la"},
        {"track_id": "y", "feature.a": "1", "lyrics": "none.txt"},
    )
    assert catalogue.counts() == {
        "tracks": 4,
        "with_audio": 2,
        "with_lyrics": 1,
        "with_mel": 1,
        "with_features": 1,
        "genres": 1,
        "languages": 2,
        "hours": round(10.5 / 3600, 3),
        "rejected": {"total": 3, "missing file": 3},
    }


@pytest.mark.parametrize("column", ["path", "mel"])
def test_a_name_longer_than_the_disk_allows_costs_one_row(tmp_path: Path, column: str) -> None:
    catalogue = read(tmp_path, {"track_id": "long", column: "x" * 300 + ".npy"})
    assert only_reason(catalogue)[1] == "missing file"


def test_words_that_look_like_a_long_file_name_are_no_crash(tmp_path: Path) -> None:
    read(tmp_path, {"track_id": "song", "lyrics": "la " * 100 + "end.txt"})


@pytest.mark.parametrize(
    "header",
    [
        "{'descr':'<f4','fortran_order':False,'shape':(True,8)}",
        "{'descr':'<f4','fortran_order':False,'shape':(99999999999999999999999,8)}",
        "{1:2,'descr':'<f4','fortran_order':False}",
        "-" * 9000 + "1",
    ],
)
def test_a_mel_whose_header_lies_costs_one_row(tmp_path: Path, header: str) -> None:
    content = header.encode() + b"\n"
    (tmp_path / "evil.npy").write_bytes(
        b"\x93NUMPY\x01\x00" + len(content).to_bytes(2, "little") + content + b"\0" * 64
    )
    catalogue = read(tmp_path, {"track_id": "song", "mel": "evil.npy"})
    assert only_reason(catalogue)[1] == "bad mel"


@pytest.mark.parametrize("target", ["/etc/passwd", "nowhere"])
def test_a_table_that_leads_out_of_the_folder_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "tracks.csv").symlink_to(target)
    with pytest.raises(DataError, match=r"tracks\.csv must be a file in the song folder"):
        read_song_folder(tmp_path)


def test_a_table_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tracks.csv")
    with pytest.raises(DataError, match=r"tracks\.csv must be a file"):
        read_song_folder(tmp_path)


def foreign(folder: Path) -> None:
    """Write a WAV and an M4A of the same two seconds, and an M4A that is none."""
    wav = sound(folder / "a.wav", 2)
    (folder / "bad.m4a").write_bytes(bytes(99))
    options = ["-c:a", "alac", "-metadata", "title=T", "-metadata", "genre=Rock"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, *options, folder / "b.m4a"], check=True)


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_walk_finds_what_ffmpeg_reads(tmp_path: Path) -> None:
    foreign(tmp_path)
    catalogue = read_song_folder(tmp_path)
    assert [(track.path, track.duration) for track in catalogue.tracks] == [("a.wav", 2.0), ("b.m4a", 2.0)]
    assert (catalogue.tracks[1].title, catalogue.tracks[1].genre) == ("T", "Rock")
    (rejected,) = catalogue.rejected
    assert (rejected.path, rejected.kind) == ("bad.m4a", "unreadable")
    assert "Invalid data" in rejected.detail


def test_without_ffmpeg_its_formats_cost_a_row_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    sound(tmp_path / "a.wav")
    for name in ("b.m4a", "c.WMA"):
        (tmp_path / name).write_bytes(bytes(99))
    (tmp_path / "film.mp4").write_bytes(bytes(99))
    catalogue = read_song_folder(tmp_path)
    assert [track.path for track in catalogue.tracks] == ["a.wav"]
    assert [(item.path, item.reason) for item in catalogue.rejected] == [
        ("b.m4a", "needs ffmpeg: install it, then dvc repro -f manifest"),
        ("c.WMA", "needs ffmpeg: install it, then dvc repro -f manifest"),
    ]


def test_a_mel_of_more_bands_than_any_is_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((5000, 3), np.uint8))
    with pytest.raises(RefusedError, match="4096 bands at most"):
        checks.check_mel(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.zeros((128, 3), np.uint8))
    checks.check_mel(tmp_path / "b.npy")


def test_what_is_no_sound_is_said_to_be_none(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"no music")
    with pytest.raises(RefusedError, match="no sound of a known format"):
        checks.audio_duration(tmp_path / "a.mp3")
    (tmp_path / "b.vox").write_bytes(bytes(range(256)) * 400)
    with pytest.raises(RefusedError):
        checks.audio_duration(tmp_path / "b.vox")
