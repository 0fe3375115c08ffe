"""Runs that turn out to be stiff go on with another method, as if nothing had happened."""

import numpy as np
import pytest

import hamsim
from hamsim.dynamics.drivers import calls
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.trace.trace import MemorySink

# Two saturated neurons, whose slopes are 0 where they start and where they are driven to first. On
# the way they come to a steep place, and inhibit themselves so that they stay there.
LATER = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 2, "lagrangian": "sigmoid", "initial": [-50.0, -45.0], "input": [100.0, 90.0]}
    },
    "connections": [{"within": "a", "weights": [[-200, 10], [10, -200]], "self_connections": True}],
}
PULSES = [
    {"group": "a", "mode": "input", "value": 20.0, "start": 40.0, "stop": 40.5},
    {"group": "a", "mode": "clamp", "value": 0.1, "start": 60.0, "stop": 70.0},
]
T_END = 100.0


@pytest.fixture(scope="module")
def exact():
    """States to more digits than anybody asks for, by a method that does not switch."""
    network = hamsim.compile({**LATER, "stimuli": PULSES})
    record = hamsim.Record(every=0.5, what=("x",))
    return hamsim.simulate(network, method="tsit5", rtol=1e-9, t_end=T_END, record=record)


def errors(trace, exact, rtol):
    """Largest error over records, in tolerances."""
    at = np.searchsorted(exact.t, trace.t)
    assert np.array_equal(exact.t[at], trace.t)
    off = np.abs(trace.x - exact.x[at])
    return float((off / (rtol * (0.01 + np.abs(exact.x[at])))).max())


@pytest.mark.parametrize("rtol", [1e-3, 1e-5])
def test_a_run_goes_on_with_bdf_as_soon_as_it_is_stiff(exact, rtol):
    network = hamsim.compile({**LATER, "stimuli": PULSES})
    record = hamsim.Record(every=0.5, what=("x",))
    trace = hamsim.simulate(network, rtol=rtol, t_end=T_END, record=record)
    stats = trace.stats
    assert stats.method == "bdf"
    assert stats.why.startswith("stiff from t = ")
    assert stats.why.endswith(" on: bdf took over from tsit5")
    assert stats.why in stats.notes
    assert errors(trace, exact, rtol) < 5
    explicit = hamsim.simulate(network, method="tsit5", rtol=rtol, t_end=T_END, record=record)
    assert stats.products < explicit.stats.products / 4
    assert stats.longest > explicit.stats.longest


def test_each_step_is_recorded_once():
    trace = hamsim.simulate(LATER, t_end=T_END)
    assert trace.stats.method == "bdf"
    assert trace.t.size == trace.stats.steps + 1
    assert np.all(np.diff(trace.t) > 0)
    assert (trace.t[0], trace.t[-1]) == (0.0, T_END)
    assert not trace.stats.energy.rose
    assert trace.stats.energy.start == trace.energy[0]


def test_the_last_state_alone_is_the_same():
    last = hamsim.simulate(LATER, t_end=T_END, record=None)
    assert np.array_equal(last.final, hamsim.simulate(LATER, t_end=T_END).final)


def test_rest_is_found_after_the_change():
    trace = hamsim.simulate(LATER, t_end=1000.0, until=1e-8)
    assert trace.stats.method == "bdf"
    assert trace.outcome == "converged"
    assert trace.stats.residual <= 1e-8


def test_who_names_a_method_keeps_it():
    assert hamsim.simulate(LATER, method="tsit5", t_end=T_END).stats.method == "tsit5"


def test_short_runs_are_not_worth_a_change():
    """The steps are just as short there, but there are few of them."""
    trace = hamsim.simulate(LATER, t_end=5.0, record=None)
    assert trace.stats.method == "tsit5"


class Keeping(MemorySink):
    """Keeps all states that it is given."""

    def open(self, header):
        super().open(header)
        self.states = []

    def keep(self, state):
        self.states.append(state)
        super().keep(state)


@pytest.mark.parametrize("record", [None, {}, {"every": 0.25}], ids=["last", "each", "every"])
@pytest.mark.parametrize("trials", [1, 3])
def test_a_run_that_is_cut_anywhere_has_the_bits_of_the_whole(record, trials, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    network = hamsim.compile({**LATER, "stimuli": PULSES})
    start = np.array([[-50.0, -45.0], [-80.0, -10.0], [30.0, 20.0]])[:trials]
    run, sink = prepare(network, start, t_end=T_END, record=record), Keeping()
    run.checkpoint = 0.0
    simulate_into(sink, run)
    whole = sink.trace
    for method in ("tsit5", "bdf"):
        states = [s for s in sink.states if s.request["method"] == method and s.t < T_END]
        assert len(states) > 5
        for state in states[:: max(1, len(states) // 2)]:
            again, part = prepare(network, state, t_end=T_END, same_trace=True), MemorySink()
            simulate_into(part, again)
            kept = whole.t >= (state.t if record == {} and trials == 1 else part.trace.t[0])
            assert np.array_equal(whole.t[kept], part.trace.t)
            assert np.array_equal(whole.x[..., kept, :], part.trace.x)
            assert part.trace.stats.why == whole.stats.why
            assert part.trace.stats.method == "bdf"


@pytest.mark.parametrize("what", [("x",), ("x", "g", "energy")])
@pytest.mark.parametrize("every", [0.05, 0.5])
def test_trials_go_on_from_where_each_has_come_to(exact, what, every):
    """One of them rests from the beginning, and needs no other method."""
    network = hamsim.compile({**LATER, "stimuli": PULSES})
    rest = hamsim.simulate(network, method="bdf", rtol=1e-10, t_end=39.0, record=None).final
    starts = np.array([[-50.0, -45.0], rest, [-80.0, -10.0], [30.0, 20.0]])
    how = {"t_end": T_END, "rtol": 1e-4, "record": hamsim.Record(every=every, what=what)}
    trace = hamsim.simulate(network, starts, **how)
    assert trace.stats.method == "bdf"
    assert trace.t == pytest.approx(np.arange(round(T_END / every) + 1) * every)
    for name, array in trace.arrays.items():
        assert np.isfinite(array).all(), name
    for trial, start in enumerate(starts):
        alone = hamsim.simulate(network, start, **{**how, "rtol": 1e-7})
        assert alone.stats.method == "bdf"
        for name in trace.arrays:
            of_one = getattr(alone, name)
            off = np.abs(getattr(trace, name)[trial] - of_one)
            assert off.max() < 1e-3 * (1 + np.abs(of_one).max()), (name, trial)
    first = trace.x[0][:: round(0.5 / every)]
    assert (np.abs(first - exact.x) / (1e-4 * (0.01 + np.abs(exact.x)))).max() < 5
