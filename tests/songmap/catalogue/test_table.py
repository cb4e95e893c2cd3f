import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from songmap.catalogue.entries import Entry, Rejection
from songmap.catalogue.table import read_table
from songmap.errors import DataError


def read(folder: Path, content: str | bytes) -> tuple[list[Entry | Rejection], list[str]]:
    path = folder / "tracks.csv"
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return read_table(path)


def kinds(rows: list[Entry | Rejection]) -> list[str]:
    return [row.kind if isinstance(row, Rejection) else row.track_id for row in rows]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_plain_table(tmp_path: Path, newline: str, mark: str) -> None:
    lines = ["Path, title ,feature.b,feature.a,other", '"a,1.flac","T ""x""",1,2,z', "", "./b//c.flac,,,,"]
    rows, features = read(tmp_path, mark + newline.join(lines))
    assert features == ["b", "a"]
    assert rows == [
        Entry("a,1.flac", "a,1.flac", labels={"title": 'T "x"'}, features=("1", "2")),
        Entry("b/c.flac", "./b//c.flac", labels={"title": ""}, features=("", "")),
    ]


def test_a_broken_row_costs_itself(tmp_path: Path) -> None:
    content = b"path,title\na,1\nb\nc,1,2\n,x\nd,\0\ne\x1b,1\nf,1\n" + b"g,caf\xe9\nh,1\n"
    rows, _ = read(tmp_path, content)
    broken = "broken row"
    assert kinds(rows) == ["a", broken, broken, "no path and no track_id", broken, "e\x1b", "f", broken, "h"]
    details = [row.detail for row in rows if isinstance(row, Rejection)]
    assert details[0] == "line 3 has 1 fields, the header has 2"
    assert "line 6 holds a NUL" in details[3]
    assert "line 9 is not UTF-8: 'caf\\udce9'" in details[4]


def test_an_open_quotation_mark_costs_its_line_alone(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, 'path,title\na,1\n"b,2\nc,3\nd,"x"\ne,"two\nlines"\nf,"y\ng,5\n')
    assert kinds(rows) == ["a", "broken row", "c", "d", "e", "broken row", "g"]


def test_endless_quotation_marks_end(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, "path,title\na,1\n" + 'a","c\n' * 20_000)
    assert "the rest is left out" in rows[-1].detail  # type: ignore[union-attr]


def test_ids_are_clean_and_short(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, f'track_id,path\n" x\u202e\ty\x07 ",a.wav\n{"z" * 1001},\n')
    assert kinds(rows) == ["x y", "track_id too long"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("path,title\n", "no tracks"),
        ("path;title\na;b\n", "separated by commas: 'path;title'"),
        ("title,artist\na,b\n", "no column is called path"),
        ("path,title,Title\na,b,c\n", "'title' occurs more than once"),
        ("path,feature.a,feature.a\na,1,2\n", "'feature.a' occurs more than once"),
        ('"path,title\n', "no header"),
        ("path,title\na,b\n".encode("utf-16"), "not UTF-8"),
    ],
)
def test_unusable_table_is_one_error(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        read(tmp_path, content)
    assert "\n" not in str(caught.value)


WILD = st.text(
    alphabet=st.one_of(
        st.sampled_from('",\n\r\0;\ufeff\x85\u2028.'), st.characters(exclude_categories=["Cs"])
    )
)
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(st.one_of(st.binary(max_size=200), WILD.map(str.encode)), st.booleans())
def test_whatever_the_bytes_rows_or_one_error(tmp_path: Path, content: bytes, header: bool) -> None:
    try:
        rows, _ = read(tmp_path, b"path,title,feature.x\n" + content if header else content)
    except DataError as error:
        assert "\n" not in str(error)
        return
    for row in rows:
        assert isinstance(row, Entry | Rejection)
        if isinstance(row, Rejection):
            (row.path + row.track_id + row.reason).encode("utf-8")
            assert "\n" not in row.path + row.reason
            assert "\r" not in row.path + row.track_id + row.reason


@MANY
@given(st.lists(st.tuples(WILD, WILD, WILD), min_size=1, max_size=8))
def test_every_well_formed_row_is_accounted_for(tmp_path: Path, records: list[tuple[str, str, str]]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([("track_id", "path", "title"), *records])
    rows, _ = read(tmp_path, written.getvalue())
    assert len(rows) == len(records)
    for row, record in zip(rows, records, strict=True):
        if isinstance(row, Entry):
            assert row.track_id
            assert row.path in (record[1], "")
        else:
            assert "\0" in "".join(record) or not record[1].strip() or len("".join(record)) > 1000
