"""Results of a sweep: what is read back is what was put in, wherever it lies."""

import numpy as np
import pytest
import xarray
from hypothesis import given, settings
from hypothesis import strategies as some

import hamsim
from hamsim.errors import HamsimError
from hamsim.scale.engines.engine import run
from hamsim.scale.plan.axes import Axis
from hamsim.scale.plan.making import make_plan
from hamsim.scale.results import dataset
from hamsim.scale.results.columns import columns_of
from hamsim.scale.results.labels import coordinates_of
from hamsim.scale.results.reading import ended
from hamsim.scale.results.results import SweepResults
from hamsim.scale.store.row import Row
from hamsim.scale.store.store import Store
from hamsim.scale.work import Work


def key(number):
    return f"{number:064x}"


def results_of(folder, axes, n):
    """As they are read for a plan with these axes, whose keys are numbers."""
    packs, pack, row = Store(folder).places([key(number) for number in range(n)])
    columns = ended(packs, pack, row) | columns_of(packs, pack, row)
    shape = tuple(len(axis) for axis in axes)
    dims = tuple(axis.dim for axis in axes)
    return SweepResults("net", dims, shape, coordinates_of(axes), columns)


TAU = Axis("groups.exc.tau", ("groups.exc.tau",), ((1.0,), (2.0,), (4.0,)))
PAIR = Axis("pair", ("parameters.a", "parameters.b"), ((1, "x"), (2, "y")))
SEED = Axis("seed", ("seed",), ((0,), (1,)))


@pytest.fixture
def stored(tmp_path):
    """Twelve runs in three packs, of which one failed, one was set aside, one is missing."""
    rows = []
    for number in range(12):
        values = {"energy": -1.0 * number, "final": np.arange(4.0) + 10 * number, "steps": number}
        rows.append(Row(key(number), "done", "converged", "", values, {"final": ("neuron",)}, 0.5))
    rows[3] = Row(key(3), "failed", "", "tau: too small")
    rows[7] = Row(key(7), "set aside", "", "its worker died three times")
    rows[8] = Row(key(8), "done", "diverged", "exc[0] diverged", {"energy": 1e300}, {}, 0.1)
    del rows[10]
    store = Store(tmp_path / "sweep")
    for part in (rows[::3], rows[1::3], rows[2::3]):
        store.put(part)
    return results_of(tmp_path / "sweep", (TAU, PAIR, SEED), 12)


def test_each_run_stands_at_its_place(stored):
    found = stored.to_xarray()
    assert dict(found.sizes) == {"groups.exc.tau": 3, "pair": 2, "seed": 2, "neuron": 4}
    assert found.energy.dims == ("groups.exc.tau", "pair", "seed")
    assert found.final.dims == (*found.energy.dims, "neuron")
    numbers = np.arange(12.0).reshape(3, 2, 2)
    lacking = np.isin(numbers, [3, 7, 10])
    np.testing.assert_array_equal(
        found.energy, np.where(lacking, np.nan, np.where(numbers == 8, 1e300, -numbers))
    )
    at = found.set_xindex("parameters.b").sel(
        {"groups.exc.tau": 4.0, "parameters.b": "y", "seed": 1}
    )
    assert at.final.values.tolist() == [110.0, 111.0, 112.0, 113.0]
    assert at.steps == 11


def test_the_dataset_is_drawn_as_its_results(stored):
    dataset = stored.to_xarray()
    again = dataset.hamsim.results
    assert repr(again) == repr(stored)
    assert [each.counted for each in again.coordinates] == [False, False, False, True]
    for name, values in stored.columns.items():
        assert values.shape == again.columns[name].shape
        np.testing.assert_array_equal(stored.of(name), again.of(name))
    two = again.columns["final"].take([3, 1], (slice(1, 3),))
    np.testing.assert_array_equal(two, stored.columns["final"].take([3, 1], (slice(1, 3),)))
    chosen = {"show": "energy", "against": "groups.exc.tau"}
    drawn = dataset.hamsim.plot(**chosen)
    assert drawn.description == stored.plot(**chosen).description
    assert dataset.hamsim._repr_html_() == stored._repr_html_()
    part = dataset.isel({"groups.exc.tau": [0, 2]}).where(dataset.outcome != "diverged")
    assert part.hamsim.results.shape == (2, 2, 2)
    assert part.hamsim.results.count("missing") == 2
    with pytest.raises(HamsimError, match="draw it before means are taken"):
        dataset[["energy"]].mean("seed").hamsim.plot()


