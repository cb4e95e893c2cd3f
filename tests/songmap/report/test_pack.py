"""Numbers as text."""

import base64

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from songmap.report.pack import categories, indices, packed, quantised

DTYPES = {
    "Uint8Array": "<u1",
    "Uint16Array": "<u2",
    "Uint32Array": "<u4",
    "Int16Array": "<i2",
    "Float32Array": "<f4",
}


def unpacked(block):
    return np.frombuffer(base64.b64decode(block["data"]), DTYPES[block["type"]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int16, np.float32, ">i2"])
def test_arrays_come_back_whatever_their_byte_order_and_strides(dtype):
    values = np.arange(12, dtype=dtype).reshape(3, 4).T
    assert unpacked(packed(values)).tolist() == values.ravel().tolist()


@pytest.mark.parametrize(("n", "kind"), [(2**16, "Uint16Array"), (2**16 + 1, "Uint32Array")])
def test_indices_take_two_bytes_where_they_fit(n, kind):
    block = indices(np.array([0, n - 1]), n)
    assert block["type"] == kind
    assert unpacked(block).tolist() == [0, n - 1]


def test_categories_are_ranked_and_nothing_is_none_of_them():
    found = categories(["b", "", "a", "b", "c"])
    assert found["names"] == ["b", "a", "c"]
    assert unpacked(found["codes"]).tolist() == [1, 0, 2, 1, 3]


def test_levels_span_the_percentiles_and_keep_0_for_nothing():
    values = np.append(np.arange(101.0), np.nan)
    found = quantised(values)
    levels = unpacked(found["levels"])
    assert (found["low"], found["high"]) == (2.0, 98.0)
    assert [levels[i] for i in (0, 2, 50, 98, 100, 101)] == [1, 1, 128, 255, 255, 0]


@given(arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e9, 1e9) | st.just(np.nan)))
def test_levels_keep_the_order_of_any_values(values):
    levels = unpacked(quantised(values)["levels"])
    known = np.isfinite(values)
    assert (levels[known] > 0).all()
    assert not levels[~known].any()
    assert (np.diff(levels[known][np.argsort(values[known])].astype(int)) >= 0).all()
