import shutil
import sys
from pathlib import Path

import pytest

from songmap.errors import ParameterError
from songmap.files import write_csv
from songmap.tracks import TrackArray
from stages import lyrics


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config) -> None:
    """A directory with the repository's parameters and three lyrics."""
    shutil.copy(pytestconfig.rootpath / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    texts = {"b": "love me do", "a": "love\nme tender", "c": "you love me"}
    write_csv("data/lyrics.csv", ("track_id", "text"), [{"track_id": i, "text": t} for i, t in texts.items()])


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["lyrics", *arguments])
    lyrics.main()


def test_tfidf_writes_a_row_per_song(workspace: None, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "tfidf")
    found = TrackArray.load("data/features/tfidf.npz")
    assert found.track_id.tolist() == ["b", "a", "c"]
    assert found.names.tolist() == ["love", "love me", "me"]
    before = Path("data/features/tfidf.npz").read_bytes()
    run(monkeypatch, "tfidf")
    assert Path("data/features/tfidf.npz").read_bytes() == before


@pytest.mark.parametrize("encoder", lyrics.ENCODERS)
def test_no_lyrics_give_an_empty_array(
    workspace: None, monkeypatch: pytest.MonkeyPatch, encoder: str
) -> None:
    write_csv("data/lyrics.csv", ("track_id", "text"), [])
    run(monkeypatch, encoder)
    found = TrackArray.load(f"data/features/{encoder}.npz")
    assert (len(found), found.note) == (0, "no lyrics in this catalogue")


@pytest.mark.parametrize("arguments", [(), ("word2vec",), ("tfidf", "sentence")])
def test_wrong_arguments(
    workspace: None, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(ParameterError, match="give one of tfidf, sentence"):
        run(monkeypatch, *arguments)
