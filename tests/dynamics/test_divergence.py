"""What diverges is told truly, kept as its last finite state, and does not end what goes on."""

import signal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.dynamics.engine import rewind as rewind_module


def wild(**changes):
    """Neuron B grows 30-fold with each step of 1 unless it begins at 0 or below."""
    spec = {
        "format": "hamsim/1",
        "groups": {
            "calm": {"size": 2, "lagrangian": "tanh", "input": [0.1, 0.2]},
            "wild": {"neurons": ["A", "B"], "lagrangian": "relu", "initial": [0.0, 1.0]},
        },
        "connections": [
            {"within": "wild", "weights": [[0.0, 0.0], [0.0, 30.0]], "self_connections": True},
            {"within": "calm", "weights": 0.5},
            {"from": "calm", "to": "wild", "weights": [[0.1, 0.2], [-0.1, -0.2]]},
        ],
    }
    return {**spec, **changes}


def overflowing(beta=1000.0, initial=1.0, tau=0.0):
    """The drive of v is exp(beta x) of h."""
    return {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 1, "lagrangian": "identity", "initial": initial},
            "h": {"size": 1, "lagrangian": {"kind": "exponential", "beta": beta}, "tau": tau},
        },
        "connections": [{"between": ["v", "h"], "weights": 1}],
    }


RECORDS = [
    "auto",
    None,
    hamsim.Record(every=50.0, what=("x", "g", "energy", "residual")),
    hamsim.Record(what=("x",), groups=("wild",)),
]
QUIET = [0.5, 0.4, 0.0, -2.0]
CALM, WILD, WILDER = [0.1, 0.2, 0.0, -1.0], [0.3, -0.2, 0.0, 1.0], [0.1, 0.0, 0.0, 1e100]


# --- a single run ---


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_the_last_finite_state_is_kept(record, method):
    full = hamsim.simulate(wild(), method=method, dt=1, t_end=1e4)
    trace = hamsim.simulate(wild(), method=method, dt=1, t_end=1e4, record=record)
    assert trace.outcome == "diverged"
    assert trace.outcomes == ("diverged",)
    assert np.array_equal(trace.final, full.x[-1, -trace.final.size :])
    assert np.all(np.isfinite(trace.final))
    assert trace.t[-1] == full.t[-1]
    assert trace.outcome.time == full.t[-1] + 1
    assert np.unique(trace.t).size == trace.t.size
    if "energy" in trace.arrays:
        assert np.isfinite(trace.energy[-1]) or not np.isfinite(full.energy[-1])
    assert trace.stats.residual == np.inf
    # One step further, without hamsim's own loop, something is no longer finite.
    with np.errstate(all="ignore"):
        x, g = full.x[-1], hamsim.activation(wild(), full.x[-1])
        W = hamsim.compile(wild()).W
        after = x + (W @ g + hamsim.compile(wild()).input - x)
        drive = W @ hamsim.activation(wild(), np.clip(after, -1e308, 1e308)) * np.sign(after)
        assert not np.all(np.isfinite(drive)) or not np.all(np.isfinite(after)) or method != "euler"


def test_a_state_that_overflows_is_blamed_as_such():
    spec = overflowing(beta=1.0, tau=1.0)
    spec["connections"] = [{"from": "v", "to": "h", "weights": 1e308}]
    spec["groups"]["v"]["initial"] = 1.7
    trace = hamsim.simulate(spec, method="euler", dt=1.5, steps=9)
    assert str(trace.outcome) == (
        "diverged at t = 1.5: the state of neuron h[0] of group h is no longer finite"
    )


@pytest.mark.parametrize("record", ["auto", None, hamsim.Record(what=("x", "g", "residual"))])
def test_an_activation_that_overflows_at_once(record):
    trace = hamsim.simulate(overflowing(), method="euler", dt=0.1, steps=5, record=record)
    assert str(trace.outcome) == (
        "diverged at t = 0: the activation of neuron h[0] of group h is no longer finite, at a "
        "state of 1"
    )
    assert (trace.outcome.group, trace.outcome.neuron) == ("h", "h[0]")
    assert trace.t.tolist() == [0.0]
    assert trace.final.tolist() == [1.0, 0.0]
    if "energy" in trace.arrays:
        assert np.isnan(trace.energy[0])


