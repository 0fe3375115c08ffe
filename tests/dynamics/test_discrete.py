"""Discrete dynamics against plain loops: the same states to the bit, and what is told of them."""

from itertools import repeat

import discrete_reference as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.dynamics.discrete.synapses import synapses_of

FEW = settings(max_examples=15, deadline=None)


def network_of(rng, n_signs, n_steps, weights="normal", density=0.5, dense=False):
    """A symmetric network of neurons of two values, with inputs."""
    n = n_signs + n_steps
    draw = {
        "normal": lambda: rng.normal(size=(n, n)),
        "whole": lambda: rng.integers(-2, 3, size=(n, n)).astype(float),
        "tenths": lambda: rng.integers(-2, 3, size=(n, n)) * 0.1,
        "many tenths": lambda: rng.integers(-300, 301, size=(n, n)) * 0.1,
    }[weights]
    W = np.triu(draw() * (dense or rng.random((n, n)) < density), 1)
    W = W + W.T
    inputs = draw()[0] * (rng.random(n) < 0.5)
    groups = {}
    if n_signs:
        groups["signs"] = {
            "size": n_signs,
            "lagrangian": "sign",
            "input": inputs[:n_signs].tolist(),
        }
    if n_steps:
        groups["steps"] = {
            "size": n_steps,
            "lagrangian": "step",
            "input": inputs[n_signs:].tolist(),
        }
    spec = {
        "format": "hamsim/1",
        "groups": groups,
        "connections": [{"within": "all", "weights": W.tolist()}],
    }
    low = np.repeat([-1.0, 0.0], [n_signs, n_steps])
    return hamsim.compile(spec), W, inputs, low, np.ones(n)


@FEW
@given(
    seed=st.integers(0, 10**6),
    weights=st.sampled_from(["normal", "whole", "tenths", "many tenths"]),
    dense=st.booleans(),
)
def test_single_updates_are_those_of_a_plain_loop(seed, weights, dense):
    rng = np.random.default_rng(seed)
    network, W, inputs, low, high = network_of(rng, 7, 6, weights, dense=dense)
    start = np.where(rng.random(13) < 0.5, low, high)
    order = rng.permutation(13)
    for asked, orders in (("sequential", range(13)), (order, order)):
        trace = hamsim.simulate(network, start, method="asynchronous", order=asked, sweeps=50)
        states, flips = oracle.run(W, inputs, start, repeat(orders, 50), low, high)
        np.testing.assert_array_equal(trace.x, states)
        assert (trace.stats.flips, trace.stats.sweeps) == (flips, len(states) - 1)
        energies = [oracle.energy(W, inputs, state) for state in states]
        np.testing.assert_allclose(trace.energy, energies, rtol=1e-12, atol=1e-12)
        assert trace.stats.energy.rises == 0


@FEW
@given(seed=st.integers(0, 10**6), weights=st.sampled_from(["normal", "whole"]))
def test_all_at_once_are_those_of_a_plain_loop(seed, weights):
    rng = np.random.default_rng(seed)
    network, W, inputs, low, high = network_of(rng, 6, 5, weights)
    state = np.where(rng.random(11) < 0.5, low, high)
    trace = hamsim.simulate(network, state, method="synchronous", sweeps=100)
    states = [state]
    while oracle.wanting(W, inputs, state, low, high):
        state = oracle.together(W, inputs, state, low, high)
        states.append(state)
        if len(states) > 2 and (states[-3] == state).all():
            break
    np.testing.assert_array_equal(trace.x, states)
    cycles = oracle.wanting(W, inputs, state, low, high) > 0
    assert trace.outcome == ("cycle" if cycles else "converged")


def test_two_neurons_that_excite_each_other_alternate():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"neurons": ["left", "right", "still"], "lagrangian": "sign"}},
            "connections": [{"within": "a", "weights": {"edges": [["left", "right", 1.0]]}}],
        }
    )
    trace = hamsim.simulate(network, [1.0, -1.0, 1.0], method="synchronous")
    assert trace.outcome == "cycle"
    assert "2-cycle of 2 neurons, a.left, a.right" in str(trace.outcome)
    np.testing.assert_array_equal(trace.x, [[1, -1, 1], [-1, 1, 1], [1, -1, 1]])


