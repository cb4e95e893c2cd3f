"""Check params.yaml as a whole. Run as ``python -m stages.params``."""

from pathlib import Path

from songmap import params
from songmap.console import run
from songmap.errors import ParameterError

MADE_BY_A_STAGE = "data/raw/demo"


def main() -> None:
    """Raise on the first parameter that is unknown, of the wrong type or out of range."""
    dataset = params.load().dataset
    if dataset != MADE_BY_A_STAGE and not Path(dataset).is_dir():
        raise ParameterError(
            f"params.yaml: dataset={dataset!r}: no such folder; python -m songmap import makes one"
        )


if __name__ == "__main__":
    run(main)