def test_an_activation_that_overflows_later_while_all_states_are_finite():
    spec = overflowing(beta=1.0, tau=1.0)
    trace = hamsim.simulate(spec, [1.0, 10.0], method="euler", dt=0.1, steps=500)
    assert trace.outcome.neuron == "h[0]"
    assert "the activation of neuron h[0]" in str(trace.outcome)
    assert np.all(np.isfinite(trace.x))


def test_a_drive_that_overflows_is_called_so():
    trace = hamsim.simulate(wild(), method="euler", dt=1, t_end=1e4)
    with np.errstate(over="ignore"):
        step = trace.final + (30 * np.maximum(trace.final, 0) - trace.final)
        assert np.isfinite(step[3])
        assert not np.isfinite(30 * step[3])
    assert "the drive of neuron wild.B of group wild is no longer finite" in str(trace.outcome)


def test_a_stimulus_that_cannot_be_borne():
    spec = overflowing(initial=-1.0)
    spec["groups"]["w"] = {"size": 1, "lagrangian": "identity"}
    spec["connections"] = [
        {"from": "v", "to": "h", "weights": 1},
        {"from": "h", "to": "w", "weights": 1},
    ]
    spec["stimuli"] = [{"group": "v", "mode": "clamp", "value": 5.0, "start": 0.25}]
    for record in ("auto", None, hamsim.Record(every=50)):
        trace = hamsim.simulate(spec, method="euler", dt=0.1, steps=9, record=record)
        assert trace.outcome == "diverged"
        assert trace.outcome.time == 0.25
        assert trace.t[-1] == 0.25
        assert -1.0 < trace.final[0] < 0.0  # as it was before the stimulus
        assert np.all(np.isfinite(trace.final))
        assert "the activation of neuron h[0]" in str(trace.outcome)


# --- trials ---


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("method", ["euler", "heun", "rk4"])
def test_one_that_diverges_does_not_end_the_others(record, method):
    starts = np.array([CALM, WILD, QUIET, WILDER, CALM])
    how = {"method": method, "dt": 1, "t_end": 400, "record": record}
    trace = hamsim.simulate(wild(), starts, **how)
    assert trace.outcomes == ("finished", "diverged", "finished", "diverged", "finished")
    assert trace.outcome == "diverged"
    assert trace.outcome.trial == 3
    assert str(trace.outcome).startswith("2 of 5 trials diverged, the first at t = ")
    assert "in trial 3 is no longer finite; the others finished at t = 400" in str(trace.outcome)
    kept, gone = [0, 2, 4], [1, 3]
    others = hamsim.simulate(wild(), starts[kept], **how)
    assert trace.t[-1] == 400
    assert np.array_equal(trace.t, others.t)
    for what, array in trace.arrays.items():
        assert np.array_equal(array[:, kept], others.arrays[what]), what
    for trial in gone:
        alone = hamsim.simulate(wild(), starts[[trial]], **{**how, "record": "auto"})
        size = trace.final.shape[1]
        # The kernels of one trial add in another order than those of many.
        np.testing.assert_allclose(trace.final[trial], alone.final[0, -size:], rtol=1e-12)
    if "energy" in trace.arrays:
        assert np.all(np.isnan(trace.energy[gone, -1]))
        assert np.all(np.isfinite(trace.energy[kept]))
    if "residual" in trace.arrays:
        assert np.all(trace.residual[gone, -1] == np.inf)
    assert [np.isfinite(r) for r in trace.stats.residuals] == [True, False, True, False, True]
    if trace.stats.energy is not None:
        assert trace.stats.energy == others.stats.energy


