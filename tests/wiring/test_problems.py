"""Weights of problems: the energy of a state that is an answer is what the answer costs."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim

SOFTMAX = {"kind": "softmax", "over": "last"}


def compiled(shape, lagrangian, weights, **more):
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"shape": list(shape), "lagrangian": lagrangian}},
            "connections": [{"within": "a", "weights": weights, **more}],
        }
    )


def tour_cost(distances, crowding, damping, sharing, g):
    """What a state g[city, place] costs, added up one pair of neurons after another."""
    n = len(g)
    mean = distances.sum() / (n * (n - 1))
    cost = 0.0
    for c, p, d, q in itertools.product(range(n), repeat=4):
        if q == (p + 1) % n:
            cost += distances[c, d] / mean * g[c, p] * g[d, q]
        if (p == q and c != d) or (c == d and p != q and not sharing):
            cost += 0.5 * crowding * g[c, p] * g[d, q]
    return cost + 0.5 * damping * (g**2).sum()


@settings(max_examples=12, deadline=None)
@given(st.integers(3, 6), st.integers(0, 99), st.booleans(), st.booleans())
def test_a_state_costs_what_its_tour_does(n, seed, sharing, listed):
    rng = np.random.default_rng(seed)
    cities = rng.random((n, 2))
    distances = np.hypot(*(cities[:, None] - cities[None]).transpose(2, 0, 1))
    weights = {"crowding": 1.7, "damping": 0.4}
    weights |= {"distances": distances} if listed else {"cities": cities}
    lagrangian = SOFTMAX if sharing else "sigmoid"
    network = compiled((n, n), lagrangian, {"salesman": weights}, self_connections=True)
    g = rng.random((n, n))
    found = -0.5 * g.ravel() @ (network.W @ g.ravel())
    assert found == pytest.approx(tour_cost(distances, 1.7, 0.4, sharing, g), rel=1e-12)
    # Of a tour that is the tour's length in mean distances, and a constant.
    order = rng.permutation(n)
    g = np.zeros((n, n))
    g[order, np.arange(n)] = 1.0
    length = distances[order, np.roll(order, -1)].sum() / (distances.sum() / (n * (n - 1)))
    found = -0.5 * g.ravel() @ (network.W @ g.ravel())
    assert found == pytest.approx(length + 0.2 * n, rel=1e-12)


@settings(max_examples=12, deadline=None)
@given(st.integers(2, 7), st.integers(0, 99), st.booleans())
def test_a_board_costs_the_attacks_on_it(n, seed, sharing):
    rng = np.random.default_rng(seed)
    network = compiled((n, n), SOFTMAX if sharing else "step", {"queens": 1.5})
    board = rng.random((n, n)) < 0.4
    queens = list(zip(*np.nonzero(board), strict=True))
    attacks = 0
    for (r, c), (s, d) in itertools.combinations(queens, 2):
        # Of rows that share a Lagrangian no two squares are ever taken.
        attacks += c == d or abs(r - s) == abs(c - d) or (r == s and not sharing)
    g = board.ravel().astype(float)
    assert -0.5 * g @ (network.W @ g) == 1.5 * attacks


@settings(max_examples=12, deadline=None)
@given(st.integers(2, 9), st.integers(0, 99))
def test_signs_cost_what_they_leave_uncut(n, seed):
    rng = np.random.default_rng(seed)
    graph = np.triu(rng.integers(-2, 4, (n, n)), 1).astype(float)
    graph += graph.T
    network = compiled((n,), "sign", {"cut": graph})
    side = rng.choice([-1.0, 1.0], n)
    cut = sum(graph[i, j] for i, j in itertools.combinations(range(n), 2) if side[i] != side[j])
    energy = -0.5 * side @ (network.W @ side)
    assert energy == pytest.approx(np.triu(graph).sum() - 2.0 * cut, abs=1e-12)
    np.testing.assert_array_equal(compiled((n,), "sign", {"cut": 1}).W.toarray(), np.eye(n) - 1)
