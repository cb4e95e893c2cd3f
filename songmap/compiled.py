"""umap-learn, with its compiled code kept between processes.

umap-learn compiles itself in every process, which costs 12 s where 240 points take 0.5 s. numba can keep the
result on disk; three things make that safe here:

- The folder is named after the versions of everything the code is made from. numba's own check looks at
  one source file and misses a change in a function that another file defines.
- The folder is the user's, never a shared one: what lies in it is executed.
- Every process takes the same path through umap-learn, by exact neighbours that are handed to it. So two
  processes that fill the cache at once write the same entries, each by an atomic rename.
"""

import os
import pickle
import shutil
import sys
import tempfile
import warnings
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numba
import numpy as np
from sklearn.neighbors import NearestNeighbors

CONFIG: Any = numba.config
PACKAGES = ("umap-learn", "pynndescent", "numba", "llvmlite")


def umap_layout(points: np.ndarray, **settings: Any) -> np.ndarray:
    """UMAP of points, from exact Euclidean neighbours, on one thread.

    A cache that cannot be written is replaced by a temporary one; one that is damaged is deleted as well, so
    that the next process fills it anew.

    Parameters
    ----------
    points : np.ndarray [shape=(n, d)]
        At least four, finite.
    **settings
        Parameters of ``umap.UMAP``; n_neighbors and random_state must be among them.

    Returns
    -------
    np.ndarray [shape=(n, n_components)], float32
        Two components by default.
    """
    with ExitStack() as stack:
        if not CONFIG.CACHE_DIR:
            CONFIG.CACHE_DIR = str(_writable(cache_folder()) or stack.enter_context(_temporary()))
        try:
            return _fit(points, settings)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            if not isinstance(error, OSError):
                shutil.rmtree(cache_folder(), ignore_errors=True)
            CONFIG.CACHE_DIR = stack.enter_context(_temporary())
            return _fit(points, settings)


def cache_folder() -> Path:
    """Where compiled code is kept: ``songmap`` in the user's cache folder, by version."""
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    python = f"python-{sys.version_info.major}.{sys.version_info.minor}"
    return Path(base) / "songmap" / "-".join([python, *(f"{name}-{version(name)}" for name in PACKAGES)])


def _temporary() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="songmap-")


def _writable(folder: Path) -> Path | None:
    """The folder, made if need be; None where files cannot be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return None
    return folder


def _fit(points: np.ndarray, settings: dict[str, Any]) -> np.ndarray:
    # umap.layouts compiles at import, so numba must know the folder before.
    import umap
    import umap.layouts
    import umap.umap_
    from numba.core.dispatcher import Dispatcher

    for module in (umap.umap_, umap.layouts):
        for function in vars(module).values():
            if isinstance(function, Dispatcher):
                function.enable_caching()
    search = NearestNeighbors(n_neighbors=settings["n_neighbors"]).fit(points)
    distances, indices = search.kneighbors(points)
    neighbours = (indices.astype(np.int32), distances.astype(np.float32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        progress = {"desc": "UMAP", "disable": False, "delay": 1, "leave": False}
        model = umap.UMAP(precomputed_knn=neighbours, n_jobs=1, tqdm_kwds=progress, **settings)
        return model.fit_transform(points)


if __name__ == "__main__":  # at installation, so that the first pipeline does not wait for the compiler
    umap_layout(np.eye(16), n_neighbors=5, random_state=0, init="random")
