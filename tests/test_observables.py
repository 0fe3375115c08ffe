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


# --- neurons that follow at once ---


def memory(hidden="softmax", beta=2.0, tau=0.0):
    """Two visible neurons and three memories."""
    xi = [[1.0, -0.5, 0.3], [0.2, 0.8, -1.0]]
    return {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 2, "lagrangian": "identity", "input": [0.1, -0.2]},
            "h": {"size": 3, "lagrangian": {"kind": hidden, "beta": beta}, "tau": tau},
        },
        "connections": [{"between": ["v", "h"], "weights": xi}],
    }


def test_energy_of_a_memory_is_the_reduced_one():
    """E = v^2 / 2 - I v - log sum exp(beta xi v) / beta, whatever x says of the hidden layer."""
    spec, v = memory(), np.array([[0.7, -1.2], [0.1, 2.0]])
    xi = np.array(spec["connections"][0]["weights"])
    expected = (v**2).sum(1) / 2 - v @ [0.1, -0.2] - np.log(np.exp(2 * v @ xi).sum(1)) / 2
    for hidden in (np.zeros((2, 3)), [[5.0, -3.0, 1.0], [0.0, 0.0, 9.0]], v @ xi):
        x = np.hstack([v, hidden])
        for asked in ({}, {"settle": True}, {"reduced": True}, {"settle": True, "reduced": True}):
            parts = hamsim.energy(spec, x, **asked)
            assert parts.total == pytest.approx(expected, rel=1e-13)
            assert sum(parts.groups.values()) + sum(parts.connections.values()) == pytest.approx(
                expected, rel=1e-13
            )
    settled = hamsim.energy(spec, np.hstack([v, v @ xi]), settle=False).total
    assert settled == pytest.approx(expected, rel=1e-13)
    x = np.hstack([v, np.zeros((2, 3))])
    as_it_is = hamsim.energy(spec, x, settle=False).total
    assert np.abs(as_it_is - expected).min() > 0.1
    assert np.array_equal(as_it_is, hamsim.energy(spec, x, reduced=False).total)
    assert np.array_equal(as_it_is, hamsim.energy(memory(tau=1.0), x).total)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), gated=st.booleans(), symmetric=st.booleans())
def test_energy_with_instant_neurons_equals_the_oracle(seed, gated, symmetric):
    network = hamsim.compile(
        random_description(seed, symmetric=symmetric, instant=True, gated=gated)
    )
    model = dense(network)
    x = np.random.default_rng(seed).normal(0, 0.7, (2, 3, network.n_neurons))
    settled, left = hamsim.energy(network, x), hamsim.energy(network, x, settle=False)
    assert settled.total.shape == (2, 3)
    for k in np.ndindex(2, 3):
        close = {"rel": 1e-10, "abs": 1e-10}
        assert settled.total[k] == pytest.approx(model.energy(model.settle(x[k])), **close)
        assert left.total[k] == pytest.approx(model.energy(x[k]), **close)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), gated=st.booleans())
def test_energy_of_records_is_the_recorded_one(seed, gated):
    network = hamsim.compile(random_description(seed, instant=True, gated=gated))
    trace = hamsim.simulate(network, method="heun", dt=0.01, steps=5)
    x = trace.x.copy()
    assert hamsim.energy(network, x).total == pytest.approx(trace.energy, rel=1e-10, abs=1e-10)
    x[:, network.tau == 0] += 3.0  # which says nothing of the network
    assert hamsim.energy(network, x).total == pytest.approx(trace.energy, rel=1e-10, abs=1e-10)


def test_scaled_energy_is_settled_too():
    spec = memory("tanh")
    xi = np.array(spec["connections"][0]["weights"])
    spec["connections"] = [
        {"from": "v", "to": "h", "weights": (2 * xi.T).tolist()},
        {"from": "h", "to": "v", "weights": xi.tolist()},
    ]
    trace = hamsim.simulate(spec, [[0.4, -1.0, 7.0, 7.0, 7.0]], dt=0.1, steps=5, energy="scaled")
    x = trace.x.copy()
    x[..., 2:] = 0.0
    parts = hamsim.energy(spec, x, scaled=True)
    assert parts.total == pytest.approx(trace.energy, rel=1e-12)


@pytest.mark.parametrize(
    ("connection", "named"),
    [
        ({"within": "h", "weights": 1.0}, "too strong for the slopes"),
        ({"gate": "h", "between": ["h", "h"], "weights": 0.1}, "gated synapses join them"),
    ],
)
def test_energy_where_instant_neurons_depend_on_each_other_is_refused(connection, named):
    spec = memory("tanh")
    spec["connections"].append(connection)
    x = np.arange(5.0)
    with pytest.raises(hamsim.HamsimError) as caught:
        hamsim.energy(spec, x)
    assert str(caught.value).startswith("the reduced energy is not defined: ")
    assert named in str(caught.value)
    assert "give settle=False" in str(caught.value)
    model = dense(hamsim.compile(spec))
    assert hamsim.energy(spec, x, settle=False).total == pytest.approx(model.energy(x))


def test_energy_of_what_cannot_be_settled_is_refused():
    spec = memory("exponential", beta=1.0)
    spec["groups"]["h"]["tau"] = 1.0
    spec["groups"]["k"] = {"size": 1, "lagrangian": "identity", "tau": 0}
    spec["connections"].append({"from": "h", "to": "k", "weights": 1.0})
    x = [0.0, 0.0, 1000.0, 0.0, 0.0, 0.0]
    with pytest.raises(hamsim.HamsimError, match=r"neuron k\[0\] has tau = 0 and what it follows"):
        hamsim.energy(spec, x)


def test_two_names_of_settling_may_not_disagree():
    with pytest.raises(hamsim.HamsimError, match="settle is True and reduced is False"):
        hamsim.energy(memory(), np.zeros(5), settle=True, reduced=False)


@pytest.mark.parametrize("keyword", ["scaled", "settle", "reduced"])
def test_what_is_neither_true_nor_false_is_refused(keyword):
    for odd in ("yes", np.ones(2), []):
        with pytest.raises(hamsim.HamsimError, match=f"{keyword} must be True or False, not "):
            hamsim.energy(memory(), np.zeros(5), **{keyword: odd})


def test_wrong_states_are_refused():
    spec = random_description(0)
    with pytest.raises(hamsim.HamsimError, match="the last axis must have"):
        hamsim.energy(spec, [1.0])
    n = hamsim.compile(spec).n_neurons
    with pytest.raises(hamsim.HamsimError, match="not finite"):
        hamsim.activation(spec, np.full(n, np.inf))
    for odd in (None, "a", {}, object(), [[1.0], [1.0, 2.0]], [10**400] * n, np.full(n, 1j)):
        with pytest.raises(hamsim.HamsimError, match=r"x must be an array of numbers|last axis"):
            hamsim.velocity(spec, odd)


def test_energies_that_overflow_are_infinite_or_not_a_number():
    groups = {"a": {"size": 2, "lagrangian": "exponential", "input": 1e300}}
    part = {"within": "a", "weights": 1e300}
    spec = {"format": "hamsim/1", "groups": groups, "connections": [part]}
    for x in ([700.0, 700.0], [1e300, 1e300], [1e308, -1e308]):
        assert not np.isfinite(hamsim.energy(spec, x).total)
        hamsim.velocity(spec, x)
