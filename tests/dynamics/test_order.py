"""Observed orders of convergence on a nonlinear symmetric network."""

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp

import hamsim
from hamsim.methods import METHODS


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
    model = dense(network)
    exact = solve_ivp(
        lambda _, x: model.velocity(x), (0, 1.6), network.initial, "DOP853", rtol=1e-13, atol=1e-14
    ).y[:, -1]
    return network, exact


# The order shows in errors that are small, and still above rounding.
SMALL, ROUNDING = 1e-2, 1e-11


@pytest.mark.parametrize("method", METHODS)
def test_observed_order(problem, method):
    network, exact = problem
    counts, errors = [], []
    for count in (10 * 2**k for k in range(10)):
        trace = hamsim.simulate(network, method=method, dt=1.6 / count, steps=count, record=None)
        error = np.max(np.abs(trace.x[-1] - exact))
        if error < ROUNDING:
            break
        if error < SMALL:
            counts.append(count)
            errors.append(error)
    assert len(counts) >= 3
    slope = -np.polyfit(np.log(counts[-4:]), np.log(errors[-4:]), 1)[0]
    assert slope == pytest.approx(METHODS[method].order, abs=0.15)
