import csv
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import zipfile
from collections import Counter

import numpy as np
import pytest
import soundfile as sf

from songmap.catalogue.song_folder import read_song_folder
from songmap.errors import DataError
from songmap.files import read_csv, read_json
from songmap.importers import download, fma
from songmap.importers.fma import import_fma
from songmap.importers.staging import Skipped
from tests.songmap.importers.server import Answer, serving

pytestmark = pytest.mark.slow

COLUMNS = {
    "album": "comments date_created date_released engineer favorites id information listens producer tags "
    "title tracks type",
    "artist": "active_year_begin active_year_end associated_labels bio comments date_created favorites id "
    "latitude location longitude members name related_projects tags website wikipedia_page",
    "set": "split subset",
    "track": "bit_rate comments composer date_created date_recorded duration favorites genre_top genres "
    "genres_all information interest language_code license listens lyricist number publisher tags title",
}
HEADER = [("", ""), *((group, name) for group, names in COLUMNS.items() for name in names.split())]
GENRES = ("Rock", "Folk", "Hip-Hop", "")
SUBSETS = ("small", "small", "medium", "large")
BIO = 'born in "Łódź",\nlived,\r\nand sang'


def table(rows):
    """tracks.csv as published: groups, names, the first column's name, then the tracks."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(zip(*HEADER, strict=True))
    writer.writerow(["track_id"] + [""] * (len(HEADER) - 1))
    for number, values in rows:
        full = {("artist", "bio"): BIO, **values}
        writer.writerow([number] + [full.get(name, "") for name in HEADER[1:]])
    return text.getvalue()


def track(number, genre, subset, language="en"):
    return number, {
        ("set", "subset"): subset,
        ("track", "title"): f"Title {number}",
        ("artist", "name"): "Ana,\n Bo",
        ("album", "title"): "Über",
        ("track", "genre_top"): genre,
        ("track", "language_code"): language,
    }


NUMBERS = [2, 5, 10, 140, 141, 999, 1000, 1001, 1002, 1003, 1040, 54321, 99999, 100000, 155320, 155321]
TRACKS = [track(n, GENRES[i % 4], SUBSETS[i // 4 % 4]) for i, n in enumerate(NUMBERS)]
SMALL = [f"{n:06d}" for n in NUMBERS[:8]]


def member(number, size="small"):
    return f"fma_{size}/{int(number) // 1000:03d}/{int(number):06d}.mp3"


def zipped(entries, method=zipfile.ZIP_BZIP2):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def audio(numbers, size="small"):
    """An archive of sound in name only: the number, some times over."""
    entries = {f"fma_{size}/README.txt": "read me", f"fma_{size}/checksums": "0  1"}
    return zipped(entries | {member(n, size): f"{int(n):06d}".encode() * 50 for n in numbers})


def metadata(rows=TRACKS, **others):
    return zipped({"fma_metadata/README.txt": "x", "fma_metadata/tracks.csv": table(rows), **others})


@pytest.fixture
def server(monkeypatch):
    """FMA in small; its digests are those of what is served."""
    monkeypatch.setattr(download, "BACKOFF", 0.01)
    with serving() as server:
        put(server, monkeypatch, {"fma_metadata.zip": metadata(), "fma_small.zip": audio(SMALL)})
        yield server


def put(server, monkeypatch, files):
    for name, data in files.items():
        server.files[name] = data
        monkeypatch.setitem(fma.SHA1, name, hashlib.sha1(data).hexdigest())


@pytest.fixture
def run(server, tmp_path):
    def run(dest="songs", size="small", **options):
        return import_fma(size, tmp_path / dest, downloads=tmp_path / "downloads", url=server.url, **options)

    return run


def rows(folder):
    return read_csv(folder / "tracks.csv")


def ids(folder):
    return [row["track_id"] for row in rows(folder)]


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_subset_becomes_a_song_folder(run, tmp_path):
    outcome = run()
    assert (outcome.tracks, outcome.skipped, outcome.notes) == (8, [], [])
    assert ids(tmp_path / "songs") == SMALL
    assert rows(tmp_path / "songs")[0] == {
        **{"track_id": "000002", "path": "audio/000/000002.mp3", "title": "Title 2", "artist": "Ana, Bo"},
        **{"album": "Über", "genre": "Rock", "language": "en"},
    }
    files = content(tmp_path / "songs")
    assert files["audio/001/001000.mp3"] == b"001000" * 50
    assert sorted(files) == sorted(
        ["import.json", "tracks.csv", *(f"audio/{name[:3]}/{name}.mp3" for name in SMALL)]
    )


def test_what_determines_the_result_is_kept(run, tmp_path):
    run(genres=["rock ", "Folk"], per_genre=1, seed=3)
    assert read_json(tmp_path / "songs" / "import.json") == {
        **{"kind": "fma", "size": "small", "genres": ["folk", "rock"], "per_genre": 1, "seed": 3},
        **{"metadata": fma.SHA1["fma_metadata.zip"], "archive": fma.SHA1["fma_small.zip"]},
    }


def test_subsets_hold_those_before_them(run, server, monkeypatch, tmp_path):
    numbers = [*NUMBERS, 200_000]
    put(server, monkeypatch, {"fma_metadata.zip": metadata([*TRACKS, track(200_000, "Rock", "")])})
    for size, count in (("small", 8), ("medium", 12), ("large", 16), ("full", 17)):
        put(server, monkeypatch, {f"fma_{size}.zip": audio(numbers[:count], size)})
        assert run(size, size).tracks == count
        assert ids(tmp_path / size) == [f"{n:06d}" for n in numbers[:count]]


def test_the_song_folder_is_read_with_its_sound(run, server, monkeypatch, tmp_path):
    sounds = {}
    for i, name in enumerate(SMALL[:3]):
        file = io.BytesIO()
        tone = 0.5 * np.sin(2 * np.pi * 220 * (i + 1) * np.arange(33_075) / 22_050)
        sf.write(file, tone, 22_050, format="MP3")
        sounds[member(name)] = file.getvalue()
    put(server, monkeypatch, {"fma_metadata.zip": metadata(TRACKS[:3]), "fma_small.zip": zipped(sounds)})
    run()
    catalogue = read_song_folder(tmp_path / "songs")
    assert [(t.track_id, t.genre, t.language) for t in catalogue.tracks] == [
        ("000002", "Rock", "en"),
        ("000005", "Folk", "en"),
        ("000010", "Hip-Hop", "en"),
    ]
    assert catalogue.rejected == []
    assert all(1.4 < t.duration < 1.7 for t in catalogue.tracks)


def test_another_selection_downloads_nothing(run, server, tmp_path):
    run()
    run("other", genres=["Rock"])
    assert [name for name, _ in server.asked] == ["fma_metadata.zip", "fma_small.zip"]
    assert sorted(p.name for p in (tmp_path / "downloads").iterdir()) == ["fma_metadata.zip", "fma_small.zip"]


def test_genres_are_chosen_whatever_their_case(run, tmp_path):
    run(genres=["ROCK", "hip-hop"])
    assert ids(tmp_path / "songs") == ["000002", "000010", "000141", "001000"]
    assert {p.stem for p in (tmp_path / "songs").rglob("*.mp3")} == {"000002", "000010", "000141", "001000"}


def test_tracks_without_a_genre_are_left_out_where_genres_matter(run, tmp_path):
    run(per_genre=9)
    assert "" not in [row["genre"] for row in rows(tmp_path / "songs")]
    assert run("all").tracks == 8 and rows(tmp_path / "all")[3]["genre"] == ""


def test_a_genre_that_is_not_known_is_refused_before_the_large_download(run, server, tmp_path):
    with pytest.raises(DataError, match=r"has the genre 'Jazz': there are Folk, Hip-Hop, Rock$"):
        run(genres=["Rock", "Jazz"])
    assert [name for name, _ in server.asked] == ["fma_metadata.zip"]
    assert [p.name for p in tmp_path.iterdir()] == ["downloads"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"size": "tiny"}, "give one of small, medium, large, full"),
        ({"per_genre": 0}, "give a number from 1"),
    ],
)
def test_options_without_sense_are_refused_before_any_download(run, server, options, says):
    with pytest.raises(DataError, match=says):
        run(**options)
    assert server.asked == []


@pytest.fixture
def many(server, monkeypatch):
    """Three genres of 40 tracks."""
    rows = [track(n, GENRES[n % 3], "small") for n in range(1, 121)]
    files = {"fma_metadata.zip": metadata(rows), "fma_small.zip": audio(range(1, 121))}
    put(server, monkeypatch, files)


def of_genre(folder, genre):
    return {row["track_id"] for row in rows(folder) if row["genre"] == genre}


def test_a_draw_is_the_same_for_the_same_seed_and_another_for_another(run, many, tmp_path):
    for dest, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert run(dest, per_genre=10, seed=seed).tracks == 30
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert ids(tmp_path / "a") != ids(tmp_path / "c")
    assert [len(of_genre(tmp_path / "a", genre)) for genre in GENRES[:3]] == [10, 10, 10]


def test_a_genre_s_draw_depends_on_no_other_and_grows(run, many, tmp_path):
    run("all", per_genre=10, seed=1)
    run("one", per_genre=10, seed=1, genres=["folk"])
    run("more", per_genre=20, seed=1)
    assert of_genre(tmp_path / "one", "Folk") == of_genre(tmp_path / "all", "Folk")
    assert of_genre(tmp_path / "all", "Folk") < of_genre(tmp_path / "more", "Folk")


def test_every_track_is_drawn_as_often_as_any_other(run, many, tmp_path):
    drawn = Counter()
    for seed in range(60):
        run("songs", per_genre=10, seed=seed, genres=["Rock"], replace=True)
        drawn.update(ids(tmp_path / "songs"))
    assert len(drawn) == 40  # one is left out of all draws in a case of a million
    assert min(drawn.values()) > 0 and max(drawn.values()) < 31  # 15 each, deviating by 3.4


def test_fewer_than_asked_for_is_a_note(run):
    outcome = run(per_genre=2, genres=["Rock", "Folk"])
    assert outcome.notes == []
    outcome = run("more", per_genre=3, genres=["Rock", "Folk"])
    assert outcome.tracks == 4
    assert outcome.notes == [
        "Folk has 2 tracks, fewer than the 3 asked for",
        "Rock has 2 tracks, fewer than the 3 asked for",
    ]


def test_what_metadata_and_archive_do_not_share_is_skipped(run, server, monkeypatch, tmp_path):
    entries = {member(n): b"x" for n in SMALL[1:]} | {
        member(123): b"unknown",
        member(NUMBERS[9]): b"of medium",
        "fma_small/002/000005.mp3": b"in the wrong folder",
    }
    put(server, monkeypatch, {"fma_small.zip": zipped(entries)})
    outcome = run()
    assert ids(tmp_path / "songs") == SMALL[1:]
    assert outcome.skipped == [
        Skipped("fma_small/000/000123.mp3", "is unknown by tracks.csv"),
        Skipped("fma_small/001/001003.mp3", "is outside this subset by tracks.csv"),
        Skipped("fma_small/002/000005.mp3", "is unknown by tracks.csv"),
        Skipped("fma_small/000/000002.mp3", "is not in fma_small.zip"),
    ]
    assert read_csv(tmp_path / "songs" / "skipped.csv") == [vars(item) for item in outcome.skipped]


def test_rows_that_are_broken_are_skipped(run, server, monkeypatch, tmp_path):
    text = table([*TRACKS[:2], ("x7", {}), TRACKS[0], ("1234567", {})]) + "140,too,short\n"
    put(server, monkeypatch, {"fma_metadata.zip": zipped({"fma_metadata/tracks.csv": text})})
    outcome = run()
    assert ids(tmp_path / "songs") == SMALL[:2]
    reasons = [item.reason for item in outcome.skipped if "tracks.csv line" in item.what]
    assert reasons == [
        "has the track_id 'x7', must be a number of at most six digits",
        "has the track_id '2' of an earlier row",
        "has the track_id '1234567', must be a number of at most six digits",
        "has 3 fields, the header has 53",
    ]


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"fma_metadata/genres.csv": "x"}, "tracks.csv' is not in it"),
        ({"fma_metadata/tracks.csv": ""}, "must begin with three rows"),
        ({"fma_metadata/tracks.csv": table([]).replace("track_id", "id")}, "must begin with three rows"),
        ({"fma_metadata/tracks.csv": table([]).replace("genre_top", "top")}, "no column track genre_top"),
        ({"fma_metadata/tracks.csv": table([])}, "no track is left"),
    ],
)
def test_metadata_of_another_form_are_refused_in_one_line(run, server, monkeypatch, files, says, tmp_path):
    put(server, monkeypatch, {"fma_metadata.zip": zipped(files)})
    with pytest.raises(DataError, match=says) as caught:
        run()
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "songs").exists()


@pytest.mark.parametrize("genre", ["A\x00B", "A\u202eB", "A\nB", "AB" * 500_000])
def test_hostile_texts_become_labels(run, server, monkeypatch, tmp_path, genre):
    put(server, monkeypatch, {"fma_metadata.zip": metadata([track(2, genre, "small")])})
    run()
    (row,) = rows(tmp_path / "songs")
    assert row["genre"].startswith(("AB", "A B")) and len(row["genre"]) <= 1000


def test_a_damaged_clip_costs_itself_alone(run, server, monkeypatch, tmp_path):
    data = bytearray(audio(SMALL))
    at = data.rindex(b"PK\x01\x02")
    data[at + 16] ^= 0xFF  # the checksum of the last member
    put(server, monkeypatch, {"fma_small.zip": bytes(data)})
    outcome = run()
    assert ids(tmp_path / "songs") == SMALL[:-1]
    assert [item.what for item in outcome.skipped] == [member(SMALL[-1])]


def test_a_hostile_archive_writes_nothing_outside(run, server, monkeypatch, tmp_path):
    entries = {"../../evil.mp3": b"x", "/evil.mp3": b"x", "fma_small/../../000/000002.mp3": b"x"}
    put(server, monkeypatch, {"fma_small.zip": zipped(entries | {member(5): b"good"})})
    outcome = run()
    assert ids(tmp_path / "songs") == ["000005"]
    assert "../../evil.mp3" in [item.what for item in outcome.skipped]
    assert not [*tmp_path.rglob("evil*"), *tmp_path.parent.glob("evil*")]


def test_an_encrypted_clip_is_named_once(run, server, monkeypatch):
    data = bytearray(audio(SMALL))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    put(server, monkeypatch, {"fma_small.zip": bytes(data)})
    assert run().skipped == [Skipped(member(SMALL[-1]), "is encrypted")]


def test_a_broken_stalled_and_failing_server_is_borne(run, server, monkeypatch, tmp_path):
    monkeypatch.setattr(fma, "fetch", lambda *arguments: download.fetch(*arguments, timeout=0.3))
    noise = random.Random(0).randbytes(400_000)
    put(
        server,
        monkeypatch,
        {"fma_small.zip": zipped({member(n): noise[:-1] + n[-1:].encode() for n in SMALL})},
    )
    server.plan("fma_metadata.zip", Answer(status=500), Answer(status=503, headers={"Retry-After": "0"}))
    server.plan("fma_small.zip", Answer(stop=500_000), Answer(stop=500_000, stall=True), Answer(status=500))
    assert run().tracks == 8
    assert (tmp_path / "songs" / "audio/000/000002.mp3").read_bytes() == noise[:-1] + b"2"


def test_a_file_that_is_gone_is_named(run, server, tmp_path):
    del server.files["fma_small.zip"]
    with pytest.raises(DataError, match=r"fma_small\.zip: the server answers 404 Not Found$"):
        run()
    assert not (tmp_path / "songs").exists()


def test_a_wrong_checksum_is_refused(run, server, monkeypatch, tmp_path):
    monkeypatch.setitem(fma.SHA1, "fma_small.zip", "0" * 40)
    with pytest.raises(DataError, match=f"must be {'0' * 40}$"):
        run()
    assert not (tmp_path / "songs").exists()
    assert [p.name for p in (tmp_path / "downloads").iterdir()] == ["fma_metadata.zip"]


@pytest.mark.parametrize("end", ["", "/"])
def test_a_mirror_may_end_in_a_slash_or_not(server, tmp_path, end):
    server.files |= {f"mirror/{name}": data for name, data in server.files.items()}
    import_fma("small", tmp_path / "songs", downloads=tmp_path, url=f"{server.url}mirror{end}")
    assert [name for name, _ in server.asked] == ["mirror/fma_metadata.zip", "mirror/fma_small.zip"]


def test_a_folder_that_may_not_be_written_is_refused_before_any_download(run, server, tmp_path):
    run()
    asked = len(server.asked)
    with pytest.raises(DataError, match="give --replace"):
        run(genres=["Rock"])
    assert len(server.asked) == asked
    run(genres=["Rock"], replace=True)
    assert ids(tmp_path / "songs") == ["000002", "000141"]


KILLED = """
import json, os, resource, shutil, signal, sys
from pathlib import Path
from songmap.importers import archive, fma

