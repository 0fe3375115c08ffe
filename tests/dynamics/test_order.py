"""Observed orders of convergence on a nonlinear symmetric network."""

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp

import hamsim
from hamsim.methods import METHODS
from hamsim.methods.implicit import Implicit


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(5)
    n = {"a": 6, "b": 5}
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": n["a"],
                "lagrangian": {"kind": "tanh", "beta": 1.5},
                "tau": rng.uniform(0.5, 2, n["a"]),
                "input": rng.normal(size=n["a"]),
                "initial": rng.normal(size=n["a"]),
            },
            "b": {
                "size": n["b"],
                "lagrangian": {"kind": "softmax", "beta": 2.0},
                "tau": 0.8,
                "initial": rng.normal(size=n["b"]),
            },
        },
        "connections": [
            {"between": ["a", "b"], "weights": rng.normal(size=(6, 5))},
            {"within": "a", "weights": {"normal": {"std": 0.4}}},
        ],
    }
    network = hamsim.compile(spec)
    model, starts = dense(network), 2.0 * rng.normal(size=(20, network.n_neurons))
    exact = [
        solve_ivp(lambda _, x: model.velocity(x), (0, 1.6), start, "DOP853", rtol=1e-13, atol=1e-14)
        for start in starts
    ]
    return network, starts, np.array([solution.y[:, -1] for solution in exact])


# Smaller errors, over many starts, are those of rounding and of the exact states.
LEAST = 1e-12


# Orders of methods that solve equations are seen in test_implicit.
@pytest.mark.parametrize("method", [m for m in METHODS if not isinstance(METHODS[m], Implicit)])
def test_observed_order(problem, method):
    """Errors grow as steps to the order do, the smallest ones most exactly so."""
    network, starts, exact = problem
    errors = []
    for count in (10 * 2**k for k in range(9)):
        trace = hamsim.simulate(
            network, starts, method=method, dt=1.6 / count, steps=count, record=None
        )
        errors.append(np.sqrt(np.mean((trace.final - exact) ** 2)))
    errors = [error for error in errors if error > LEAST]
    order, observed = METHODS[method].order, np.log2(errors[-2] / errors[-1])
    assert observed > order - 0.05
    # Methods of high order reach rounding before their largest term outweighs the others.
    assert observed < order + 0.05 or order > 4
