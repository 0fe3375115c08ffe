"""Steps end where stimuli begin and end, whatever the method, and nothing of a stimulus is lost."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense
from tableaus import METHODS

import hamsim
from hamsim.dynamics.timeline.stretches import cut_steps, stretches
from hamsim.methods import METHODS as ALL
from hamsim.network import Stimulus

AGREES = 1e-10


def leak(*stimuli, tau=20.0, **changes):
    """One neuron that only leaks: tau dx/dt = I - x."""
    group = {"size": 1, "lagrangian": "identity", "tau": tau, **changes}
    return {"format": "hamsim/1", "groups": {"a": group}, "stimuli": list(stimuli)}


def pulse(start, stop, value=20.0, mode="input"):
    return {"group": "a", "mode": mode, "value": value, "start": start, "stop": stop}


def slowly(network, method, dt, count):
    """Times and states by the oracle, step by step between all times at which anything happens."""
    model, end = dense(network), count * dt
    switches = {t for s in network.stimuli for t in (s.start, s.stop) if 0 < t < end}
    times = sorted({k * dt for k in range(count + 1)} | switches)
    x, states, ended = np.array(network.initial, dtype=float), [], None
    for a, b in pairwise(times):
        current, tau = model.input.copy(), model.tau.astype(float)
        held = {}
        for s in network.stimuli:
            if s.start < (a + b) / 2 < s.stop:
                if s.mode == "input":
                    current[s.neurons] += s.value
                else:
                    held.update(zip(s.neurons.tolist(), s.value.tolist(), strict=True))
        for neuron, value in held.items():
            x[neuron], tau[neuron] = value, np.inf
        ended = replace(model, input=current, tau=tau)
        states.append(ended.settle(x))
        x = ended.step(states[-1], b - a, method)
    return np.array(times), np.array([*states, ended.settle(x)])


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    method=st.sampled_from(tuple(METHODS)),
    instant=st.booleans(),
    dt=st.floats(0.02, 0.05),
)
def test_stimuli_at_any_times_equal_the_oracle(seed, method, instant, dt):
    description = random_description(seed, instant=instant)
    rng = np.random.default_rng(seed)
    count = 12
    names = list(description["groups"])
    description["stimuli"] = []
    for _ in range(rng.integers(1, 5)):
        start, stop = np.sort(rng.uniform(0, count * dt, 2))
        kinds = rng.choice(4)
        start = 0.0 if kinds == 1 else round(start / dt) * dt if kinds == 2 else start
        stop = start + 1e-3 * dt if kinds == 3 else stop
        stimulus = {
            "group": str(rng.choice(names)),
            "mode": str(rng.choice(["input", "clamp"])),
            "value": float(rng.normal()),
            "start": float(start),
        }
        if stop > start and rng.random() < 0.8:
            stimulus["stop"] = float(stop)
        description["stimuli"].append(stimulus)
    network = hamsim.compile(description)
    times, states = slowly(network, method, dt, count)
    trace = hamsim.simulate(network, method=method, dt=dt, steps=count)
    np.testing.assert_allclose(trace.t, times, rtol=1e-12)
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES)
    assert trace.stats.steps == times.size - 1
    rare = hamsim.Record(every=3 * dt)
    seldom = hamsim.simulate(network, method=method, dt=dt, steps=count, record=rare)
    assert seldom.t.tolist() == [k * dt for k in range(0, count + 1, 3)]
    assert np.array_equal(seldom.x, trace.x[np.isin(trace.t, seldom.t)])


@pytest.mark.parametrize("method", ["auto", "heun", "rk4"])
@pytest.mark.parametrize("dt", [None, "auto", 10.0, 7.3, 30.0])
def test_a_pulse_between_steps_reaches_its_exact_peak(method, dt):
    spec = leak(pulse(100.0, 101.0))
    trace = hamsim.simulate(spec, method=method, dt=dt, t_end=200)
    peak = 20 * (1 - np.exp(-1 / 20))
    assert trace.x.max() == pytest.approx(peak, abs=1e-3)
    assert trace.t[trace.x[:, 0].argmax()] == 101.0


@pytest.mark.parametrize("value", [20.0, [[20.0], [40.0]]])
def test_a_step_of_euler_takes_the_whole_of_a_pulse_that_lies_within_it(value):
    spec = leak(pulse(100.37, 100.62, value=value))
    trace = hamsim.simulate(spec, method="euler", dt=10.0, steps=20)
    assert trace.t.tolist() == [*np.arange(11) * 10.0, 100.37, 100.62, *np.arange(11, 21) * 10.0]
    x = trace.x[..., 12, 0]
    assert x == pytest.approx(np.ravel(value)[: x.size] * 0.25 / 20 if x.size > 1 else 0.25)
    assert trace.stats.notes == (
        "1 step is cut into shorter ones: a stimulus begins or ends within",
    )
    assert trace.stats.steps == 22


def test_a_pulse_of_any_shortness_gives_its_charge():
    for width in (1e-2, 1e-6, 1e-9):
        spec = leak(pulse(5.003, 5.003 + width, value=20.0 / width))
        trace = hamsim.simulate(spec, method="rk4", dt=1.0, t_end=8.0, record=None)
        assert trace.final[0] == pytest.approx(np.exp(-(8 - 5.003) / 20), rel=1e-3)


def test_clamps_begin_and_end_between_steps():
    spec = leak(pulse(0.25, 0.75, value=3.0, mode="clamp"), tau=1.0)
    trace = hamsim.simulate(spec, method="rk4", dt=0.1, t_end=1.0)
    held = (trace.t >= 0.25) & (trace.t <= 0.75)
    assert held.sum() == 7
    assert np.all(trace.x[held] == 3.0)
    assert trace.final[0] == pytest.approx(3 * np.exp(-0.25), rel=1e-6)


def test_steps_without_stimuli_have_the_bits_of_the_plain_iteration():
    spec = leak(tau=0.7, initial=0.3, input=1.1)
    trace = hamsim.simulate(spec, method="euler", dt=0.1, steps=50)
    x, rate = 0.3, 0.1 / 0.7
    for k in range(51):
        assert trace.t[k] == k * 0.1
        assert trace.x[k, 0] == x
        x += rate * (0.0 + 1.1 - x)


def test_stimuli_on_the_grid_cut_nothing():
    """Also where dt and the times are rounded: 0.1 + 0.2 is the third step of 0.1."""
    spec = leak(pulse(0.1 + 0.2, 0.7), pulse(0.6, 3.0, mode="clamp"))
    trace = hamsim.simulate(spec, method="euler", dt=0.1, steps=10)
    assert trace.t.tolist() == [k * 0.1 for k in range(11)]
    assert trace.stats.notes == ()
    assert trace.stats.steps == 10
    rounded = hamsim.simulate(leak(pulse(1.0, 2.0)), method="euler", dt=1 / 3, t_end=3)
    assert rounded.stats.steps == 9


@pytest.mark.parametrize("method", ALL)
@pytest.mark.parametrize("trials", [None, 2])
def test_a_small_residual_does_not_end_a_run_before_a_stimulus_that_is_to_come(method, trials):
    start = None if trials is None else np.zeros((trials, 1))
    for late in (pulse(33.3, 33.4), pulse(30.0, None), pulse(0.0, 33.3), pulse(33.3, 40.1, 0.0)):
        spec = leak({k: v for k, v in late.items() if v is not None}, tau=1.0)
        trace = hamsim.simulate(spec, start, method=method, dt=0.5, t_end=90, until=1e-6)
        assert trace.outcome == "converged"
        last = late["stop"] or late["start"]
        assert trace.t[-1] >= last
        chosen = trace.stats.dt is None  # so that the last step is a long one
        assert trace.t[-1] < last + (25 if chosen else 20)
        assert np.array_equal(trace.x[..., -1, :], trace.final)


def test_a_run_that_is_at_rest_when_the_last_stimulus_ends_stops_there():
    """In the shorter step, whose last state is recorded all the same."""
    for stop in (3.3, 3.0):
        spec = leak(pulse(0.0, stop, value=0.0), tau=1.0)
        record = hamsim.Record(every=1.0)
        trace = hamsim.simulate(spec, dt=1.0, t_end=9.0, until=1e-6, record=record)
        assert trace.outcome == "converged"
        assert trace.t.tolist() == [0.0, 1.0, 2.0, 3.0, 3.3][: 5 if stop == 3.3 else 4]


def test_stimuli_that_never_act_are_noted_and_others_not():
    spec = leak(pulse(8.0, 9.0), pulse(4.0, 5.0), pulse(3.9, 9.0))
    trace = hamsim.simulate(spec, dt=0.5, t_end=4.0)
    never = [note for note in trace.stats.notes if "never acts" in note]
    assert never == [
        "the stimulus from t = 8 until 9 never acts: the run lasts until t = 4",
        "the stimulus from t = 4 until 5 never acts: the run lasts until t = 4",
    ]


def test_rises_of_the_energy_are_told_with_their_time_after_cut_steps():
    """A relu that leaks from -1 overshoots where dt is 2.5 tau, in the second whole step."""
    spec = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": "relu", "initial": -1.0}},
        "stimuli": [{"group": "a", "mode": "clamp", "value": -1.0, "start": 0, "stop": 2.6}],
    }
    trace = hamsim.simulate(spec, method="euler", dt=2.5, steps=3)
    assert trace.t.tolist() == [0.0, 2.5, 2.6, 5.0, 7.5]
    assert trace.stats.energy.rises == 1
    assert trace.stats.energy.first_time == 5.0
    assert trace.stats.time == 7.5


@settings(max_examples=200, deadline=None)
@given(
    spans=st.lists(st.tuples(st.floats(0, 3), st.floats(1e-9, 3)), max_size=5),
    dt=st.sampled_from([0.1, 1 / 3, 0.7, 5.0]),
    steps=st.integers(0, 20),
)
def test_stretches_join_without_a_gap(spans, dt, steps):
    none = np.zeros(0)
    stimuli = [Stimulus("input", none.astype(int), none, a, a + b) for a, b in spans]
    parts, idle = stretches(stimuli, dt, steps)
    assert (parts[0].first, parts[0].begin) == (0, 0.0)
    assert parts[-1].end == steps * dt
    for before, after in pairwise(parts):
        assert before.last == after.first
        assert before.end == after.begin
    for part in parts:
        assert part.dt <= dt
        times = part.times(np.arange(part.first, part.last + 1))
        assert times[0] == part.begin
        assert times[-1] == part.end
        whole = part.dt == dt and part.grid is not None
        if whole:
            assert np.all(np.diff(times) > 0) or steps == 0
            assert times.tolist() == [(part.grid + k) * dt for k in range(times.size)]
        middle = (part.begin + part.end) / 2
        acting = [s for s in stimuli if s not in idle and s.start <= middle < s.stop]
        if part.end - part.begin > 1e-9:
            assert list(part.stimuli) == acting
    settled = [part.settled for part in parts]
    assert settled == sorted(settled)
    assert settled[-1]
    cuts = {t for s in stimuli for t in (s.start, s.stop) if 0 < t < steps * dt}
    assert cut_steps(parts, dt) <= len(cuts)


def with_pulses(**more):
    stimuli = [
        {"group": "a", "mode": "input", "value": 1.0, "start": 2.0, "stop": 4.0},
        {"group": "a", "mode": "input", "value": "2 * sin(t)", "start": 6.0, "stop": 8.0},
    ]
    return {**network_of(3, **more), "stimuli": stimuli}


def network_of(n, **more):
    group = {"size": n, "lagrangian": "tanh", "tau": 0.7, "initial": [0.5, -1.0, 2.0]}
    loop = {"within": "a", "weights": [[0, 0.4, 0.2], [0.4, 0, -0.3], [0.2, -0.3, 0]]}
    return {"format": "hamsim/1", "groups": {"a": {**group, **more}}, "connections": [loop]}


@pytest.mark.parametrize("how", [{"method": "rk4", "dt": 0.1}, {"method": "tsit5", "rtol": 1e-8}])
def test_energies_are_told_between_changes_of_what_acts(how):
    """Each stretch from its first record to its last; the energy of its own inputs falls."""
    record = {"every": 0.1, "what": ["x", "energy"]}
    trace = hamsim.simulate(with_pulses(), t_end=10, record=record, **how)
    told = trace.stats.energy.stretches
    assert [(each.begin, each.end) for each in told] == [(0, 2), (2, 4), (4, 6), (6, 8), (8, 10)]
    assert [each.moving for each in told] == [False, False, False, True, False]
    pushes = [0.0, 1.0, 0.0, None, 0.0]
    for each, push in zip(told, pushes, strict=True):
        inside = (trace.t >= each.begin - 1e-9) & (trace.t < each.end - 1e-9)
        inside[-1] |= each.end == 10
        assert each.first == trace.energy[inside][0]
        assert each.last == trace.energy[inside][-1]
        x, t = trace.x[inside][-1], trace.t[inside][-1]
        push = 2 * np.sin(t) if push is None else push
        at = hamsim.energy(network_of(3), x).total - push * np.tanh(x).sum()
        assert each.last == pytest.approx(at, abs=1e-12)
        if not each.moving:
            assert each.last < each.first
    again = type(trace.stats).from_dict(json.loads(json.dumps(trace.stats.to_dict())))
    assert again == trace.stats
    assert hamsim.simulate(network_of(3), t_end=1).stats.energy.stretches == ()


def test_energies_between_changes_go_on_with_the_run(tmp_path):
    record = {"every": 0.1, "what": ["x", "energy"]}
    whole = hamsim.simulate(with_pulses(), method="rk4", dt=0.1, t_end=10, record=record)
    part = hamsim.simulate(with_pulses(), method="rk4", dt=0.1, t_end=3, record=record)
    rest = hamsim.simulate(
        with_pulses(), initial=part, method="rk4", dt=0.1, t_end=10, record=record
    )
    assert rest.stats.energy.stretches[1:] == whole.stats.energy.stretches[2:]
    assert rest.stats.energy.stretches[0].begin == 3
