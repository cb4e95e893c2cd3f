import math

from songmap.evaluation.rounding import decimals, rounded, significant


def test_significant_digits():
    assert significant({"a": 123456.789, "b": [1.23456789e-9, 3, None, "x"]}) == {
        "a": 123457.0, "b": [1.23457e-9, 3, None, "x"],
    }  # fmt: skip


def test_decimals():
    assert decimals(0.123456) == 0.1235
    assert math.copysign(1, decimals(-0.00001)) == 1
    assert decimals(7) == 7
    assert decimals(None) is None


def test_rows():
    assert rounded([{"a": 0.99999, "b": None}]) == [{"a": 1.0, "b": None}]