@pytest.mark.parametrize(
    ("weights", "dense"), [("normal", False), ("tenths", True), ("many tenths", True)]
)
def test_trials_are_runs_of_their_own(weights, dense):
    rng = np.random.default_rng(3)
    network, _, _, low, high = network_of(rng, 20, 22, weights, dense=dense)
    start = np.where(rng.random((26, 42)) < 0.5, low, high)
    for how in ({}, {"temperature": 0.7, "sweeps": 5}):
        one = hamsim.simulate(network, start, method="asynchronous", seed=4, threads=1, **how)
        two = hamsim.simulate(network, start, method="asynchronous", seed=4, threads=2, **how)
        alone = hamsim.simulate(network, start[:1], method="asynchronous", seed=4, **how)
        np.testing.assert_array_equal(one.x, two.x)
        np.testing.assert_array_equal(one.energy, two.energy)
        records = alone.t.size
        np.testing.assert_array_equal(one.x[0, :records], alone.x[0])
        np.testing.assert_array_equal(one.energy[0, :records], alone.energy[0])
        assert not np.array_equal(one.x[0, 1], one.x[1, 1])


def test_a_field_of_0_keeps_what_is_there():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 3, "lagrangian": "sign", "initial": [1.0, -1.0, 0.0]},
                "b": {"size": 2, "lagrangian": "step", "initial": [1.0, -3.0]},
            },
        }
    )
    trace = hamsim.simulate(network, method="asynchronous")
    np.testing.assert_array_equal(trace.x, [[1, -1, 0, 1, 0]])
    assert trace.outcome == "converged"
    assert (trace.stats.flips, trace.stats.sweeps) == (0, 0)


@pytest.mark.parametrize("method", ["asynchronous", "synchronous"])
def test_a_warm_neuron_has_the_probability_of_a_heat_bath(method):
    n, field, temperature = 4000, 0.8, 1.3
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": n, "lagrangian": "sign", "input": field},
                "b": {"size": n, "lagrangian": "step", "input": field},
            },
        }
    )
    trace = hamsim.simulate(network, method=method, temperature=temperature, sweeps=10, seed=1)
    up = (trace.x[1:] > 0).reshape(10, 2, n).mean(axis=(0, 2))
    expected = 1 / (1 + np.exp(-np.array([2.0, 1.0]) * field / temperature))
    assert (abs(up - expected) < 4 * np.sqrt(expected * (1 - expected) / (10 * n))).all()


# --- neurons that take more than two values ----------------------------------------------------


def softmax(x):
    e = np.exp(x - x.max())
    return e / e.sum()


def graded_network(rng):
    """Three signs, two tanh neurons, and four softmax groups of three that lie apart."""
    W = np.triu(rng.normal(size=(17, 17)), 1)
    W = 0.5 * (W + W.T)
    inputs = rng.normal(size=17)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "signs": {"size": 3, "lagrangian": "sign", "input": inputs[:3].tolist()},
            "graded": {"size": 2, "lagrangian": "tanh", "input": inputs[3:5].tolist()},
            "shares": {
                "shape": [3, 4],
                "lagrangian": {"kind": "softmax", "over": [0]},
                "input": inputs[5:].reshape(3, 4).tolist(),
            },
        },
        "connections": [{"within": "all", "weights": W.tolist()}],
    }
    units = [[i] for i in range(5)] + [[5 + k, 9 + k, 13 + k] for k in range(4)]
    return hamsim.compile(spec), W, inputs, units


def set_unit(W, inputs, x, g, members):
    """Set neurons to what drives them; the plain loop."""
    h = W[members] @ g + inputs[members]
    i = members[0]
    if i < 3:
        x[i] = oracle.decide(h[0], g[i], -1.0, 1.0)
        g[i] = x[i]
    else:
        x[members] = h
        g[members] = np.tanh(h) if i < 5 else softmax(h)


def activated(x, units):
    g = x.copy()
    for members in units:
        value = np.sign if members[0] < 3 else np.tanh if members[0] < 5 else softmax
        g[members] = value(x[members])
    return g


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_graded_neurons_and_those_that_share_are_set_to_their_drive(seed):
    rng = np.random.default_rng(seed)
    network, W, inputs, units = graded_network(rng)
    start = rng.normal(size=17)
    trace = hamsim.simulate(network, start, method="asynchronous", order="sequential", sweeps=4)
    g = activated(start, units)
    x = np.where(np.arange(17) < 3, g, start)
    for k in range(trace.t.size):
        np.testing.assert_allclose(trace.x[k], x, rtol=1e-11, atol=1e-11)
        assert trace.energy[k] == pytest.approx(hamsim.energy(network, x).total, abs=1e-10)
        for members in units:
            set_unit(W, inputs, x, g, members)
    at_once = hamsim.simulate(network, start, method="synchronous", sweeps=3)
    g = activated(start, units)
    x = np.where(np.arange(17) < 3, g, start)
    for state in at_once.x:
        np.testing.assert_allclose(state, x, rtol=1e-11, atol=1e-11)
        before = g.copy()
        for members in units:
            unit = before.copy()
            set_unit(W, inputs, x, unit, members)
            g[members] = unit[members]


