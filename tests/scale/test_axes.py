"""What is swept over: ranges, lists, tables and samples become the places that people mean."""

from decimal import Decimal

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hamsim.cli.sweeping import parse_keep, parse_over, parse_samples, parse_seeds, split
from hamsim.errors import HamsimError
from hamsim.scale.plan.asked import axes_of

TAU, GAIN = "groups.exc.tau", "parameters.gain"


def values_of(axis):
    return [row[0] if len(row) == 1 else row for row in axis.values]


@settings(max_examples=50, deadline=None)
@given(
    some.decimals(-20, 20, places=2),
    some.decimals("0.01", 5, places=2),
    some.integers(0, 40),
    some.booleans(),
)
def test_steps_give_what_is_written_and_the_stop_if_they_lead_to_it(start, step, count, beyond):
    stop = start + count * step + (step / 2 if beyond else 0)
    (axis,) = axes_of({TAU: {"start": float(start), "stop": float(stop), "step": float(step)}})
    assert values_of(axis) == [float(start + k * step) for k in range(count + 1)]


def test_tenths_are_tenths():
    (axis,) = axes_of({TAU: {"start": 0.1, "stop": 0.5, "step": 0.1}})
    assert values_of(axis) == [0.1, 0.2, 0.3, 0.4, 0.5]
    (axis,) = axes_of({TAU: {"start": 1, "stop": 0, "step": -0.25}})
    assert values_of(axis) == [1, 0.75, 0.5, 0.25, 0]


def test_spacing():
    (axis,) = axes_of({TAU: {"start": 0.01, "stop": 100, "count": 5, "spacing": "log"}})
    np.testing.assert_allclose(values_of(axis), [0.01, 0.1, 1, 10, 100], rtol=1e-15)
    assert values_of(axis)[-1] == 100
    (axis,) = axes_of({TAU: {"start": 0, "stop": 1, "count": 5}})
    assert values_of(axis) == [0, 0.25, 0.5, 0.75, 1]


def test_paths_in_a_tuple_change_together():
    pair, other = axes_of({(TAU, GAIN): [(1, 2), (3, 4)], "simulation.dt": np.array([0.1, 0.2])})
    assert pair.names == (TAU, GAIN)
    assert values_of(pair) == [(1, 2), (3, 4)]
    assert pair.dim == f"{TAU}+{GAIN}"
    assert values_of(other) == [0.1, 0.2]


def test_states_and_stimuli_are_trials_and_all_else_runs():
    names = {
        "initial": "trials",
        "initial.exc": "trials",
        "groups.exc.initial": "trials",
        "groups.exc.neurons.A.initial": "trials",
        "stimuli[0].value": "trials",
        "stimuli.0.value": "trials",
        "stimuli[0].start": "runs",
        "groups.exc.input": "runs",
        "seed": "runs",
    }
    for name, kind in names.items():
        (axis,) = axes_of({name: [1, 2]})
        assert axis.kind == kind, name
    (axis,) = axes_of({("initial.exc", TAU): [(1, 2)]})
    assert axis.kind == "runs"


def test_tables(tmp_path):
    frame = pandas.DataFrame({TAU: [1.5, 2.5], "simulation.method": ["rk4", "euler"]})
    frame.to_csv(tmp_path / "wanted.csv", index=False)
    for over, dim in ((tmp_path / "wanted.csv", "wanted"), (frame, "row")):
        (axis,) = axes_of(over)
        assert axis.dim == dim
        assert axis.names == (TAU, "simulation.method")
        assert values_of(axis) == [(1.5, "rk4"), (2.5, "euler")]
    both = axes_of([str(tmp_path / "wanted.csv"), {GAIN: [1]}], seeds=2)
    assert [len(axis) for axis in both] == [2, 1, 2]


