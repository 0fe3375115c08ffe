"""What is read from a state is an answer, and the nearest one where the state is none."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from hamsim.optimise.problems import CutProblem, Queens, Tour


def tour_problem(n, seed):
    points = np.random.default_rng(seed).random((n, 2))
    return Tour(slice(None), np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1)))


@settings(max_examples=25, deadline=None)
@given(st.integers(3, 9), st.integers(0, 99), st.integers(0, 8), st.booleans())
def test_where_a_tour_begins_and_which_way_it_goes_does_not_matter(n, seed, shift, back):
    problem, rng = tour_problem(n, seed), np.random.default_rng(seed + 1)
    order = rng.permutation(n)
    g = np.zeros((n, n))
    g[order, np.arange(n)] = 1.0
    first = problem.read(g.ravel())
    turned = np.roll(g[:, ::-1] if back else g, shift, axis=1)
    other = problem.read(turned.ravel())
    np.testing.assert_array_equal(first.answer, other.answer)
    assert first.valid
    assert other.valid
    assert first.answer[0] == 0
    assert first.answer[1] < first.answer[-1] or n < 3
    steps = {frozenset(pair) for pair in zip(order, np.roll(order, -1), strict=True)}
    read = first.answer
    assert {frozenset(pair) for pair in zip(read, np.roll(read, -1), strict=True)} == steps
    expected = sum(problem.distances[a, b] for a, b in map(tuple, steps))
    assert first.value == pytest.approx(expected, rel=1e-12)


def test_two_cities_at_one_place_are_put_at_the_best_places_for_all():
    problem = tour_problem(4, 0)
    g = np.full((4, 4), 0.01)
    g[0, 0], g[1, 1], g[2, 2], g[3, 2], g[3, 3] = 0.9, 0.9, 0.9, 0.5, 0.4
    reading = problem.read(g.ravel())
    assert not reading.valid
    np.testing.assert_array_equal(reading.answer, [0, 1, 2, 3])


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 9), st.integers(0, 99))
def test_a_cut_is_the_weight_between_its_sides(n, seed):
    rng = np.random.default_rng(seed)
    graph = np.triu(rng.integers(-3, 5, (n, n)), 1).astype(float)
    graph += graph.T
    problem = CutProblem(slice(None), csr_array(graph))
    g = rng.choice([-0.7, 0.0, 0.2], n)
    reading = problem.read(g)
    side = reading.answer
    assert set(side) <= {-1, 1}
    assert side[0] == 1
    assert reading.valid == bool(np.all(g != 0.0))
    pairs = itertools.combinations(range(n), 2)
    assert reading.value == sum(graph[i, j] for i, j in pairs if side[i] != side[j])
    decided = np.flatnonzero(g)
    turn = np.sign(g[decided]) * side[decided]
    assert np.all(turn == turn[:1])


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 7), st.integers(0, 99), st.booleans())
def test_conflicts_are_pairs_that_attack_and_queens_that_are_missing(n, seed, rows_choose):
    g = np.random.default_rng(seed).random((n, n))
    reading = Queens(slice(None), n, rows_choose).read(g.ravel())
    board = g == g.max(axis=1, keepdims=True) if rows_choose else g > 0.5
    np.testing.assert_array_equal(reading.answer, board)
    queens = list(zip(*np.nonzero(board), strict=True))
    attacks = sum(
        r == s or c == d or abs(r - s) == abs(c - d)
        for (r, c), (s, d) in itertools.combinations(queens, 2)
    )
    assert reading.value == attacks + abs(n - len(queens))
    assert reading.valid == (reading.value == 0)
