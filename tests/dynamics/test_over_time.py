"""Inputs and clamps that change over time, against the oracle and against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import DrivenModel, dense
from scipy.integrate import solve_ivp
from scipy.linalg import expm

import hamsim
from hamsim.dynamics import run as run_module
from hamsim.dynamics.engine import driven as driven_module
from hamsim.errors import SimulationError
from hamsim.kernels import step as kernel
from hamsim.methods import METHODS
from hamsim.operator import team

AGREES = 1e-10
FIXED = tuple(name for name in ("euler", "heun", "rk4") if name in METHODS)


def neuron(*stimuli, tau=1.0, size=1, **changes):
    """Neurons that only leak: tau dx/dt = I - x."""
    group = {"size": size, "lagrangian": "identity", "tau": tau, **changes}
    return {"format": "hamsim/1", "groups": {"a": group}, "stimuli": list(stimuli)}


def driven(seed, instant, trials):
    """A random network that is driven in all ways at once, and the same for the oracle."""
    rng = np.random.default_rng(seed)
    description = random_description(seed, instant=instant)
    groups = description["groups"]
    names, sizes = list(groups), [int(np.prod(g["shape"])) for g in groups.values()]
    starts = dict(zip(names, np.cumsum([0, *sizes]).tolist(), strict=False))
    n = sum(sizes)
    first, last = names[0], names[-1]
    groups[first]["input"] = "0.4*sin(3*t) - 0.2*t"
    times = np.array([0.0, 0.1, 0.35, 1.0])
    table = rng.normal(size=(4, *([trials] if trials else []), sizes[-1]))
    samples = {"times": times.tolist(), "values": table.tolist()}
    mask = (rng.random(sizes[0]) < 0.5).astype(float)
    mask[0] = 1.0
    description["stimuli"] = [
        {"group": last, "value": samples},
        {"group": first, "mode": "clamp", "value": 7.0, "mask": mask.tolist()},
        {"group": first, "mode": "clamp", "value": "cos(2*t)", "mask": mask.tolist()},
        {"group": first, "value": "t**2", "mask": (1 - mask).tolist()},
    ]
    if sizes[0] > 1:  # the last word of all
        description["stimuli"].append(
            {"neurons": f"{first}[{_index(groups[first]['shape'])}]", "mode": "clamp", "value": 0.3}
        )
    held = np.full(n, -1)
    held[: sizes[0]][mask > 0] = 1
    if sizes[0] > 1:
        held[sizes[0] - 1] = 2

    def current(t, trial=0):
        result = np.zeros(n)
        result[: sizes[0]] += 0.4 * np.sin(3 * t) - 0.2 * t + (1 - mask) * t**2
        rows = table[:, trial] if trials else table
        result[starts[last] :] += [np.interp(t, times, column) for column in rows.T]
        return result

    def states(t):
        return np.select([held == 1, held == 2], [np.cos(2 * t), 0.3], np.nan)

    return description, current, states


def _index(shape):
    return ", ".join(str(side - 1) for side in shape)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    method=st.sampled_from(FIXED),
    instant=st.booleans(),
    trials=st.sampled_from([None, 2]),
    rows=st.sampled_from([1, 4096]),
)
def test_against_the_oracle(seed, method, instant, trials, rows):
    description, current, held = driven(seed, instant, trials)
    network = hamsim.compile(description)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driven_module, "MOST_ROWS", rows)  # 1: a step at a time
        trace = hamsim.simulate(network, method=method, dt=0.05, steps=14)
    # All breaks lie on the grid.
    assert trace.stats.steps == 14
    model = dense(network)
    for trial in range(trials or 1):
        oracle = DrivenModel(model, lambda t, k=trial: current(t, k), held)
        states = oracle.run(network.initial, 0.05, 14, method)
        found = trace.x[trial] if trials else trace.x
        energy = trace.energy[trial] if trials else trace.energy
        np.testing.assert_allclose(found, states, rtol=AGREES, atol=AGREES)
        # What clamped neurons receive is part of the formula, whether it acts on them or not.
        expected = [
            oracle.at(t).energy(x) for t, x in zip(0.05 * np.arange(15), states, strict=True)
        ]
        np.testing.assert_allclose(energy, expected, rtol=AGREES, atol=AGREES)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_orders_with_a_sine(method, order):
    """Amplitude and phase of tau x' = A sin(w t) - x."""
    tau, w, amplitude = 0.7, 3.0, 1.5
    network = hamsim.compile(neuron(tau=tau, initial=0.3, input="1.5*sin(3*t)"))
    errors = []
    for steps in (40, 80, 160):
        trace = hamsim.simulate(network, method=method, dt=2.0 / steps, steps=steps)
        gain = amplitude / (1 + (w * tau) ** 2)
        exact = gain * (np.sin(w * trace.t) - w * tau * np.cos(w * trace.t))
        exact += (0.3 + gain * w * tau) * np.exp(-trace.t / tau)
        errors.append(np.abs(trace.x[:, 0] - exact).max())
    found = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(found, order, atol=0.1)


