import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock
from mutagen.flac import FLAC

from songmap.catalogue.song_folder import read_song_folder
from songmap.errors import DataError
from songmap.files import read_csv
from songmap.importers.completion import HAS_LYRICS, MOST_FAILURES, SHARED, completing
from songmap.importers.provenance import (
    FAILED,
    FOUND,
    GENIUS,
    INSTRUMENTAL,
    NO_AUDIO,
    NO_LYRICS,
    NO_MATCH,
    NO_SPEECH,
    NO_TITLE,
    SOURCES,
    TRANSCRIPTION,
    Answer,
)
from songmap.importers.texts import PassingError
from tests.songmap.importers.programs import contents
from tests.songmap.importers.song_folders import (
    HEADER,
    ROWS,
    complete,
    read,
    sound,
    sources,
    table,
    tabled,
    words,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    return tabled(tmp_path / "songs")


@pytest.fixture
def walked(tmp_path):
    for seed, name in enumerate(("a/Ann - First.wav", "a/second.flac", "b/third.ogg")):
        sound(tmp_path / "songs" / name, seed)
    return tmp_path / "songs"


def never(song):
    raise AssertionError(f"{song} was asked about")


def test_texts_go_to_files_that_the_table_names_and_all_else_stays(folder):
    completion = complete(folder)
    assert read(folder) == [
        [*HEADER, "lyrics"],
        *([*row, f"lyrics/{row[0]}.txt"] for row in ROWS),
    ]
    assert (folder / "lyrics/one.txt").read_bytes() == b"words of First\n\nla la\n"
    assert completion.tally.counts == Counter({FOUND: 3})
    assert [track.lyrics for track in read_song_folder(folder).tracks] == [
        f"words of {name}\n\nla la" for name in ("First", "Third", "Second")
    ]


def test_without_a_table_each_text_goes_beside_its_sound(walked):
    before = contents(walked)
    complete(walked)
    added = {name: data for name, data in contents(walked).items() if name not in before}
    assert added.pop(SOURCES)
    assert added == {
        "a/Ann - First.txt": b"words of Ann - First\n\nla la\n",
        "a/second.txt": b"words of second\n\nla la\n",
        "b/third.txt": b"words of third\n\nla la\n",
    }
    catalogue = read_song_folder(walked)
    assert [track.track_id for track in catalogue.tracks] == sorted(before)
    assert all(track.lyrics.startswith("words of") for track in catalogue.tracks)
    assert catalogue.rejected == []


def test_the_record_says_where_each_text_came_from_and_when(folder):
    complete(folder)
    row = sources(folder)["one"]
    when = row.pop("when")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", when)
    assert row == {
        "track_id": "one",
        "path": "a/1.wav",
        "source": GENIUS,
        "outcome": FOUND,
        "lyrics": "lyrics/one.txt",
        "similarity": "0.938",
        "language": "en",
        "asked": "Ann - First",
        "detail": "https://x.example/1",
    }


def test_tags_and_files_beside_a_song_are_lyrics(walked):
    (walked / "b/third.lrc").write_text("[00:01.00]mine")
    tags = FLAC(walked / "a/second.flac")
    tags.update(title="Tagged", artist="Ben", lyrics="words in tags")
    tags.save()
    asked = []
    completion = complete(walked, lambda song: asked.append(song.name) or words(song))
    assert asked == ["Ann - First"]
    assert completion.tally.counts == Counter({HAS_LYRICS: 2, FOUND: 1})
    assert not (walked / "a/second.txt").exists()


def test_title_and_artist_are_those_of_tags_else_the_name_is_the_title(walked):
    tags = FLAC(walked / "a/second.flac")
    tags.update(title="Tagged", artist="Ben")
    tags.save()
    with completing(walked, GENIUS) as completion:
        assert [(song.title, song.artist) for song in completion.songs] == [
            *[("Ann - First", ""), ("Tagged", "Ben"), ("third", "")]
        ]


@pytest.mark.parametrize("cell", ["words", " lyrics/gone.txt", "mine.txt"])
def test_a_cell_that_is_filled_stays(folder, cell):
    table(folder, [*HEADER, "Lyrics "], *([*row, cell if row[0] == "two" else " "] for row in ROWS))
    completion = complete(folder)
    assert [row[-1] for row in read(folder)] == ["Lyrics ", "lyrics/one.txt", cell, "lyrics/three.txt"]
    assert completion.tally.counts[HAS_LYRICS] == 1
    assert "two" not in sources(folder)


def test_a_file_that_is_there_is_never_replaced(folder):
    (folder / "lyrics").mkdir()
    (folder / "lyrics/one.txt").write_text("mine")
    (folder / "lyrics/two.txt").write_bytes(b"words of Second\n\nla la\n")
    (folder / "lyrics/three.txt").symlink_to("nowhere")
    complete(folder)
    assert (folder / "lyrics/one.txt").read_text() == "mine"
    assert [row[-1] for row in read(folder)[1:]] == [
        *["lyrics/one (2).txt", "lyrics/two.txt", "lyrics/three (2).txt"]
    ]
    assert (folder / "lyrics/three.txt").readlink() == Path("nowhere")


@pytest.mark.parametrize("name", ["second.txt", "second.TXT", "second.lrc"])
def test_a_file_that_appears_while_its_song_is_asked_about_stays(walked, name):
    def ask(song):
        if song.title == "second":
            (walked / "a" / name).write_text("mine")
        return words(song)

    completion = complete(walked, ask)
    assert completion.tally.counts == Counter({FOUND: 2, HAS_LYRICS: 1})
    assert (walked / "a" / name).read_text() == "mine"
    assert len([path for path in (walked / "a").iterdir() if path.stem == "second"]) == 2
    assert "a/second.flac" not in sources(walked)


def test_changes_to_the_table_meanwhile_stay(folder):
    def ask(song):
        if song.track_id == "one":
            rows = [[*row[:2], row[2].upper(), *row[3:], "new"] for row in reversed(ROWS)]
            rows[1].append("mine")
            rows[0].append("")
            table(folder, [*HEADER, "other", "lyrics"], *rows[:2])
        return words(song)

    completion = complete(folder, ask)
    assert read(folder) == [
        [*HEADER, "other", "lyrics"],
        ["three", "b/3.wav", "THIRD", "", "\tx", "new", "lyrics/three.txt"],
        ["two", "a/2.wav", "SECOND", "Ben", "", "new", "mine"],
    ]
    assert completion.tally.counts == Counter({FOUND: 1, HAS_LYRICS: 2})


def test_a_table_that_comes_or_goes_meanwhile_ends_it(walked):
    def ask(song):
        table(walked, ["path"], ["a/second.flac"])
        return words(song)

    with pytest.raises(DataError, match=r"tracks\.csv came or went meanwhile: type the same command again"):
        complete(walked, ask)
    assert not list(walked.rglob("*.txt"))


def test_sounds_of_one_name_share_a_text(walked):
    sound(walked / "a/second.wav", 9)
    completion = complete(walked)
    assert completion.tally.counts == Counter({FOUND: 3, SHARED: 1})
    assert all(track.lyrics for track in read_song_folder(walked).tracks)


def test_what_is_settled_of_one_sound_is_settled_of_those_that_share_its_name(walked):
    sound(walked / "a/second.wav", 9)
    completion = complete(walked, lambda song: Answer(NO_MATCH))
    assert completion.tally.counts == Counter({NO_MATCH: 3, SHARED: 1})
    completion = complete(walked, never)
    assert (completion.tally.settled, completion.tally.counts) == (3, Counter({SHARED: 1}))
    completion = complete(walked, retry=True)
    assert completion.tally.counts == Counter({FOUND: 3, SHARED: 1})
    assert complete(walked, never).tally.counts == Counter({HAS_LYRICS: 4})


SETTLED = (NO_MATCH, NO_LYRICS, INSTRUMENTAL, NO_SPEECH)


@pytest.mark.parametrize("outcome", SETTLED)
def test_what_is_settled_is_not_asked_again_unless_it_is_to_be(folder, outcome):
    completion = complete(folder, lambda song: Answer(outcome, detail="why"))
    assert completion.tally.refused[0].reason == f"{outcome}: why"
    assert [item.what for item in completion.tally.refused] == ["Ann - First", "Ben - Second", "Third"]
    completion = complete(folder, never)
    assert (completion.tally.settled, completion.tally.counts) == (3, Counter())
    assert complete(folder, retry=True).tally.counts == Counter({FOUND: 3})
    assert {row["outcome"] for row in sources(folder).values()} == {FOUND}


def test_words_that_somebody_took_away_are_not_brought_back_unless_they_are_to_be(folder):
    complete(folder)
    table(folder, HEADER, *ROWS)
    assert complete(folder, never).tally.settled == 3
    assert complete(folder, retry=True).tally.counts == Counter({FOUND: 3})
    assert sorted(path.name for path in (folder / "lyrics").iterdir()) == ["one.txt", "three.txt", "two.txt"]


@pytest.mark.parametrize("outcome", [FAILED, NO_TITLE])
def test_what_is_not_settled_is_asked_again(folder, outcome):
    complete(folder, lambda song: Answer(outcome) if song.track_id == "two" else words(song))
    assert sources(folder)["two"]["outcome"] == outcome
    completion = complete(folder)
    assert completion.tally.counts == Counter({FOUND: 1, HAS_LYRICS: 2})


def test_a_mended_title_is_asked_for_again(folder):
    complete(folder, lambda song: Answer(NO_MATCH))
    rows = [row[:] for row in ROWS]
    rows[1][2] = "Mended"
    table(folder, HEADER, *rows)
    completion = complete(folder)
    assert (completion.tally.counts, completion.tally.settled) == (Counter({FOUND: 1}), 2)


def test_one_source_does_not_settle_what_another_may_know_but_for_instrumentals(folder):
    answers = {"one": NO_MATCH, "two": INSTRUMENTAL, "three": NO_LYRICS}
    complete(folder, lambda song: Answer(answers[song.track_id]))
    completion = complete(folder, source=TRANSCRIPTION)
    assert (completion.tally.counts, completion.tally.settled) == (Counter({FOUND: 2}), 1)
    assert len(read_csv(folder / SOURCES)) == 5


def test_tracks_without_sound_are_not_for_transcription(folder):
    table(folder, HEADER, *ROWS, ["four", "", "Fourth", "", ""])
    assert complete(folder, source=TRANSCRIPTION).tally.counts == Counter({FOUND: 3, NO_AUDIO: 1})
    assert complete(folder).tally.counts == Counter({HAS_LYRICS: 3, FOUND: 1})


def test_tracks_that_the_catalogue_refuses_are_not_asked_about(folder, tmp_path):
    sound(tmp_path / "outside.wav")
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    others = [["4", "gone.wav"], ["5", "../outside.wav"], ["6", "link.wav"], ["one", "a/2.wav"], ["7"]]
    others = [[*row, *[""] * (len(HEADER) - len(row))] for row in others[:4]] + others[4:]
    table(folder, HEADER, *ROWS, *others)
    completion = complete(folder)
    assert (completion.tally.tracks, completion.tally.unusable) == (6, 3)
    assert completion.tally.counts == Counter({FOUND: 3})
    assert read(folder)[-1] == ["7", ""]


def test_failures_in_a_row_end_it_and_it_goes_on_where_it_stopped(tmp_path):
    rows = [[f"t{number}", f"Title {number}"] for number in range(10)]
    folder = table(tmp_path / "songs", ["track_id", "title"], *rows)
    asked = []

    def ask(song):
        asked.append(song.track_id)
        if song.track_id != "t3":
            raise PassingError("no\nconnection")
        return words(song)

    with pytest.raises(
        DataError, match=r"^5 songs in a row failed, the last: no connection; the same command"
    ):
        complete(folder, ask)
    assert len(asked) == 4 + MOST_FAILURES
    assert Counter(row["outcome"] for row in sources(folder).values()) == Counter({FAILED: 8, FOUND: 1})
    assert complete(folder).tally.counts == Counter({HAS_LYRICS: 1, FOUND: 9})


def test_songs_that_always_fail_hold_up_no_others(tmp_path):
    rows = [[f"t{number:02d}", f"Title {number}"] for number in range(12)]
    folder = table(tmp_path / "songs", ["track_id", "title"], *rows)

    def ask(song):
        if song.track_id < "t06":
            raise PassingError("odd")
        return words(song)

    for _ in range(2):
        with pytest.raises(DataError, match="5 songs in a row failed"):
            complete(folder, ask)
    found = [row[0] for row in read(folder)[1:] if len(row) > 2 and row[2]]
    assert found == [f"t{number:02d}" for number in range(6, 12)]


def test_nothing_but_failures_is_an_error(folder):
    def ask(song):
        raise PassingError("no connection")

    with pytest.raises(DataError, match=r"every song that was asked about failed, the last: no connection$"):
        complete(folder, ask)
    assert {row["outcome"] for row in sources(folder).values()} == {FAILED}


def test_files_that_are_broken_are_no_failure_of_the_source(folder):
    completion = complete(folder, lambda song: Answer(FAILED, detail="broken"), TRANSCRIPTION)
    assert completion.tally.counts == Counter({FAILED: 3})
    assert completion.tally.refused[0].reason == "failed: broken"


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "no letter"), ("1 2 3\n!", "no letter"), ("la\n" * 400_000, "more than 1048576 bytes")],
)
def test_texts_that_the_catalogue_would_refuse_are_no_lyrics(folder, text, why):
    complete(folder, lambda song: Answer(FOUND, text, "where"))
    assert {(row["outcome"], row["detail"]) for row in sources(folder).values()} == {
        (NO_LYRICS, f"where ({why})")
    }
    assert not (folder / "lyrics").exists()


