"""Where runs begin: states by name and from tables, and trials through every door."""

import dataclasses
import os
import pickle
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.methods import METHOD_NAMES

HOW = {"method": "euler", "dt": 0.1, "steps": 6}


def description(**changes):
    groups = {
        "exc": {"size": 5, "lagrangian": "tanh", "initial": {"normal": {}}},
        "motor": {
            "neurons": ["AVAL", {"id": "AVAR", "initial": 0.25}, "C"],
            "lagrangian": "tanh",
            "initial": {"uniform": {}},
        },
        "image": {"shape": [2, 3], "lagrangian": "tanh", "initial": 0.5},
    }
    stimuli = [
        {"group": "image", "neurons": ["image[1, 2]", "image[0]"], "value": {"normal": {}}},
        {"group": "exc", "value": 1.0, "stop": 0.3},
    ]
    connections = [{"between": ["exc", "motor"], "weights": 0.5}]
    spec = {"format": "hamsim/1", "seed": 3, "groups": groups, "connections": connections}
    return {**spec, "stimuli": stimuli, **changes}


def with_initial(**values):
    groups = description()["groups"]
    return description(
        groups={name: {**group, **({"initial": values[name]} if name in values else {})}
                for name, group in groups.items()}
    )  # fmt: skip


def first(initial=None, source=None, **options):
    trace = hamsim.simulate(source or description(), initial, **{**HOW, "steps": 0}, **options)
    return trace.x[..., 0, :]


# --- trials ---


@pytest.mark.parametrize("trials", [1, 2, 5])
def test_trials_are_those_of_the_file(trials):
    expected = hamsim.simulate(description(simulation={"trials": trials}), **HOW)
    for source in (description(), description(simulation={"trials": 3})):
        network = hamsim.compile(source)
        for _ in range(2):  # the network stays as it was
            trace = hamsim.simulate(network, trials=trials, **HOW)
            assert np.array_equal(trace.x, expected.x)
            assert np.array_equal(trace.energy, expected.energy)
            assert trace.trials == trials


@settings(max_examples=10, deadline=None)
@given(seed=st.sampled_from([1, 5, 8, 21]), trials=st.integers(1, 4))
def test_trials_of_any_network_are_those_of_its_file(seed, trials):
    source = random_description(seed)
    source["groups"] = {
        name: {**group, "initial": {"normal": {"std": 0.1}}} if k % 2 else group
        for k, (name, group) in enumerate(source["groups"].items())
    }
    expected = hamsim.simulate(hamsim.load(source, {"simulation.trials": trials}), **HOW)
    assert np.array_equal(hamsim.simulate(source, trials=trials, **HOW).x, expected.x)


CLEAN = [1.0, -1.0, 1.0, -1.0, 1.0, 1.0]
STORED = {"patterns": "memory"}


@pytest.mark.parametrize(
    "initial",
    [
        {"corrupt": {"of": CLEAN, "flips": 0.5}},
        {"corrupt": {"of": {**STORED, "row": 1}, "flips": 0.34, "noise": 0.1}},
        {"corrupt": {"of": {"signs": {}}, "flips": 0.5}},
        {"corrupt": {"of": {"normal": {}}, "erase": 0.5}},
        {"bernoulli": {}},
        CLEAN,
    ],
)
@pytest.mark.parametrize("trials", [1, 3])
def test_corrupted_copies_are_those_of_the_file(initial, trials):
    source = {
        "format": "hamsim/1",
        "seed": 7,
        "groups": {"s": {"size": 6, "lagrangian": "sign", "initial": initial}},
        "connections": [
            {
                "name": "memory",
                "within": "s",
                "weights": {"store": {"patterns": [CLEAN, CLEAN[::-1]], "rule": "hebbian"}},
            }
        ],
        "stimuli": [
            {"group": "s", "value": initial, "start": 0.2},
            {"group": "s", "neurons": ["s[4]", "s[1]"], "value": {"normal": {}}},
            {
                "group": "s",
                "neurons": ["s[4]", "s[1]"],
                "value": {"corrupt": {"of": {**STORED, "row": 0}, "noise": 1}},
            },
        ],
    }
    expected = hamsim.simulate({**source, "simulation": {"trials": trials}}, **HOW)
    assert np.array_equal(hamsim.simulate(source, trials=trials, **HOW).x, expected.x)
    network = hamsim.compile(source)
    assert network.stimuli[2].neurons.tolist() == [1, 4]
    whole = hamsim.compile({**source, "stimuli": [{"group": "s", "value": {**STORED, "row": 1}}]})
    part = {"group": "s", "neurons": ["s[4]", "s[1]"], "value": {**STORED, "row": 1}}
    some = hamsim.compile({**source, "stimuli": [part]})
    assert np.array_equal(some.stimuli[0].value, whole.stimuli[0].value[[1, 4]])


