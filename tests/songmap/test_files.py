import pytest

from songmap.errors import DataError
from songmap.files import atomic, read_csv, read_json, write_csv, write_json


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_usual_mode(tmp_path):
    (tmp_path / "usual").touch()
    with atomic(tmp_path / "ours") as temporary:
        temporary.write_text("x")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_table_keeps_newlines_quotes_and_commas(tmp_path):
    row = {"a": 'one,\n"two"', "b": "ü"}
    write_csv(tmp_path / "t.csv", ["a", "b", "c"], [row])
    assert read_csv(tmp_path / "t.csv") == [row | {"c": ""}]


def test_a_lone_carriage_return_does_not_end_a_row(tmp_path):
    write_csv(tmp_path / "t.csv", ["a", "b"], [{"a": "one\rtwo\r\nthree", "b": 1}])
    assert read_csv(tmp_path / "t.csv") == [{"a": "one\ntwo\nthree", "b": "1"}]


def test_a_broken_table_is_named(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2,3\n")
    with pytest.raises(DataError, match=r"t\.csv: a row has more or fewer"):
        read_csv(tmp_path / "t.csv")


def test_json_refuses_nan(tmp_path):
    write_json(tmp_path / "a.json", {"é": [1, None]})
    assert read_json(tmp_path / "a.json") == {"é": [1, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "a.json", {"x": float("nan")})


def test_a_name_of_255_bytes_is_written(tmp_path):
    path = tmp_path / ("字" * 83 + ".txt")
    with atomic(path) as temporary:
        temporary.write_text("x")
    assert path.read_text() == "x"


def test_a_name_that_is_not_utf_8_is_written(tmp_path):
    path = tmp_path / "caf\udce9.txt"
    with atomic(path) as temporary:
        temporary.write_text("x")
    assert path.read_text() == "x"


def test_a_write_that_fails_names_the_file_asked_for(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(IsADirectoryError) as caught:
        write_csv(tmp_path / "a.csv", ["x"], [])
    assert caught.value.filename == str(tmp_path / "a.csv")


def test_a_table_that_is_not_utf8_or_starts_with_a_byte_order_mark(tmp_path):
    (tmp_path / "latin.csv").write_bytes("a\né\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.csv is not a table in UTF-8"):
        read_csv(tmp_path / "latin.csv")
    (tmp_path / "mark.csv").write_text("a\né\n", encoding="utf-8-sig")
    assert read_csv(tmp_path / "mark.csv") == [{"a": "é"}]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000])
def test_json_that_is_none(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json is not JSON"):
        read_json(tmp_path / "a.json")