@pytest.mark.parametrize("method", FIXED)
def test_orders_with_pulses_and_ramps_between_steps(method):
    """Kinks and jumps within steps cost no order: steps end at all of them."""
    text = "pulse(t, 0.9, 0.333) + ramp(t, 0.41, 1.23)*2 + abs(t - 0.777)"
    network = hamsim.compile(neuron(tau=0.5, initial=-1.0, input=text))

    def current(t):
        ramp = np.clip((t - 0.41) / 0.82, 0, 1)
        return float(t % 0.9 < 0.333) + 2 * ramp + abs(t - 0.777)

    exact, at = np.array([-1.0]), 0.0
    for end in (0.333, 0.41, 0.777, 0.9, 1.23, 1.233, 1.6):
        level = float((at + end) / 2 % 0.9 < 0.333)

        def slope(t, x, level=level):
            return (current(t) - float(t % 0.9 < 0.333) + level - x) / 0.5

        exact = solve_ivp(slope, (at, end), exact, rtol=1e-12, atol=1e-13).y[:, -1]
        at = end
    errors = [
        abs(hamsim.simulate(network, method=method, dt=1.6 / n, steps=n).final[0] - exact[0])
        for n in (32, 64, 128)
    ]
    # Steps are cut unevenly, so that single ratios scatter.
    found = np.log2(errors[0] / errors[2]) / 2
    assert found > METHODS[method].order - 0.35


def test_identity_networks_against_expm():
    """x' = A x + b sin(w t) + c t as a larger linear system without an input."""
    rng = np.random.default_rng(3)
    n, w = 5, 2.0
    W = rng.normal(size=(n, n)) / 4
    W = (W + W.T) / 2
    tau, b, c = rng.uniform(0.5, 2, n), rng.normal(size=n), rng.normal(size=n)
    sine, line = (
        [f"{v!r}*{f}" for v in values.tolist()] for values, f in ((b, f"sin({w}*t)"), (c, "t"))
    )
    neurons = [
        {"id": f"n{k}", "tau": tau[k], "input": f"{one} + {two}", "initial": float(k)}
        for k, (one, two) in enumerate(zip(sine, line, strict=True))
    ]
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"neurons": neurons, "lagrangian": "identity"}},
            "connections": [{"within": "a", "weights": W, "self_connections": True}],
        }
    )
    A = np.zeros((n + 4, n + 4))
    A[:n, :n] = (W - np.eye(n)) / tau[:, None]
    A[:n, n], A[:n, n + 2] = b / tau, c / tau
    A[n, n + 1], A[n + 1, n], A[n + 2, n + 3] = w, -w, 1.0  # sine, cosine, t and 1
    start = np.concatenate([np.arange(n), [0.0, 1.0, 0.0, 1.0]])
    trace = hamsim.simulate(network, method="rk4", dt=0.005, t_end=3.0, record=None)
    np.testing.assert_allclose(trace.final, (expm(3.0 * A) @ start)[:n], rtol=1e-9)


def test_a_nonlinear_network_against_scipy():
    rng = np.random.default_rng(1)
    W = rng.normal(size=(8, 8)) / 3
    W = W + W.T
    groups = {
        "a": {"size": 8, "lagrangian": {"kind": "tanh", "beta": 2.0}, "input": "sin(t**2) - cos(t)"}
    }
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [{"within": "a", "weights": W, "self_connections": True}],
        }
    )

    def slope(t, x):
        return W @ np.tanh(2 * x) + np.sin(t**2) - np.cos(t) - x

    start = rng.normal(size=8)
    expected = solve_ivp(slope, (0, 4), start, rtol=1e-12, atol=1e-12).y[:, -1]
    trace = hamsim.simulate(network, initial=start, method="rk4", dt=0.002, t_end=4, record=None)
    np.testing.assert_allclose(trace.final, expected, rtol=1e-8)


