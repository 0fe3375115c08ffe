"""Planes of networks and of traces, as people ask for them."""

from dataclasses import replace

import numpy as np
import pytest

import hamsim
from hamsim.plotting.planes.asked import (
    landscape_of_network,
    landscape_of_trace,
    network_of,
    phase_of_network,
    phase_of_trace,
)

TWO = {
    "format": "hamsim/1",
    "name": "two",
    "groups": {"a": {"size": 2, "lagrangian": "tanh", "tau": 1, "initial": {"normal": {}}}},
    "connections": [{"within": "a", "weights": 2.0}],
    "simulation": {"t_end": 5, "trials": 3, "record": {"every": 0.5, "what": ["x", "g"]}},
}
THREE = {**TWO, "groups": {"a": {**TWO["groups"]["a"], "size": 3}}}


@pytest.fixture(scope="module")
def trace():
    return hamsim.simulate(TWO)


@pytest.fixture(scope="module")
def of_three():
    return hamsim.simulate(THREE)


def lines(picture):
    return [line for line in picture.axes[0].get_lines() if len(line.get_xdata()) > 1]


def test_a_run_in_its_phase_plane(trace):
    picture = phase_of_trace(trace)
    found = lines(picture)
    assert len(found) == 3
    assert np.array_equal(found[1].get_xydata(), trace.x[1])
    low, high = picture.axes[0].get_xlim()
    assert low < trace.x[..., 0].min()
    assert trace.x[..., 0].max() < high
    assert "Inputs are those at t = 5." in picture.description
    some = phase_of_trace(trace, trials=[2], times=(1, 3))
    assert np.array_equal(lines(some)[0].get_xydata(), trace.x[2][(trace.t >= 1) & (trace.t <= 3)])


def test_of_more_neurons_two_are_named_and_the_others_held(of_three):
    with pytest.raises(hamsim.HamsimError, match=r"3 neurons move; name the two"):
        phase_of_trace(of_three)
    picture = phase_of_trace(of_three, ["a[2]", "a[0]"], trials=1)
    assert np.array_equal(lines(picture)[0].get_xydata(), of_three.x[1][:, [2, 0]])
    assert "1 other neuron is held at the last state" in picture.description


@pytest.mark.parametrize("named", ["a[0:2]", ["a[0:2]"], ["a[0]", "a[1]"]])
def test_two_neurons_may_be_named_at_once(of_three, named):
    picture = phase_of_trace(of_three, named, trials=0)
    assert [picture.axes[0].get_xlabel(), picture.axes[0].get_ylabel()] == [
        "x of a[0]",
        "x of a[1]",
    ]
    assert landscape_of_trace(of_three, named).axes[0].get_ylabel() == "x of a[1]"
    with pytest.raises(hamsim.PlotError, match="spanned by two; neurons names 3"):
        phase_of_trace(of_three, "a")


def test_a_neuron_that_a_stimulus_holds_does_not_move():
    held = {"neurons": ["a[0]"], "mode": "clamp", "value": 0.5}
    network = hamsim.compile({**THREE, "stimuli": [held]})
    axes = phase_of_network(network).axes[0]
    assert [axes.get_xlabel(), axes.get_ylabel()] == ["x of a[1]", "x of a[2]"]
    late = hamsim.compile({**THREE, "stimuli": [{**held, "start": 2.0}]})
    with pytest.raises(hamsim.HamsimError, match="3 neurons move"):
        phase_of_network(late, t=1)


def test_activations_are_drawn_where_states_were_not_recorded(trace):
    only = replace(trace, arrays={"g": trace.arrays["g"]})
    picture = phase_of_trace(only)
    assert picture.axes[0].get_xlabel() == "g of a[0]"
    assert np.array_equal(lines(picture)[0].get_xydata(), trace.g[0])
    with pytest.raises(hamsim.HamsimError, match="does not hold x"):
        landscape_of_trace(only)


def test_where_others_are_held_is_told_if_their_states_were_not_recorded(of_three):
    only = replace(of_three, arrays={"g": of_three.arrays["g"]})
    early, late = (phase_of_trace(only, "a[0:2]", times=(0, t)).description for t in (2, 5))
    assert "is held at the state at the run's end, as x was not recorded" in early
    assert "is held at the last state" in late


def test_a_run_over_the_energy_of_its_principal_axes(of_three):
    picture = landscape_of_trace(of_three, trials=[0, 2])
    assert picture.axes[0].get_xlabel().startswith("principal axis 1")
    assert "2 trajectories." in picture.description
    picture = landscape_of_trace(of_three, ["a[0]", "a[1]"], trials=[0])
    (line,) = lines(picture)
    assert line.get_xydata() == pytest.approx(of_three.x[0][:, :2])


