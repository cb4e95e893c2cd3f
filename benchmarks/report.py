"""How long the report takes to open: from the start of the navigation to the first map that is drawn.

Ten thousand songs are made here, with words, 24 features and three models, and their page is written to a
temporary folder; or a page is given. A headless Chromium, started anew each time, opens it from disk; median,
fastest and slowest are printed, also of what passes before the page's own scripts run, which is the parser's
and plotly's. The page notes both itself: with a debugger attached, as Playwright attaches one, plotly starts
half a second later.
"""

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from songmap.report.model import model
from songmap.report.page import page
from songmap.report.songs import features, songs
from songmap.tracks import TrackArray

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WAIT = 30_000  # ms within which the map must be drawn
MODELS, CLUSTERS, DIMENSIONS, FEATURES = 3, 12, 32, 24
WORDS = (
    "river", "night", "gold", "window", "fire", "train", "summer", "letter", "stone", "dance", "rain", "sea",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the page, open it, print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.report",
        description="Time the opening of the report in a headless Chromium.",
        epilog="example: python -m benchmarks.report --page plots/report.html --repetitions 3",
    )
    parser.add_argument("--songs", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--page", type=Path, help="a page to open instead")
    parser.add_argument("--repetitions", type=int, default=5, help="how often (5)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = options.page or Path(folder) / "report.html"
        if not options.page:
            path.write_text(page(blocks(options.songs)), encoding="utf-8")
        times = [opening(path) for _ in range(options.repetitions)]
        print(f"{path.stat().st_size / 1e6:.1f} MB")
    for what, seconds in zip(("scripts start", "map drawn"), zip(*times, strict=True), strict=True):
        spread = f"{min(seconds):.2f} to {max(seconds):.2f}"
        print(f"  {what:14} {statistics.median(seconds):6.2f} s   ({spread})")


def opening(path: Path) -> list[float]:
    """Seconds from the start of the navigation to the page's own scripts, and to the first map."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"no browser: install one of {', '.join(BROWSERS)}")
    with tempfile.TemporaryDirectory() as profile:
        options = [
            f"--user-data-dir={profile}",
            f"--timeout={WAIT}",
            "--window-size=1280,900",
            "--no-sandbox",
        ]
        command = [browser, "--headless", "--dump-dom", *options, path.resolve().as_uri()]
        dumped = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    root = dumped[: dumped.find("<head")]
    noted = dict(re.findall(r' data-(started|drawn)="(\d+)"', root))
    if "drawn" not in noted:
        sys.exit(f"{path}: no map within {WAIT // 1000} s; is it a report with a model?")
    return [int(noted[what]) / 1000 for what in ("started", "drawn")]


def blocks(count: int) -> dict[str, Any]:
    """What the page of `count` synthetic songs holds."""
    rng = np.random.default_rng(0)
    ids = [f"song {i}" for i in range(count)]
    tracks = [
        {
            "track_id": track,
            "title": " ".join(rng.choice(WORDS, 3)),
            "artist": f"artist {rng.integers(count // 10 + 1)}",
            "genre": f"genre {rng.integers(8)}",
            "language": str(rng.choice(["en", "fr", "de"])),
        }
        for track in ids
    ]
    texts = [
        {
            "track_id": track,
            "language": "en",
            "text": "\n".join(" ".join(rng.choice(WORDS, 8)) for _ in "abc"),
        }
        for track in ids
    ]
    sources = [{"track_id": track, "path": f"audio/{track}.mp3"} for track in ids]
    names = np.array([f"feature {i}" for i in range(FEATURES)])
    described = features(ids, [TrackArray(np.array(ids), rng.normal(size=(count, FEATURES)), names)])
    models = {f"model_{i}": synthetic(ids, rng) for i in range(MODELS)}
    about = {"models": [{"name": name, "marks": ""} for name in models], "left_out": {}, "warmup": 0}
    return {
        "about": about | {"features": names.tolist()},
        "songs": songs(tracks, texts, sources, "songs"),
        "features": described,
        **{f"model-{name}": block for name, block in models.items()},
        "evaluation": {"columns": [], "rows": []},
        "training": {},
        "run": {"params": "", "versions": {}},
    }


def synthetic(ids: Sequence[str], rng: np.random.Generator) -> dict[str, Any]:
    """A model whose clusters are Gaussian."""
    cluster = rng.integers(CLUSTERS, size=len(ids))
    latents = 4 * rng.normal(size=(CLUSTERS, DIMENSIONS))[cluster] + rng.normal(size=(len(ids), DIMENSIONS))
    rows = [
        {"track_id": track, "cluster": str(c), "confidence": "0.5"}
        for track, c in zip(ids, cluster, strict=True)
    ]
    cards = [{"cluster": c, "name": "", "size": int((cluster == c).sum())} for c in range(CLUSTERS)]
    space = TrackArray(np.array(ids), latents[:, None])
    return model(ids, rows, TrackArray(np.array(ids), latents[:, :2]), space, cards)


if __name__ == "__main__":
    main()
