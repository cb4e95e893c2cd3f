"""Settings for all tests."""

import signal

import pytest
from hypothesis import settings

settings.register_profile("songmap", deadline=None, print_blob=True)  # a busy machine is no failure
settings.load_profile("songmap")
signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a shell's background job ignores it, and its children do


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first, those of the whole pipeline before all, so that no worker ends alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: len(item.path.parts) if item.path in slow else 1000)