def test_a_pulse_that_is_shorter_than_a_step_is_exact():
    """Of 0.02 tau, at 5.003."""
    text = "50*(step(t - 5.003) - step(t - 5.023))"
    network = hamsim.compile(neuron(input=text))
    exact = 50 * (1 - np.exp(-0.02)) * np.exp(-(6.0 - 5.023))
    for dt, error in ((0.25, 1e-4), (0.025, 1e-8)):
        trace = hamsim.simulate(network, method="rk4", dt=dt, t_end=6.0)
        assert trace.final[0] == pytest.approx(exact, rel=error)
    assert 5.003 in trace.t
    assert 5.023 in trace.t


def test_step_tables_are_constant_stimuli():
    """Bit for bit: a table that jumps is what as many stimuli in a row are."""
    table = {"times": [0, 1, 2.35, 3], "values": [1, -1, 0.5, 2], "between": "step"}
    ends = [(0, 1, 1), (1, 2.35, -1), (2.35, 3, 0.5), (3, None, 2)]
    parts = [
        {"group": "a", "value": v, "start": a, **({"stop": b} if b else {})} for a, b, v in ends
    ]
    table["beyond"] = "hold"
    one = hamsim.simulate(hamsim.compile(neuron(input=table)), method="rk4", dt=0.1, t_end=4)
    two = hamsim.simulate(hamsim.compile(neuron(*parts)), method="rk4", dt=0.1, t_end=4)
    assert np.array_equal(one.x, two.x)
    assert np.array_equal(one.t, two.t)
    assert one.stats.energy.rises == two.stats.energy.rises


def test_clamps_follow_and_are_let_go():
    clamp = {"group": "a", "mode": "clamp", "value": "sin(2*t)", "start": 0.5, "stop": 1.5}
    trace = hamsim.simulate(neuron(clamp, initial=1.0), method="rk4", dt=0.1, t_end=3)
    before, held, after = (
        (trace.t > a) & (trace.t < b) for a, b in ((-1, 0.49), (0.51, 1.49), (1.51, 4))
    )
    np.testing.assert_allclose(trace.x[before, 0], np.exp(-trace.t[before]), rtol=1e-6)
    np.testing.assert_allclose(trace.x[held, 0], np.sin(2 * trace.t[held]), rtol=1e-14)
    free = np.sin(3.0) * np.exp(-(trace.t[after] - 1.5))
    np.testing.assert_allclose(trace.x[after, 0], free, rtol=1e-5)


def test_neurons_without_tau_follow_at_once():
    description = neuron(input="sin(5*t)")
    description["groups"]["b"] = {"size": 1, "lagrangian": "identity", "tau": 0, "input": "t"}
    description["connections"] = [{"from": "a", "to": "b", "weights": 2.0}]
    trace = hamsim.simulate(description, method="rk4", dt=0.1, t_end=2)
    np.testing.assert_allclose(trace.x[:, 1], 2 * trace.x[:, 0] + trace.t, rtol=1e-13)


def test_a_run_rests_only_when_nothing_moves_any_more():
    network = hamsim.compile(neuron(input="ramp(t, 1, 3)", initial=0.0))
    trace = hamsim.simulate(network, method="rk4", dt=0.1, t_end=60, until=1e-6)
    assert trace.outcome == "converged"
    assert trace.stats.time > 3 + np.log(1e5)  # it begins at rest, and rests once it is up
    never = hamsim.simulate(neuron(input="1e-9*sin(t)"), dt=0.1, t_end=2, until=1e-3)
    assert never.outcome == "finished"


def test_no_rise_is_counted_while_something_moves():
    moving = hamsim.simulate(neuron(input="-5*t", initial=2.0), method="rk4", dt=0.1, t_end=3)
    assert np.diff(moving.energy).max() > 0
    assert moving.stats.energy.rises == 0
    # It moves, and rests: only then is the energy watched, and falls.
    both = hamsim.simulate(neuron(input="ramp(t, 0, 1)"), method="euler", dt=0.1, t_end=3)
    assert both.stats.energy.rises == 0
    # Where nothing moves a rise is seen: euler steps of 3 tau.
    rising = neuron(input="ramp(t, 0, 6)", initial=1.0)
    seen = hamsim.simulate(rising, method="euler", dt=3.0, t_end=12)
    assert seen.stats.energy.rises == 2
    assert seen.stats.energy.first_time > 6


