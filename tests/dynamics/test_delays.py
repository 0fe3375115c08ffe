"""Networks with delays: against exact solutions, other integrators and a ring buffer."""

import math
import warnings

import numpy as np
import pytest
from delayed import by_steps, linear_loop
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

import hamsim
from hamsim.errors import SimulationError

# Two orders of summation differ by rounding.
AGREES = 1e-11


def loop(weight, delay, **group):
    """One neuron that drives itself."""
    described = {"size": 1, "lagrangian": "identity", "initial": 1.0, **group}
    return {
        "format": "hamsim/1",
        "groups": {"a": described},
        "connections": [
            {"from": "a", "to": "a", "weights": weight, "delay": delay, "self_connections": True}
        ],
    }


def pair(seed, **groups):
    """Four tanh neurons with one matrix at once and two with delays."""
    rng = np.random.default_rng(seed)
    matrices = rng.normal(0, (0.5, 0.8, 0.8), (4, 4, 3)).transpose(2, 0, 1)
    tau, start, current = rng.uniform(0.5, 2, 4), rng.normal(size=4), rng.normal(0, 0.5, 4)
    connections = [
        {"from": "a", "to": "a", "weights": M.tolist(), "self_connections": True} for M in matrices
    ]
    for connection, delay in zip(connections[1:], DELAYS, strict=True):
        connection["delay"] = delay
    group = {"size": 4, "lagrangian": "tanh", "tau": tau.tolist(), "initial": start.tolist()}
    group |= {"input": current.tolist(), **groups}
    described = {"format": "hamsim/1", "groups": {"a": group}, "connections": connections}
    return described, (matrices, tau, start, current)


DELAYS = (0.7345, 1.111)


def expected(numbers, end):
    """The state at the end by the method of steps."""
    (now, first, second), tau, start, current = numbers

    def driven(t, x, past):
        late = first @ np.tanh(past(DELAYS[0])) + second @ np.tanh(past(DELAYS[1]))
        return now @ np.tanh(x) + late + current

    return by_steps(driven, tau, start, DELAYS, end)


# --- exact and other solutions -----------------------------------------------------------------


def test_a_linear_loop_is_its_exact_solution():
    trace = hamsim.simulate(loop(-2.0, 1.0), method="rk4", dt=0.01, t_end=6.0)
    np.testing.assert_allclose(trace.x[:, 0], linear_loop(-2.0, 1.0, trace.t), atol=1e-8)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("heun", 2), ("rk4", 4)])
def test_the_order_is_kept_whatever_the_delays_are(method, order):
    described, numbers = pair(0)
    network, x = hamsim.compile(described), expected(numbers, 4.0)
    steps = np.array([0.1, 0.05, 0.025])
    errors = [
        np.abs(hamsim.simulate(network, method=method, dt=dt, t_end=4.0).x[-1] - x).max()
        for dt in steps
    ]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.25)
    assert errors[-1] < {1: 1e-2, 2: 1e-4, 4: 1e-8}[order]


def test_what_a_stimulus_changes_arrives_later_without_loss_of_order():
    """A current, and a clamp, so that a sender jumps; both off the grid."""
    described, _ = pair(1)
    described["stimuli"] = [
        {"group": "a", "mode": "input", "value": 1.0, "start": 0.333, "stop": 1.777},
        {"neurons": ["a[3]"], "mode": "clamp", "value": 2.0, "start": 0.0, "stop": 9.0},
    ]
    network = hamsim.compile(described)
    fine = hamsim.simulate(network, method="rk4", dt=0.00625, t_end=3.0, record={"every": 3.0})
    errors = [
        np.abs(hamsim.simulate(network, method="rk4", dt=dt, t_end=3.0).x[-1] - fine.x[-1]).max()
        for dt in (0.1, 0.05)
    ]
    assert errors[1] < 1e-6
    assert errors[0] / errors[1] > 11
    assert fine.x[-1, 3] == 2.0


# --- a ring buffer -----------------------------------------------------------------------------


