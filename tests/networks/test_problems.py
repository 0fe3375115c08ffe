"""The tour, the cut and the board of the example networks are as good as their files say."""

import networkx
import numpy as np
import pytest

import hamsim
from hamsim.cli.examples import zoo


def test_the_tour_is_nearly_the_shortest():
    solution = hamsim.solve(zoo() / "tour.yaml", exact=60, threads=1)
    assert solution.valid.all()
    assert solution.value == pytest.approx(4.766, abs=1e-3)
    assert solution.values.max() < 4.84
    assert solution.exact.optimal
    assert solution.exact.value == pytest.approx(4.745, abs=1e-3)
    # Well below what a heuristic of guaranteed quality finds, which is at most half too long.
    graph = networkx.from_numpy_array(solution.problem.distances)
    around = networkx.approximation.christofides(graph, weight="weight")
    christofides = solution.problem.length(np.array(around[:-1]))
    assert solution.exact.value < solution.values.max() < christofides < 1.5 * solution.exact.value
    at_once = hamsim.solve(zoo() / "tour.yaml", gain=(1, 1), stages=1, threads=1)
    assert at_once.valid.sum() == pytest.approx(3, abs=2)
    longer = at_once.values / solution.exact.value - 1.0
    assert longer.min() == pytest.approx(0.34, abs=0.04)
    assert longer.max() == pytest.approx(0.65, abs=0.08)


def test_the_cut_is_that_of_another_annealer():
    network = hamsim.compile(zoo() / "maximum_cut.yaml")
    assert network.W.nnz == 2 * 19_176
    solution = hamsim.solve(network, threads=1)
    assert solution.value == 11_601
    assert solution.values.min() == 11_550
    trace = hamsim.simulate(network, threads=1)
    assert trace.outcome == "converged"
    assert (19_176 - trace.energy[-1]) / 2 == pytest.approx(11_350, abs=30)


def test_no_queen_attacks_another():
    solution = hamsim.solve(zoo() / "queens.yaml", threads=1)
    np.testing.assert_array_equal(solution.values, 0.0)
    assert solution.answer.sum() == 20
    cold = hamsim.simulate(zoo() / "queens.yaml", trials=20, threads=1)
    assert cold.final.sum(axis=1).mean() == pytest.approx(18, abs=1)
