"""Exact answers are those of going through all tours, cuts and boards."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array

from hamsim.optimise.programs import best_board, best_cut, best_tour

LONG = 60.0


@pytest.mark.parametrize("n", [3, 4, 6, 7])
def test_the_shortest_tour_is_that_of_all_orders(n):
    points = np.random.default_rng(n).random((n, 2))
    # Two heaps far apart: circuits of a heap each are shorter than any tour.
    points[: n // 2] += 5.0
    distances = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))

    def length(tour):
        return distances[tour, np.roll(tour, -1)].sum()

    shortest = min(length(np.array((0, *rest))) for rest in itertools.permutations(range(1, n)))
    tour, optimal = best_tour(distances, LONG)
    assert optimal
    assert sorted(tour) == list(range(n))
    assert length(tour) == pytest.approx(shortest, rel=1e-9)
    assert best_tour(distances, 0.0) == (None, False)


@pytest.mark.parametrize("seed", range(6))
def test_the_heaviest_cut_is_that_of_all_sides(seed):
    rng = np.random.default_rng(seed)
    n = 7
    graph = np.triu(rng.integers(-3, 5, (n, n)), 1).astype(float)
    graph = abs(graph) if seed == 0 else -abs(graph) if seed == 1 else graph
    graph += graph.T
    heaviest = max(
        sum(graph[i, j] for i, j in itertools.combinations(range(n), 2) if side[i] != side[j])
        for side in itertools.product((-1, 1), repeat=n)
    )
    side, optimal = best_cut(csr_array(graph), LONG)
    assert optimal
    assert set(side) <= {-1, 1}
    assert side[0] == 1
    found = 0.5 * graph[side[:, None] != side].sum()
    assert found == pytest.approx(heaviest, abs=1e-9)


@pytest.mark.parametrize(("n", "possible"), [(2, False), (3, False), (4, True), (6, True)])
def test_a_board_has_queens_that_do_not_attack(n, possible):
    board, optimal = best_board(n, LONG)
    assert optimal == possible
    assert (board is not None) == possible
    if possible:
        queens = list(zip(*np.nonzero(board), strict=True))
        assert len(queens) == n
        for (r, c), (s, d) in itertools.combinations(queens, 2):
            assert r != s
            assert c != d
            assert abs(r - s) != abs(c - d)