class Killed(BaseException):
    """Stands for an end at any moment; nothing catches it."""


@pytest.mark.parametrize("kind", ["tabled", "walked"])
@pytest.mark.parametrize("late", [False, True])
def test_whenever_it_is_killed_it_loses_at_most_the_track_in_hand(tmp_path, monkeypatch, kind, late):
    """Every file is put in its place by Path.replace: it is killed before, or after, each of these."""
    real, left = Path.replace, [0]

    def replace(self, target):
        left[0] -= 1
        if left[0] == 0 and not late:
            raise Killed
        result = real(self, target)
        if left[0] == 0:
            raise Killed
        return result

    monkeypatch.setattr(Path, "replace", replace)
    number, replacements = 0, 1
    while number <= replacements:  # the first goes on to its end, and counts them
        folder = tmp_path / f"songs {number}"
        if kind == "tabled":
            tabled(folder)
        else:
            for seed in range(3):
                sound(folder / f"{seed}.wav", seed)
        asked = []

        def ask(song, asked=asked):
            asked.append(song.track_id)
            return words(song)

        left[0] = number
        if number:
            with pytest.raises(Killed):
                complete(folder, ask)
        complete(folder, ask)
        if not number:
            replacements = -left[0]
        assert len(asked) <= 4
        assert all(track.lyrics.startswith("words of") for track in read_song_folder(folder).tracks)
        rows = sources(folder)
        assert {row["outcome"] for row in rows.values()} == {FOUND}
        assert len(rows) == 3
        assert all((folder / row["lyrics"]).is_file() for row in rows.values())
        assert len(list(folder.rglob("*.txt"))) == 3
        number += 1
    assert replacements >= 9


