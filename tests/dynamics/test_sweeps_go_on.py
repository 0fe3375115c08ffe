"""Sweeps go on to the bit where others ended: with the same orders, temperatures and cycles."""

import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.trace.reader import load_trace

SIZE = 9
WARM = np.linspace(2.0, 0.1, 12)


def network(seed=0, trials=None, **changes):
    group = {"size": SIZE, "lagrangian": "sign", "initial": {"signs": {}}}
    spec = {
        "format": "hamsim/1",
        "seed": seed,
        "groups": {"a": group},
        "connections": [{"within": "a", "weights": {"normal": {}}}],
        "simulation": {} if trials is None else {"trials": trials},
    }
    return hamsim.compile({**spec, **changes})


def orders(seed, sweeps):
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(SIZE) for _ in range(sweeps)])


HOW = {
    "random": {"method": "asynchronous", "temperature": 1.5},
    "cooled": {"method": "asynchronous", "temperature": WARM},
    "given": {"method": "asynchronous", "temperature": WARM, "order": orders(1, WARM.size)},
    "together": {"method": "synchronous", "temperature": WARM},
}


@pytest.mark.parametrize("kind", HOW)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 11), trials=st.sampled_from([None, 3]))
def test_two_runs_are_one(kind, seed, cut, trials):
    net, how = network(seed, trials), HOW[kind]
    whole = hamsim.simulate(net, **{"sweeps": WARM.size, **how})
    first = {k: v[:cut] if isinstance(v, np.ndarray) else v for k, v in how.items()}
    before = hamsim.simulate(net, **{"sweeps": cut, **first})
    rest = {k: v[cut:] for k, v in how.items() if isinstance(v, np.ndarray)}
    after = hamsim.simulate(net, initial=before, sweeps=WARM.size - cut, **rest)
    assert after.t.tolist() == list(range(cut, WARM.size + 1))
    for what in ("x", "energy"):
        one, other = (trace.arrays[what] for trace in (whole, after))
        assert np.array_equal(one[cut:], other), what
    assert after.stats.method == how["method"]


def interrupted(net, at, **how):
    """A run that Ctrl-C ends after some sweeps."""

    def stop(progress):
        if progress.step == at:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(net, progress=stop, **how)
    trace = caught.value.trace
    assert trace.outcome == "interrupted"
    assert trace.t[-1] == at
    return trace


@pytest.mark.parametrize("kind", HOW)
def test_what_is_left_is_known(kind, tmp_path):
    """Nobody need say again how many sweeps, at which temperatures, in which order."""
    net, how = network(3), {"sweeps": WARM.size, **HOW[kind]}
    whole = hamsim.simulate(net, **how)
    before = interrupted(net, 5, **how)
    before.save(tmp_path / "before.nc")
    for source in (before, load_trace(tmp_path / "before.nc"), before.state):
        after = hamsim.simulate(net, initial=source)
        assert np.array_equal(after.x, whole.x[5:])
        assert after.t[-1] == WARM.size
    told = "the trace has come to its end after 12 sweeps; give sweeps, so many more"
    with pytest.raises(hamsim.SimulationError, match=told):
        hamsim.simulate(net, initial=after)
    order = {"order": "random"} if kind == "given" else {}
    more = hamsim.simulate(net, initial=after, sweeps=2, **order)
    assert more.t.tolist() == [12, 13, 14]
    # The last temperature stays.
    assert set(more.state.request["temperature"]) == {1.5 if kind == "random" else WARM[-1]}


def test_a_cycle_is_found_by_the_run_that_goes_on():
    """Two neurons that excite each other go back and forth if set at once."""
    pair = [[0.0, 1.0], [1.0, 0.0]]
    net = network(
        groups={"a": {"size": 2, "lagrangian": "sign", "initial": [1, -1]}},
        connections=[{"within": "a", "weights": pair}],
    )
    first = hamsim.simulate(net, method="synchronous", sweeps=1)
    assert first.outcome == "finished"
    after = hamsim.simulate(net, initial=first, sweeps=5)
    assert after.outcome == "cycle"
    assert after.t[-1] <= 3
    assert after.outcome.periods == (2.0,)
    assert after.outcome.amplitudes == (1.0,)


def test_time_and_sweeps_are_not_added_up():
    net = network(5)
    sweeps = hamsim.simulate(net, method="asynchronous")
    with pytest.raises(hamsim.SimulationError, match="the trace counts sweeps, and method euler"):
        hamsim.simulate(net, initial=sweeps, method="euler", dt=1, steps=2)
    steps = hamsim.simulate(net, method="euler", dt=1, steps=2)
    with pytest.raises(hamsim.SimulationError, match="the trace counts time, and method asynch"):
        hamsim.simulate(net, initial=steps, method="asynchronous")
    again = hamsim.simulate(net, initial=steps.final, method="asynchronous")
    assert again.outcome == "converged"
    # A start that is said counts on from there, and so do draws.
    late = hamsim.simulate(net, method="asynchronous", temperature=1.5, sweeps=3, t_start=4)
    assert late.t.tolist() == [4, 5, 6, 7]


def test_stimuli_act_in_whole_sweeps_of_both_runs():
    held = {"group": "a", "neurons": [0, 1], "mode": "clamp", "value": [1, -1], "stop": 3}
    push = {"group": "a", "mode": "input", "value": -9.0, "start": 5, "stop": 7}
    net = network(8, stimuli=[held, push])
    how = {"method": "asynchronous", "temperature": 0.7}
    whole = hamsim.simulate(net, sweeps=10, **how)
    x = whole.x
    assert (x[1:4, :2] == [1, -1]).all()  # sweeps 0, 1 and 2
    assert (x[6:8] == -1).all()  # sweeps 5 and 6
    assert not (x[8:] == -1).all()
    for cut in (2, 3, 5, 6, 7):
        before = hamsim.simulate(net, sweeps=cut, **how)
        after = hamsim.simulate(net, initial=before, sweeps=10 - cut)
        assert np.array_equal(after.x[1:], x[cut + 1 :]), cut


def test_a_run_is_written_and_goes_on_in_its_file(tmp_path):
    net = network(4)
    how = {"method": "asynchronous", "temperature": 1.0, "sweeps": 6}
    trace = hamsim.simulate(net, checkpoint=tmp_path / "run.nc", **how)
    kept = load_trace(tmp_path / "run.nc")
    assert np.array_equal(kept.x, trace.x)
    assert (kept.stats.sweeps, kept.stats.flips) == (6, trace.stats.flips)
    assert kept.outcome == trace.outcome
