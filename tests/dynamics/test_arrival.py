"""Runs that follow their trajectories until these are close to rest, and end at the rest state."""

import json
import threading

import numpy as np
import pytest

import hamsim
from hamsim.cli.main import main
from hamsim.dynamics.drivers import calls
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.spec.dump import dump
from hamsim.trace.trace import MemorySink

REST = {"residual": 1e-10, "method": "rest"}
# x' = (1 - x) / tau, and two neurons that excite each other.
PAIR = {
    "format": "hamsim/1",
    "groups": {
        "a": {"size": 2, "lagrangian": "identity", "tau": [1.0, 2.0], "input": 1.0},
        "b": {"size": 2, "lagrangian": "tanh", "tau": 0.5, "initial": [0.2, 0.1]},
    },
    "connections": [{"within": "b", "weights": [[0, 2], [2, 0]]}],
}
TWICE = 1.9150080481545375  # x = 2 tanh(x)


def hopfield(n, count, seed):
    xi = np.random.default_rng(seed).choice([-1.0, 1.0], (count, n))
    W = 3.0 * xi.T @ xi / n
    np.fill_diagonal(W, 0.0)
    groups = {"a": {"size": n, "lagrangian": "tanh"}}
    connections = [{"within": "a", "weights": W.tolist()}]
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def rises(times):
    return bool(np.all(np.diff(times) > 0))


