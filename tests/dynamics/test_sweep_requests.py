"""What discrete dynamics can be asked for, and what is refused in one line."""

import numpy as np
import pytest

import hamsim

RING = [[0.0, 1.0, -1.0], [1.0, 0.0, 0.5], [-1.0, 0.5, 0.0]]


def description(simulation=None, **changes):
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 3, "lagrangian": "sign", "initial": [1, -1, 1]}},
        "connections": [{"within": "a", "weights": RING}],
        "simulation": simulation or {},
    }
    return {**spec, **changes}


def refused(source, **how):
    with pytest.raises(hamsim.SimulationError) as caught:
        hamsim.simulate(source, **how)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"dt": 0.1}, "dt is given, but asynchronous takes no steps in time; give sweeps"),
        ({"t_end": 5}, "t_end is given, but asynchronous"),
        ({"steps": 5}, "steps is given, but asynchronous"),
        ({"rtol": 1e-3}, "rtol is given, but asynchronous"),
        ({"energy": "scaled"}, "energy is 'scaled'; asynchronous knows 'plain' only"),
        ({"until": 1e-6}, "until residual: asynchronous ends where no neuron wants to change"),
        ({"until": {"time": 3}}, "until time: asynchronous ends where"),
        ({"sweeps": -1}, "sweeps is -1; it must be a whole number of at least 0"),
        ({"sweeps": 2.5}, "sweeps is 2.5; it must be a whole number"),
        ({"sweeps": 10**13}, "10,000,000,000,000 sweeps are more than can be counted"),
        ({"order": "radnom"}, "order is 'radnom'; allowed: random, sequential, neurons"),
        ({"order": 3}, "order is 3; it must be random, sequential or neurons"),
        ({"order": [0.5, 1]}, "order is [0.5, 1]; it must be random"),
        ({"order": [[0, 1], [2]]}, "order is [[0, 1], [2]]; it must be random"),
        ({"order": [0, 3]}, "order has 3; neurons are numbered from 0 to 2"),
        ({"order": [-1]}, "order has -1; neurons are numbered"),
        ({"order": [[0, 1], [1, 1]]}, "order of sweep 1 has a[1] twice"),
        (
            {"order": [[0, 1], [1, 0]], "sweeps": 3},
            "order has 2 rows, one a sweep, but there are 3",
        ),
        ({"order": ["a[7]"]}, "order: "),
        ({"temperature": -1}, "temperature is -1; it must be a finite number of at least 0"),
        ({"temperature": "warm"}, "temperature is 'warm'; it must be"),
        ({"temperature": [1, float("nan")]}, "temperature is [1, nan]; it must be"),
        ({"temperature": 1.0}, "nothing comes to rest at a temperature above 0; give sweeps"),
        ({"temperature": [2, 1], "sweeps": 3}, "temperature has 2 numbers, one a sweep, but there"),
        ({"record": {"every": 0.5}}, "record every 0.5: must be a whole number of sweeps"),
        ({"record": {"what": ["residual"]}}, "sweeps have no residual to record"),
        ({"t_start": 0.5}, "t_start is 0.5; it must be a whole number of sweeps"),
    ],
)
def test_wrong_requests(how, message):
    assert refused(description(), method="asynchronous", **how).startswith(message)


def test_orders_are_of_neurons_one_by_one():
    told = refused(description(), method="synchronous", order="random")
    assert told == "order is given, but synchronous sets all neurons at once"


@pytest.mark.parametrize("method", ["euler", "auto"])
@pytest.mark.parametrize("how", [{"sweeps": 3}, {"order": "random"}, {"temperature": 0.0}])
def test_steps_in_time_take_no_sweeps(method, how):
    (name,) = how
    told = refused(description(), method=method, **how)
    assert told == (
        f"{name} is given, but '{method}' makes no sweeps; asynchronous and synchronous do"
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"noise": {"sigma": 0.1}}, "knows nothing of noise, which the network has; give a temper"),
        ({"input": "sin(t)"}, "takes no "),
    ],
)
def test_networks_that_sweeps_are_not_of(changes, message):
    group = {"size": 3, "lagrangian": "sign", **changes}
    told = refused(description(groups={"a": group}), method="asynchronous")
    assert message in told