CODE = """
import sys, time
from pathlib import Path
from songmap.importers.completion import completing
from songmap.importers.provenance import FOUND, GENIUS, Answer
def ask(song):
    time.sleep(0.1)
    return Answer(FOUND, f"words of {song.title}")
with completing(Path(sys.argv[1]), GENIUS) as completion:
    completion.run(ask, "asking")
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_process_that_is_stopped_keeps_what_was_done(tmp_path, sent):
    rows = [[f"t{number:02d}", f"Title {number}"] for number in range(20)]
    folder = table(tmp_path / "songs", ["track_id", "title"], *rows)
    process = subprocess.Popen([sys.executable, "-c", CODE, str(folder)], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not (folder / SOURCES).exists() or len(sources(folder)) < 4:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.02)
    process.send_signal(sent)
    process.wait()
    done = sum(row["outcome"] == FOUND for row in sources(folder).values())
    assert 3 <= done < 20
    completion = complete(folder, lambda song: Answer(FOUND, f"words of {song.title}"))
    assert completion.tally.counts[FOUND] in (20 - done, 19 - done)
    assert all(row[-1] == f"lyrics/{row[0]}.txt" for row in read(folder)[1:])
    assert {row["outcome"] for row in sources(folder).values()} == {FOUND}


def test_a_full_disk_ends_it_and_leaves_all_whole(folder, monkeypatch):
    real = Path.write_bytes

    def write(self, data):
        if data.startswith(b"words of Second"):
            raise OSError(28, "No space left on device", str(self))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(OSError, match="No space left"):
        complete(folder)
    assert [row[-1] for row in read(folder)[1:]] == ["lyrics/one.txt", "", ""]
    monkeypatch.undo()
    assert complete(folder).tally.counts == Counter({FOUND: 2, HAS_LYRICS: 1})
    assert {row["outcome"] for row in sources(folder).values()} == {FOUND}


def test_a_text_that_cannot_be_written_costs_one_track(walked, monkeypatch):
    real = Path.write_bytes

    def write(self, data):
        if data.startswith(b"words of second"):
            raise OSError(13, "Permission denied", str(self))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    completion = complete(walked)
    assert completion.tally.counts == Counter({FOUND: 2, FAILED: 1})
    assert completion.tally.refused[0].reason == "failed: 'second.txt' cannot be written: Permission denied"


def test_two_at_once_are_refused(folder):
    lock = folder / ".songmap.lock"
    with FileLock(lock), pytest.raises(DataError, match="another process completes"):
        complete(folder)
    complete(folder)
    assert not lock.exists()


def test_folders_that_cannot_be_used_are_one_line(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    for path, why in (
        (tmp_path / "absent", "does not exist"),
        (folder / "tracks.csv", "is not a folder"),
        (tmp_path / "empty", r"holds neither tracks in tracks\.csv nor audio files"),
    ):
        with pytest.raises(DataError, match=why):
            complete(path)
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_damaged_record_is_named(folder):
    (folder / SOURCES).write_bytes(b"track_id,path,source\nx,y\n")
    before = contents(folder)
    with pytest.raises(DataError, match=rf"{SOURCES}: a row has more or fewer fields"):
        complete(folder)
    assert contents(folder) == before


def test_the_record_is_no_track_and_nor_are_the_texts(walked):
    complete(walked)
    (walked / "lyrics").mkdir()
    (walked / "lyrics/other.txt").write_text("la")
    assert len(read_song_folder(walked).tracks) == 3
    assert complete(walked, never).tally.tracks == 3
