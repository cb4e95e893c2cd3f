import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songmap.errors import DataError
from songmap.importers.delimited import Delimited, read_delimited


def opened(folder: Path, content: str | bytes) -> Delimited:
    path = folder / "table.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_delimited(path, ("id",), ("words",))


def rows(table: Delimited) -> list[dict[str, str]]:
    return [row for _, row in table.rows()]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_common_form_reads_alike(tmp_path: Path, newline: str, delimiter: str, encoding: str) -> None:
    lines = [["ID ", "other", "Words"], ["1", "ü", '"a,;|""\tb"'], ["2", "", "=1+1"]]
    content = newline.join(delimiter.join(line) for line in lines)
    table = opened(tmp_path, content.encode(encoding))
    assert rows(table) == [
        {"id": "1", "other": "ü", "words": 'a,;|"\tb'},
        {"id": "2", "other": "", "words": "=1+1"},
    ]
    assert (table.header, table.unknown) == (["id", "other", "words"], ["other"])
    assert (table.notes, table.skipped) == ([], [])


def test_a_quoted_field_holds_line_breaks_and_a_megabyte(tmp_path: Path) -> None:
    words = "la\r\nla\n" * 200_000
    table = opened(tmp_path, f'id,words\n1,"{words}"\n2,x\n')
    assert list(table.rows()) == [(2, {"id": "1", "words": words}), (400_003, {"id": "2", "words": "x"})]


def test_latin_1_is_read_and_said(tmp_path: Path) -> None:
    table = opened(tmp_path, "id,words\n1,Não\n2,“a”\n3,x\n".encode("cp1252"))
    assert [row["words"] for row in rows(table)] == ["Não", "“a”", "x"]
    assert table.notes == ["table.csv: lines that are not UTF-8, and were read as Windows-1252: 2"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_one_bad_byte_does_not_spoil_the_other_lines(tmp_path: Path, mark: bytes) -> None:
    table = opened(tmp_path, mark + "id,words\n1,ação\n2,".encode() + b"caf\xe9\n" + "3,ñ\n".encode())
    assert [row["words"] for row in rows(table)] == ["ação", "café", "ñ"]
    assert table.notes == ["table.csv: lines that are not UTF-8, and were read as Windows-1252: 1"]


def test_broken_rows_cost_themselves(tmp_path: Path) -> None:
    table = opened(tmp_path, 'id,words\n1,a\n2\n3,b,c\n4,\0\n5,"d"e\n"6,f\n7,g\n')
    assert [row["id"] for row in rows(table)] == ["1", "7"]
    assert [item.what for item in table.skipped] == ["line 3", "line 4", "line 5", "line 6", "line 7"]
    assert table.skipped[0].reason == "has 1 fields, the header has 2"
    assert table.skipped[2].reason == "holds a NUL"
    assert table.skipped[4].reason == "a quotation mark is not closed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header: the file is empty"),
        (b"\n\n", "no header: the file is empty"),
        (b"name,words\n", "no column is called id; there are 'name', 'words'"),
        (b"id,words,ID\n", "the column 'id' occurs more than once"),
        (b"id\0,words\n", "not a table of text"),
        ("id,words\n".encode("utf-16-le"), "not a table of text"),
        (b"\xff\xfei", "is not utf-16 text"),
        (b"PAR1\x15\0\0\xff\xfe" * 9, "not a table of text"),
        (b'"id,words\n', "no header: a quotation mark is not closed"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as raised:
        opened(tmp_path, content)
    assert "\n" not in str(raised.value)


def test_a_repeated_column_that_nobody_reads_does_no_harm(tmp_path: Path) -> None:
    assert [row["id"] for row in rows(opened(tmp_path, "id,x,x,,\n1,2,3,,\n"))] == ["1"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(DataError, match=f"cannot read {path}: "):
            read_delimited(path, ("id",))


FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(records=st.lists(st.tuples(FIELD, FIELD)), delimiter=st.sampled_from(",;\t|"))
@settings(max_examples=200)
def test_what_the_csv_module_writes_comes_back(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str]], delimiter: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "words"), *records])
    table = opened(tmp_path_factory.mktemp("table"), text.getvalue())
    assert [tuple(row.values()) for row in rows(table)] == records
    assert not table.skipped


@given(content=st.binary(max_size=300))
def test_any_bytes_end_in_rows_or_a_data_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    try:
        rows(opened(tmp_path_factory.mktemp("table"), b"id,words\n" + content))
    except DataError as error:
        assert "\n" not in str(error)