def test_delays_gates_and_stimuli_between_sweeps():
    late = [{"within": "a", "weights": RING, "delay": 1.0}]
    assert "takes no delays; those that do: " in refused(
        description(connections=late), method="synchronous"
    )
    groups = {name: {"size": 1, "lagrangian": "sign"} for name in "abc"}
    gate = [{"gate": "c", "between": ["a", "b"], "weights": 1.0}]
    told = refused(description(groups=groups, connections=gate), method="asynchronous")
    assert told == "method asynchronous takes no gating connections"
    short = [{"group": "a", "value": 1.0, "start": 0.5}]
    told = refused(description(stimuli=short), method="asynchronous")
    assert told == "a stimulus has start 0.5: it must be a whole number of sweeps"


def test_a_file_for_other_methods_is_taken_as_far_as_it_makes_sense():
    file = {"method": "euler", "dt": 0.1, "t_end": 3, "until": {"residual": 1e-3}}
    file["record"] = {"every": 0.25, "what": ["x"]}
    trace = hamsim.simulate(description(file), method="asynchronous", order="sequential")
    assert set(trace.arrays) == {"x"}
    assert trace.t.tolist() == list(range(trace.t.size))
    again = hamsim.simulate(description(), method="asynchronous", order="sequential")
    assert np.array_equal(trace.x, again.x)


def test_a_file_says_the_same_as_python():
    file = {"method": {"asynchronous": {"order": [2, 0, 1], "temperature": [2.0, 1.0, 0.0]}}}
    trace = hamsim.simulate(description({**file, "record": {"every": 2}}, seed=7))
    how = {"method": "asynchronous", "order": [2, 0, 1], "temperature": [2, 1, 0], "seed": 7}
    same = hamsim.simulate(description(), record={"every": 2}, **how)
    assert np.array_equal(trace.x, same.x)
    assert trace.t.tolist() == same.t.tolist()
    assert trace.stats.flips == same.stats.flips
    # What Python says holds, and the rest is the file's.
    cold = hamsim.simulate(description(file), temperature=0.0)
    assert np.array_equal(
        cold.x, hamsim.simulate(description(), method="asynchronous", order=[2, 0, 1]).x
    )
    named = ["a[2]", "a[0]", "a[1]"]
    assert np.array_equal(cold.x, hamsim.simulate(description(file), temperature=0, order=named).x)
    both = {"method": {"synchronous": None}, "sweeps": 5}
    trace = hamsim.simulate(description(both))
    assert trace.stats.method == "synchronous"
    assert trace.t[-1] <= 5


def test_a_row_a_sweep_says_how_many_there_are():
    trace = hamsim.simulate(
        description(), method="asynchronous", order=[[0, 1, 2], [2, 1, 0]], temperature=50.0
    )
    assert trace.t.tolist() == [0, 1, 2]
    some = hamsim.simulate(description(), method="asynchronous", order=[1])
    assert "2 neurons are not in the order, and never set" in some.stats.notes


def test_only_some_sweeps_are_recorded():
    how = {"method": "asynchronous", "temperature": 50.0, "sweeps": 7}
    whole = hamsim.simulate(description(), **how)
    trace = hamsim.simulate(description(), record={"every": 3, "start": 1}, **how)
    assert trace.t.tolist() == [1, 4, 7]
    assert np.array_equal(trace.x, whole.x[[1, 4, 7]])
    last = hamsim.simulate(description(), record=None, **how)
    assert last.t.tolist() == [7]
    assert np.array_equal(last.state.x, whole.x[-1])
