"""What is put into a store comes back, and damage is noticed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from hamsim.errors import HamsimError
from hamsim.scale.store import Row, Store

DTYPES = st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128, np.uint8])
ARRAYS = DTYPES.flatmap(
    lambda dtype: arrays.arrays(
        dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
    )
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUES = st.dictionaries(
    st.sampled_from(["final", "energy", "max(a/b)", "../ä", "x x"]),
    ARRAYS | TEXT | st.floats() | st.integers(-(2**60), 2**60),
    max_size=4,
)
KEYS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def rows(draw):
    keys = draw(st.lists(KEYS, unique=True, min_size=1, max_size=12))
    return [
        Row(
            key,
            draw(st.sampled_from(["done", "failed", "set aside"])),
            draw(TEXT),
            draw(TEXT),
            draw(VALUES),
            seconds=draw(st.floats(0, 1e9)),
        )
        for key in keys
    ]


def assert_same(found, put):
    assert (found.key, found.status, found.outcome, found.reason, found.seconds) == (
        put.key,
        put.status,
        put.outcome,
        put.reason,
        put.seconds,
    )
    assert found.values.keys() == put.values.keys()
    for name, value in put.values.items():
        value = np.asarray(value)
        assert found.values[name].shape == value.shape
        assert found.values[name].dtype.kind == value.dtype.kind
        if value.dtype.kind == "U":
            assert found.values[name].tolist() == value.tolist()
        else:
            assert found.values[name].dtype == value.dtype
            assert found.values[name].tobytes() == value.tobytes()


@given(rows(), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_rows_come_back_bit_by_bit(tmp_path_factory, rows, size):
    folder = tmp_path_factory.mktemp("store")
    store = Store(folder)
    for first in range(0, len(rows), size):
        store.put(rows[first : first + size])
    for each in (store, Store(folder)):
        assert each.keys() == {row.key for row in rows}
        found = each.get([*(row.key for row in rows), "00" * 32])
        if "00" * 32 not in each.keys():
            assert found[-1] is None
        for got, put in zip(found, rows, strict=False):
            assert_same(got, put)


def test_numpy_alone_reads_a_pack(tmp_path):
    Store(tmp_path).put([Row("ab" * 32, values={"final": [1.0, 2.0]}, outcome="converged")])
    (path,) = (tmp_path / "packs").iterdir()
    with np.load(path) as pack:
        assert pack["values/final"].tolist() == [[1.0, 2.0]]
        assert pack["key"].tobytes() == b"\xab" * 32


def test_what_cannot_be_kept_is_named(tmp_path):
    with pytest.raises(HamsimError, match=r"'what' is <object .*>; what is kept is numbers, or t"):
        Store(tmp_path).put([Row("ab" * 32, values={"what": object()})])
    assert Store(tmp_path).keys() == set()
