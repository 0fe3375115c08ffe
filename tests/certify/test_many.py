"""Rest states of many neurons that refute that there is only one: each is a minimum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import dense
from scipy.sparse import coo_array

import hamsim
from hamsim.certify.many import minima_of_many
from hamsim.certify.scaled import ScaledNetwork
from hamsim.dynamics.resting.basin import Ball


def hebbian(n, gain, memories=2, degree=20, seed=0):
    """Sparse weights that store patterns of signs."""
    rng = np.random.default_rng(seed)
    patterns = rng.choice([-1.0, 1.0], (memories, n))
    ends = np.unique(np.sort(rng.integers(0, n, (2, n * degree // 2)), axis=0), axis=1)
    i, j = ends[:, ends[0] != ends[1]]
    w = gain / degree * (patterns[:, i] * patterns[:, j]).sum(axis=0)
    places = np.concatenate([i, j]), np.concatenate([j, i])
    W = coo_array((np.concatenate([w, w]), places), shape=(n, n)).tocsr()
    groups = {"a": {"size": n, "lagrangian": "tanh", "tau": np.geomspace(0.1, 10.0, n).tolist()}}
    connections = [{"within": "a", "weights": W}]
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def minima(network):
    return minima_of_many(ScaledNetwork(network, np.ones(network.n_neurons), True))


def solved(model, x):
    """A rest state near another, by Newton's method with full matrices, and J there."""
    for _ in range(4):
        H = np.zeros_like(model.W)
        for group in model.groups:
            H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
        J = np.eye(x.size) - model.W @ H
        x = x + np.linalg.solve(J, model.drive(x) - x)
    return x, J


def verify(network, rest):
    """There is a rest state within the radius, at which no eigenvalue of W H is above 1."""
    x, J = solved(dense(network), rest.x)
    assert np.abs(x - rest.x).max() <= rest.radius + 1e-13 * (1.0 + np.abs(x).max())
    assert np.linalg.eigvals(J).real.min() > 0.0


def test_memories_of_600_neurons_refute_that_there_is_one_rest_state():
    network = hebbian(600, gain=2.0)
    certificate = hamsim.check(network)
    assert certificate.unique_equilibrium == certificate.globally_stable == "refuted"
    told = next(c for c in certificate.conditions if c.name == "unique equilibrium").evidence
    first, second = (np.array(x) for x in told["states"])
    assert np.abs(first - second).max() == told["distance"] > 1.0
    assert max(told["error_bounds"]) < 1e-9
    found = minima(network)
    assert len(found) == 2
    for rest, energy in zip(found, told["energies"], strict=True):
        verify(network, rest)
        assert dense(network).energy(rest.x) == pytest.approx(energy, rel=1e-12)


def test_weak_memories_leave_one_rest_state():
    network = hebbian(600, gain=0.5)
    certificate = hamsim.check(network)
    assert certificate.unique_equilibrium == certificate.globally_stable == "proved"
    assert len(minima(network)) == 1


def test_states_that_differ_by_rounding_are_not_two(monkeypatch):
    """Whatever is taken for another state, only balls that lie apart count."""
    network = hebbian(600, gain=0.5)
    monkeypatch.setattr("hamsim.certify.many.SAME", -1.0)
    assert len(minima(network)) == 1


def random_network(seed, strength):
    """Groups of other Lagrangians, one of them shared, with tau = 0 in it now and then."""
    rng = np.random.default_rng(seed)
    sizes = {"a": int(rng.integers(1, 9)), "b": int(rng.integers(2, 7))}
    kinds = {"a": str(rng.choice(["tanh", "sigmoid", "relu"])), "b": "softmax"}
    groups = {
        name: {
            "size": size,
            "lagrangian": kinds[name],
            "tau": float(rng.choice([0.0, 1.0])) if name == "b" else 2.0,
            "input": rng.normal(0, 0.5, size).tolist(),
        }
        for name, size in sizes.items()
    }
    own = rng.normal(0, strength / np.sqrt(sizes["a"]), 2 * [sizes["a"]])
    own = own + own.T if kinds["a"] != "relu" else -own @ own.T
    between = rng.normal(0, strength, (sizes["a"], sizes["b"]))
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [
                {"within": "a", "weights": own, "self_connections": True},
                {"between": ["a", "b"], "weights": between},
            ],
        }
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 3.0))
def test_what_was_found_is_there_and_no_proof_says_otherwise(seed, strength):
    network = random_network(seed, strength)
    found = minima(network)
    for rest in found:
        verify(network, rest)
    assert len(found) < 2 or hamsim.check(network).unique_equilibrium == "refuted"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(-3.0, 3.0))
def test_a_diagonal_above_the_hessian_of_a_softmax(seed, size):
    rng = np.random.default_rng(seed)
    group = {"size": 6, "lagrangian": {"kind": "softmax", "beta": 2.0}}
    connection = {"within": "a", "weights": 0.01}
    network = hamsim.compile(
        {"format": "hamsim/1", "groups": {"a": group}, "connections": [connection]}
    )
    x = 10.0**size * rng.normal(size=6)
    above = Ball(network, x, np.zeros(6, dtype=bool))._majorant()
    H = dense(network).groups[0].H(x)
    assert np.linalg.eigvalsh(np.diag(above) - H)[0] >= -1e-15
    assert above.max() <= 2.0 * (1.0 + 1e-5)