def test_a_table_that_ends_too_early_is_refused():
    table = {"times": [0, 1], "values": [0, 1]}
    wanted = r"groups.a.input: the table lasts from t = 0 to 1, and values from t = 0 to 2 are"
    with pytest.raises(SimulationError, match=wanted):
        hamsim.simulate(neuron(input=table), t_end=2)
    hamsim.simulate(neuron(input=table), t_end=1)
    stimulus = {"group": "a", "value": table, "start": 0.5, "stop": 1}
    hamsim.simulate(neuron(stimulus), t_end=2)


def test_what_is_not_finite_is_told():
    wanted = r"groups.a.input: '1 / \(t - 0.5\)' is not finite at t = 0.5"
    with pytest.raises(SimulationError, match=wanted):
        hamsim.simulate(neuron(input="1/(t - 0.5)"), method="rk4", dt=0.1, t_end=1)


def test_trials_have_their_own():
    values = np.array([[0.0, 1.0], [2.0, -1.0]])[:, :, None]  # times, trials, neurons
    stimulus = {"group": "a", "value": {"times": [0, 1], "values": values.tolist()}}
    trace = hamsim.simulate(neuron(stimulus), method="rk4", dt=0.05, t_end=1)
    assert trace.x.shape[0] == 2
    for trial, (a, b) in enumerate([(0.0, 2.0), (1.0, -1.0)]):
        alone = hamsim.simulate(neuron(input=f"{a} + {b - a}*t"), method="rk4", dt=0.05, t_end=1)
        np.testing.assert_allclose(trace.x[trial], alone.x, rtol=1e-12, atol=1e-14)
    with pytest.raises(SimulationError, match=r"stimuli\[0\].value has 2, initial has 3|differ"):
        hamsim.simulate(neuron(stimulus), initial=np.zeros((3, 1)), t_end=1)


def test_bits_do_not_depend_on_threads(monkeypatch):
    description = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3000, "lagrangian": "tanh", "input": "sin(t)"},
            "b": {"size": 500, "lagrangian": "tanh"},
        },
        "connections": [{"within": "a", "weights": {"normal": {"std": 0.1}}, "density": 0.01}],
        "stimuli": [
            {"group": "b", "mode": "clamp", "value": "cos(t)"},
            {"group": "a", "value": "t", "mask": [1.0, 0.0] * 1500},
        ],
    }
    network = hamsim.compile(description)
    monkeypatch.setattr(run_module, "PARALLEL_WORK", 0)
    monkeypatch.setattr(team, "available_threads", lambda: 3)
    serial, parallel = (
        hamsim.simulate(network, method="rk4", dt=0.1, steps=10, threads=threads)
        for threads in (1, 3)
    )
    assert parallel.stats.threads == 3
    assert np.array_equal(serial.x, parallel.x)
    assert np.array_equal(serial.energy, parallel.energy)


def test_a_trial_that_diverges_is_left_behind(monkeypatch):
    values = [[[0.0], [0.0]], [[1.0], [1e308]]]
    stimulus = {"group": "a", "value": {"times": [0, 1], "values": values, "beyond": "hold"}}
    exploding = neuron(stimulus, size=1)
    exploding["groups"]["a"]["lagrangian"] = {"kind": "power", "degree": 4.0}
    exploding["connections"] = [{"within": "a", "weights": [[1.0]], "self_connections": True}]
    with np.errstate(all="ignore"):
        trace = hamsim.simulate(exploding, method="rk4", dt=0.05, t_end=1)
    assert trace.outcomes == ("finished", "diverged")
    exploding["stimuli"][0]["value"] = "t"
    alone = hamsim.simulate(exploding, method="rk4", dt=0.05, t_end=1)
    np.testing.assert_allclose(trace.x[0], alone.x, rtol=1e-12, atol=1e-14)


def test_without_anything_that_moves_no_kind_of_work_is_added():
    network = hamsim.compile(neuron(input="step(t - 0.35)", size=3))
    run = hamsim.dynamics.simulate.prepare(network, method="rk4", dt=0.1, t_end=1.0)
    for stretch in run.schedule.stretches:
        run.driver.begin(stretch)
        assert not run.parts.engine.moving
        assert run.parts.engine.programs.evaluate.shape[0] == 2
    assert kernel.RUNNING == 0