def test_a_network_from_a_pickle_draws_the_same():
    network = pickle.loads(pickle.dumps(hamsim.compile(description())))
    expected = hamsim.simulate(description(), trials=3, **HOW)
    assert np.array_equal(hamsim.simulate(network, trials=3, **HOW).x, expected.x)


def test_a_state_that_is_given_is_repeated():
    state = np.arange(14.0)
    trace = hamsim.simulate(description(), state, trials=3, **HOW)
    assert np.array_equal(trace.x[:, 0], np.tile(state, (3, 1)))
    # What the file draws for its stimuli is drawn for each trial all the same.
    assert len(set(trace.x[:, -1, -1].tolist())) == 3


def test_a_network_with_other_states_has_nothing_drawn_anew():
    from dataclasses import replace

    network = hamsim.compile(description(stimuli=[]))
    other = replace(network, initial=np.ones(14))
    assert np.array_equal(first(source=other, trials=2), np.ones((2, 14)))


@pytest.mark.parametrize("trials", [0, -1, 2.5, "5", True, float("nan"), [3], float("inf")])
def test_wrong_numbers_of_trials(trials):
    with pytest.raises(hamsim.SimulationError, match="it must be a whole number of at least 1"):
        hamsim.simulate(description(), trials=trials, **HOW)


@pytest.mark.parametrize("trials", [np.int32(3), 3.0, np.float64(3), np.array(3)])
def test_numbers_of_any_type_are_numbers_of_trials(trials):
    assert first(trials=trials).shape == (3, 14)


@pytest.mark.parametrize("trials", [10**9, 10**12, 10**30])
def test_more_trials_than_memory_holds_are_refused_at_once(trials):
    network = hamsim.compile(description())
    began = time.perf_counter()
    with pytest.raises(hamsim.SimulationError, match=r"trials of 14 neurons need .* GiB of memory"):
        hamsim.simulate(network, trials=trials, **HOW)
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    ("source", "initial", "message"),
    [
        (None, np.ones((2, 14)), "numbers of trials differ: trials is 3, initial has 2"),
        (with_initial(exc=[[0.0] * 5] * 2), None, "trials is 3, but the network's states have 2"),
        (None, {"exc": np.ones((2, 5))}, "initial: numbers of trials differ: [2, 3]"),
    ],
)
def test_trials_that_differ_are_told(source, initial, message):
    with pytest.raises(hamsim.SimulationError) as caught:
        first(initial, source, trials=3)
    assert str(caught.value).startswith(message)


# --- states by name ---


def test_states_by_name_and_the_others_from_the_file():
    base = first()
    expected = base.copy()
    expected[:5], expected[3], expected[6] = 1.0, 2.0, 7
    assert np.array_equal(first({"exc": 1.0, "exc[3]": 2.0, "AVAR": 7}), expected)
    # What is more particular holds, in whatever order.
    assert np.array_equal(first({"AVAR": 7, "exc[3]": 2.0, "exc": 1.0}), expected)
    expected[:5] = [1, 2, 3, 4, 5]
    expected[1:3] = [9, 8]
    mixed = {"exc[1:3]": [9, 8], "exc": [1, 2, 3, 4, 5], "motor.AVAR": np.float32(7)}
    assert np.array_equal(first(mixed), expected)
    assert np.array_equal(first({"image": np.arange(6).reshape(2, 3)})[8:], np.arange(6))
    assert first({"image[:, 1]": [3, 4]})[[9, 12]].tolist() == [3, 4]
    assert first({5: 1.5})[5] == 1.5
    assert np.array_equal(
        first({"exc": 1.0}, description(simulation={"trials": 2}))[:, :5], np.ones((2, 5))
    )


