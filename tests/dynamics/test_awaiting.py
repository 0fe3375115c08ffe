"""Trials that choose their steps end each where it meets what it waits for; no step changes."""

import numpy as np
import pytest
from kept_states import Keeping, all_states

import hamsim
from hamsim.dynamics.drivers import calls, within
from hamsim.dynamics.simulate import prepare, simulate_into

METHODS = ["tsit5", "dop853", "bdf", "rodas4"]

# x' = (1 - x) / tau in a: x(t) = 1 - (1 - x_0) exp(-t / tau).
LINEAR = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 2, "lagrangian": "identity", "tau": [1.0, 2.0], "input": 1.0},
        "b": {"neurons": ["left", "right"], "lagrangian": "tanh", "input": -1.0},
    },
}
STARTS = np.array([[0.0, 0, 0, 0], [-4.0, 0, 0, 0], [0.4, 0, 0, 0]])
EVERY = 0.01
FINE = np.arange(1, 3000) * EVERY
# Stimuli, neurons with tau = 0, and what changes over time.
DRIVEN = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 3, "lagrangian": "tanh", "initial": [0.5, -1.0, 2.0]},
        "b": {"size": 2, "lagrangian": "tanh", "tau": 0.0},
    },
    "connections": [
        {"between": ["a", "b"], "weights": [[0.4, -0.3], [0.2, 0.5], [-0.6, 0.1]]},
    ],
    "stimuli": [
        {"group": "a", "mode": "input", "value": "sin(2*t)"},
        {"neurons": ["a[1]"], "mode": "clamp", "value": 0.3, "start": 1.1, "stop": 1.7},
    ],
}
WAITS = "b[0].g < -0.35 and t > 1.2"


def first(holds, times=FINE):
    return times[np.flatnonzero(holds)[0]]


@pytest.mark.parametrize("method", [*METHODS, "bs32", "auto"])
def test_a_run_ends_at_the_first_record_at_which_it_holds(method):
    how = {"method": method, "rtol": 1e-7, "t_end": 30.0, "record": {"every": EVERY}}
    x = 1 - np.exp(-FINE[:, None] / np.array([1.0, 2.0]))
    for text, holds in (
        ("mean(a.x) > 0.5", x.mean(axis=1) > 0.5),
        ("a[1].g > 0.8 and residual < 0.2", (x[:, 1] > 0.8) & (x[:, 1] > 0.8)),
    ):
        trace = hamsim.simulate(LINEAR, until=text, **how)
        assert trace.t[-1] == pytest.approx(first(holds), abs=1e-9)
        assert (trace.outcome, trace.state.t) == ("finished", trace.t[-1])
        assert text in str(trace.outcome)
        np.testing.assert_allclose(trace.final[:2], x[round(trace.t[-1] / EVERY) - 1], rtol=1e-5)
        assert np.array_equal(trace.final, trace.x[-1])
        whole = hamsim.simulate(LINEAR, **how)
        assert np.array_equal(trace.x, whole.x[: trace.t.size])


