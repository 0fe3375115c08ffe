"""Rest states of many trials and their adjoint equation, against dense linear algebra."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from random_networks import random_description

import hamsim
from hamsim.field.gates import gate_matrix
from hamsim.field.hessian import Hessian
from hamsim.learning.rest.engine import Engine

KINDS = {
    "symmetric": {"symmetric": True},
    "one-way": {"symmetric": False},
    "instant": {"instant": True},
    "gated": {"gated": True},
}


def dense_adjoint(network, x, held, c, of):
    """Solve for a and y of one trial by Gauss's elimination."""
    n = network.n_neurons
    coupling = network.W.toarray()
    if network.triples is not None:
        coupling = coupling + gate_matrix(network.triples, hamsim.activation(network, x)).toarray()
    H, P = Hessian(network, x).matrix.toarray(), np.diag((~held).astype(float))
    own = P @ c if of == "x" else np.zeros(n)
    right = c if of == "g" else coupling.T @ own
    y = np.linalg.solve(np.eye(n) - coupling.T @ P @ H, right)
    return P @ H @ y + own, y


def some_held(network, rng, whole):
    """Hold about a third of the neurons: whole groups, or single ones."""
    held = np.zeros(network.n_neurons, dtype=bool)
    if whole:
        for group in network.groups:
            held[group.slice] = rng.random() < 0.3
    else:
        held[:] = rng.random(network.n_neurons) < 0.3
    return held


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("of", ["g", "x"])
def test_adjoint_is_that_of_dense_algebra(kind, of):
    for seed in range(6):
        rng = np.random.default_rng(seed)
        network = hamsim.compile(random_description(seed, **KINDS[kind]))
        held = some_held(network, rng, seed % 2 == 0)
        x, c = rng.normal(size=(2, 3, network.n_neurons))
        found = Engine(network, held, 1e-8, 3).adjoint(x, c, of)
        assert (found.converged | ~found.stable).all()
        for k in np.flatnonzero(found.stable):
            a, y = dense_adjoint(network, x[k], held, c[k], of)
            size = max(1.0, np.abs(a).max(), np.abs(y).max())
            assert_allclose(found.a[k], a, rtol=0, atol=1e-8 * size)
            assert_allclose(found.y[k], y, rtol=0, atol=1e-8 * size)
        for k in np.flatnonzero(~found.stable):
            assert curvature(network, x[k], held, found.witness[k]) < 0.0


def curvature(network, x, held, v):
    """Second derivative of the energy along H v, for symmetric W."""
    coupling = network.W.toarray()
    if network.triples is not None:
        coupling = coupling + gate_matrix(network.triples, hamsim.activation(network, x)).toarray()
    sent = np.where(held, 0.0, Hessian(network, x).times(v))
    return v @ sent - sent @ coupling @ sent


@pytest.mark.parametrize("kind", KINDS)
def test_trials_rest_where_nothing_drives_them(kind):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        network = hamsim.compile(random_description(seed, **KINDS[kind]))
        held = some_held(network, rng, seed % 2 == 0)
        x0 = rng.normal(size=(3, network.n_neurons))
        current = 0.1 * rng.normal(size=x0.shape)
        found = Engine(network, held, 1e-6, 3).to_rest(x0, current)
        assert found.x[:, held].tolist() == x0[:, held].tolist()
        u = network_drive(network, found.x) + current - found.x
        u[:, held] = 0.0
        assert_allclose(np.abs(u).max(axis=1), found.residual, rtol=0, atol=1e-12)
        assert (found.residual[found.rests] <= 2e-6).all()
        assert found.rests.mean() > 0.6
        assert_allclose(found.g, hamsim.activation(network, found.x), rtol=0, atol=1e-14)


def network_drive(network, x):
    """W g + I and gates of rows, from single states."""
    g = hamsim.activation(network, x)
    drive = (network.W @ g.T).T + network.input
    if network.triples is not None:
        gates = [0.5 * gate_matrix(network.triples, row) @ row for row in g]
        drive = drive + np.array(gates)
    return drive


def test_saddle_is_told_with_its_witness():
    """Two neurons that excite each other: 0 is a saddle, along (1, 1)."""
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": "tanh"}},
            "connections": [{"within": "a", "weights": [[0.0, 2.0], [2.0, 0.0]]}],
        }
    )
    engine = Engine(network, np.zeros(2, dtype=bool), 1e-8, 2)
    c = np.array([[1.0, 0.5], [1.0, -1.0]])
    found = engine.adjoint(np.zeros((2, 2)), c)
    assert found.stable.tolist() == [False, False]
    assert not found.converged.any()
    for v in found.witness:
        assert curvature(network, np.zeros(2), np.zeros(2, dtype=bool), v) < 0.0


def test_loss_that_reads_nothing_that_moves_has_no_gradient():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 3, "lagrangian": "relu", "input": -1.0}},
            "connections": [],
        }
    )
    found = Engine(network, np.zeros(3, dtype=bool), 1e-8, 1).adjoint(
        -np.ones((1, 3)), np.ones((1, 3))
    )
    assert found.stable.all()
    assert found.converged.all()
    assert found.products[0] <= 1  # of what the first side has by itself
    assert found.a.tolist() == [[0.0] * 3]
    assert found.y.tolist() == [[1.0] * 3]
