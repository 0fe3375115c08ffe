"""The fastest rate that `dt: auto` goes by, and what none exceeds, against matrices written out."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.dynamics.timeline.bound import largest_rate
from hamsim.dynamics.timeline.stepsize import fastest_rate, rate_at_first
from hamsim.field.field import Field


def exponential(connection, **more):
    groups = {name: {"size": 1, "lagrangian": "exponential", **more} for name in "abc"}
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": [connection]})


@pytest.mark.parametrize("tau", [1.0, 0.25])
def test_gates_count_where_a_steep_network_heads_and_in_its_coupling(tau):
    """Each neuron heads for T g g = 0.5, where its slope is e^0.5, and couples to two by 0.5."""
    net = exponential({"gate": "c", "between": ["a", "b"], "weights": 0.5}, tau=tau)
    assert fastest_rate(net) == pytest.approx((2 * 0.5 * np.exp(0.5) + 1) / tau, rel=1e-9)


def test_neurons_at_tau_0_pass_on_what_they_receive():
    """Two linear neurons that drive each other by way of one with tau = 0: W = w w' among them."""
    w, gain = np.array([0.7, -0.4]), 1.5
    groups = {
        "slow": {"size": 2, "lagrangian": "identity", "tau": [1.0, 0.5]},
        "fast": {"size": 1, "lagrangian": {"kind": "identity", "gain": gain}, "tau": 0.0},
    }
    synapses = {"between": ["slow", "fast"], "weights": w[:, None].tolist()}
    net = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": [synapses]})
    rates = np.array([1.0, 2.0])
    among = np.linalg.eigvals(rates[:, None] * gain * np.outer(w, w))
    assert fastest_rate(net) == pytest.approx(among.max() + 2.0, rel=1e-9)


def random_network(seed, lagrangian="tanh", n=7, spread=1.0):
    rng = np.random.default_rng(seed)
    group = {
        "size": n,
        "lagrangian": lagrangian,
        "tau": np.exp(rng.normal(0.0, spread, n)),
        "initial": rng.normal(size=n),
        "input": rng.normal(size=n),
    }
    W = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.5)
    synapses = {"from": "a", "to": "a", "weights": W, "self_connections": True}
    return hamsim.compile({"format": "hamsim/1", "groups": {"a": group}, "connections": [synapses]})


def radius_at(network, x):
    J = Field(network).jacobian(x).dense() / network.tau[:, None]
    return np.abs(np.linalg.eigvals(J)).max()


@given(st.integers(0, 10**6), st.sampled_from(["tanh", "relu", "soft_threshold", "identity"]))
@settings(max_examples=15, deadline=None)
def test_no_rate_exceeds_the_largest(seed, lagrangian):
    net = random_network(seed, lagrangian)
    bound, rng = largest_rate(net), np.random.default_rng(seed)
    for size in (0.01, 1.0, 10.0):
        assert radius_at(net, rng.normal(0, size, net.n_neurons)) <= bound * (1 + 1e-12)
    rows = (1.0 + np.abs(net.W.toarray()).sum(axis=1)) / net.tau  # slopes are at most 1
    assert bound <= rows.max() * (1 + 1e-12)


def test_the_largest_rate_is_that_of_linear_neurons_with_negative_weights():
    """Then B is the matrix itself but for its sign, and it is found by its powers."""
    W = [[0.0, -2.0, 0.0], [-2.0, 0.0, -1.0], [0.0, -1.0, 0.0]]
    group = {"size": 3, "lagrangian": "identity", "tau": [1.0, 0.5, 1.0]}
    net = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": group},
            "connections": [{"within": "a", "weights": W}],
        }
    )
    assert radius_at(net, np.zeros(3)) <= largest_rate(net) <= 1.1 * radius_at(net, np.zeros(3))


@pytest.mark.parametrize("lagrangian", ["exponential", "softmax"])
def test_without_a_largest_slope_of_each_neuron_nothing_is_known(lagrangian):
    assert largest_rate(random_network(1, lagrangian)) == np.inf


def test_the_rate_at_first_is_that_of_the_jacobian_there():
    for seed in range(5):
        net = random_network(seed, spread=0.1)
        start = net.initial
        head = Field(net).drive.at(np.tanh(start)[None])[0]
        J = [Field(net).jacobian(x).dense() / net.tau[:, None] for x in (start, head)]
        largest = max(np.linalg.norm(each, 2) for each in J)
        radius = max(np.abs(np.linalg.eigvals(each)).max() for each in J)
        assert 0.6 * radius <= rate_at_first(net) <= largest


def test_rates_are_kept_with_the_network_and_do_not_keep_it():
    net = random_network(0)
    assert largest_rate(net) is largest_rate(net)
    assert rate_at_first(net) is rate_at_first(net)
    assert fastest_rate(net) is fastest_rate(net)
    gone = weakref.ref(net)
    del net
    gc.collect()
    assert gone() is None
