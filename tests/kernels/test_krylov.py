"""Linear equations of implicit steps: conjugate gradients and GMRES against dense solutions."""

import numpy as np
import pytest
from random_networks import random_description
from reference import dense

import hamsim
from hamsim.dynamics.engine.halves import halves_of
from hamsim.field.conjugate import inner_product
from hamsim.kernels import implicit as at
from hamsim.layout.buffers import make_forces
from hamsim.methods import METHODS
from hamsim.operator import operator_of
from hamsim.operator.solver import FORMULAS, Solver

# What is left of the equation, in units of what is asked for: its solution may be that far off.
GOAL = 1e-11


def solved(network, x, right, leak, weights, halves=None):
    """Solutions d of (1 + leak tau - C H) d = right, one a trial, and whether they were found."""
    trials = x.shape[0]
    layout = operator_of(network if halves is None else halves[1]).layout(trials)
    first = None if halves is None else halves[0]
    solver = Solver(network, layout, FORMULAS, trials, weights, first)
    solver.act(make_forces(network, layout, (), trials)[0], np.ones(network.n_neurons))
    solver.keep(np.zeros(0), np.zeros((0, network.n_neurons, trials)), False, False)
    solver.begin(layout.inside(x))
    arrays = solver.arrays
    g = operator_of(network).activate(x)
    for slot, rows in (
        (at.POINT, x),
        (at.POINT_ACTIVATION, g),
        (at.RIGHT, right),
        (at.DIAGONAL, 1 + leak[:, None] * network.tau),
        (at.INVERSE, 1 / (1 + leak[:, None] * network.tau)),
        (at.SCALE, np.ones_like(x)),
    ):
        arrays.vectors[:, slot] = layout.inside(rows).T
    arrays.numbers[:, at.GOAL] = GOAL
    arrays.places[:, at.DO], arrays.places[:, at.AFTER] = at.SOLVE, at.NOTHING
    solver.go(10_000)
    return layout.outside(arrays.vectors[:, at.CHANGE].T.copy()), arrays.places[:, at.FAILED] == 0


def operator_matrix(model, x, leak):
    """1 + leak tau - C H, dense."""
    n = x.size
    H = np.zeros((n, n))
    for group in model.groups:
        H[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
    C, g = model.W.copy(), model.g(x)
    for i, j, k, T in model.triples:
        for a, b, c in ((i, j, k), (j, i, k), (k, i, j)):
            C[a, b] += T * g[c]
            C[a, c] += T * g[b]
    return np.diag(1 + leak * model.tau) - C @ H


@pytest.mark.parametrize(
    ("seed", "symmetric", "gated"),
    [(1, True, False), (2, True, True), (3, False, False), (6, True, False)],
)
def test_solutions_are_those_of_dense_equations(seed, symmetric, gated):
    network = hamsim.compile(random_description(seed, symmetric=symmetric, gated=gated))
    rng, n = np.random.default_rng(seed), network.n_neurons
    x, right = rng.normal(size=(3, n)), rng.normal(size=(3, n))
    leak = np.array([3.0, 10.0, 100.0])
    weights = inner_product(network, np.zeros(n, dtype=bool))
    ways = [None] if weights is None else [weights, None]
    model = dense(network)
    for way in ways:
        found, good = solved(network, x, right, leak, way)
        assert good.all()
        for trial in range(3):
            exact = np.linalg.solve(operator_matrix(model, x[trial], leak[trial]), right[trial])
            np.testing.assert_allclose(found[trial], exact, rtol=0, atol=100 * GOAL)


def layers(kind, sizes=(7, 5, 4)):
    """Layers that are joined to their neighbours: dense, sparse, or by one-way blocks."""
    rng = np.random.default_rng(4)
    kinds = ("tanh", {"kind": "softmax", "beta": 2.0}, "sigmoid")
    tau = rng.uniform(0.1, 2.0, len(sizes))
    groups = {
        f"l{k}": {"size": n, "lagrangian": kinds[k], "tau": tau[k]} for k, n in enumerate(sizes)
    }
    connections = []
    for k in range(len(sizes) - 1):
        W = rng.normal(size=(sizes[k], sizes[k + 1]))
        W = W * (rng.random(W.shape) < 0.3) if kind == "sparse" else W
        pair = {"between": [f"l{k}", f"l{k + 1}"]}
        if kind == "scaled":  # symmetric but for a factor of each layer
            connections.append({"from": f"l{k}", "to": f"l{k + 1}", "weights": 2.0 * W.T})
            pair = {"from": f"l{k + 1}", "to": f"l{k}"}
        connections.append({**pair, "weights": W})
    return hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})