def test_an_axis_for_trials_is_that_of_the_file():
    values = np.arange(10.0).reshape(2, 5)
    expected = first(source=with_initial(exc=values.tolist()))
    assert expected.shape == (2, 14)
    assert np.array_equal(first({"exc": values}), expected)
    assert first({"AVAL": [5, 6]})[:, 5].tolist() == [5, 6]
    assert first({"image": np.ones((4, 2, 3)), "exc": 2.0}).shape == (4, 14)
    assert first({"exc": 1.0}, trials=2).shape == (2, 14)
    assert np.array_equal(first({"exc": 1.0}, trials=2)[:, 5:], first(trials=2)[:, 5:])


class Series:
    """What hamsim sees of a series or a table of pandas."""

    def __init__(self, values, index=None, columns=None):
        self.values, self.index = np.asarray(values), index
        if columns is not None:
            self.columns = columns

    def to_numpy(self):
        return self.values


def test_tables_with_labels_are_read_by_them():
    series = first(Series([3.0, 4.0], ["AVAL", "motor.C"]))
    assert series[[5, 7]].tolist() == [3, 4]
    assert np.array_equal(series[:5], first()[:5])
    table = first(Series([[3.0, 1.0], [4.0, 2.0]], [0, 1], ["AVAL", ("exc", 0)[0] + "[0]"]))
    assert table[:, 5].tolist() == [3, 4]
    assert table[:, 0].tolist() == [1, 2]
    levels = first(Series([[1.0, 2.0]], [0], [("motor", "C"), ("motor", "AVAL")]))
    assert levels[0, [7, 5]].tolist() == [1, 2]
    state = np.arange(14.0)
    assert np.array_equal(first(Series(state, list(range(14)))), state)
    assert np.array_equal(first(Series([state], [0], list(range(14)))), [state])
    with pytest.raises(hamsim.SimulationError, match="no group or neuron 'AVA'"):
        first(Series([1.0], ["AVA"]))


def test_pandas_itself():
    pandas = pytest.importorskip("pandas")
    assert first(pandas.Series({"AVAL": 3.0, "motor.C": 4.0}))[[5, 7]].tolist() == [3, 4]
    assert first(pandas.DataFrame({"AVAL": [3.0, 4.0]}))[:, 5].tolist() == [3, 4]
    state = np.arange(14.0)
    assert np.array_equal(first(pandas.DataFrame([state, state])), [state, state])


@pytest.mark.parametrize(
    ("initial", "message"),
    [
        ({"exx": 1}, "initial: no group or neuron 'exx' in the network; did you mean 'exc'?"),
        ({"exc": [1, 2]}, "initial: of 'exc' it has shape [2]; allowed are one number, [5] or"),
        ({"AVAL": [[1, 2]]}, "initial: of 'AVAL' it has shape [1, 2]; allowed are one number, [t"),
        ({"exc": "a"}, "initial: of 'exc' it is not a number or an array of numbers"),
        (
            {"exc": {"normal": {}}},
            "initial: of 'exc' it is not a number or an array of numbers; wh",
        ),
        ({}, "initial names no neuron"),
        ({"exc[0:2]": 1, "exc[1:3]": 2}, "initial: exc[1] is named twice"),
        ({"AVAL": 1, "motor.AVAL": 2}, "initial: motor.AVAL is named twice"),
        ({"exc": np.ones((2, 5)), "motor": np.ones((3, 3))}, "initial: numbers of trials differ"),
        ({"exc": float("nan")}, "initial holds numbers that are not finite"),
        ({None: 1}, "initial: None is not the name of a neuron"),
        ("abc", "initial is not an array of numbers of shape (14,), nor a dict"),
        (5, "initial has shape (); allowed are (14,) and (trials, 14)"),
    ],
)
def test_wrong_states_are_one_line(initial, message):
    with pytest.raises(hamsim.SimulationError) as caught:
        first(initial)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_trace_without_a_state_says_where_its_last_states_are():
    trace = dataclasses.replace(hamsim.simulate(description(), **HOW), state=None)
    with pytest.raises(hamsim.SimulationError, match=r"last recorded states are trace\.final"):
        first(trace)
    assert np.array_equal(first(trace.final), trace.final)