def test_records_of_a_trial_stay_at_its_last_finite_state():
    trace = hamsim.simulate(wild(), [CALM, WILD, CALM], method="euler", dt=1, t_end=400)
    assert np.all(np.isfinite(trace.x))
    last = int(trace.outcome.time) - 1
    assert np.all(trace.x[1, last:] == trace.x[1, last])
    assert trace.x[1, last, 3] > trace.x[1, last - 1, 3]
    assert np.all(np.isnan(trace.energy[1, last + 1 :]))
    assert np.array_equal(trace.x[0], trace.x[2])


@pytest.mark.parametrize("record", RECORDS)
def test_when_all_trials_diverge_the_run_ends_with_the_last(record):
    starts = [WILD, WILDER, WILD]
    trace = hamsim.simulate(wild(), starts, method="euler", dt=1, t_end=1e4, record=record)
    assert trace.outcomes == ("diverged",) * 3
    assert "3 of 3 trials diverged, the first at t = " in str(trace.outcome)
    assert trace.outcome.trial == 1
    last = hamsim.simulate(wild(), starts[:2], method="euler", dt=1, t_end=1e4)
    assert trace.t[-1] == last.t[-1] < 1e4
    assert np.array_equal(trace.final[:2], last.final[:, -trace.final.shape[1] :])
    assert trace.final.shape[0] == 3


def test_one_trial_is_told_like_a_single_run():
    trace = hamsim.simulate(wild(), [WILD], method="euler", dt=1, t_end=1e4)
    assert trace.outcomes == ("diverged",)
    assert str(trace.outcome).startswith("diverged at t = ")
    assert "in trial 0" in str(trace.outcome)
    assert trace.final.shape == (1, 4)


def test_trials_that_diverge_at_once():
    starts = [[1.0, 0.0], [-1.0, 0.0], [-0.5, 5.0], [2.0, 0.0]]
    how = {"method": "rk4", "dt": 0.1, "steps": 30}
    trace = hamsim.simulate(overflowing(), starts, **how)
    assert trace.outcomes == ("diverged", "finished", "finished", "diverged")
    assert trace.outcome.time == 0.0
    assert np.all(trace.x[0] == [1.0, 0.0])
    assert np.all(np.isnan(trace.energy[0]))
    others = hamsim.simulate(overflowing(), starts[1:3], **how)
    assert np.array_equal(trace.x[1:3], others.x)
    assert np.array_equal(trace.energy[1:3], others.energy)
    assert hamsim.simulate(overflowing(), starts[::3], **how).final.tolist() == starts[::3]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(["euler", "heun", "rk4"]))
def test_survivors_keep_their_bits_in_random_networks(seed, method):
    """Where a huge state is nobody's, and with stimuli of each trial's own."""
    rng = np.random.default_rng(seed)
    description = random_description(seed, instant=bool(seed % 2))
    network = hamsim.compile(description)
    n, m = network.n_neurons, 6
    first = next(iter(description["groups"]))
    size = network.group(first).size
    shape = (m, *network.group(first).shape)
    description["groups"]["bomb"] = {"size": 1, "lagrangian": "relu"}
    description["connections"] += [
        {"from": "bomb", "to": "bomb", "weights": [[60.0]], "self_connections": True},
        {"from": "bomb", "to": first, "weights": np.full((size, 1), 1e-3).tolist()},
    ]
    description["stimuli"] = [
        {"group": first, "value": rng.normal(size=shape).tolist(), "start": 0.3, "stop": 1.07},
        {"group": first, "mode": "clamp", "value": rng.normal(size=shape).tolist(), "start": 1.55},
    ]
    starts = np.hstack([0.3 * rng.normal(size=(m, n)), -np.ones((m, 1))])
    calm = hamsim.simulate(description, starts, method=method, dt=0.1, steps=20)
    starts[[0, 3, 5], -1] = [1e300, 1e306, 1e299]
    trace = hamsim.simulate(description, starts, method=method, dt=0.1, steps=20)
    fates = trace.outcomes
    assert fates.count("diverged") >= 3
    for trial in (1, 2, 4):
        assert np.array_equal(trace.x[trial], calm.x[trial])
        assert np.array_equal(trace.energy[trial], calm.energy[trial], equal_nan=True)
        assert fates[trial] == calm.outcomes[trial]


