"""Special points of the zoo's Wilson-Cowan circuit against its explicit equations."""

import numpy as np
import pytest
from scipy.optimize import brentq, root

import hamsim

FILE = "networks/wilson_cowan.yaml"
BETA = np.array([1.3, 2.0])
W = np.array([[16.0, -12.0], [15.0, -3.0]])
S0 = 1.0 / (1.0 + np.exp([1.3 * 4.0, 2.0 * 3.7]))
THETA = np.array([4.0, 3.7]) + W @ S0


def s(x):
    return 1.0 / (1.0 + np.exp(-BETA * x))


def drive(x, P):
    return W @ s(x) + np.array([P, 0.0]) - THETA - x


def jacobian(x):
    return W * (BETA * s(x) * (1.0 - s(x))) - np.eye(2)


def states(P):
    """Rest states, by a scan: x_E for x_I, which the second equation gives."""

    def x_E(x_I):
        # 15 s_E = x_I + theta_I + 3 s_I
        share = (x_I + THETA[1] + 3.0 * s(np.array([0.0, x_I]))[1]) / 15.0
        return np.log(share / (1.0 - share)) / 1.3 if 0.0 < share < 1.0 else np.nan

    grid = np.linspace(-3.8, 10.0, 20_001)
    values = np.array([drive(np.array([x_E(y), y]), P)[0] for y in grid])
    found = []
    for k in np.flatnonzero(values[:-1] * values[1:] < 0):
        y = brentq(lambda y: drive(np.array([x_E(y), y]), P)[0], grid[k], grid[k + 1])
        found.append(np.array([x_E(y), y]))
    return found


def solved(condition, x, P):
    """Where the circuit rests and one more condition holds."""
    result = root(lambda z: [*drive(z[:2], z[2]), condition(z[:2])], [*x, P], tol=1e-13)
    assert result.success
    return result.x


def test_folds_over_the_input():
    found = hamsim.branches(FILE, "parameters.P", 0, 10)
    assert [point.kind for point in found.special] == ["fold"] * 4
    for point in found.special:
        # Begin beside it, so that nothing of it is taken over.
        exact = solved(
            lambda x: np.linalg.det(jacobian(x)), np.round(point.x, 1), round(point.parameter, 1)
        )
        assert point.parameter == pytest.approx(exact[2], abs=1e-9)
        np.testing.assert_allclose(point.x, exact[:2], atol=1e-6)


@pytest.mark.parametrize("P", [0.9, 2.0])
def test_rest_states_and_stability_against_a_scan(P):
    found = hamsim.branches(FILE, "parameters.P", 0, 10)
    (branch,) = found
    inside = np.flatnonzero((branch.parameter[:-1] - P) * (branch.parameter[1:] - P) < 0)
    exact = states(P)
    assert len(inside) == len(exact)
    for k in inside:
        x = branch.x[k]
        nearest = min(exact, key=lambda y, x=x: np.abs(x - y).max())
        assert np.abs(nearest - x).max() < 0.3
        unstable = np.linalg.eigvals(jacobian(nearest)).real > 0
        assert branch.index[k] == np.count_nonzero(unstable)


@pytest.mark.parametrize("tau", [3.0, 5.0])
def test_hopf_points_over_the_input(tau):
    faster = {"groups.populations.neurons.inhibitory.tau": tau}
    found = hamsim.branches(FILE, "parameters.P", 0, 10, overrides=faster)
    hopf = found.of("hopf")
    assert hopf
    rate = np.array([1.0 / 8.0, 1.0 / tau])
    for point in hopf:
        exact = solved(
            lambda x: np.trace(rate[:, None] * jacobian(x)), np.round(point.x, 2), point.parameter
        )
        assert point.parameter == pytest.approx(exact[2], abs=1e-9)
        w = np.sqrt(np.linalg.det(rate[:, None] * jacobian(exact[:2])))
        assert point.frequency == pytest.approx(w / (2.0 * np.pi), rel=1e-8)
    # All of them: where the trace has another sign on both sides of a scan of the branch.
    (branch,) = found
    traces = np.array([np.trace(rate[:, None] * jacobian(x)) for x in branch.x])
    dets = np.array([np.linalg.det(jacobian(x)) for x in branch.x])
    changes = (traces[:-1] * traces[1:] < 0) & (dets[:-1] > 0) & (dets[1:] > 0)
    beside = np.isin(branch.special, [k for k, p in enumerate(found.special) if p.kind == "hopf"])
    assert np.count_nonzero(changes & ~beside[:-1] & ~beside[1:]) == 0
    assert np.count_nonzero(beside) == len(hopf)