@pytest.mark.parametrize("method", ["latin_hypercube", "random"])
def test_samples_lie_where_they_should(method):
    over = {
        TAU: {"uniform": {"low": 2, "high": 3}},
        GAIN: {"log_uniform": {"low": 0.01, "high": 100}},
        "a": {"normal": {"mean": 1, "std": 2}},
        "b": {"integers": {"low": 1, "high": 4}},
        "c": {"choice": ["x", "y"]},
    }
    asked = {"count": 400, "over": over, "method": method, "seed": 5}
    (axis,) = axes_of(None, samples=asked)
    assert (axis.dim, axis.names) == ("sample", tuple(over))
    assert axes_of(None, samples=asked)[0].values == axis.values
    assert axes_of(None, samples={**asked, "seed": 6})[0].values != axis.values
    uniform, log, normal, whole, choice = map(np.array, zip(*axis.values, strict=True))
    strata = np.unique(np.floor((uniform - 2) * 400)).size
    assert (strata == 400) == (method == "latin_hypercube")
    assert 0.01 <= log.min() < 0.02 < 50 < log.max() <= 100
    assert abs(np.mean(np.log10(log))) < 0.3
    assert abs(normal.mean() - 1) < 0.4
    assert abs(normal.std() - 2) < 0.4
    assert sorted(set(whole)) == [1, 2, 3, 4]
    assert 150 < np.count_nonzero(choice == "x") < 250


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"over": {TAU: []}}, "over groups.exc.tau: the list of values is empty"),
        ({"over": {TAU: 3}}, "over groups.exc.tau: 3 is no list of values; write [3] for one"),
        ({"over": {TAU: [1, 2, 1.0]}}, "over groups.exc.tau: 1.0 is at place 0 and again at 2"),
        ({"over": {"": [1]}}, "over: '' is no path, such as groups.exc.tau"),
        ({"over": 3}, "over is 3; allowed are a dict of paths and values, a csv file, a table"),
        ({"over": [{TAU: [1]}, {TAU: [2]}]}, "over groups.exc.tau: it is changed twice"),
        ({"over": {(TAU, GAIN): [(1, 2), (3,)]}}, "at place 1 it has 1 value for 2 names"),
        ({"over": {TAU: [np.array([1, np.nan])]}}, "holds numbers that are not finite"),
        ({"over": {TAU: [object()]}}, "is no value of a description"),
        ({"over": {TAU: {"start": 1, "stop": 2}}}, "give step or count, one of the two"),
        ({"over": {"initial": [[0]], "initial.exc": [0]}}, "states of all neurons and of some"),
        ({"over": None, "seeds": 0}, "seeds: there is none; give at least 1"),
        ({"over": None, "seeds": [1.5]}, "seeds: 1.5 is no whole number of at least 0"),
        ({"over": {"seed": [1]}, "seeds": 2}, "over seed: it is changed twice"),
        ({"over": None, "samples": {"count": 2}}, "samples.over: required key is missing"),
        ({"over": "there.csv"}, "over there.csv: no file"),
    ],
)
def test_what_is_no_axis_is_told(asked, said):
    with pytest.raises(HamsimError) as error:
        axes_of(**asked)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("groups.exc.tau,x\n1\n", "'wanted.csv' line 2 has 1 column, not 2"),
        ("groups.exc.tau,x\n1,\n", "line 2 has nothing in the column x"),
        ("groups.exc.tau,x\n", "there is no row of values below the header"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(text, said, tmp_path):
    (tmp_path / "wanted.csv").write_text(text)
    with pytest.raises(HamsimError) as error:
        axes_of(tmp_path / "wanted.csv")
    assert said in str(error.value)


def test_the_command_writes_it_shorter():
    assert parse_over((f"{TAU}=1:2:0.5", f"{GAIN}=0.1,x,{{a: [1, 2]}}", "wanted.csv")) == [
        {TAU: {"start": 1, "stop": 2, "step": 0.5}},
        {GAIN: [0.1, "x", {"a": [1, 2]}]},
        "wanted.csv",
    ]
    assert parse_over((f"{TAU}=1e-2:10:log:4",)) == [
        {TAU: {"start": 0.01, "stop": 10, "count": 4, "spacing": "log"}}
    ]
    assert parse_over((f"{TAU}=1:3:1;{GAIN}=a,b,c",)) == [
        {(TAU, GAIN): [(1, "a"), (2, "b"), (3, "c")]}
    ]
    assert parse_seeds("20") == 20
    assert parse_seeds("3,5") == [3, 5]
    assert parse_keep("final,max(exc[2, 5].x, 1)") == ["final", "max(exc[2, 5].x, 1)"]
    drawn = (f"{TAU}=1:2", f"{GAIN}=log:0.1:10", "c=normal:0:1", "d=x,y")
    assert parse_samples(drawn, 4, "latin-hypercube", 1) == {
        "count": 4,
        "method": "latin_hypercube",
        "seed": 1,
        "over": {
            TAU: {"uniform": {"low": 1, "high": 2}},
            GAIN: {"log_uniform": {"low": 0.1, "high": 10}},
            "c": {"normal": {"mean": 0, "std": 1}},
            "d": {"choice": ["x", "y"]},
        },
    }
    assert split("a,'b,c',[d,e]", ",") == ["a", "'b,c'", "[d,e]"]


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("groups.exc.tau", "write PATH=VALUE,VALUE"),
        ("groups.exc.tau=", "write PATH=VALUE,VALUE"),
        ("groups.exc.tau=1,,2", "there is nothing between two commas"),
        ("a=1,2;b=1", "must be equally long: a has 2, b has 1"),
        ("a={x: 1", "--over"),
    ],
)
def test_what_the_command_cannot_read_is_told(over, said):
    with pytest.raises(HamsimError) as error:
        parse_over((over,))
    assert said in str(error.value)


def test_decimals_are_those_of_python():
    (axis,) = axes_of({TAU: {"start": 0, "stop": 1, "step": 0.1}})
    assert [Decimal(repr(value)) for value in values_of(axis)] == [
        Decimal(k) / 10 for k in range(11)
    ]
