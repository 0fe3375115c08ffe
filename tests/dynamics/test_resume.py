"""A run goes on where another has come to, with the bits of one that was never cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept_states import Keeping, all_states
from random_networks import random_description

import hamsim
from hamsim.dynamics.drivers import calls
from hamsim.dynamics.keeping import state_of
from hamsim.dynamics.simulate import prepare, simulate_into
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


NOISY = {
    "format": "hamsim/1",
    "seed": 3,
    "groups": {
        "a": {"size": 6, "lagrangian": "tanh", "noise": {"sigma": 0.3, "tau": 0.7}},
        "b": {"size": 3, "lagrangian": "tanh", "noise": {"sigma": 0.2}, "tau": 0.5},
    },
    "connections": [{"between": ["a", "b"], "weights": {"normal": {"std": 0.5}}}],
    "stimuli": [
        {"group": "b", "mode": "input", "value": "sin(3*t)", "start": 1.03, "stop": 2.5},
        {"group": "a", "mode": "input", "value": "t", "start": 1.5, "stop": 3.21},
    ],
}


@pytest.mark.parametrize("method", ["euler_maruyama", "stochastic_heun", "leimkuhler_matthews"])
def test_noise_and_what_changes_over_time_go_on(method):
    network = hamsim.compile(NOISY)
    how = {"method": method, "dt": DT, "seed": 9, "record": hamsim.Record(what=WHAT)}
    whole = hamsim.simulate(network, t_end=5, **how)
    for cut in (0.3, 1.0, 1.03, 1.1, 1.5, 2.5, 3.2, 3.21, 4.4):
        same_from(whole, hamsim.simulate(network, at(network, whole, cut, how), t_end=5))
    other = hamsim.simulate(network, t_end=5, **{**how, "seed": 8})
    assert not np.array_equal(other.x, whole.x)


def at(network, whole, cut, how):
    """The state at a time, of a run that goes on."""
    step = int(np.argmin(np.abs(whole.t - cut)))
    assert abs(whole.t[step] - cut) < 1e-9

    run = prepare(network, t_end=5, **how)
    run.checkpoint = 0.0
    sink, found = Keeping(), []

    def stop(progress):
        if progress.step == step and not found:
            found.append(state_of(run))

    run.driver._how_many = lambda batch, begin, most=run.driver._how_many: most(1, begin)
    simulate_into(sink, run, stop)
    return found[0]


@pytest.mark.parametrize("method", ["tsit5", "bs32", "dop853"])
@pytest.mark.parametrize("record", [None, {}, {"every": 0.25}], ids=["last", "each", "every"])
def test_chosen_steps_are_chosen_as_if_nothing_had_been_cut(method, record, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    network = hamsim.compile(driven(2))
    whole, states = all_states(network, method=method, t_end=4.0, record=record)
    states = [state for state in states if state.t < 4.0]
    assert len(states) > 10
    plain = hamsim.simulate(network, method=method, t_end=4.0, record=record)
    assert whole.stats.products == plain.stats.products  # however often the run is kept
    for state in states[:: max(1, len(states) // 12)]:
        run = prepare(network, state, t_end=4.0, same_trace=True)
        sink = Keeping()
        simulate_into(sink, run)
        kept = whole.t >= state.t
        assert np.array_equal(whole.t[kept], sink.trace.t)
        assert np.array_equal(whole.x[kept], sink.trace.x)
        assert np.array_equal(whole.state.x, sink.trace.state.x)
        assert sink.trace.stats.steps == whole.stats.steps
        # Some for where it begins; a record that is made there has been counted already.
        assert abs(sink.trace.stats.products - whole.stats.products) <= 10
    alone = hamsim.simulate(network, states[3], t_end=4.0)
    assert alone.t[0] == states[3].t or record is None


@pytest.mark.parametrize("trials", [None, 3])
@pytest.mark.parametrize("method", ["rk4", "tsit5", "dop853", "bdf"])
def test_a_state_is_kept_behind_all_records_before_it(method, trials, monkeypatch):
    """Else they would be lost when the run is killed and goes on from there."""
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    network = hamsim.compile(driven(2))
    how = {"dt": DT} if method == "rk4" else {}
    record = {"every": 0.25 if how == {} else 0.2, "what": ["x", "g"]}
    run = prepare(network, method=method, t_end=4.0, record=record, trials=trials, **how)
    run.checkpoint, sink = 0.0, Keeping()
    simulate_into(sink, run)
    assert len(sink.states) > 10
    for state, recorded in zip(sink.states, sink.recorded, strict=True):
        assert recorded >= np.count_nonzero(sink.trace.t < state.t)
        assert np.all(sink.trace.t[:recorded] <= state.t)
    monkeypatch.undo()
    plain = hamsim.simulate(network, method=method, t_end=4.0, record=record, trials=trials, **how)
    assert sink.trace.stats.products == plain.stats.products


@pytest.mark.parametrize("method", ["bdf", "rodas4"])
@pytest.mark.parametrize("record", [None, {"every": 0.25}], ids=["last", "every"])
@pytest.mark.parametrize("kind", ["stimuli", "moving", "one-way"])
def test_equations_are_solved_on_where_they_were(method, record, kind, monkeypatch):
    """Wherever a trial is in a step, in Newton's method, or in a linear equation."""
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    description = driven(2)
    name = next(iter(description["groups"]))
    if kind == "moving":
        if method == "rodas4":
            return
        description["stimuli"].append({"group": name, "mode": "input", "value": "sin(3*t)"})
    if kind == "one-way":
        W = {"weights": {"normal": {"std": 0.4}}, "self_connections": True}
        description["connections"].append({"from": name, "to": name, **W})
    network = hamsim.compile(description)
    starts = np.random.default_rng(1).normal(size=(3, network.n_neurons))
    for start in (None, starts):
        how = {"method": method, "t_end": 3.5, "record": record, "initial": start}
        whole, states = all_states(network, **how)
        states = [state for state in states if state.t < 3.5]
        assert len(states) > 20
        for state in states[:: len(states) // 9]:
            run = prepare(network, state, t_end=3.5, same_trace=True)
            sink = Keeping()
            simulate_into(sink, run)
            kept = whole.t >= state.t
            assert np.array_equal(whole.t[kept], sink.trace.t)
            assert np.array_equal(whole.x[..., kept, :], sink.trace.x)
            assert np.array_equal(whole.state.x, sink.trace.state.x)
            assert sink.trace.stats.steps == whole.stats.steps
        later = hamsim.simulate(network, states[3], t_end=5.0, record=None)
        exact = hamsim.simulate(network, start, method=method, t_end=5.0, record=None)
        np.testing.assert_allclose(later.x, exact.x, atol=2e-2)


@pytest.mark.parametrize("method", ["rk4", "tsit5", "bdf"])
@pytest.mark.parametrize("trials", [None, 3])
def test_who_rests_where_a_run_begins_is_recorded_once(method, trials):
    net = {"format": "hamsim/1", "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": 1.0}}}
    how = {"method": method, "record": {"every": 0.5, "what": ["x"]}, "trials": trials}
    before = hamsim.simulate(net, t_end=5.3, dt=0.1 if method == "rk4" else None, **how)
    after = hamsim.simulate(net, before, until=0.1, t_end=40.0)
    assert (after.outcome, after.t.tolist()) == ("converged", [before.t[-1]])
    assert np.array_equal(after.x[..., 0, :], before.x[..., -1, :])


def test_a_trace_that_has_not_recorded_states_goes_on_all_the_same():
    net = {"format": "hamsim/1", "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": 1.0}}}
    compiled, record = hamsim.compile(net), {"every": 0.5, "what": ["g"]}
    half = hamsim.simulate(compiled, method="rk4", dt=0.1, t_end=1.0, record=record)
    rest = hamsim.simulate(compiled, half, t_end=2.0, record=None)
    whole = hamsim.simulate(compiled, method="rk4", dt=0.1, t_end=2.0, record=None)
    np.testing.assert_array_equal(rest.final, whole.final)