def test_neurons_that_were_not_recorded_stay_where_they_ended():
    spec = {**THREE, "simulation": {"t_end": 2, "record": {"every": 1, "neurons": ["a[0:2]"]}}}
    trace = hamsim.simulate(spec)
    assert lines(phase_of_trace(trace, ["a[0]", "a[1]"]))
    with pytest.raises(hamsim.HamsimError, match="not recorded"):
        phase_of_trace(trace, ["a[0]", "a[2]"])
    assert lines(landscape_of_trace(trace))


def test_pictures_of_networks():
    assert phase_of_network(hamsim.compile(TWO)).axes[0].get_ylabel() == "x of a[1]"
    network = hamsim.compile(THREE)
    picture = network.plot(kind="phase", neurons=["a[0]", "a[2]"], range=(-1, 1))
    assert picture.axes[0].get_xlim() == (-1, 1)
    assert landscape_of_network(network, ["a[0]", "a[1]"]).axes[0].get_xlabel() == "x of a[0]"
    picture = network.plot(kind="landscape", neurons=["trial:0", "trial:1"])
    assert picture.axes[0].get_ylabel() == "towards trial:1"


def test_the_network_of_a_trace_is_made_again_or_asked_for(trace, of_three):
    assert np.array_equal(network_of(trace).W.toarray(), hamsim.compile(TWO).W.toarray())
    without = replace(trace, header=replace(trace.header, source=""))
    with pytest.raises(hamsim.HamsimError, match="give it, as network"):
        phase_of_trace(without)
    assert phase_of_trace(without, network=TWO).axes
    with pytest.raises(hamsim.HamsimError, match="other groups"):
        phase_of_trace(without, network=THREE)
    missing = "format: hamsim/1\ngroups: {a: {size: 2, initial: {file: gone.npy}}}\n"
    gone = replace(trace, header=replace(trace.header, source=missing))
    with pytest.raises(hamsim.HamsimError, match="cannot be made again") as told:
        phase_of_trace(gone)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"trials": [3]}, "the trace has 3, from 0 on"),
        ({"trials": []}, "the trace has 3"),
        ({"times": (7, 9)}, "it goes from 0 to 5"),
        ({"times": 3}, "the first and the last time"),
        ({"neurons": ["a[0]"]}, "neurons names 1"),
        ({"neurons": ["a[0]", "a"]}, "'a' is 2 neurons"),
    ],
)
def test_what_a_trace_does_not_have_is_refused(trace, asked, message):
    with pytest.raises(hamsim.HamsimError, match=message):
        phase_of_trace(trace, **asked)


def test_runs_in_sweeps_have_no_velocities_but_an_energy():
    signs = {"size": 4, "lagrangian": "sign", "initial": {"signs": {}}}
    spec = {
        "format": "hamsim/1",
        "groups": {"a": signs},
        "connections": [{"within": "a", "weights": 1.0}],
        "simulation": {"method": "asynchronous", "sweeps": 3, "trials": 4},
    }
    trace = hamsim.simulate(spec)
    with pytest.raises(hamsim.HamsimError, match="kind landscape"):
        phase_of_trace(trace, ["a[0]", "a[1]"])
    assert "activations" in landscape_of_trace(trace).description


def test_a_run_that_diverged_is_drawn_as_far_as_it_is_finite(trace):
    x = np.array(trace.arrays["x"])
    x[-2:, 0] = np.nan
    picture = phase_of_trace(replace(trace, arrays={"x": x}))
    assert len(lines(picture)[0].get_xdata()) == x.shape[0] - 2
    assert landscape_of_trace(replace(trace, arrays={"x": x})).axes
    none = replace(trace, arrays={"x": np.full_like(x, np.nan)})
    with pytest.raises(hamsim.HamsimError, match="nothing to draw"):
        landscape_of_trace(none)
    assert phase_of_trace(none).axes


def test_results_hand_their_trace_on(trace):
    plane = hamsim.phase_plane(TWO, "a[0]", "a[1]", size=11)
    assert len(lines(plane.plot(trace=trace, trials=[0]))) == 1
    energy = hamsim.energy_plane(TWO, "a[0]", "a[1]", size=11)
    assert len(lines(energy.plot(trace=trace))) == 3


def test_states_whose_squares_are_no_numbers_span_no_plane(trace):
    x = np.array(trace.arrays["x"])
    x[-1] = 1e200
    with pytest.raises(hamsim.HamsimError, match="span no plane"):
        landscape_of_trace(replace(trace, arrays={"x": x}))


def test_one_neuron_has_no_phase_plane():
    one = {"format": "hamsim/1", "groups": {"a": {"size": 1, "lagrangian": "tanh"}}}
    with pytest.raises(hamsim.HamsimError, match="of two neurons that move, and the network has 1"):
        hamsim.compile(one).plot(kind="phase")
