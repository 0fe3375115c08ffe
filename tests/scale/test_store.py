"""What is put into a store comes back, and damage is noticed."""

import os

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
@settings(max_examples=15, deadline=None)
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


@given(st.lists(rows(), min_size=2, max_size=4), st.integers(0, 2**32))
@settings(max_examples=10, deadline=None)
def test_packs_put_together_hold_the_same(tmp_path_factory, packs, seed):
    folder = tmp_path_factory.mktemp("store")
    store, known = Store(folder), {}
    random = np.random.default_rng(seed)
    for pack in packs:
        again = [row for row in known.values() if random.random() < 0.3]  # some twice
        store.put([*again, *(row for row in pack if row.key not in known)])
        known |= {row.key: row for row in pack if row.key not in known}
    store.tidy()
    for each in (store, Store(folder)):
        assert len(list((folder / "packs").iterdir())) == 1
        assert each.keys() == known.keys()
        for row in each.get(known):
            assert_same(row, known[row.key])
    (pack,) = (folder / "packs").iterdir()
    store.tidy()
    assert list((folder / "packs").iterdir()) == [pack]


def test_what_is_done_holds_over_what_is_not(tmp_path):
    store = Store(tmp_path)
    for status in ("set aside", "done", "failed"):
        store.put([Row("ab" * 32, status)])
    for _ in range(2):
        assert Store(tmp_path).get(["ab" * 32])[0].status == "done"
        store.tidy()
    assert len(list((tmp_path / "packs").iterdir())) == 1


def some_rows(count):
    return [Row(f"{k:064x}", values={"final": np.arange(50.0) + k}) for k in range(count)]


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_any_byte_that_is_changed_or_lost_is_noticed(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("store")
    Store(folder).put(some_rows(5))
    (path,) = (folder / "packs").iterdir()
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[place:]
    else:
        content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    store = Store(folder)
    damaged = store.verify()
    if damaged:
        assert list(damaged) == [path.name]
        assert path.name in damaged[path.name]
        assert store.keys() == set()
        assert not path.exists()
        store.put(some_rows(5))
    # Else it is a byte that nobody reads, as those that fill or say a date.
    for got, put in zip(store.get([row.key for row in some_rows(5)]), some_rows(5), strict=True):
        assert_same(got, put)


def test_who_is_killed_while_packs_are_put_together_loses_nothing(tmp_path, monkeypatch):
    store, rows = Store(tmp_path), some_rows(12)
    for first in range(0, 12, 3):
        store.put(rows[first : first + 3])
    removed = []

    def unlink(path, missing_ok=False):
        if len(removed) == 2:
            raise InterruptedError  # as a kill would, between two packs
        removed.append(path)
        os.unlink(path)

    monkeypatch.setattr(type(tmp_path), "unlink", unlink)
    with pytest.raises(InterruptedError):
        store.tidy()
    monkeypatch.undo()
    (tmp_path / "packs" / ".7-ab.part").write_bytes(b"half")
    left = Store(tmp_path)
    assert left.keys() == {row.key for row in rows}
    left.tidy()
    assert len(list((tmp_path / "packs").iterdir())) == 1
    for got, put in zip(left.get([row.key for row in rows]), rows, strict=True):
        assert_same(got, put)


def test_what_failed_can_be_forgotten(tmp_path):
    store = Store(tmp_path)
    names = [f"{number:064x}" for number in range(6)]
    of = dict(zip(names, ["done", "failed", "set aside", "failed", "done", "failed"], strict=True))
    values = {"energy": np.arange(3.0)}
    store.put([Row(key, of[key], values=values if of[key] == "done" else {}) for key in names[:3]])
    store.put([Row(key, of[key]) for key in names[3:4]])
    store.put([Row(key, of[key], values=values if of[key] == "done" else {}) for key in names[4:]])
    assert store.failed([*names[:5], "0" * 63 + "f"]) == set(names[1:4])
    store.drop(store.failed(names[:5]))
    for each in (store, Store(tmp_path)):
        assert each.keys() == {names[0], names[4], names[5]}
        for row in each.get([names[0], names[4]]):
            assert np.array_equal(row.values["energy"], values["energy"])
    assert len(list((tmp_path / "packs").iterdir())) == 2
    store.put([Row(names[1], "done", values=values)])
    assert Store(tmp_path).failed(names) == {names[5]}


def test_a_small_run_takes_little_room(tmp_path):
    values = {"final": np.arange(200.0), "energy": 1.0}
    store = Store(tmp_path)
    store.put([Row(f"{k:064x}", "done", "converged", "at rest", values) for k in range(50)])
    (path,) = (tmp_path / "packs").iterdir()
    assert path.stat().st_size / 50 < 1608 + 150


def test_rows_of_different_shapes_are_read_where_they_are(tmp_path):
    rows = [Row(f"{k:064x}", values={"x": np.arange(3.0 * k).reshape(k, 3)}) for k in range(4)]
    store = Store(tmp_path)
    store.put(rows)
    packs, number, place = store.places([rows[2].key, "ff" * 32, rows[1].key])
    assert (number.tolist(), place.tolist()) == ([0, -1, 0], [2, 0, 1])
    (held,) = packs[0].held
    assert held.shapes.tolist() == [[0, 3], [1, 3], [2, 3], [3, 3]]
    assert held.entry(held.mapped(), 2).tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
