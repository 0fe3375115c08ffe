"""Observed orders of convergence on a nonlinear symmetric network."""

import numpy as np
import pytest
from reference import dense
from scipy.integrate import solve_ivp

import hamsim


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


@pytest.mark.parametrize(
    ("method", "order", "margin", "steps"),
    [
        ("euler", 1.0, 0.05, (400, 800, 1600, 3200)),
        ("heun", 2.0, 0.05, (80, 160, 320, 640)),
        ("rk4", 4.0, 0.15, (20, 40, 80, 160)),
    ],
)
def test_observed_order(problem, method, order, margin, steps):
    network, exact = problem
    errors = []
    for count in steps:
        trace = hamsim.simulate(network, method=method, dt=1.6 / count, steps=count, record=None)
        errors.append(np.max(np.abs(trace.x[-1] - exact)))
    slope = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=margin)
