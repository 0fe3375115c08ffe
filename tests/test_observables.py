"""Energy by parts, activation and velocity of states."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

import hamsim


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_energy_activation_and_velocity_equal_the_oracle(seed, symmetric):
    network = hamsim.compile(random_description(seed, symmetric=symmetric))
    model = dense(network)
    x = np.random.default_rng(seed).normal(0, 2, (2, 3, network.n_neurons))
    parts = hamsim.energy(network, x)
    for k in np.ndindex(2, 3):
        assert parts.total[k] == pytest.approx(model.energy(x[k]), rel=1e-11, abs=1e-11)
        np.testing.assert_allclose(hamsim.activation(network, x)[k], model.g(x[k]), 1e-10, 1e-14)
        np.testing.assert_allclose(
            hamsim.velocity(network, x)[k], model.velocity(x[k]), rtol=1e-11, atol=1e-12
        )
    one = hamsim.energy(network, x[0, 0])
    assert isinstance(one.total, float)
    assert sum(one.groups.values()) + sum(one.connections.values()) == pytest.approx(one.total)
    for group in network.groups:
        ends = [g for g in model.groups if group.start <= g.neurons[0] < group.stop]
        y = x[0, 0]
        own = sum(
            g.conjugate(y[g.neurons]) - network.input[g.neurons] @ g.g(y[g.neurons]) for g in ends
        )
        assert one.groups[group.name] == pytest.approx(own, rel=1e-9, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_velocity_is_minus_the_gradient_of_the_energy_over_tau(seed):
    """dE/dx = -H tau x' (mirror flow), by differences."""
    network = hamsim.compile(random_description(seed))
    model = dense(network)
    x = np.random.default_rng(seed).normal(size=network.n_neurons)
    step = 1e-5
    numeric = np.array(
        [
            (
                hamsim.energy(network, x + step * e).total
                - hamsim.energy(network, x - step * e).total
            )
            / (2 * step)
            for e in np.eye(x.size)
        ]
    )
    H = np.zeros((x.size, x.size))
    for group in model.groups:
        H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
    expected = -H @ (network.tau * hamsim.velocity(network, x))
    np.testing.assert_allclose(numeric, expected, atol=1e-6)


def test_velocity_of_instant_neurons_is_not_defined():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 1, "lagrangian": "identity"},
            "h": {"size": 1, "lagrangian": "tanh", "tau": 0},
        },
        "connections": [{"between": ["v", "h"], "weights": 2.0}],
    }
    v = hamsim.velocity(spec, [1.0, 55.0])
    assert v[0] == pytest.approx(2 * np.tanh(2.0) - 1.0)
    assert np.isnan(v[1])


def test_wrong_states_are_refused():
    spec = random_description(0)
    with pytest.raises(hamsim.HamsimError, match="the last axis must have"):
        hamsim.energy(spec, [1.0])
    n = hamsim.compile(spec).n_neurons
    with pytest.raises(hamsim.HamsimError, match="not finite"):
        hamsim.activation(spec, np.full(n, np.inf))