def test_euler_is_a_ring_buffer_to_the_bit():
    rng = np.random.default_rng(3)
    n, dt, steps = 7, 0.125, 60
    tau, start, current = rng.uniform(0.5, 2, n), rng.normal(size=n), rng.normal(size=n)
    described = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": n,
                "lagrangian": "identity",
                "tau": tau.tolist(),
                "initial": start.tolist(),
                "input": current.tolist(),
            }
        },
        "connections": [
            {"from": "a", "to": "a", "weights": {"edges": [[k, (k + 2) % n, w]]}, "delay": d * dt}
            for k, (w, d) in enumerate(
                zip(rng.normal(size=n), (1, 2, 3, 5, 8, 13, 21), strict=True)
            )
        ],
    }
    network = hamsim.compile(described)
    weights, ahead = np.zeros(n), np.zeros(n, dtype=int)
    for i, _, weight, time in zip(*network.delays, strict=True):
        weights[i], ahead[i] = weight, round(time / dt)
    ring = [start]
    for k in range(steps):
        x = ring[-1]
        late = np.array([ring[max(k - ahead[i], 0)][(i - 2) % n] for i in range(n)])
        ring.append(x + dt / tau * (current + weights * late - x))
    trace = hamsim.simulate(network, method="euler", dt=dt, steps=steps)
    assert trace.x.tobytes() == np.array(ring).tobytes()


def delayed_description(seed, dt, **options):
    """A random network some of whose connections have delays, multiples of dt."""
    rng = np.random.default_rng(seed)
    described = random_description(seed, **options)
    for connection in described["connections"]:
        if "gate" not in connection and rng.random() < 0.7:
            connection["delay"] = float(rng.integers(1, 9)) * dt
    return described


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), instant=st.booleans(), symmetric=st.booleans())
@example(seed=254754, instant=True, symmetric=False)  # a neuron with tau = 0 sends after one step
def test_random_networks(seed, instant, symmetric):
    dt, steps = 0.02, 30
    described = delayed_description(seed, dt, instant=instant, symmetric=symmetric, max_size=5)
    network = hamsim.compile(described)
    states = dense(network).run_late(network.initial, dt, steps)
    trace = hamsim.simulate(network, method="euler", dt=dt, steps=steps)
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES)
    energies = hamsim.energy(network, states, settle=False).total
    np.testing.assert_allclose(trace.energy, energies, rtol=1e-9, atol=1e-9)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_trials_are_single_runs_and_layouts_change_nothing(seed):
    described = delayed_description(seed, 0.03, symmetric=True, max_size=5)
    network = hamsim.compile(described)
    rng = np.random.default_rng(seed)
    starts = network.initial + 0.1 * rng.normal(size=(3, network.n_neurons))
    every = hamsim.simulate(network, starts, method="rk4", dt=0.02, steps=15)
    for start, states in zip(starts, every.x, strict=True):
        alone = hamsim.simulate(network, start, method="rk4", dt=0.02, steps=15)
        np.testing.assert_allclose(alone.x, states, rtol=AGREES, atol=AGREES)
        other = hamsim.simulate(network, start, method="rk4", dt=0.02, steps=15, layout="rows")
        np.testing.assert_allclose(other.x, alone.x, rtol=AGREES, atol=AGREES)


def test_a_delay_of_each_synapse():
    rng = np.random.default_rng(5)
    n, dt, steps = 12, 0.05, 40
    ahead = rng.integers(1, 30, (n, n))
    described = loop(rng.normal(0, 0.5, (n, n)).tolist(), (ahead * dt).tolist(), size=n)
    described["groups"]["a"] |= {"lagrangian": "tanh", "initial": rng.normal(size=n).tolist()}
    network = hamsim.compile(described)
    states = dense(network).run_late(network.initial, dt, steps)
    trace = hamsim.simulate(network, method="euler", dt=dt, steps=steps)
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES)


# --- how runs end ------------------------------------------------------------------------------


def test_nothing_rests_while_something_is_on_its_way():
    described = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 1, "lagrangian": "identity", "tau": 0.01, "initial": 1.0},
            "b": {"size": 1, "lagrangian": "identity", "initial": 3.0},
        },
        "connections": [{"from": "a", "to": "b", "weights": 3.0, "delay": 5.0}],
    }
    trace = hamsim.simulate(described, dt=0.005, t_end=100, until=1e-3, record={"every": 1.0})
    assert trace.outcome.kind == "converged"
    assert trace.t[-1] > 10.0 + 5.0  # b falls from 3 to 0 after t = 5, and then rests for 5
    assert trace.x[-1, 1] == pytest.approx(0.0, abs=1e-3)


