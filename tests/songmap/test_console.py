import pytest

from songmap.console import argument, run
from songmap.errors import DataError, ParameterError


def failing(error):
    def main():
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (DataError("the folder is empty"), 1, "songmap: the folder is empty\n"),
        (
            FileNotFoundError(2, "No such file or directory", "x.csv"),
            1,
            "songmap: No such file or directory: x.csv\n",
        ),
        (OSError(28, "No space left on device"), 1, "songmap: No space left on device\n"),
        (KeyboardInterrupt(), 130, "songmap: interrupted\n"),
    ],
)
def test_what_a_user_can_mend_is_one_line(capsys, error, code, line):
    with pytest.raises(SystemExit) as caught:
        run(failing(error))
    assert caught.value.code == code
    assert capsys.readouterr().err == line


def test_a_fault_of_the_program_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run(failing(ZeroDivisionError()))


@pytest.mark.parametrize("given", [[], ["vea"], ["vae", "pca"]])
def test_an_unknown_argument_lists_the_known(monkeypatch, given):
    monkeypatch.setattr("sys.argv", ["stage", *given])
    with pytest.raises(ParameterError, match="give one of vae, pca"):
        argument("model", ["vae", "pca"])


def test_a_terminal_is_shown_nothing_that_it_would_obey(capsys):
    def main():
        raise DataError("a\x1b[31m\u202e\nb é")

    with pytest.raises(SystemExit):
        run(main)
    assert capsys.readouterr().err == "songmap: a\\x1b[31m\\u202e\\nb é\n"