def test_what_went_wrong_is_a_row_with_its_reason(stored):
    found = stored.to_xarray()
    at = found.isel({"groups.exc.tau": 0, "pair": 1, "seed": 1})
    assert (at.status, at.outcome, at.reason) == ("failed", "failed", "tau: too small")
    assert np.isnan(at.final).all()
    flat = [str(word) for word in found.outcome.values.ravel()]
    assert flat[7:11] == ["set aside", "diverged", "converged", "missing"]
    assert [str(word) for word in found.status.values.ravel()][7:11] == [
        "set aside",
        "done",
        "done",
        "missing",
    ]
    assert np.isnan(found.seconds.values.ravel()[10])
    assert found.reason.values.ravel()[10] == ""


def test_a_frame_has_flat_columns(stored):
    frame = stored.to_xarray().drop_dims("neuron").to_dataframe().reset_index()
    assert len(frame) == 12
    row = frame[frame["reason"] == "tau: too small"].iloc[0]
    assert row["groups.exc.tau"] == 1.0
    assert (row["parameters.a"], row["parameters.b"], row["seed"]) == (2, "y", 1)


def test_without_xarray_there_are_arrays(stored, monkeypatch):
    table = stored.table()
    assert list(table)[:4] == ["groups.exc.tau", "parameters.a", "parameters.b", "seed"]
    assert table["groups.exc.tau"].tolist() == [1.0] * 4 + [2.0] * 4 + [4.0] * 4
    assert table["parameters.b"].tolist() == ["x", "x", "y", "y"] * 3
    assert table["final[2]"][[1, 11]].tolist() == [12.0, 112.0]
    assert np.isnan(table["final[2]"][3])
    arrays = stored.to_dict()
    assert arrays["final"].shape == (3, 2, 2, 4)
    assert arrays["parameters.a"].tolist() == [1, 2]
    monkeypatch.setitem(__import__("sys").modules, "xarray", None)
    with pytest.raises(HamsimError, match=r"pip install 'hamsim\[xarray\]'.*\.to_dict\(\)"):
        stored.to_xarray()


def test_large_values_stay_in_the_folder(stored, monkeypatch):
    small = stored.to_xarray()
    read = []
    monkeypatch.setattr(dataset, "SMALL", 8 * 12)
    monkeypatch.setattr(type(stored.columns["final"]), "_whole", spied(read))
    lazy = stored.to_xarray()
    assert 12 in map(len, read)  # energies are small
    read.clear()
    picked = lazy.final.isel({"groups.exc.tau": [2, 0], "seed": 1}, drop=True)[..., 1:3]
    again = picked.isel(pair=0)
    assert read == []
    expected = small.final.values[[2, 0]][:, 0, 1, 1:3]
    np.testing.assert_array_equal(again.values, expected)
    assert [sorted(numbers) for numbers in read] == [[1, 9]]
    xarray.testing.assert_identical(lazy.load(), small)


def spied(read):
    from hamsim.scale.results.columns import Column

    whole = Column._whole

    def spy(column, numbers):
        read.append(numbers)
        return whole(column, numbers)

    return spy


def test_a_folder_that_changed_is_told(stored, tmp_path):
    for pack in (tmp_path / "sweep" / "packs").iterdir():
        pack.unlink()
    with pytest.raises(HamsimError, match="load it again"):
        stored.of("final")


SHAPES = some.sampled_from([(), (2,), (3,), (0,), (2, 3), (1, 4)])
DTYPES = some.sampled_from(["<f8", "<f4", "<i8", "?", "<U3", "<c16"])


