"""Rest states from starts, against direct solutions."""

import numpy as np
import pytest

import hamsim


def linear(n=6, **more):
    rng = np.random.default_rng(0)
    W = rng.normal(0, 0.15, (n, n))
    W = W + W.T
    np.fill_diagonal(W, 0.0)
    current = rng.normal(size=n)
    group = {"size": n, "lagrangian": "identity", "input": current, "initial": 0.5, **more}
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": group},
            "connections": [{"within": "a", "weights": W}],
        }
    )
    return network, np.linalg.solve(np.eye(n) - W, current)


def test_a_linear_network_rests_where_a_direct_solution_says():
    network, x = linear()
    found = hamsim.fixed_point(network, tol=1e-12)
    assert found.converged is True
    assert found.residual <= 1e-12
    assert found.x == pytest.approx(x, abs=1e-11)
    assert found.energy == pytest.approx(-0.5 * x @ network.input, rel=1e-12)
    assert isinstance(found.cost, float)


def test_several_starts_have_rows_of_their_own():
    network, x = linear()
    starts = np.random.default_rng(1).normal(size=(3, 6))
    found = hamsim.fixed_point(network, starts)
    assert found.x.shape == (3, 6)
    assert found.residual.shape == found.energy.shape == found.basin.shape == (3,)
    assert np.abs(found.x - x).max() < 1e-9
    assert found.to_dict()["converged"] == [True] * 3


def test_a_network_that_goes_round_does_not_rest():
    found = hamsim.fixed_point("networks/wilson_cowan.yaml")
    assert found.converged is False
    assert found.basin == "unknown"
