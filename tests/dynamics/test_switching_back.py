"""Runs that are not stiff any more go back to explicit steps, as if nothing had happened."""

import numpy as np
import pytest

import hamsim
from hamsim.dynamics.drivers import calls
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.dynamics.timeline import choice
from hamsim.trace.trace import MemorySink

# An oscillator of two populations, and two neurons that inhibit themselves at a steep place, so
# that they are fast, until they are driven away from there.
TWO = {
    "format": "hamsim/1",
    "groups": {
        "slow": {"size": 2, "tau": 8, "lagrangian": {"kind": "sigmoid", "beta": [1.3, 2]}},
        "fast": {"size": 2, "lagrangian": "sigmoid", "input": [100.0, 90.0]},
    },
    "connections": [
        {
            "from": "slow",
            "to": "slow",
            "weights": [[16, -12], [15, -3]],
            "self_connections": True,
        },
        {"within": "fast", "weights": [[-200, 10], [10, -200]], "self_connections": True},
    ],
    "stimuli": [{"group": "fast", "mode": "input", "value": 300.0, "start": 60.0, "stop": 400.0}],
}
TWO["groups"]["slow"]["input"] = [-2.33, -3.78]
TWO["groups"]["slow"]["initial"] = [-4.0, -3.7]
TWO["groups"]["fast"]["initial"] = [0.1, -0.1]
T_END = 410.0
BACK, STIFF = "not stiff any more from t = ", "stiff from t = "


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(TWO)


@pytest.fixture(scope="module")
def exact(network):
    """States to more digits than anybody asks for, by a method that does not switch."""
    record = hamsim.Record(every=2.0, what=("x",))
    return hamsim.simulate(network, method="tsit5", rtol=1e-8, t_end=T_END, record=record)


def test_a_run_goes_back_where_it_is_not_stiff_any_more(network, exact, monkeypatch):
    record = hamsim.Record(every=2.0, what=("x",))
    how = {"rtol": 1e-3, "t_end": T_END, "record": record}
    trace = hamsim.simulate(network, **how)
    back, again = trace.stats.notes
    assert (back[: len(BACK)], again[: len(STIFF)]) == (BACK, STIFF)
    assert back.endswith(" on: tsit5 took over from bdf")
    assert again.endswith(" on: bdf took over from tsit5")
    assert 60 < float(back.removeprefix(BACK).split()[0]) < 150
    assert 400 < float(again.removeprefix(STIFF).split()[0]) < T_END
    assert (trace.stats.method, trace.stats.why) == ("bdf", again)
    assert np.array_equal(trace.t, exact.t)
    off = np.abs(trace.x - exact.x) / (1e-3 * np.abs(exact.x).max(axis=0))
    assert off.max() < 2
    monkeypatch.setattr(choice, "CHANGES", 0)
    stays = hamsim.simulate(network, **how)
    assert (stays.stats.method, stays.stats.notes) == ("bdf", ())
    assert trace.stats.products < 0.8 * stays.stats.products


def test_a_stiff_run_looks_and_stays(network):
    """The looks are a product of some hundred, and who names bdf makes none."""
    how = {"rtol": 2e-5, "t_end": 60.0, "record": None}
    auto = hamsim.simulate(network, **(how | {"rtol": 1e-3}))
    named = hamsim.simulate(network, method="bdf", **how)
    assert auto.stats.method == named.stats.method == "bdf"
    assert np.array_equal(auto.final, named.final)
    assert named.stats.products < auto.stats.products <= 1.02 * named.stats.products


def test_each_step_is_recorded_once(network):
    trace = hamsim.simulate(network, t_end=T_END, rtol=1e-3)
    assert len(trace.stats.notes) == 2
    assert trace.t.size == trace.stats.steps + 1
    assert np.all(np.diff(trace.t) > 0)
    assert (trace.t[0], trace.t[-1]) == (0.0, T_END)
    last = hamsim.simulate(network, t_end=T_END, rtol=1e-3, record=None)
    assert np.array_equal(last.final, trace.final)


STARTS = np.array([[-4.0, -3.7, 0.1, -0.1], [1.0, 1.0, 90.0, 80.0], [-1.0, -3.0, -5.0, 3.0]])


@pytest.mark.parametrize(("what", "every"), [(("x",), 10.0), (("x", "g", "residual"), 0.5)])
def test_trials_go_on_from_where_each_has_come_to(network, what, every):
    how = {"t_end": T_END, "rtol": 1e-4, "record": hamsim.Record(every=every, what=what)}
    trace = hamsim.simulate(network, STARTS, **how)
    assert any(note.startswith(BACK) for note in trace.stats.notes)
    assert trace.t == pytest.approx(np.arange(round(T_END / every) + 1) * every)
    for trial, start in enumerate(STARTS):
        alone = hamsim.simulate(network, start, **how)
        for name in what:
            of_one = getattr(alone, name)
            off = np.abs(getattr(trace, name)[trial] - of_one)
            assert off.max() < 1e-3 * (1 + np.abs(of_one).max()), (name, trial)


class Keeping(MemorySink):
    """Keeps all states that it is given."""

    def open(self, header):
        super().open(header)
        self.states = []

    def keep(self, state):
        self.states.append(state)
        super().keep(state)


@pytest.mark.parametrize(("trials", "record"), [(1, None), (3, {"every": 0.25})])
def test_a_run_that_is_cut_anywhere_has_the_bits_of_the_whole(network, record, trials, monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    run, sink = prepare(network, STARTS[:trials], t_end=T_END, rtol=1e-3, record=record), Keeping()
    run.checkpoint = 0.0
    simulate_into(sink, run)
    whole = sink.trace
    begun = {s.request["method"]: [] for s in sink.states}
    for state in sink.states:
        if state.t < T_END:
            begun[state.request["method"]].append(state)
    assert set(begun) == {"tsit5", "bdf"}
    for states in begun.values():
        for state in states[:: max(1, len(states) // 2)]:
            again, part = prepare(network, state, t_end=T_END, same_trace=True), MemorySink()
            simulate_into(part, again)
            kept = whole.t >= part.trace.t[0]
            assert np.array_equal(whole.t[kept], part.trace.t)
            assert np.array_equal(whole.x[..., kept, :], part.trace.x)
            assert part.trace.stats.why == whole.stats.why
            more = np.subtract(part.trace.stats.products, whole.stats.products)
            assert np.all(np.abs(more) <= 2)  # where it begins