def test_a_trial_that_diverges_leaves_the_others_alone():
    described = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": {"kind": "power", "degree": 4}, "initial": 0.1}},
        "connections": [{"within": "a", "weights": 1.0, "delay": 0.1, "self_connections": True}],
    }
    network = hamsim.compile(described)
    both = hamsim.simulate(network, [[0.5], [3.0]], method="rk4", dt=0.05, t_end=5.0)
    assert list(both.outcomes) == ["finished", "diverged"]
    alone = hamsim.simulate(network, [[0.5], [0.4]], method="rk4", dt=0.05, t_end=5.0)
    assert both.x[0].tobytes() == alone.x[0].tobytes()
    assert np.isfinite(both.x).all()


def test_the_threshold_of_an_oscillation():
    """x' = -x - a tanh(x(t - d)) begins to oscillate where 1 + a exp(-i w d) + i w = 0."""
    delay = 2.0
    frequency = math.pi / delay  # between pi / (2 d) and pi / d
    for _ in range(200):
        frequency = (math.pi - math.atan(frequency)) / delay
    threshold = math.hypot(1.0, frequency)
    assert frequency == pytest.approx(-math.tan(frequency * delay))
    late = []
    for a in (0.95 * threshold, 1.05 * threshold):
        described = loop(-a, delay, lagrangian="tanh", initial=0.5)
        trace = hamsim.simulate(described, method="rk4", dt=0.05, t_end=200)
        late.append(np.ptp(trace.x[trace.t > 180]))
    assert late[0] < 0.05 < 0.5 < late[1]


# --- what is refused, and what is said ------------------------------------------------------------


def test_steps_are_no_longer_than_the_shortest_delay():
    with pytest.raises(SimulationError, match=r"dt = 0\.5 is longer than the shortest delay, 0.25"):
        hamsim.simulate(loop(-1.0, 0.25), dt=0.5, t_end=5)
    trace = hamsim.simulate(loop(-1.0, 0.01), t_end=1.0)
    assert trace.stats.dt <= 0.01


def test_a_delay_of_nothing_is_no_delay():
    one = hamsim.simulate(loop(-1.0, 0.0), dt=0.1, t_end=3.0)
    described = loop(-1.0, 0.0)
    del described["connections"][0]["delay"]
    other = hamsim.simulate(described, dt=0.1, t_end=3.0)
    assert one.x.tobytes() == other.x.tobytes()


def test_softmax_neurons_send_what_they_were_together():
    described = {
        "format": "hamsim/1",
        "groups": {
            "a": {"shape": [2, 3], "lagrangian": {"kind": "softmax", "beta": 2.0, "over": "last"}},
            "b": {"size": 2, "lagrangian": "tanh"},
        },
        "connections": [
            {"between": ["a", "b"], "weights": {"normal": {"std": 1.0}}, "delay": 0.4},
            {
                "from": "a",
                "to": "b",
                "weights": {"edges": [[0, 0, 1.0], [4, 1, 2.0]]},
                "delay": 0.2,
            },
        ],
    }
    for group in described["groups"].values():
        group["initial"] = {"normal": {}}
    network = hamsim.compile(described)
    states = dense(network).run_late(network.initial, 0.05, 40)
    trace = hamsim.simulate(network, method="euler", dt=0.05, steps=40)
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES)


def test_threads_change_no_bit():
    rng = np.random.default_rng(9)
    n = 3000
    described = loop({"normal": {"std": 0.02}}, {"uniform": {"low": 0.5, "high": 1.0}}, size=n)
    described["connections"][0] |= {"density": 0.01}
    described["connections"].append(
        {"within": "a", "weights": {"normal": {"std": 0.02}}, "density": 0.02}
    )
    described["groups"]["a"] |= {"lagrangian": "tanh", "initial": rng.normal(size=n).tolist()}
    network = hamsim.compile(described)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one, two = (
            hamsim.simulate(network, method="heun", dt=0.1, steps=30, threads=k, record=None)
            for k in (1, 2)
        )
    assert one.x.tobytes() == two.x.tobytes()