@pytest.mark.parametrize(
    "how",
    [{"method": "tsit5"}, {"method": "bdf"}, {"method": "rk4", "dt": 0.01}],
    ids=["chosen", "implicit", "fixed"],
)
@pytest.mark.parametrize("record", [None, {}, {"every": 0.25}], ids=["last", "each", "every"])
def test_records_follow_the_solution_and_end_at_rest(how, record):
    trace = hamsim.simulate(PAIR, until=REST, record=record, **how)
    assert trace.outcome == "converged"
    assert "at the rest state to which it goes from there, certified" in str(trace.outcome)
    assert trace.stats.basin == "certified"
    assert trace.stats.residual <= 1e-10
    np.testing.assert_allclose(trace.final, [1, 1, TWICE, TWICE], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(trace.final, trace.state.x)
    assert rises(trace.t)
    assert trace.t[-1] == trace.stats.time == trace.state.t
    # The trajectory was left while the slowest neuron was a ten-thousandth off.
    assert 12.0 < trace.t[-1] < 22.0
    if record is not None:
        exact = 1.0 - np.exp(-trace.t[:-1, None] / np.array([1.0, 2.0]))
        np.testing.assert_allclose(trace.of("a")[:-1], exact, rtol=0, atol=2e-3)
        far = np.abs(trace.x[-2] - trace.final).max()
        assert 1e-8 < far < 1e-2
        assert trace.energy[-1] == pytest.approx(hamsim.energy(PAIR, trace.final).total, abs=1e-12)
    plain = hamsim.simulate(PAIR, until=1e-10, record=None, **how)
    assert plain.stats.time > trace.stats.time + 5.0
    if record is None:  # what is recorded between steps is evaluated besides
        assert trace.stats.products < plain.stats.products


def test_each_trial_comes_to_the_rest_state_of_its_own():
    network = hopfield(20, 4, seed=1)
    starts = np.random.default_rng(0).normal(size=(12, 20))
    tight = hamsim.simulate(network, starts, until=1e-8, rtol=1e-8, record=None, t_end=500.0)
    trace = hamsim.simulate(network, starts, until=REST, record={"every": 1.0}, t_end=500.0)
    assert trace.outcome == "converged"
    assert len(trace.stats.basin) == 12
    np.testing.assert_allclose(trace.final, tight.final, rtol=0, atol=1e-6)
    assert np.all(np.array(trace.stats.residuals) <= 2e-10)
    assert len({tuple(np.sign(x)) for x in trace.final}) > 2
    kinds = {word: trace.stats.basin.count(word) for word in sorted(set(trace.stats.basin))}
    told = ", ".join(f"{count} {word}" for word, count in kinds.items())
    assert (
        f"all trials at the rest states to which they go from there, {told}"
        in trace.outcome.message
    )
    alone = hamsim.simulate(network, starts[3], until=REST, t_end=500.0)
    np.testing.assert_allclose(alone.final, trace.final[3], rtol=0, atol=1e-9)


def test_a_run_whose_time_is_over_goes_to_rest_by_falling_energy():
    network = hopfield(20, 4, seed=1)
    start = np.random.default_rng(0).normal(size=20)
    whole = hamsim.simulate(network, start, until=1e-9, rtol=1e-8, record=None, t_end=500.0)
    for ends in ({"t_end": 0.5}, {"until": {**REST, "time": 0.5}}, {"steps": 50, "dt": 0.01}):
        trace = hamsim.simulate(network, start, **{"until": REST, **ends})
        assert trace.stats.time == pytest.approx(0.5)
        assert trace.outcome == "converged"
        np.testing.assert_allclose(trace.final, whole.final, rtol=0, atol=1e-7)
        assert trace.stats.basin in ("certified", "followed")


def test_rest_comes_after_the_last_change():
    stimulus = {"group": "b", "value": -3.0, "start": 1.0, "stop": 30.0}
    held = {"group": "a", "neurons": [0], "mode": "clamp", "value": 7.0, "start": 2.0}
    network = {**PAIR, "stimuli": [stimulus, held]}
    trace = hamsim.simulate(network, until=REST, t_end=80.0)
    assert trace.t[-1] > 30.0
    np.testing.assert_allclose(trace.final, [7, 1, -TWICE, -TWICE], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(hamsim.fixed_point(network).x.round(8), trace.final.round(8))
    told = "what acts changes until t = 30, after the run is over at t = 25; give a later t_end"
    with pytest.raises(hamsim.SimulationError, match=told):
        hamsim.simulate(network, until=REST, t_end=25.0)
    forever = {**PAIR, "stimuli": [{**stimulus, "value": "sin(t)", "stop": None}]}
    with pytest.raises(hamsim.SimulationError, match="there is no rest state"):
        hamsim.simulate(forever, until=REST, t_end=25.0)
    settles = {**PAIR, "stimuli": [{**stimulus, "value": "exp(-t)", "start": 0.0, "stop": None}]}
    trace = hamsim.simulate(settles, until=REST, t_end=60.0)
    assert trace.outcome == "converged"
    np.testing.assert_allclose(trace.final, [1, 1, TWICE, TWICE], rtol=0, atol=1e-8)


def test_without_an_energy_the_trajectory_itself_must_come_close():
    W = np.array([[0.0, 1.5, -0.5], [-1.0, 0.0, 0.8], [0.3, -1.2, 0.0]])
    groups = {"a": {"size": 3, "lagrangian": "tanh", "input": [0.4, -0.2, 0.1]}}
    network = {
        "format": "hamsim/1",
        "groups": groups,
        "connections": [{"from": "a", "to": "a", "weights": W.tolist()}],
    }
    trace = hamsim.simulate(network, until=REST, t_end=300.0)
    assert (trace.outcome, trace.stats.basin) == ("converged", "followed")
    x = trace.final
    np.testing.assert_allclose(W @ np.tanh(x) + [0.4, -0.2, 0.1], x, rtol=0, atol=2e-10)
    early = hamsim.simulate(network, until=REST, t_end=0.5)
    assert (early.outcome, early.stats.basin) == ("finished", "unknown")
    assert "above the 1e-10 asked for" in str(early.outcome)


def test_neurons_that_follow_at_once_and_delays():
    network = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": "tanh", "initial": [0.3, -0.2, 0.1]},
            "b": {"size": 2, "lagrangian": "identity", "tau": 0.0},
        },
        "connections": [{"between": ["a", "b"], "weights": [[0.9, -0.8], [0.5, 0.7], [1.1, 0.2]]}],
    }
    trace = hamsim.simulate(network, until=REST)
    assert trace.outcome == "converged"
    np.testing.assert_allclose(trace.final, hamsim.fixed_point(network).x, rtol=0, atol=1e-8)
    late = {**PAIR, "connections": [{**PAIR["connections"][0], "delay": 0.3}]}
    for how in ({"method": "tsit5"}, {"method": "rk4", "dt": 0.05}):
        trace = hamsim.simulate(late, until=REST, **how)
        assert (trace.outcome, trace.stats.basin) == ("converged", "unknown")
        np.testing.assert_allclose(trace.final, [1, 1, TWICE, TWICE], rtol=0, atol=1e-8)
        assert any("delays are left out" in note for note in trace.stats.notes)
        more = hamsim.simulate(late, trace, t_end=trace.stats.time + 5.0)
        np.testing.assert_allclose(more.final, trace.final, rtol=0, atol=1e-4)


