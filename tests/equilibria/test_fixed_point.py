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


def test_trials_with_inputs_of_their_own_rest_where_others_go_round():
    """Two neurons that oscillate without an input, and saturate with a large one."""
    description = {
        "format": "hamsim/1",
        "groups": {"a": {"size": 2, "lagrangian": "tanh", "initial": [0.2, 0.1]}},
        "connections": [
            {
                **{"from": "a", "to": "a", "self_connections": True},
                "weights": [[2.0, -4.0], [4.0, 2.0]],
            }
        ],
        "stimuli": [{"group": "a", "mode": "input", "value": [[0, 0], [20, 21], [25, 22]]}],
    }
    found = hamsim.fixed_point(hamsim.compile(description))
    assert found.converged.tolist() == [False, True, True]
    assert found.x[1:] == pytest.approx(np.array([[18.0, 27.0], [23.0, 28.0]]))


def one_group(lagrangian="tanh", W=((0.0, 2.0), (2.0, 0.0)), simulation=None, **more):
    group = {"size": 2, "lagrangian": lagrangian, "initial": [0.2, 0.1], **more}
    connection = {"within": "a", "weights": [list(row) for row in W]}
    description = {"format": "hamsim/1", "groups": {"a": group}, "connections": [connection]}
    return description | ({} if simulation is None else {"simulation": simulation})


def test_what_runs_away_does_not_rest():
    found = hamsim.fixed_point(one_group("cubic", initial=3.0))
    assert found.converged is False
    assert found.basin == "unknown"


def test_values_over_time_are_followed_until_they_have_settled():
    start = {"initial": [0.01, 0.01]}
    left = hamsim.fixed_point(one_group(**start, input="-3 * exp(-t)"))
    right = hamsim.fixed_point(one_group(**start, input="3 * exp(-t)"))
    assert left.x == pytest.approx(-right.x, abs=1e-9)
    assert left.x[0] < -1.0
    assert "goes through what changes" in left.notes[0]


def test_stimuli_that_end_are_gone_through():
    description = one_group()
    description["stimuli"] = [{"group": "a", "mode": "input", "value": -5.0, "start": 1, "stop": 4}]
    found = hamsim.fixed_point(description)
    run = hamsim.simulate(description, t_end=60.0, record=None)
    assert found.x == pytest.approx(run.final, abs=1e-3)
    assert found.x[0] < -1.0


def test_what_has_no_rest_state_is_refused_and_what_moves_none_is_noted():
    with pytest.raises(hamsim.SimulationError, match=r"groups\.a\.input changes for ever"):
        hamsim.fixed_point(one_group(input="sin(t)"))
    with pytest.raises(hamsim.SimulationError, match="tol is 0; it must be a number above 0"):
        hamsim.fixed_point(one_group(), tol=0)
    noisy = hamsim.fixed_point(one_group(noise={"sigma": 0.1}))
    quiet = hamsim.fixed_point(one_group())
    assert np.array_equal(noisy.x, quiet.x)
    assert noisy.notes == ("noise is left out: with it the network does not rest",)