def test_steps_that_are_chosen_do_not_pass_over_a_bump():
    """Of 3e-3 tau, without a jump that steps could end at, while the network is at rest."""
    network = hamsim.compile(neuron(input="100*exp(-((t - 5.003)/1e-3)**2)"))
    exact = 100 * np.sqrt(np.pi) * 1e-3 * np.exp(-(6 - 5.003)) * np.exp(1e-6 / 4)
    chosen = hamsim.simulate(network, method="tsit5", t_end=6, rtol=1e-6, record=None)
    assert chosen.final[0] == pytest.approx(exact, rel=1e-4)
    fixed = hamsim.simulate(network, method="rk4", t_end=6, record={"every": 2})
    assert fixed.final[0] == pytest.approx(exact, rel=1e-4)


def test_dt_auto_follows_what_is_fast():
    slow, fast = (
        hamsim.simulate(neuron(input=f"sin({w}*t)"), method="rk4", t_end=10, record={"every": 5})
        for w in (0.1, 50)
    )
    assert slow.stats.dt > 0.1
    assert fast.stats.dt < 0.02


@pytest.mark.parametrize("method", ["rk4", "heun"])
def test_a_run_goes_on_where_it_ended(method):
    """Bit for bit, with all that moves; a network that is driven in another way is refused."""
    table = {"times": [0, 1, 2, 9], "values": [0, 1, 0, 2]}
    clamp = {"group": "a", "mode": "clamp_g", "value": "0.5*sin(t)", "mask": [0, 1], "start": 1}
    description = neuron({"group": "a", "value": table}, clamp, size=2)
    description["groups"]["a"]["input"] = "sin(3*t) + pulse(t, 0.9, 0.333)"
    every = {"every": 0.35}
    whole = hamsim.simulate(description, method=method, dt=0.07, t_end=4.2, record=every)
    first = hamsim.simulate(description, method=method, dt=0.07, t_end=2.1, record=every)
    then = hamsim.simulate(hamsim.compile(description), initial=first, t_end=4.2)
    assert np.array_equal(then.final, whole.final)
    assert np.array_equal(then.x[-1], whole.x[-1])
    description["groups"]["a"]["input"] = "sin(3*t)"
    with pytest.raises(SimulationError, match="over_time differ"):
        hamsim.simulate(description, initial=first, t_end=4.2)


@pytest.mark.parametrize("method", [m for m in METHODS.values() if m.steps == "chosen"])
def test_chosen_steps_of_driven_networks(method):
    """To their tolerance, whether what acts jumps or moves."""
    jumps = neuron(input="pulse(t, 0.9, 0.333)", tau=0.7)
    exact, at = 0.0, 0.0
    for end, level in ((0.333, 1), (0.9, 0), (1.233, 1), (1.5, 0)):
        exact, at = level + (exact - level) * np.exp(-(end - at) / 0.7), end
    found = hamsim.simulate(jumps, method=method.name, t_end=1.5, rtol=1e-7, record=None).final[0]
    assert found == pytest.approx(exact, rel=1e-5)
    moving = neuron({"group": "a", "mode": "clamp", "value": "sin(t)", "start": 1}, input="t")
    trace = hamsim.simulate(moving, method=method.name, t_end=2, record={"every": 0.1})
    free = trace.t < 0.95
    exact = trace.t - 1 + np.exp(-trace.t)
    np.testing.assert_allclose(trace.x[free, 0], exact[free], atol=1e-4)
    held = trace.t > 1.05
    np.testing.assert_allclose(trace.x[held, 0], np.sin(trace.t[held]), rtol=1e-11)


def test_values_that_have_no_room_are_refused(monkeypatch):
    network = hamsim.compile(neuron(input="t", size=1000))
    values = hamsim.over_time([0, 1], np.linspace(0, 1, 2000).reshape(2, 1000))
    monkeypatch.setattr(driven_module, "BYTES", 2**62)
    monkeypatch.setattr(driven_module, "MOST_ROWS", 2**50)
    with pytest.raises(SimulationError, match="values over time of 1,000 neurons need"):
        hamsim.simulate(network.replace(input=values), method="rk4", dt=0.1, t_end=1)