@pytest.mark.parametrize("kept", [0.0, 1e-4, 100.0])
@pytest.mark.parametrize("threads", [1, 2])
def test_going_back_changes_no_bit(monkeypatch, kept, threads):
    """Whenever the state to go back to was kept, and however many threads take the steps again."""
    starts = np.array([CALM, WILD, QUIET, WILDER, CALM])
    expected = hamsim.simulate(wild(), starts, method="rk4", dt=1, t_end=300)
    monkeypatch.setattr(rewind_module, "KEEP_SECONDS", kept)
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)
    trace = hamsim.simulate(wild(), starts, method="rk4", dt=1, t_end=300, threads=threads)
    for what, array in expected.arrays.items():
        assert np.array_equal(array, trace.arrays[what], equal_nan=True)
    assert str(trace.outcome) == str(expected.outcome)


def test_until_waits_for_those_that_go_on_only():
    starts = [CALM, WILD, [0.5, 0.5, 0.0, -3.0]]
    trace = hamsim.simulate(wild(), starts, dt=0.5, t_end=1e4, until=1e-9)
    assert trace.outcomes == ("converged", "diverged", "converged")
    assert trace.t[-1] < 1e4
    assert "; the others converged at t = " in str(trace.outcome)
    without = hamsim.simulate(wild(), starts[::2], dt=0.5, t_end=1e4, until=1e-9)
    # It may not end before the one that has not diverged yet.
    assert trace.t[-1] >= without.t[-1]


def test_trials_that_are_at_rest_and_others_when_the_time_is_over():
    leak = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "identity"}},
    }
    trace = hamsim.simulate(leak, [[0.0], [1.0], [1e-9]], dt=0.1, t_end=1.0, until=1e-6)
    assert trace.outcomes == ("converged", "finished", "converged")
    assert trace.outcome == "finished"


def test_a_trace_without_records_has_no_last_state():
    trace = hamsim.simulate(wild(), method="euler", dt=1, steps=1)
    empty = hamsim.Trace(
        trace.header, trace.t[:0], {"x": trace.arrays["x"][:0]}, trace.outcome, trace.stats
    )
    with pytest.raises(hamsim.TraceError, match="no records, so there is no last state"):
        _ = empty.final


def test_progress_goes_on_when_trials_diverge():
    seen = []
    hamsim.simulate(wild(), [CALM, WILD], method="euler", dt=1, t_end=400, progress=seen.append)
    assert seen[-1].step == 400
    assert np.isfinite(seen[-1].energy)
    assert all(np.isfinite(p.residual) for p in seen)


@pytest.fixture
def ctrl_c_heard():
    """A job in the background of a shell may have been started with the signal ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c_heard")
@pytest.mark.parametrize("record", ["auto", None, hamsim.Record(every=1e6)])
def test_ctrl_c_after_a_trial_has_diverged(record):
    def press(progress):
        if progress.step >= 350:
            signal.raise_signal(signal.SIGINT)

    how = {"method": "euler", "dt": 1, "t_end": 1e5, "progress": press, "record": record}
    with pytest.raises(hamsim.SimulationInterrupted) as caught:
        hamsim.simulate(wild(), [CALM, WILD], **how)
    trace = caught.value.trace
    assert trace.outcome == "diverged"
    assert trace.outcomes == ("interrupted", "diverged")
    assert "; the others interrupted at t = " in str(trace.outcome)
    assert trace.t[-1] == trace.stats.time >= 350
    assert trace.final[1, 3] > 1e300
    assert np.all(np.isfinite(trace.final))


def test_the_mean_of_energies_whose_sum_overflows():
    group = {"size": 1, "lagrangian": "identity", "initial": [[1e154], [1.5e154]]}
    spec = {"format": "hamsim/1", "groups": {"a": group}}
    trace = hamsim.simulate(spec, steps=1, dt=1e-3)
    assert trace.stats.energy.start == pytest.approx((0.5 * 1e308 + 1.125e308) / 2)
