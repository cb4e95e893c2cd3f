import os
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from songmap.commands.arguments import path, table


def test_a_table_is_written_where_a_link_leads(tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "there.csv")
    assert table(str(tmp_path / "link.csv")) == tmp_path / "there.csv"
    assert table("new.CSV") == Path("new.CSV").resolve()


def test_what_is_no_table_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    for name in ("song.flac", "pipe.csv", "folder.csv"):
        with pytest.raises(ArgumentTypeError, match=r"ends in \.csv"):
            table(str(tmp_path / name))
    with pytest.raises(ArgumentTypeError, match=r"ends in \.csv"):
        table("/dev/null")


def test_an_empty_path_is_not_the_folder_one_is_in():
    assert path(".") == Path()
    with pytest.raises(ArgumentTypeError, match="give a path"):
        path("")
