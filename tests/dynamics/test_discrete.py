"""Discrete dynamics against plain loops: the same states to the bit, and what is told of them."""

from itertools import repeat

import discrete_reference as oracle
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim

FEW = settings(max_examples=15, deadline=None)


def network_of(rng, n_signs, n_steps, weights="normal", density=0.5, dense=False):
    """A symmetric network of neurons of two values, with inputs."""
    n = n_signs + n_steps
    draw = {
        "normal": lambda: rng.normal(size=(n, n)),
        "whole": lambda: rng.integers(-2, 3, size=(n, n)).astype(float),
        "tenths": lambda: rng.integers(-2, 3, size=(n, n)) * 0.1,
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
    weights=st.sampled_from(["normal", "whole", "tenths"]),
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


def test_trials_are_runs_of_their_own():
    rng = np.random.default_rng(3)
    network, _, _, low, high = network_of(rng, 20, 20)
    start = np.where(rng.random((6, 40)) < 0.5, low, high)
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