@settings(max_examples=25, deadline=None)
@given(
    values=some.lists(some.none() | some.tuples(SHAPES, DTYPES), min_size=1, max_size=8),
    cut=some.integers(1, 4),
    data=some.data(),
)
def test_columns_are_the_values_of_rows(tmp_path_factory, values, cut, data):
    """Whatever shapes and types: each value stands in the corner, what lacks is NaN or empty."""
    folder = tmp_path_factory.mktemp("sweep")
    rng = np.random.default_rng(len(values))
    kept = {
        k: rng.integers(0, 2, size=each[0]).astype(each[1])
        for k, each in enumerate(values)
        if each is not None
    }
    if not kept:
        return
    store, numbers = Store(folder), sorted(kept)
    for first in range(0, len(numbers), cut):
        store.put([Row(key(k), values={"v": kept[k]}) for k in numbers[first : first + cut]])
    axis = Axis("k", ("k",), tuple((k,) for k in range(len(values))))
    column = results_of(folder, (axis,), len(values)).columns["v"]
    whole = column.take()
    assert len(kept) == len(values) or whole.dtype.kind in "fcU"  # what can say that it lacks
    for k in range(len(values)):
        lacking = {"U": "", "f": np.nan, "c": complex(np.nan, np.nan)}.get(whole.dtype.kind, 0)
        expected = np.full(column.shape, lacking, whole.dtype)
        if k in kept:
            value = kept[k].reshape((1,) * (len(column.shape) - kept[k].ndim) + kept[k].shape)
            expected[tuple(map(slice, value.shape))] = value
        np.testing.assert_array_equal(whole[k], expected)
    some_numbers = data.draw(some.lists(some.integers(0, len(values) - 1), min_size=1))
    inner = tuple(data.draw(some.sampled_from([slice(None), slice(0, 1)])) for _ in column.shape)
    np.testing.assert_array_equal(
        column.take(np.array(some_numbers), inner), whole[some_numbers][(slice(None), *inner)]
    )


def test_labels_of_what_is_no_number():
    states = np.eye(2)
    axes = (
        Axis("kind", ("groups.a.lagrangian",), (("tanh",), ({"kind": "relu", "beta": 2},))),
        Axis("initial", ("initial",), ((states[0],), (states[1],)), "trials"),
        Axis("on", ("flag",), ((True,), (False,))),
        Axis("long", ("text",), (("a" * 99 + "1" + "b" * 99,), ("a" * 99 + "2" + "b" * 99,))),
    )
    kind, initial, on, long = coordinates_of(axes)
    assert kind.values.tolist() == ["tanh", "{kind: relu, beta: 2}"]
    assert initial.values.tolist() == [0, 1]
    assert initial.counted
    assert on.values.tolist() == [True, False]
    assert len(set(long.values.tolist())) == 2
    assert not any(each.is_number for each in (kind, initial, on, long))


TWO = {
    "format": "hamsim/1",
    "name": "two",
    "parameters": {"gain": 0.5},
    "groups": {
        "a": {
            "size": 2,
            "lagrangian": "tanh",
            "tau": 1,
            "initial": {"uniform": {"low": 0, "high": 1}},
        },
        "b": {"neurons": ["first", "second", "third"], "lagrangian": "tanh", "tau": 2},
    },
    "connections": [{"between": ["a", "b"], "weights": "gain"}],
    "simulation": {"method": "rk4", "dt": 0.1, "t_end": 1},
}


def test_a_folder_is_read_wherever_it_is(tmp_path):
    plan = make_plan(TWO, {"parameters.gain": [0.1, 0.2]}, 2, keep=["final", "mean(a.g)"])
    plan = plan.write(tmp_path / "sweep")
    run(Work(plan), Store(tmp_path / "sweep"), workers=1)
    (tmp_path / "sweep").rename(tmp_path / "moved")
    found = hamsim.load_sweep(tmp_path / "moved")
    assert found.final.dims == ("parameters.gain", "seed", "neuron")
    assert found["mean(a.g)"].dims == ("parameters.gain", "seed")
    assert found.group.values.tolist() == ["a", "a", "b", "b", "b"]
    assert found.label.values[[1, 4]].tolist() == ["a[1]", "b.third"]
    assert "tau" not in found.coords  # of which the parameter may change
    assert found.attrs["network"] == "two"
    alone = hamsim.simulate(hamsim.compile(TWO, {"parameters.gain": 0.2, "seed": 1}))
    at = found.sel({"parameters.gain": 0.2, "seed": 1})
    np.testing.assert_array_equal(at.final, alone.state.x)
    assert set(found.outcome.values.ravel().tolist()) == {"finished"}
    with pytest.raises(HamsimError, match="holds no sweep"):
        hamsim.load_sweep(tmp_path / "sweep")


def test_what_no_run_has_is_there(tmp_path):
    plan = make_plan(TWO, {"parameters.gain": [0.1]}, keep=["energy"]).write(tmp_path / "sweep")
    found = hamsim.load_sweep(tmp_path / "sweep")
    assert np.isnan(found.energy).all()
    assert found.status.values.tolist() == ["missing"]
    assert len(plan) == 1
