"""Check params.yaml as a whole. Run as ``python -m stages.params``."""

from songmap import params
from songmap.console import run


def main() -> None:
    """Raise on the first parameter that is unknown, of the wrong type or out of range."""
    params.load()


if __name__ == "__main__":
    run(main)
