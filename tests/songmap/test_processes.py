import os

from songmap.processes import available


def test_no_more_than_the_machine_has():
    assert 1 <= available() <= (os.cpu_count() or 1)
