"""Write the demo song folder and the table of the factors its songs were made from."""

from songmap import params
from songmap.catalogue.demo.folder import write_demo
from songmap.console import run

FOLDER = "data/raw/demo"
FACTORS = "data/raw/demo_factors.csv"


def main() -> None:
    """Read params.demo; write `FOLDER` and `FACTORS`."""
    demo = params.load().demo
    write_demo(FOLDER, FACTORS, songs=demo.songs, seconds=demo.seconds, seed=demo.seed)


if __name__ == "__main__":
    run(main)
