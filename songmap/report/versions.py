"""The versions that a run's numbers depend on."""

import platform
from importlib.metadata import PackageNotFoundError, version

LIBRARIES = (
    "numpy", "scipy", "scikit-learn", "torch", "umap-learn", "librosa", "soundfile", "soxr", "transformers",
    "sentence-transformers", "lingua-language-detector", "plotly",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Version by name: Python, and the libraries that are installed."""
    found = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
