"""A run goes on where another has come to, with the bits of one that was never cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.trace.reader import load_trace

WHAT = ("x", "g", "energy", "residual")
DT = 0.1


def driven(seed):
    """A random network with stimuli that begin and end on steps, between them, and never."""
    rng = np.random.default_rng(seed)
    description = random_description(seed, instant=seed % 2 == 0)
    name = next(iter(description["groups"]))
    times = np.sort(rng.uniform(0, 6, 4)).round(2).tolist()
    description["stimuli"] = [
        {"group": name, "mode": "input", "value": 0.7, "start": times[0], "stop": times[2]},
        {"group": name, "mode": "clamp", "value": 0.2, "start": times[1], "stop": times[3]},
        {"group": name, "mode": "input", "value": -0.4, "start": 3.0},
    ]
    return description


def same_from(whole, part):
    """Whether the records of a part, besides its first, are those of the whole."""
    at = np.searchsorted(whole.t, part.t[1:])
    assert np.array_equal(whole.t[at], part.t[1:])
    assert at.size == np.count_nonzero(whole.t > part.t[0])
    for what in part.arrays:
        assert np.array_equal(whole.arrays[what][at], part.arrays[what][1:], equal_nan=True), what
    assert np.array_equal(whole.state.x, part.state.x)
    for name in ("clock.time", "clock.steps", "clock.origin"):
        assert whole.state.values[name] == part.state.values[name]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 5),
    method=st.sampled_from(["euler", "heun", "rk4"]),
    cut=st.integers(0, 60),
    again=st.integers(1, 30),
    every=st.sampled_from([None, 0.3]),
)
def test_a_run_that_is_cut_anywhere_has_the_bits_of_the_whole(seed, method, cut, again, every):
    network = hamsim.compile(driven(seed))
    how = {"method": method, "dt": DT, "record": hamsim.Record(every=every, what=WHAT)}
    whole = hamsim.simulate(network, t_end=6.0, **how)
    first = hamsim.simulate(network, steps=cut, **how)
    second = hamsim.simulate(network, first, steps=again) if cut + again < 60 else first
    if second.state.t < 6.0:
        last = hamsim.simulate(network, second, t_end=6.0)
        assert last.t[0] == second.t[-1]
        assert last.made.method == method
        assert last.header.what == WHAT
        same_from(whole, last)


def test_few_neurons_in_float32_do_not_hide_the_state(tmp_path):
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 5, "lagrangian": "tanh", "initial": {"normal": {"std": 1.0}}}},
            "connections": [{"within": "a", "weights": {"normal": {"std": 0.5}}}],
            "stimuli": [{"group": "a", "mode": "input", "value": {"uniform": {}}, "stop": 3.07}],
            "simulation": {"trials": 3},
        }
    )
    few = {"every": 1, "what": ["x"], "neurons": [0]}
    how = {"dt": DT, "dtype": "float32", "record": few}
    whole = hamsim.simulate(network, t_end=6, **how)
    first = hamsim.simulate(network, t_end=2.7, **how)
    first.save(tmp_path / "first.nc")
    for trace in (first, load_trace(tmp_path / "first.nc"), first.state):
        last = hamsim.simulate(network, trace, t_end=6)
        assert last.x.dtype == np.float32
        same_from(whole, last)
    assert first.state.x.dtype == np.float64
    assert first.state.x.shape == (3, network.n_neurons)
    without = hamsim.simulate(network, first, t_end=6, record=None)
    assert without.t.size == 1
    assert np.array_equal(without.state.x, whole.state.x)


def test_trials_that_have_diverged_stay_where_they_were():
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": {"kind": "power", "degree": 4}}},
        "connections": [{"within": "a", "weights": [[0, 1], [1, 0]]}],
    }
    network = hamsim.compile(description)
    starts = np.array([[0.1, 0.2], [3.0, 4.0], [-0.5, 0.3]])
    how = {"method": "heun", "dt": DT, "record": hamsim.Record(what=WHAT)}
    whole = hamsim.simulate(network, starts, steps=80, **how)
    first = hamsim.simulate(network, starts, steps=50, **how)
    assert first.outcomes.count("diverged") == 1
    last = hamsim.simulate(network, first, steps=30)
    same_from(whole, last)
    assert last.outcomes == whole.outcomes
    assert str(last.outcome).split(";")[0] == str(whole.outcome).split(";")[0]
    alone = hamsim.simulate(network, starts[1], steps=50, **how)
    with pytest.raises(hamsim.SimulationError, match="nothing is left to go on"):
        hamsim.simulate(network, alone, steps=3)


def test_a_time_to_start_at():
    network = hamsim.compile(driven(5))
    how = {"method": "heun", "dt": DT, "record": hamsim.Record(what=WHAT)}
    whole = hamsim.simulate(network, t_end=6, **how)
    first = hamsim.simulate(network, t_end=3, **how)
    last = hamsim.simulate(network, first.final, t_start=float(first.t[-1]), t_end=6, **how)
    assert np.array_equal(last.t, whole.t[whole.t >= 3])
    assert np.array_equal(last.x, whole.x[whole.t >= 3])
    off = hamsim.simulate(network, t_start=0.05, steps=3, **how)
    assert np.allclose(off.t, [0.05, 0.15, 0.25, 0.35], rtol=1e-15)
    assert off.stats.steps == 3
    on = hamsim.simulate(network, off, steps=2)
    assert np.array_equal(on.t, hamsim.simulate(network, t_start=0.05, steps=5, **how).t[3:])
    default = hamsim.simulate({**driven(5), "stimuli": []}, t_start=7, record={"every": 1})
    assert default.t[0] == 7
    assert default.t[-1] == pytest.approx(7 + 100 * network.tau.max(), abs=0.5)
    for wrong in (-1, "now", np.inf):
        with pytest.raises(hamsim.SimulationError, match="t_start is"):
            hamsim.simulate(network, t_start=wrong)
    with pytest.raises(hamsim.SimulationError, match=r"t_end is 3, and the run begins at t = 5"):
        hamsim.simulate(network, t_start=5, t_end=3)
    with pytest.raises(hamsim.SimulationError, match="t_start is 2, but the trace goes on at"):
        hamsim.simulate(network, first, t_start=2)


def test_a_trace_that_has_come_to_its_end_wants_a_later_one():
    network = hamsim.compile(driven(1))
    by_steps = hamsim.simulate(network, dt=DT, steps=5)
    with pytest.raises(hamsim.SimulationError, match=r"come to its end at t = 0\.5; give"):
        hamsim.simulate(network, by_steps)
    by_time = hamsim.simulate(network, dt=DT, t_end=0.5)
    with pytest.raises(hamsim.SimulationError, match=r"the run begins at t = 0\.5; give"):
        hamsim.simulate(network, by_time)
    assert hamsim.simulate(network, by_steps, steps=2).stats.steps == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["groups"]["s"].update(tau=2.0), "tau of group 's'"),
        (lambda d: d["groups"]["s"].update(input=0.1), "input of group 's'"),
        (lambda d: d["groups"]["s"]["lagrangian"].update(beta=1.1), "lagrangian of group 's'"),
        (lambda d: d["connections"][0].update(weights=0.31), "synapses onto group 's'"),
        (lambda d: d["stimuli"][0].update(value=1.5), "stimuli[0]"),
        (lambda d: d.update(stimuli=[]), "stimuli[0]"),
        (lambda d: d["groups"].update(t={"size": 1, "lagrangian": "tanh"}), "of group 't'"),
    ],
)
def test_another_network_is_refused_with_what_differs(change, told):
    def described():
        return {
            "format": "hamsim/1",
            "description": "before",
            "groups": {"s": {"size": 3, "lagrangian": {"kind": "tanh", "beta": 1.0}}},
            "connections": [{"within": "s", "weights": 0.3}],
            "stimuli": [{"group": "s", "mode": "input", "value": 1.0, "stop": 1.0}],
        }

    trace = hamsim.simulate(described(), dt=DT, t_end=2)
    other = {**described(), "name": "renamed", "description": "after", "seed": 5}
    other["groups"]["s"]["initial"] = 0.5
    assert hamsim.simulate(other, trace, t_end=3).outcome == "finished"
    change(other)
    with pytest.raises(hamsim.SimulationError, match="not that of the trace any more") as caught:
        hamsim.simulate(other, trace, t_end=3)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
