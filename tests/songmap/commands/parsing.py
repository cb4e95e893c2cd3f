"""One command of the command line, by itself."""

from argparse import ArgumentParser


def parsed(module, *arguments):
    """Parse the arguments with the module's parser alone, and run what they say."""
    parser = ArgumentParser()
    module.add(parser.add_subparsers(required=True))
    found = parser.parse_args(arguments)
    found.run(found)