# --- numbers and paths ---


@pytest.mark.parametrize(
    "options",
    [
        {"steps": 6.0},
        {"steps": np.int16(6)},
        {"steps": np.array(6)},
        {"dt": np.array(0.1), "steps": 6},
        {"t_end": np.float64(0.6), "steps": None},
        {"until": {"residual": np.float32(1e-30)}},
        {"until": np.float64(1e-30)},
        {"record": {"every": None}},
        {"record": {"what": "x", "groups": "all"}},
    ],
)
def test_numbers_of_any_type_give_the_same_run(options):
    expected = hamsim.simulate(description(), **HOW)
    assert np.array_equal(hamsim.simulate(description(), **{**HOW, **options}).x, expected.x)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": float("nan")}, "steps is nan; it must be a whole number"),
        ({"steps": float("inf")}, "steps is inf; it must be a whole number"),
        ({"steps": "6"}, "steps is '6'; it must be a whole number"),
        ({"steps": [6]}, "steps is [6]; it must be a whole number"),
        ({"dt": True}, "dt is True; it must be a finite number above 0"),
        ({"dt": [0.1]}, "dt is [0.1]; it must be a finite number above 0"),
        ({"until": [1e-6]}, "until residual is [1e-06]; it must be a finite number above 0"),
        ({"method": 3}, f"method is 3; allowed: {', '.join(METHOD_NAMES)}"),
        ({"method": ["rk4"]}, f"method is ['rk4']; allowed: {', '.join(METHOD_NAMES)}"),
    ],
)
def test_what_is_no_number_is_one_line(options, message):
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(description(), **{**HOW, **options})
    assert str(caught.value).startswith(message)


def test_paths_of_all_kinds(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text(hamsim.dump(hamsim.load(description())), encoding="utf-8")
    expected = hamsim.simulate(description(), **HOW)
    for kind in (str, Path, os.fsencode):
        trace = hamsim.simulate(kind(path), **HOW)
        trace.save(kind(tmp_path / "t.nc"))
        assert np.array_equal(hamsim.load_trace(kind(tmp_path / "t.nc")).x, expected.x)


@pytest.mark.parametrize("name", ["trials", "threads", "steps"])
@pytest.mark.parametrize("value", [np.complex128(2), 2 + 0j, "2", True, np.array([2, 2]), 1e300j])
def test_what_is_no_whole_number_is_one_line_and_no_warning(name, value):
    description = {"format": "hamsim/1", "groups": {"a": {"size": 2, "lagrangian": "tanh"}}}
    with pytest.raises(hamsim.SimulationError, match=f"{name} is .* whole number of at least"):
        hamsim.simulate(description, **{name: value})


class Labelled:
    """As much of a series of pandas as is looked at."""

    def __init__(self, values, index):
        self.values, self.index = np.array(values, dtype=float), list(index)

    def to_numpy(self):
        return self.values

    def __array__(self, dtype=None, copy=None):
        return self.values.astype(dtype or float)


def test_labels_of_values_of_a_group_put_them_in_its_order():
    groups = {
        "a": {"neurons": ["A", "B", "C"], "lagrangian": "tanh"},
        "b": {"neurons": ["A", "Z"], "lagrangian": "tanh"},
    }
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})

    def start(name, index):
        values = Labelled(range(1, 1 + len(index)), index)
        return hamsim.simulate(network, {name: values}, steps=1, dt=0.1).x[0].tolist()

    assert start("a", "CAB") == [2, 3, 1, 0, 0]
    assert start("a", ["a.B", "a.C", "a.A"]) == [3, 1, 2, 0, 0]
    assert start("a[1:]", "CB") == [0, 2, 1, 0, 0]
    assert start("a", [0, 1, 2]) == [1, 2, 3, 0, 0]
    assert start("a", [2, 0, 1]) == [2, 3, 1, 0, 0]
    for index, why in (("ABZ", "Z"), ("ABB", "once"), ("AB?", "no group or neuron")):
        with pytest.raises(hamsim.SimulationError, match=f"initial: of 'a' .*{why}"):
            start("a", index)