def test_trials_that_diverge_stay_beside_those_that_rest():
    network = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": {"kind": "rectified_polynomial", "degree": 3}}},
        "connections": [{"within": "a", "weights": [[1.0]], "self_connections": True}],
    }
    trace = hamsim.simulate(network, [[0.5], [1.5], [0.1]], until=REST, method="tsit5", t_end=50)
    assert trace.outcome.outcomes == ("converged", "diverged", "converged")
    assert trace.stats.basin[1] == "unknown"
    np.testing.assert_allclose(trace.final[[0, 2]], 0.0, atol=1e-9)
    assert np.isinf(trace.stats.residuals[1])


class Keeping(MemorySink):
    def open(self, header):
        super().open(header)
        self.states = []

    def keep(self, state):
        self.states.append(state)
        super().keep(state)


def test_a_run_that_is_cut_ends_in_the_same_bits_and_one_at_rest_stays(monkeypatch):
    monkeypatch.setattr(calls, "CALL_SECONDS", 1e-6)
    network = hamsim.compile(PAIR)
    how = {"method": "tsit5", "until": REST, "record": {"every": 0.5}}
    run = prepare(network, threads=1, **how)
    run.checkpoint = 0.0
    sink = Keeping()
    simulate_into(sink, run)
    whole, states = sink.trace, sink.states[:-1]
    assert rises(whole.t)
    assert len(states) > 5
    for state in states[:: max(1, len(states) // 5)]:
        assert state.t < whole.t[-1]
        again = prepare(network, state, same_trace=True, threads=1)
        rest = MemorySink()
        simulate_into(rest, again)
        later = whole.t > state.t
        np.testing.assert_array_equal(rest.trace.t, whole.t[later])
        np.testing.assert_array_equal(rest.trace.x, whole.x[later])
        assert str(rest.trace.outcome) == str(whole.outcome)
    stays = hamsim.simulate(network, whole)
    assert stays.t.tolist() == [whole.t[-1]]
    np.testing.assert_array_equal(stays.final, whole.final)
    assert stays.outcome == "converged"


def test_other_ends_come_first_and_ctrl_c_leaves_the_trajectory(monkeypatch):
    slow = {"until": {**REST, "expression": "mean(a.x) > 0.5"}, "method": "rk4", "dt": 0.01}
    trace = hamsim.simulate(PAIR, **slow)
    assert (trace.outcome, trace.stats.basin) == ("finished", None)
    pressed = threading.Event()

    def press(network, x, held, balance, tolerance, proves, tell):
        pressed.set()
        tell()

    monkeypatch.setattr("hamsim.dynamics.arrival.from_close", press)
    monkeypatch.setattr("hamsim.dynamics.interrupt.threading.Event", lambda: pressed)
    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(PAIR, until=REST, method="rk4", dt=0.01)
    kept = caught.value.trace
    assert kept.outcome == "interrupted"
    assert rises(kept.t)
    assert 1e-8 < np.abs(kept.x[-1] - [1, 1, TWICE, TWICE]).max() < 1e-2
    monkeypatch.undo()
    np.testing.assert_allclose(
        hamsim.simulate(PAIR, kept).final, [1, 1, TWICE, TWICE], rtol=0, atol=1e-9
    )


def test_what_is_wrong_is_told():
    for until, told in (
        ({"method": "rest"}, "until method: rest needs a residual too"),
        ({"residual": 1e-6, "method": "newton"}, "until method is 'newton'; allowed is 'rest'"),
    ):
        with pytest.raises(hamsim.SimulationError, match=told):
            hamsim.simulate(PAIR, until=until)


def test_the_file_the_command_and_traces_say_the_same(tmp_path, capsys):
    def command(*arguments):
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        assert stop.value.code == 0
        return capsys.readouterr().out

    path, out = tmp_path / "pair.yaml", tmp_path / "pair.nc"
    settings = {"t_end": 60, "until": REST, "record": {"every": 1.0}}
    path.write_text(dump(hamsim.load({**PAIR, "simulation": settings})))
    assert hamsim.load(path).simulation.until.method == "rest"
    told = json.loads(command("run", str(path), "--json", "--out", str(out)))
    assert told["stats"]["basin"] == "certified"
    assert told["outcome"]["kind"] == "converged"
    trace = hamsim.load_trace(out)
    assert trace.stats.basin == "certified"
    np.testing.assert_array_equal(trace.final, hamsim.simulate(path).final)
    told = command("run", str(path), "--until", "{residual: 1e-9, method: rest}", "--no-save")
    assert "the rest state to which it goes from there, certified" in " ".join(told.split())
