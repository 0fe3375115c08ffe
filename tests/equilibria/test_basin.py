"""What is said of basins of attraction is so."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.dynamics.resting.basin import Ball, contracts, held_neurons

KINDS = ("tanh", "sigmoid", "softplus", "relu", "arctan", "identity")


def random_network(seed, gain=None):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 14))
    gain = rng.uniform(0.3, 3.0) if gain is None else gain
    W = rng.normal(0, gain / np.sqrt(n), (n, n))
    W = W + W.T
    kind = str(rng.choice(KINDS[:3]))
    group = {
        "size": n,
        "lagrangian": kind,
        "tau": (10.0 ** rng.uniform(-1, 1, n)).tolist(),
        "input": rng.normal(0, 0.3, n).tolist(),
        "initial": rng.normal(0, 1.5, n).tolist(),
    }
    connection = {"within": "a", "weights": W, "self_connections": True}
    return hamsim.compile(
        {"format": "hamsim/1", "groups": {"a": group}, "connections": [connection]}
    )


def tight(network):
    """Where the trajectory ends that is followed tightly."""
    span = {"t_end": 3000.0, "until": {"residual": 1e-5}, "record": None}
    trace = hamsim.simulate(network, method="tsit5", rtol=1e-8, **span)
    assert trace.outcome == "converged"
    return trace.final


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_a_certified_state_is_where_the_trajectory_ends(seed):
    network = random_network(seed)
    found = hamsim.fixed_point(network)
    if found.basin == "certified":
        end = tight(network)
        assert np.abs(found.x - end).max() < 0.01 * (1.0 + np.abs(end).max())


def test_a_ball_holds_close_to_a_minimum_and_not_beyond_a_saddle():
    W = np.array([[0.0, 2.0], [2.0, 0.0]])
    group = {"size": 2, "lagrangian": "tanh", "initial": [0.3, 0.2]}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": group},
            "connections": [{"within": "a", "weights": W}],
        }
    )
    rest = hamsim.fixed_point(network).x
    ball = Ball(network, rest, held_neurons(network))
    assert ball.bound is not None

    def field(x):
        return hamsim.velocity(network, x)

    near = rest + np.array([1e-3, -1e-3])
    assert ball.holds(near, field(near))
    assert not ball.holds(-rest, field(-rest))
    assert Ball(network, np.zeros(2), held_neurons(network)).bound is None


def test_a_network_that_contracts_has_certified_states_from_everywhere():
    network = random_network(3, gain=0.2)
    assert contracts(network, held_neurons(network), np.ones(network.n_neurons))
    starts = np.random.default_rng(0).normal(0, 5, (4, network.n_neurons))
    found = hamsim.fixed_point(network, starts)
    assert found.basin.tolist() == ["certified"] * 4
    assert np.abs(found.x - found.x[0]).max() < 1e-8


def test_networks_without_an_energy_are_followed():
    group = {"size": 2, "lagrangian": "tanh", "initial": [1.0, 0.5]}
    W = [[0.5, 2.0], [-2.0, 0.3]]
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": group},
            "connections": [{"from": "a", "to": "a", "weights": W, "self_connections": True}],
        }
    )
    found = hamsim.fixed_point(network, tol=1e-12)
    assert found.basin == "followed"
    assert found.x == pytest.approx([0.0, 0.0], abs=1e-11)