@pytest.mark.parametrize("method", METHODS)
def test_no_step_is_changed(method):
    """Without given times a run ends after the first step that leads to where it holds."""
    network = hamsim.compile({**DRIVEN, "stimuli": DRIVEN["stimuli"][method == "rodas4" :]})
    how = {"method": method, "rtol": 1e-5, "t_end": 8.0}
    what = {"record": {"what": ["x", "g"]}}
    whole = hamsim.simulate(network, **how, **what)
    holds = (whole.of("b[0]", "g") < -0.1) & (whole.t > 1.2)
    text = "b[0].g < -0.1 and t > 1.2"
    trace = hamsim.simulate(network, until=text, **how, **what)
    assert trace.t[-1] == first(holds, whole.t) < 8.0
    assert np.array_equal(trace.x, whole.x[: trace.t.size])
    last = hamsim.simulate(network, until=text, record=None, **how)
    assert last.t[-1] == trace.t[-1]
    assert np.array_equal(last.final, trace.final)
    assert last.stats.steps == trace.stats.steps


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("record", [None, {"every": 0.05, "what": ["x", "energy"]}])
def test_each_trial_ends_as_it_does_alone(method, record):
    how = {"method": method, "rtol": 1e-6, "t_end": 12.0, "record": record}
    for until in ({"expression": "a[0].x > 0.5"}, {"energy": 1e-3}):
        trace = hamsim.simulate(LINEAR, STARTS, until=until, **how)
        word = "finished" if "expression" in until else "converged"
        assert trace.outcomes == (word,) * 3
        step = 0.05 if record else 0.12
        times = step * np.arange(1, 240)
        for trial, start in enumerate(STARTS):
            alone = {**how, "record": {"every": step}, "initial": start, "until": until}
            single = hamsim.simulate(LINEAR, **alone)
            assert np.array_equal(single.final, trace.final[trial])
            assert single.stats.residual == trace.stats.residuals[trial]
            if "expression" in until:
                x = 1 - (1 - start[0]) * np.exp(-times)
                assert single.t[-1] == pytest.approx(first(x > 0.5, times))
            if record:
                end = single.t.size
                assert np.array_equal(trace.x[trial, :end], single.x)
                assert np.all(trace.x[trial, end:] == single.final)
                np.testing.assert_allclose(trace.energy[trial, :end], single.energy, atol=1e-14)


def test_some_trials_meet_it_and_others_rest_or_go_to_the_end():
    mixed = {"residual": 1e-3, "expression": "a[0].x < -0.5"}
    starts = np.array([[-0.9, 0, 0, 0], [0.5, 0.5, 0, 0]])
    how = {"t_end": 20.0, "record": {"every": 0.1}, "rtol": 1e-5}
    for method in ("tsit5", "bdf"):
        trace = hamsim.simulate(LINEAR, starts, until=mixed, method=method, **how)
        assert trace.outcomes == ("finished", "converged")
        assert "1 trial where a[0].x < -0.5" in str(trace.outcome)
        assert np.array_equal(trace.final[0], starts[0])
        short = hamsim.simulate(
            LINEAR, starts, until="a[0].x < -0.5", method=method, **{**how, "t_end": 2.0}
        )
        assert short.outcomes == ("finished", "finished")
        assert np.array_equal(short.final[0], starts[0])
        assert short.t[-1] == 2.0


@pytest.mark.parametrize("method", METHODS)
def test_energy_waits_for_the_last_stimulus(method):
    late = {**LINEAR, "stimuli": [{"group": "a", "mode": "input", "value": 1.0, "start": 15.0}]}
    how = {"t_end": 40.0, "method": method, "record": {"every": 0.5}}
    trace = hamsim.simulate(late, until={"energy": 1e-2}, **how)
    whole = hamsim.simulate(late, **how, energy=None)
    assert trace.outcome == "converged"
    assert 15 < trace.t[-1] < 30
    energies = np.array([hamsim.energy(late, x).total - x[:2].sum() for x in whole.x])
    settled = whole.t > 15
    rate = np.abs(np.diff(energies[settled])) / np.diff(whole.t[settled])
    assert trace.t[-1] == first(rate <= 1e-2, whole.t[settled][1:])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("record", [None, {}, {"every": 0.05}], ids=["last", "each", "every"])
