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
from hamsim.dynamics.simulate import prepare, simulate_into
from hamsim.errors import SimulationError
from hamsim.trace.trace import MemorySink

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


@pytest.mark.parametrize("method", ["tsit5", "bs32"])
def test_chosen_steps_meet_their_tolerance(method):
    described, numbers = pair(0)
    network, x = hamsim.compile(described), expected(numbers, 4.0)
    for rtol in (1e-4, 1e-7):
        trace = hamsim.simulate(network, method=method, rtol=rtol, atol=rtol, t_end=4.0)
        assert np.abs(trace.x[-1] - x).max() < 5 * rtol
        assert np.diff(trace.t).max() <= DELAYS[0] * (1 + 1e-12)


def test_a_linear_loop_by_tsit5_is_its_exact_solution_to_1e_8():
    """Between steps, too; its changes arrive at t = 1, 2, ..., where steps end."""
    described = loop(-2.0, 1.0)
    every = {"every": 0.13}
    trace = hamsim.simulate(
        described, method="tsit5", rtol=1e-9, atol=1e-9, t_end=6.0, record=every
    )
    np.testing.assert_allclose(trace.x[:, 0], linear_loop(-2.0, 1.0, trace.t), atol=1e-8)
    energies = hamsim.energy(described, trace.x).total
    np.testing.assert_allclose(trace.energy, energies, atol=1e-12)
    each = hamsim.simulate(described, method="tsit5", rtol=1e-9, atol=1e-9, t_end=6.0)
    assert {1.0, 2.0, 3.0, 4.0, 5.0, 6.0} <= set(each.t.tolist())
    np.testing.assert_allclose(each.x[:, 0], linear_loop(-2.0, 1.0, each.t), atol=1e-8)


def test_chosen_steps_and_fixed_ones_agree_where_stimuli_change():
    described, _ = pair(1)
    described["stimuli"] = [
        {"group": "a", "mode": "input", "value": 1.0, "start": 0.333, "stop": 1.777},
        {"group": "a", "mode": "input", "value": "sin(3*t)", "start": 0.5, "stop": 2.5},
        {"neurons": ["a[3]"], "mode": "clamp", "value": 2.0, "start": 0.0, "stop": 9.0},
    ]
    network = hamsim.compile(described)
    chosen, fixed = (
        hamsim.simulate(network, t_end=3.0, record={"every": 0.5}, **how)
        for how in ({"method": "tsit5", "rtol": 1e-9, "atol": 1e-9}, {"method": "rk4", "dt": 0.01})
    )
    np.testing.assert_allclose(chosen.x, fixed.x, atol=1e-7)
    np.testing.assert_allclose(chosen.energy, fixed.energy, atol=1e-6)


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
    for how in ({"method": "rk4", "dt": 0.005}, {"method": "tsit5"}):
        trace = hamsim.simulate(described, t_end=100, until=1e-3, record={"every": 1.0}, **how)
        assert trace.outcome.kind == "converged"
        assert 15.0 < trace.t[-1] < 25.0  # b falls from 3 to 0 after t = 5, and then rests for 5
        assert trace.x[-1, 1] == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("how", [{"method": "rk4", "dt": 0.05}, {"method": "tsit5"}], ids=str)
def test_a_trial_that_diverges_leaves_the_others_alone(how):
    described = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 1, "lagrangian": {"kind": "power", "degree": 4}, "initial": 0.1}},
        "connections": [{"within": "a", "weights": 1.0, "delay": 0.1, "self_connections": True}],
    }
    network = hamsim.compile(described)
    how = {**how, "t_end": 5.0, "record": {"every": 0.5}}
    both = hamsim.simulate(network, [[0.5], [3.0]], **how)
    assert list(both.outcomes) == ["finished", "diverged"]
    alone = hamsim.simulate(network, [[0.5], [0.4]], **how)
    if how["method"] == "rk4":
        assert both.x[0].tobytes() == alone.x[0].tobytes()
    np.testing.assert_allclose(both.x[0], alone.x[0], rtol=1e-3)  # steps are those of both
    assert np.isfinite(both.x).all()
    last = hamsim.simulate(network, [[3.0]], **how)
    assert last.outcome == "diverged"
    assert np.isfinite(last.x).all()


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
    trace = hamsim.simulate(loop(-1.0, 0.01), method="rk4", t_end=1.0)
    assert trace.stats.dt <= 0.01


def test_methods_that_take_no_delays_say_which_do():
    with pytest.raises(SimulationError) as caught:
        hamsim.simulate(loop(-1.0, 0.25), method="exponential_euler", t_end=5)
    assert str(caught.value).startswith("method exponential_euler takes no delays")
    able = "euler, euler_maruyama, leimkuhler_matthews, heun, stochastic_heun, bs32, rk4, tsit5"
    assert str(caught.value).endswith(f"those that do: {able}")
    with pytest.raises(SimulationError, match="has tau = 0 and sends with a delay"):
        hamsim.simulate(loop(-0.5, 0.25, tau=0.0), method="tsit5", t_end=5)


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


