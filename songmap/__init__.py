"""songmap: understand a music collection by clustering it on sound and words together.

`songmap.open()` gives what the pipeline made of it: features, latents, labels, clusters, scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from songmap.results import Results


def open(folder: Path | str = ".") -> Results:
    """What the pipeline wrote in the repository at `folder`. See `songmap.results.Results`.

    Raises
    ------
    DataError
        If the pipeline has not run there.
    """
    from songmap.results import Results

    return Results(folder)
