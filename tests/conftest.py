"""Settings for all tests."""

from hypothesis import settings

settings.register_profile("songmap", deadline=None, print_blob=True)  # a busy machine is no failure
settings.load_profile("songmap")