def test_noise_and_delays():
    """The same normal numbers as without synapses; off the grid the past is straight."""
    rng = np.random.default_rng(8)
    n, dt, steps = 4, 0.1, 40
    described = loop(rng.normal(0, 0.5, (n, n)).tolist(), 0.3, size=n, noise={"sigma": 0.4})
    described["groups"]["a"] |= {"lagrangian": "tanh", "initial": rng.normal(size=n).tolist()}
    how = {"method": "euler_maruyama", "dt": dt, "seed": 5}
    alone = hamsim.simulate({**described, "connections": []}, steps=steps, **how).x
    kicks = alone[1:] - (1.0 - dt) * alone[:-1]
    W = np.array(described["connections"][0]["weights"])
    for delay in (0.3, 0.35):
        described["connections"][0]["delay"] = delay
        x = [alone[0]]
        for k in range(steps):
            at = k - delay / dt
            before, part = math.floor(at + 1e-9), at - math.floor(at + 1e-9)
            past = x[max(before, 0)] * (1 - part) + x[max(before + 1, 0)] * part
            x.append(x[-1] + dt * (W @ np.tanh(past) - x[-1]) + kicks[k])
        trace = hamsim.simulate(described, steps=steps, **how)
        np.testing.assert_allclose(trace.x, x, rtol=1e-11, atol=1e-11)
    first = hamsim.simulate(described, steps=17, **how)
    last = hamsim.simulate(described, first, steps=steps - 17)
    assert last.x[-1].tobytes() == trace.x[-1].tobytes()


# --- going on with a run ------------------------------------------------------------------------


def resumed(seed):
    """A random network with delays on and off the grid, neurons with tau = 0, and stimuli."""
    rng = np.random.default_rng(seed)
    described = delayed_description(seed, 0.1, instant=True, max_size=3)
    for connection in described["connections"][::2]:
        if "delay" in connection:
            connection["delay"] = float(rng.uniform(0.15, 1.0))
    name = next(iter(described["groups"]))
    times = np.sort(rng.uniform(0, 3, 2)).round(2).tolist()
    described["stimuli"] = [
        {"group": name, "mode": "clamp", "value": 0.4, "start": times[0], "stop": times[1]}
    ]
    return described


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 5),
    method=st.sampled_from(["euler", "heun", "rk4"]),
    cut=st.integers(1, 39),
)
def test_a_run_that_is_cut_has_the_bits_of_the_whole(seed, method, cut):
    network = hamsim.compile(resumed(seed))
    how = {"method": method, "dt": 0.1}
    whole = hamsim.simulate(network, t_end=4.0, **how)
    first = hamsim.simulate(network, steps=cut, **how)
    if first.state.t >= 4.0:
        return
    last = hamsim.simulate(network, first, t_end=4.0)
    kept = whole.t >= last.t[0]
    np.testing.assert_array_equal(whole.t[kept], last.t)
    np.testing.assert_array_equal(whole.x[kept][1:], last.x[1:])
    assert whole.state.x.tobytes() == last.state.x.tobytes()
    for name in ("delays.begins", "delays.polynomials"):
        ours, its = (trace.state.values[name] for trace in (whole, last))
        size = min(len(ours), len(its))
        np.testing.assert_array_equal(ours[-size:], its[-size:])


class Kept(MemorySink):
    """A sink that keeps all states."""

    def __init__(self):
        super().__init__()
        self.states = []

    def keep(self, state):
        self.states.append(state)
        super().keep(state)


def test_chosen_steps_go_on_to_the_bit(tmp_path):
    network = hamsim.compile(pair(2)[0])
    run = prepare(network, method="tsit5", t_end=4.0)
    sink = Kept()
    run.checkpoint = 0.0
    simulate_into(sink, run, lambda progress: None)
    whole = sink.trace
    states = [state for state in sink.states if 0 < state.t < 4.0]
    assert len(states) > 10
    for state in states[::5]:
        again = Kept()
        simulate_into(again, prepare(network, state, t_end=4.0, same_trace=True))
        kept = whole.t >= state.t
        np.testing.assert_array_equal(whole.t[kept], again.trace.t)
        np.testing.assert_array_equal(whole.x[kept], again.trace.x)
    hamsim.simulate(network, method="heun", dt=0.1, t_end=2.0).save(tmp_path / "half.nc")
    half = hamsim.load_trace(tmp_path / "half.nc")
    went_on = hamsim.simulate(network, half, t_end=4.0)
    alone = hamsim.simulate(network, method="heun", dt=0.1, t_end=4.0)
    assert went_on.x[-1].tobytes() == alone.x[-1].tobytes()
    other = network.replace(delay={network.connections[1].name: 0.9})
    with pytest.raises(SimulationError, match="the network is not that of the trace any more"):
        hamsim.simulate(other, half, t_end=4.0)