@pytest.mark.parametrize("kind", ["dense", "sparse", "scaled"])
@pytest.mark.parametrize("trials", [1, 3])
def test_halves_are_solved_one_after_the_other(kind, trials):
    network = layers(kind)
    halves = halves_of(network, METHODS["bdf"])
    assert halves[0].tolist() in (
        [i < 7 or i > 11 for i in range(16)],
        [6 < i < 12 for i in range(16)],
    )
    rng, n = np.random.default_rng(1), network.n_neurons
    x, right = rng.normal(size=(trials, n)), rng.normal(size=(trials, n))
    right[:, halves[0]] = 0.0
    leak = np.array([3.0, 10.0, 100.0])[:trials]
    weights = inner_product(network, np.zeros(n, dtype=bool))
    found, good = solved(network, x, right, leak, weights, halves)
    assert good.all()
    for trial in range(trials):
        matrix = operator_matrix(dense(network), x[trial], leak[trial])
        exact = np.linalg.solve(matrix, right[trial])
        np.testing.assert_allclose(found[trial], exact, rtol=0, atol=100 * GOAL)


def test_what_has_no_halves():
    for seed in (1, 2, 3):
        network = hamsim.compile(random_description(seed, symmetric=True))
        assert halves_of(network, METHODS["bdf"]) is None
    network = layers("dense")
    assert halves_of(network, METHODS["rodas4"]) is None
    assert halves_of(network.replace(tau=np.where(network.tau > 1, 0, 1)), METHODS["bdf"]) is None


def test_scaled_inner_product():
    """D W symmetric, W not: conjugate gradients with D solve what without it they do not."""
    rng = np.random.default_rng(0)
    S, d = rng.normal(size=(12, 12)), np.exp(rng.normal(size=12))
    W = (S + S.T) / d[:, None] / 3
    groups = {"a": {"size": 12, "lagrangian": "tanh", "tau": 1.0}}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [
                {"from": "a", "to": "a", "weights": W.tolist(), "self_connections": True}
            ],
        }
    )
    weights = inner_product(network, np.zeros(12, dtype=bool))
    np.testing.assert_allclose(weights[:, None] * W, (weights[:, None] * W).T, atol=1e-12)
    x, right, leak = rng.normal(size=(1, 12)), rng.normal(size=(1, 12)), np.array([20.0])
    found, good = solved(network, x, right, leak, weights)
    exact = np.linalg.solve(operator_matrix(dense(network), x[0], 20.0), right[0])
    assert good.all()
    np.testing.assert_allclose(found[0], exact, atol=100 * GOAL)


def test_negative_curvature_is_told():
    """An identity neuron with self-weight 3 and D = 1.1: D - W H is negative."""
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": "identity", "tau": 1.0}},
            "connections": [
                {"within": "a", "weights": [[3.0, 0.1], [0.1, 3.0]], "self_connections": True}
            ],
        }
    )
    x = np.ones((1, 2))
    _, good = solved(network, x, x, np.array([0.1]), np.ones(2))
    assert not good.any()


def test_many_iterations_restart():
    """GMRES with more directions than are kept."""
    rng = np.random.default_rng(4)
    n = 60
    W = rng.normal(size=(n, n)) / np.sqrt(n) * 0.9
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": n, "lagrangian": "identity", "tau": 1.0}},
            "connections": [
                {"from": "a", "to": "a", "weights": W.tolist(), "self_connections": True}
            ],
        }
    )
    x, right = np.zeros((1, n)), rng.normal(size=(1, n))
    found, good = solved(network, x, right, np.array([0.05]), None)
    exact = np.linalg.solve(1.05 * np.eye(n) - W, right[0])
    assert good.all()
    np.testing.assert_allclose(found[0], exact, atol=1e4 * GOAL)
