"""One command of the command line, by itself."""

from argparse import ArgumentParser

from songmap.console import run


def parsed(module, *arguments):
    """Parse the arguments with the module's parser alone, and run what they say."""
    parser = ArgumentParser()
    module.add(parser.add_subparsers(required=True))
    found = parser.parse_args(arguments)
    found.run(found)


def typing(module, capsys):
    """A function of arguments that gives what the module's command prints, or the error it ends with."""
    name = module.__name__.rsplit(".", 1)[1]

    def typed(*arguments, code=0):
        try:
            run(lambda: parsed(module, name, *arguments))
            assert code == 0
        except SystemExit as end:
            assert end.code == code
        out, err = capsys.readouterr()
        assert (err == "") == (code == 0)
        return err if code else out

    return typed
