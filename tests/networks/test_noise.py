"""Example networks with noise show what their descriptions state."""

import numpy as np
import pytest
from scipy.optimize import brentq

import hamsim
from hamsim.cli.examples import zoo

BUMP = zoo() / "diffusing_bump.yaml"
N = 120


def vector(trace):
    """Population vectors, (trials, T)."""
    return np.maximum(trace.x, 0) @ np.exp(2j * np.pi * np.arange(N) / N)


def height():
    """A of the bump A (cos d - cos c) of many cells: c - sin c cos c = 2 pi / 11, and so on."""
    c = brentq(lambda c: c - np.sin(c) * np.cos(c) - 2 * np.pi / 11, 0.5, 1.5)
    return 1 / (7.3 / np.pi * (np.sin(c) - c * np.cos(c)) - np.cos(c))


@pytest.fixture(scope="module")
def trace():
    return hamsim.simulate(BUMP)


def test_a_bump_forms_and_keeps_its_height(trace):
    late = trace.t >= 200
    active = (trace.x[:, late] > 0).sum(axis=2)
    assert np.unique(active).tolist() == [37, 38, 39, 40, 41]
    heights = 11 / N * np.abs(vector(trace)[:, late])
    assert heights.mean() == pytest.approx(height(), rel=0.01)
    assert np.abs(heights / height() - 1).max() < 0.06


def test_it_diffuses_as_fast_as_theory_says(trace):
    """dphi = -(w.dx) / (w.v): v = dx/dphi is neutral, w = H v its left vector, as W is symmetric.

    So its variance rises by (sigma / tau)^2 (w.w) / (w.v)^2, which is 11 / (n A^2) of the first.
    """
    angle = np.unwrap(np.angle(vector(trace)), axis=1)[:, trace.t >= 200]
    steps = 5  # of 20 ms
    moved = (angle[:, steps:] - angle[:, :-steps])[:, ::steps]
    rate = (0.5 / 10) ** 2 * 11 / (N * height() ** 2)
    assert moved.size == 2000
    assert moved.var() / (20 * steps) == pytest.approx(rate, rel=0.1)
    far = np.degrees(angle[:, -1] - angle[:, 0])
    assert far.std() == pytest.approx(9.0, abs=0.1)
    assert np.abs(far).max() == pytest.approx(25.0, abs=0.1)
    assert np.degrees(np.sqrt(2000 * rate)) == pytest.approx(8.2, abs=0.05)


def test_the_neutral_direction_and_its_left_vector():
    """Of the network as it is: what the theory above starts from, as nearly as cells allow."""
    changes = {"groups.head_directions.noise.sigma": 0, "simulation.trials": 1}
    network = hamsim.compile(BUMP, changes)
    x = hamsim.simulate(network, method="rk4", dt=2.0, t_end=3000, record=None).final[0]
    slope, W = (x > 0).astype(float), network.W.toarray()
    angle = np.angle(np.maximum(x, 0) @ np.exp(2j * np.pi * np.arange(N) / N))
    v = height() * np.sin(2 * np.pi * np.arange(N) / N - angle)
    w = slope * v
    assert np.abs(W @ w - v).max() < 0.07 * np.abs(v).max()
    assert np.abs((slope * (W @ w)) - w).max() < 0.07 * np.abs(w).max()
    assert (w @ w) / (w @ v) ** 2 == pytest.approx(11 / (N * height() ** 2), rel=0.07)


def test_without_noise_it_stays():
    still = hamsim.simulate(
        hamsim.load(BUMP, {"groups.head_directions.noise.sigma": 0, "simulation.trials": 8}),
        method="rk4",
        dt=4.0,
    )
    angle = np.unwrap(np.angle(vector(still)), axis=1)[:, still.t >= 200]
    assert np.degrees(np.abs(angle - angle[:, :1]).max()) < 1.2