url, folder, digests, limit = sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]), int(sys.argv[4])
fma.SHA1.update(digests)
copy, calls = shutil.copyfileobj, []

def killing(source, target, length):
    calls.append(1)
    if len(calls) == 4 and not limit:
        target.write(source.read(100))
        target.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    copy(source, target, length)

shutil.copyfileobj = killing
try:
    fma.import_fma("small", folder / "songs", downloads=folder / "downloads", url=url)
except OSError as error:
    sys.exit(error.errno)
"""


def interrupted(server, folder, limit=0):
    """The exit status of an import killed in its fourth file, or allowed no file above `limit` bytes."""
    command = [sys.executable, "-c", KILLED, server.url, str(folder), json.dumps(fma.SHA1), str(limit)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, env=os.environ, check=False).returncode


def finished(folder):
    return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in folder.rglob("[0-9]*.mp3")}


def test_a_killed_import_goes_on_without_doing_again_what_is_done(run, server, tmp_path):
    assert interrupted(server, tmp_path) == -signal.SIGKILL
    assert not (tmp_path / "songs").exists()
    staging = tmp_path / ".songs.importing"
    done = finished(staging)
    assert sorted(done) == [f"{name}.mp3" for name in SMALL[:3]]
    assert len(list(staging.rglob(".*.mp3"))) == 1  # the fourth, half written
    asked = len(server.asked)
    run()
    assert len(server.asked) == asked
    assert finished(tmp_path / "songs").items() >= done.items()
    run("again")
    assert content(tmp_path / "songs") == content(tmp_path / "again")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["again", "downloads", "songs"]


def test_a_file_that_cannot_be_written_ends_the_import_and_the_next_goes_on(
    run, server, monkeypatch, tmp_path
):
    entries = {member(n): f"{n}".encode() * (50 if n != SMALL[5] else 50_000) for n in SMALL}
    put(server, monkeypatch, {"fma_small.zip": zipped(entries, zipfile.ZIP_STORED)})
    assert interrupted(server, tmp_path, limit=10_000) == 27  # EFBIG
    assert not (tmp_path / "songs").exists()
    done = finished(tmp_path / ".songs.importing")
    assert sorted(done) == [f"{name}.mp3" for name in SMALL[:5]]
    assert run().tracks == 8
    assert finished(tmp_path / "songs").items() >= done.items()
