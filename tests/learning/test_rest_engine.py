"""Rest states of many trials and their adjoint equation, against dense linear algebra."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose
from random_networks import random_description

import hamsim
from hamsim.field.gates import gate_matrix
from hamsim.field.hessian import Hessian
from hamsim.kernels.relaxing import DRIVEN, SENDING, SENDING_OF_STATES
from hamsim.learning.rest.engine import Engine
from hamsim.learning.rest.workspace import Pull
from hamsim.learning.synapses import LearnedWeights

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
    for seed in range(4):
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


def layers(seed, sizes=(6, 9, 4), last="softmax", density=None):
    """Layers of tanh between inputs and outputs, some of them one-to-one with gaps."""
    rng = np.random.default_rng(seed)
    names = [f"g{k}" for k in range(len(sizes))]
    families = ["identity", *["tanh"] * (len(sizes) - 2), last]
    connections = []
    for a, b in pairwise(names):
        shape = sizes[names.index(a)], sizes[names.index(b)]
        block = rng.normal(0, 0.5 / np.sqrt(max(shape)), shape)
        if density is not None:
            block *= rng.random(shape) < density
        connections.append({"between": [a, b], "weights": block.tolist()})
    groups = {
        name: {"size": size, "lagrangian": family, "input": 0.1}
        for name, size, family in zip(names, sizes, families, strict=True)
    }
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


def engine_of(network, trials=5, **options):
    """An engine in which the first group is held, and starts."""
    held = np.zeros(network.n_neurons, dtype=bool)
    held[network.groups[0].slice] = True
    x0 = np.random.default_rng(1).normal(size=(trials, network.n_neurons))
    return Engine(network, held, 1e-10, trials, **options), x0


@pytest.mark.parametrize("density", [None, 0.5])
def test_trials_equal_single_runs_to_the_bit(density):
    engine, x0 = engine_of(layers(0, density=density), trials=37, follows=False)
    c = np.random.default_rng(2).normal(size=x0.shape)
    whole = engine.to_rest(x0)
    back = engine.adjoint(whole.x, c)
    for some in (slice(0, 1), slice(3, 20)):
        part = engine.to_rest(x0[some])
        assert np.array_equal(part.x, whole.x[some])
        assert np.array_equal(part.products, whole.products[some])
        again = engine.adjoint(whole.x[some], c[some])
        assert np.array_equal(again.a, back.a[some])
        assert np.array_equal(again.y, back.y[some])


@pytest.mark.parametrize("density", [None, 0.5])
def test_weights_are_read_where_they_are_learned(density):
    network = layers(1, density=density)
    learned = LearnedWeights(network)
    engine, x0 = engine_of(network, follows=False, weights=learned)
    assert engine.reads_weights
    c = np.random.default_rng(2).normal(size=x0.shape)
    for _ in range(2):
        learned.flat *= 0.8
        learned.changed()
        engine.weights_changed(network)
        other, _ = engine_of(learned.network, follows=False)
        rested = engine.to_rest(x0)
        assert np.array_equal(rested.x, other.to_rest(x0).x)
        assert np.array_equal(rested.g, hamsim.activation(network, rested.x))
        assert_allclose(engine.adjoint(rested.x, c).y, other.adjoint(rested.x, c).y, rtol=1e-14)
        assert_allclose(engine.network.W.data, learned.network.W.data, rtol=0)


def test_parameters_and_input_may_change_with_the_weights():
    network = layers(2)
    engine, x0 = engine_of(network, follows=False)
    group = network.groups[-1]
    steeper = replace(group, parameters={"beta": 2.0 * group.parameters["beta"]})
    changed = replace(
        network.replace(input=0.3), groups=(*network.groups[:-1], steeper), connections=()
    )
    engine.weights_changed(changed)
    other, _ = engine_of(changed, follows=False)
    assert np.array_equal(engine.to_rest(x0).x, other.to_rest(x0).x)
    assert not np.array_equal(engine.to_rest(x0).g, engine_of(network)[0].to_rest(x0).g)


@pytest.mark.parametrize("seed", range(3))
def test_what_goes_back_through_the_coupling(seed):
    network = hamsim.compile(random_description(seed, gated=seed == 2, symmetric=seed != 1))
    rng = np.random.default_rng(seed)
    held = some_held(network, rng, seed == 0)
    v, x = rng.normal(size=(2, 3, network.n_neurons))
    v[:, held] = 0.0
    g = hamsim.activation(network, x)
    found = Engine(network, held, 1e-8, 3).back(v, g)
    for k in range(3):
        coupling = network.W.toarray()
        if network.triples is not None:
            coupling = coupling + gate_matrix(network.triples, g[k]).toarray()
        assert_allclose(found[k], coupling.T @ v[k], rtol=0, atol=1e-12)


@pytest.mark.parametrize("what", [DRIVEN, SENDING, SENDING_OF_STATES])
@pytest.mark.parametrize("sizes", [(6, 9, 4), (6, 4, 9)])
def test_pulled_neurons_rest_where_the_pull_is_balanced(what, sizes):
    network = layers(3, sizes)
    engine, x0 = engine_of(network, follows=False)
    rng = np.random.default_rng(4)
    at = np.arange(network.n_neurons)[network.groups[-1].slice]
    pull = Pull(what, at, rng.uniform(0.05, 0.1, at.size), rng.random((len(x0), at.size)))
    current = 0.1 * rng.normal(size=x0.shape)
    if what == DRIVEN:
        engine.prepare(at)
    free = engine.to_rest(x0, current)
    engine.adjoint(free.x, np.ones_like(x0))  # what was there before is used again all the same
    found = engine.pulled(free, pull, current)
    assert found.rests.all()
    assert_allclose(found.g, hamsim.activation(network, found.x), rtol=0, atol=1e-14)
    v = found.x if what == SENDING_OF_STATES else found.g
    pulled = np.zeros_like(x0)
    pulled[:, at] = pull.strength * (v[:, at] - pull.target)
    sent = found.g if what == DRIVEN else found.g - pulled
    u = (network.W @ sent.T).T + network.input + current - found.x
    u -= pulled if what == DRIVEN else 0.0
    assert np.abs(u[:, ~engine.held]).max() < 2e-10
    assert np.abs(found.x - free.x).max() > 1e-3
    again = engine.to_rest(x0, current)
    assert np.array_equal(again.x, free.x)


def test_one_for_other_held_neurons_sees_other_weights():
    network = layers(5)
    engine, x0 = engine_of(network, follows=False)
    held = engine.held.copy()
    held[network.groups[-1].slice] = True
    other = engine.holding(held)
    assert engine.holding(held) is other
    half = network.with_weights(edges=0.5 * network.W.data)
    engine.weights_changed(half)
    assert np.array_equal(
        other.to_rest(x0).x, Engine(half, held, 1e-10, 5, follows=False).to_rest(x0).x
    )
