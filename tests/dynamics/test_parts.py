"""What every run has serves steps of any kind: here neurons are set one by one, in sweeps."""

import numpy as np
import pytest

import hamsim
from hamsim.dynamics.drivers.parts import make_parts
from hamsim.dynamics.head import header_of
from hamsim.methods import METHODS
from hamsim.network import Record
from hamsim.operator import operator_of
from hamsim.trace.stats import Stats
from hamsim.trace.trace import MemorySink


def signs(size=60):
    rng = np.random.default_rng(4)
    W = rng.normal(size=(size, size))
    W = np.triu(W, 1) + np.triu(W, 1).T
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": size, "lagrangian": "sign"}},
        "connections": [{"within": "a", "weights": W}],
    }
    return hamsim.compile(spec), rng.choice([-1.0, 1.0], (3, size))


def parts_of(network, start, what, tolerance):
    record = Record(what=what, neurons=("a[2:4]",))
    header = header_of(network, record, len(start), np.float64, 1, "sweeps", float("nan"))
    layout = operator_of(network).layout(len(start))
    parts = make_parts(network, layout, start, METHODS["euler"], header, tolerance, 50)
    sink = MemorySink()
    sink.open(header)
    parts.recorder.open(sink)
    parts.engine.act(())
    return parts, sink


def show(parts, x, begin):
    """Have the state measured, watched and recorded; whether the run goes on."""
    parts.engine.buffers.x[...] = parts.engine.layout.inside(x)
    parts.engine.evaluate()
    parts.engine.look(begin, parts.clock.time)
    parts.recorder.put(parts.clock.time)
    return parts.stopping.judge(parts.engine.buffers.residual, True)


def ended(parts, sink):
    ending = parts.stopping.end(parts.clock.time, parts.watching.residuals, None)
    watch = parts.watching.energy_watch(float, True)
    sink.close(ending.outcome(), Stats(steps=parts.clock.steps, energy=watch))
    return sink.trace


@pytest.mark.parametrize("what", [("x", "g", "energy", "residual"), ("energy",), ("x",)])
def test_sweeps_of_single_neurons_are_recorded_watched_and_stopped(what):
    network, x = signs()
    parts, sink = parts_of(network, x, what, tolerance=1e-9)
    going, expected = show(parts, x, True), [x.copy()]
    while going and parts.clock.steps < 40:
        for i in range(network.n_neurons):
            x[:, i] = np.sign(x) @ network.W.toarray()[i]
        parts.clock.pass_by(1.0)
        going = show(parts, x, False)
        expected.append(x.copy())
    trace, expected = ended(parts, sink), np.array(expected).swapaxes(0, 1)
    assert trace.outcome == "converged"
    assert trace.outcome.time == parts.clock.time == len(trace.t) - 1
    assert trace.t.tolist() == list(range(len(trace.t)))
    if "x" in what:
        assert np.array_equal(trace.x, expected[..., 2:4])
    if "g" in what:
        assert np.array_equal(trace.g, np.sign(expected[..., 2:4]))
    if "energy" in what:
        energies = hamsim.energy(network, expected).total
        np.testing.assert_allclose(trace.energy, energies, rtol=1e-12)
        assert trace.stats.energy.rises == 0
        assert trace.stats.energy.start == pytest.approx(energies[:, 0].mean())
        assert trace.stats.energy.end == pytest.approx(energies[:, -1].mean())
    else:
        assert trace.stats.energy is None
        assert parts.watching.energy is None


def test_a_rise_is_noted_with_the_time_of_its_own_clock():
    network, x = signs()
    parts, sink = parts_of(network, x, ("energy",), tolerance=-1.0)
    assert show(parts, x, True)
    energies = [hamsim.energy(network, x).total]
    for h in (0.25, 2.0):  # any times
        parts.clock.pass_by(h)
        x = -x if h == 2.0 else np.sign(x) @ network.W.toarray()
        x[:, ::2] *= -1
        assert show(parts, x, False)
        energies.append(hamsim.energy(network, x).total)
    rises = np.diff(energies, axis=0)
    trace = ended(parts, sink)
    assert trace.outcome == "finished"
    watch = trace.stats.energy
    assert watch.rises == np.count_nonzero(rises > 0) > 0
    step, trial = np.unravel_index(np.argmax(rises), rises.shape)
    assert (watch.time, watch.trial) == ((0.25, 2.25)[step], trial)
    assert watch.largest_rise == pytest.approx(rises.max())


def test_a_state_that_is_not_finite_stops_a_run():
    network, x = signs()
    parts, _ = parts_of(network, x, ("x",), tolerance=1e-9)
    x[1, 3] = np.inf
    assert not show(parts, x, True)
    assert parts.stopping.diverged