@pytest.mark.parametrize("trials", [1, 3])
def test_a_run_that_is_cut_ends_as_the_whole(method, record, trials, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    network = hamsim.compile({**DRIVEN, "stimuli": DRIVEN["stimuli"][method == "rodas4" :]})
    starts = np.random.default_rng(2).normal(size=(3, 5)) if trials > 1 else None
    until = {"expression": "mean(a.x) < 0.3 and t > 0.6", "energy": 0.05}
    how = {"method": method, "until": until, "record": record, "t_end": 6.0, "initial": starts}
    whole, states = all_states(network, **how)
    assert whole.t[-1] < 6.0
    assert len(states) > 4
    for state in states[:: max(1, len(states) // 4)]:
        run = prepare(network, state, t_end=6.0, until=until, same_trace=True)
        sink = Keeping()
        simulate_into(sink, run)
        kept = whole.t >= state.t
        assert np.array_equal(whole.t[kept], sink.trace.t)
        assert np.array_equal(whole.x[..., kept, :], sink.trace.x)
        assert np.array_equal(whole.state.x, sink.trace.state.x)
        assert sink.trace.stats.steps == whole.stats.steps
        assert sink.trace.outcomes == whole.outcomes


def test_little_room_for_records_changes_nothing(monkeypatch):
    how = {"method": "tsit5", "t_end": 30.0, "record": {"every": EVERY}, "until": "a[0].x > 0.9"}
    whole = hamsim.simulate(LINEAR, **how)
    to_the_end = hamsim.simulate(LINEAR, **{**how, "until": None})
    monkeypatch.setattr(within, "BLOCK_ROWS", 2)
    assert np.array_equal(hamsim.simulate(LINEAR, **how).x, whole.x)
    trials = hamsim.simulate(LINEAR, STARTS, **how)
    np.testing.assert_allclose(trials.x[0, : whole.t.size], whole.x, atol=1e-4)
    assert np.all(trials.x[0, whole.t.size :] == trials.final[0])
    # Steps with more records in them than there is room for.
    trace = hamsim.simulate(LINEAR, **{**how, "until": None})
    assert np.array_equal(trace.x, to_the_end.x)


def test_trials_that_have_ended_stay_where_another_method_takes_over():
    """Saturated neurons that come to a steep place, which inhibits them so that they stay there."""
    steep = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 2, "lagrangian": "sigmoid", "initial": [-50.0, -45.0], "input": 100.0}
        },
        "connections": [
            {"within": "a", "weights": [[-200, 10], [10, -200]], "self_connections": True}
        ],
    }
    starts = np.array([[-50.0, -45.0], [-80.0, -45.0]])
    how = {"t_end": 60.0, "record": {"every": 0.01}}
    trace = hamsim.simulate(steep, starts, until="a[0].x < -20 and a[0].x > -30", **how)
    assert trace.stats.method == "tsit5"
    trace = hamsim.simulate(steep, starts, until="a[0].x < -70 and a[0].x > -79", **how)
    assert trace.stats.method == "bdf"
    assert -79 < trace.final[1, 0] < -70
    assert trace.t[-1] == 60.0
    assert np.all(trace.x[1, 100:] == trace.final[1])


def test_delayed_networks_are_looked_at_where_steps_end():
    loop = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": [1.0, 0.5]}},
        "connections": [
            {
                "from": "a",
                "to": "a",
                "self_connections": True,
                "weights": [[1.0, 1.6], [-1.6, 1.0]],
                "delay": 0.37,
            }
        ],
    }
    until = "a[0].x < -0.2"
    fine = hamsim.simulate(loop, method="rk4", dt=0.002, t_end=10.0, until=until)
    how = {"t_end": 10.0, "rtol": 1e-6}
    given = hamsim.simulate(loop, until=until, record={"every": 0.05}, **how)
    assert given.stats.method == "tsit5"
    assert fine.t[-1] <= given.t[-1] < fine.t[-1] + 0.05
    assert np.array_equal(given.final, given.x[-1])
    whole = hamsim.simulate(loop, **how)
    each = hamsim.simulate(loop, until=until, **how)
    assert np.array_equal(each.x, whole.x[: each.t.size])
    assert each.t[-1] == first(whole.of("a[0]") < -0.2, whole.t)


@pytest.mark.parametrize("method", ["tsit5", "bdf"])
def test_the_wall_clock_is_heard_within_a_stretch(method):
    turns = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "identity", "initial": [1.0, 0.0]}},
        "connections": [
            {"from": "a", "to": "a", "weights": [[1, 1], [-1, 1]], "self_connections": True}
        ],
    }
    how = {"method": method, "rtol": 1e-8, "record": None}
    hamsim.simulate(turns, t_end=1.0, **how)
    trace = hamsim.simulate(turns, t_end=1e7, until={"wall": 0.2}, **how)
    assert trace.outcome == "interrupted"
    assert trace.stats.seconds < 5
    assert trace.t[-1] < 1e7