def test_graded_neurons_come_to_rest():
    network, W, inputs, units = graded_network(np.random.default_rng(2))
    trace = hamsim.simulate(network, np.ones(17), method="asynchronous")
    assert trace.outcome == "converged"
    assert trace.stats.residual == 0
    assert np.all(np.diff(trace.energy) < 1e-12)
    x = trace.final
    np.testing.assert_allclose(x[3:], (W @ activated(x, units) + inputs)[3:], atol=1e-8)


def test_an_order_names_whoever_shares_by_any_of_them():
    network, *_ = graded_network(np.random.default_rng(3))
    start = np.ones(17)
    one = hamsim.simulate(network, start, method="asynchronous", order=[0, 13, 4], sweeps=2)
    other = hamsim.simulate(network, start, method="asynchronous", order=[0, 5, 9, 4], sweeps=2)
    np.testing.assert_array_equal(one.x, other.x)
    assert (one.x[1] != start).nonzero()[0].tolist() == [0, 4, 5, 9, 13] or one.x[1, 0] == 1
    assert (one.x[2, [1, 2, 3, 6]] == start[[1, 2, 3, 6]]).all()


# --- beside hidden neurons ---------------------------------------------------------------------


def hidden_network(rng):
    """Six signs with synapses among them, beside five softmax neurons that follow at once."""
    W = np.triu(rng.normal(size=(6, 6)), 1)
    W, xi, inputs = W + W.T, rng.normal(size=(5, 6)), rng.normal(size=11)
    memories = {"size": 5, "lagrangian": "softmax", "tau": 0, "input": inputs[6:].tolist()}
    spec = {
        "format": "hamsim/1",
        "groups": {
            "memories": memories,
            "signs": {"size": 6, "lagrangian": "sign", "input": inputs[:6].tolist()},
        },
        "connections": [
            {"within": "signs", "weights": W.tolist()},
            {"between": ["memories", "signs"], "weights": xi.tolist()},
        ],
    }

    def energy(s):
        return oracle.energy(W, inputs[:6], s) - np.log(np.exp(xi @ s + inputs[6:]).sum())

    return hamsim.compile(spec), energy, lambda s: xi @ s + inputs[6:]


def with_value(s, i, value):
    s = s.copy()
    s[i] = value
    return s


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_beside_hidden_neurons_both_reduced_energies_are_compared(seed):
    rng = np.random.default_rng(seed)
    network, energy, drive = hidden_network(rng)
    s = rng.choice([-1.0, 1.0], 6)
    start, order = np.concatenate([np.zeros(5), s]), 5 + rng.permutation(6)
    trace = hamsim.simulate(network, start, method="asynchronous", order=order, sweeps=4)
    for k in range(trace.t.size):
        np.testing.assert_array_equal(trace.x[k, 5:], s)
        np.testing.assert_allclose(trace.x[k, :5], drive(s), atol=1e-12)
        assert trace.energy[k] == pytest.approx(energy(s), abs=1e-11)
        assert trace.energy[k] == pytest.approx(hamsim.energy(network, trace.x[k]).total, abs=1e-11)
        for i in order - 5:
            s = min(with_value(s, i, -1.0), with_value(s, i, 1.0), key=energy)


def test_a_heat_bath_beside_hidden_neurons_has_the_weights_of_boltzmann():
    network, energy, _ = hidden_network(np.random.default_rng(1))
    states = np.array([[1.0 if k >> b & 1 else -1.0 for b in range(6)] for k in range(64)])
    weights = np.exp(-np.array([energy(s) for s in states]) / 2.0)
    weights /= weights.sum()
    start = np.hstack([np.zeros((2000, 5)), np.ones((2000, 6))])
    trace = hamsim.simulate(
        network, start, method="asynchronous", temperature=2.0, sweeps=20, seed=3, record=None
    )
    found = np.bincount(((trace.final[:, 5:] > 0) @ 2 ** np.arange(6)), minlength=64) / 2000
    assert abs(found - weights).sum() < 0.2
    assert (abs(found - weights) < 5 * np.sqrt(weights / 2000) + 1e-3).all()


# --- going on ----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"temperature": 3.0}])
def test_a_run_goes_on_to_the_bit(how):
    rng = np.random.default_rng(5)
    network, _, _, low, high = network_of(rng, 20, 20, dense=True)
    start = np.where(rng.random((3, 40)) < 0.5, low, high)
    whole = hamsim.simulate(network, start, method="asynchronous", seed=2, sweeps=6, **how)
    part = hamsim.simulate(network, start, method="asynchronous", seed=2, sweeps=2, **how)
    rest = hamsim.simulate(network, part, sweeps=4)
    count = whole.t.size - 2
    np.testing.assert_array_equal(rest.t, whole.t[2:])
    np.testing.assert_array_equal(rest.x, whole.x[:, 2:])
    np.testing.assert_array_equal(rest.energy, whole.energy[:, 2:])
    assert count == rest.t.size > 1


