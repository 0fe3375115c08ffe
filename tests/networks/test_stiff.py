"""The stiff example shows what its file says one should see."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import hamsim
from hamsim.cli.examples import zoo


def test_fast_layers_follow_the_slow_one():
    """Beside the adiabatic limit, by another program: fast layers found by iteration."""
    network = hamsim.compile(zoo() / "fast_to_slow.yaml")
    scenes = network.index("scenes")
    rest = slice(scenes.stop, network.n_neurons)
    W = network.W.toarray()

    def follow(x):
        drive, h = W[rest, scenes] @ np.tanh(x), 0.0
        while True:
            new = drive + W[rest, rest] @ np.tanh(h * np.ones(len(drive)))
            if np.abs(new - h).max() < 1e-12:
                return new
            h = new

    def velocity(_, x):
        return W[scenes, rest] @ np.tanh(follow(x)) + network.input[scenes] - x

    trace = hamsim.simulate(network)
    start = network.initial[scenes]
    limit = solve_ivp(velocity, (0, 20), start, "DOP853", trace.t, rtol=1e-8, atol=1e-10).y.T
    assert np.abs(trace.x[:, scenes] - limit).max() == pytest.approx(0.03, abs=0.005)
    followers = np.array([follow(x) for x in limit])[1:]
    away = np.abs(trace.x[1:, rest] - followers).max(axis=0)
    for name, most in (("objects", 0.07), ("parts", 0.02), ("edges", 0.01)):
        here = network.index(name)
        found = away[here.start - scenes.stop : here.stop - scenes.stop].max()
        assert 0.5 * most < found < 1.05 * most, name
    np.testing.assert_allclose(trace.energy[[0, 1, -1]], [9.69, -0.13, -17.70], atol=0.01)
    assert trace.stats.energy.rises == 0
    assert trace.stats.shortest < 1e-6
    assert trace.stats.longest > 0.1
