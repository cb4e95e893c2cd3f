import os

import pytest

from songmap.errors import DataError
from songmap.files import read_csv, write_csv
from songmap.importers.provenance import (
    COLUMNS,
    FAILED,
    FOUND,
    GENIUS,
    INSTRUMENTAL,
    NO_MATCH,
    SOURCES,
    TRANSCRIPTION,
    WRITING,
    Answer,
    Provenance,
    Song,
)

SONG = Song("one", "a/1.wav", "First", "Ann")
OTHER = Song("two", "", "", "")


def test_a_song_is_called_by_artist_and_title_else_by_its_id():
    assert SONG.name == "Ann - First"
    assert Song("one", "", "First", "").name == "First"
    assert OTHER.name == "two"


def test_each_track_and_source_has_one_row_in_order_of_first_answers(tmp_path):
    provenance = Provenance(tmp_path)
    provenance.record(SONG, GENIUS, Answer(FAILED, detail="x"))
    provenance.record(OTHER, GENIUS, Answer(NO_MATCH))
    provenance.record(SONG, TRANSCRIPTION, Answer(FOUND, "words", "model", None, "pt"), "lyrics/one.txt")
    Provenance(tmp_path).record(SONG, GENIUS, Answer(FOUND, "words", "line\nfeed", 1.0), "lyrics/one.txt")
    rows = read_csv(tmp_path / SOURCES)
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["track_id"], row["source"], row["outcome"]) for row in rows] == [
        *[("one", GENIUS, FOUND), ("two", GENIUS, NO_MATCH), ("one", TRANSCRIPTION, FOUND)]
    ]
    assert (rows[0]["detail"], rows[0]["similarity"], rows[2]["similarity"]) == ("line feed", "1.000", "")
    assert (rows[0]["asked"], rows[2]["asked"]) == ("Ann - First", "")


def test_columns_that_somebody_added_stay(tmp_path):
    Provenance(tmp_path).record(SONG, GENIUS, Answer(NO_MATCH))
    rows = [row | {"remark": "mine"} for row in read_csv(tmp_path / SOURCES)]
    write_csv(tmp_path / SOURCES, [*COLUMNS, "remark"], rows)
    provenance = Provenance(tmp_path)
    provenance.record(SONG, GENIUS, Answer(FOUND), "x.txt")
    provenance.record(OTHER, GENIUS, Answer(NO_MATCH))
    assert [row["remark"] for row in read_csv(tmp_path / SOURCES)] == ["mine", ""]


def test_what_an_interrupt_left_is_put_right(tmp_path):
    provenance = Provenance(tmp_path)
    for song in (SONG, OTHER):
        provenance.record(song, GENIUS, Answer(WRITING), f"lyrics/{song.track_id}.txt")
    assert not provenance.is_settled(SONG, GENIUS)
    provenance.put_right({"one": " lyrics/one.txt", "two": ""})
    assert [row["outcome"] for row in read_csv(tmp_path / SOURCES)] == [FOUND, FAILED]
    assert provenance.is_settled(SONG, GENIUS)
    assert not provenance.is_settled(OTHER, GENIUS)


def test_an_answer_is_settled_for_the_title_that_was_asked_for(tmp_path):
    provenance = Provenance(tmp_path)
    for source in (GENIUS, TRANSCRIPTION):
        provenance.record(SONG, source, Answer(NO_MATCH))
    mended = Song("one", "a/1.wav", "Mended", "Ann")
    assert provenance.is_settled(SONG, GENIUS)
    assert not provenance.is_settled(mended, GENIUS)
    assert provenance.is_settled(mended, TRANSCRIPTION)
    provenance.record(SONG, GENIUS, Answer(INSTRUMENTAL))
    assert provenance.is_settled(mended, TRANSCRIPTION)


def test_nothing_is_written_before_there_is_an_answer(tmp_path):
    Provenance(tmp_path).put_right({"one": "x"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\n", b"a,b\nx\n", b"a,b\nx,y,z\n", b"track_id,source\nx,y\n", b'track_id,"x\n', b"\0"],
)
def test_a_record_that_cannot_be_read_is_named(tmp_path, content):
    (tmp_path / SOURCES).write_bytes(content)
    with pytest.raises(DataError, match=rf"{SOURCES}.*; mend it or delete it$") as caught:
        Provenance(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_record_that_is_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / SOURCES)
    with pytest.raises(DataError, match=r"cannot be read: no regular file; mend it or delete it$"):
        Provenance(tmp_path)


def test_a_record_that_is_a_link_or_a_folder_is_refused(tmp_path):
    (tmp_path / "other.csv").write_text("mine")
    (tmp_path / SOURCES).symlink_to("other.csv")
    with pytest.raises(DataError, match="is a link"):
        Provenance(tmp_path)
    (tmp_path / SOURCES).unlink()
    (tmp_path / SOURCES).mkdir()
    with pytest.raises(DataError, match="cannot be read"):
        Provenance(tmp_path)
