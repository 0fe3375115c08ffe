"""The fastest rate that `dt: auto` goes by, against matrices written out."""

import numpy as np
import pytest

import hamsim
from hamsim.dynamics.timeline.stepsize import fastest_rate


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