def test_stimuli_act_in_their_sweeps():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 3, "lagrangian": "sign", "input": [1.0, -1.0, 0.5]}},
            "stimuli": [
                {"group": "a", "mode": "clamp", "value": [-1, 1, 1], "mask": [1, 0, 0], "stop": 2},
                {"group": "a", "mode": "input", "value": [0, 3, 0], "start": 1, "stop": 3},
            ],
        }
    )
    trace = hamsim.simulate(network, [1.0, 1.0, -1.0], method="asynchronous")
    expected = [[-1, 1, -1], [-1, -1, 1], [-1, 1, 1], [1, 1, 1], [1, -1, 1]]
    np.testing.assert_array_equal(trace.x, expected)
    assert trace.outcome == "converged"


@pytest.mark.parametrize(("weights", "kept"), [("tenths", "few"), ("many tenths", "whole")])
def test_whole_multiples_are_kept_as_such(weights, kept):
    network, W, *_ = network_of(np.random.default_rng(4), 9, 8, weights, dense=True)
    synapses = synapses_of(network, np.zeros(17, bool), np.arange(17, dtype=np.uint32), W[:1])
    columns = getattr(synapses, kept)
    np.testing.assert_allclose(synapses.reach[2] * columns, W, rtol=1e-15)
    assert synapses.block.size == 0
    normal, *_ = network_of(np.random.default_rng(4), 9, 8, dense=True)
    assert synapses_of(normal, np.zeros(17, bool), synapses.asked, W[:1]).block.size


def test_it_is_known_which_sums_are_exact():
    asked, none = np.arange(6, dtype=np.uint32), np.zeros(6, bool)
    for weights, exact in (("whole", True), ("tenths", False), ("normal", False)):
        network, _, inputs, *_ = network_of(np.random.default_rng(6), 6, 0, weights, dense=True)
        assert synapses_of(network, none, asked, inputs[None]).exact == exact
    whole, *_ = network_of(np.random.default_rng(6), 6, 0, "whole", dense=True)
    assert not synapses_of(whole, none, asked, np.full((1, 6), 2.0**-52)).exact


# --- synapses of neurons with themselves -------------------------------------------------------


def coupled_to_itself(rng, own):
    """Two signs and two steps, with weights of each to itself."""
    W = np.triu(rng.normal(size=(4, 4)), 1)
    W = W + W.T + np.diag(own)
    inputs = rng.normal(size=4)
    groups = {
        "signs": {"size": 2, "lagrangian": "sign", "input": inputs[:2].tolist()},
        "steps": {"size": 2, "lagrangian": "step", "input": inputs[2:].tolist()},
    }
    weights = {"within": "all", "weights": W.tolist(), "self_connections": True}
    spec = {"format": "hamsim/1", "groups": groups, "connections": [weights]}
    low = np.array([-1.0, -1.0, 0.0, 0.0])
    return hamsim.compile(spec), W, inputs, low, np.ones(4)


def test_without_a_temperature_they_are_part_of_the_field():
    rises = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        own = rng.normal(size=4) * 3.0
        network, W, inputs, low, high = coupled_to_itself(rng, own)
        start = np.where(rng.random(4) < 0.5, low, high)
        asked = {"method": "asynchronous", "order": "sequential", "sweeps": 6}
        trace = hamsim.simulate(network, start, **asked)
        states, _ = oracle.run(W, inputs, start, repeat(range(4), 6), low, high)
        np.testing.assert_array_equal(trace.x, states)
        assert trace.stats.energy.rises == 0 or own.min() < 0
        rises += trace.stats.energy.rises
    assert rises  # a weight below 0 can raise the energy


def test_a_heat_bath_compares_both_energies():
    rng = np.random.default_rng(7)
    network, W, inputs, low, high = coupled_to_itself(rng, [1.5, -1.0, 2.0, -1.5])
    bits = (np.arange(16)[:, None] >> np.arange(4)) & 1
    states = np.where(bits, high, low)
    weights = np.exp([-oracle.energy(W, inputs, state) / 1.5 for state in states])
    weights /= weights.sum()
    start = np.tile(low, (4000, 1))
    how = {"method": "asynchronous", "temperature": 1.5, "sweeps": 25, "record": None, "seed": 5}
    found = (hamsim.simulate(network, start, **how).final == high) @ (1 << np.arange(4))
    share = np.bincount(found, minlength=16) / 4000
    assert (abs(share - weights) < 4.5 * np.sqrt(weights / 4000) + 1e-3).all()
