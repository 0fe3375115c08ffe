"""Steps to rest, against the same steps in NumPy and against direct solutions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hamsim
from hamsim.dynamics.resting.sweeps import _Work, classes_for_sweeps, sweep_to_rest
from hamsim.dynamics.resting.transient import go_to_rest
from hamsim.kernels.sweeping import begin_sweeps, sweep


def layered(seed, instant=False):
    """Three layers of random sizes, joined in a row, and starts of two trials."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 6, 3).tolist()
    kinds = ["tanh", str(rng.choice(["relu", "softplus", "tanh"])), "identity"]
    groups = {
        name: {
            "size": size,
            "lagrangian": kind,
            "tau": [0.0] * size if instant and name == "b" else rng.uniform(0.3, 3, size).tolist(),
            "input": rng.normal(size=size).tolist(),
        }
        for name, size, kind in zip("abc", sizes, kinds, strict=True)
    }
    connections = [
        {"between": list(pair), "weights": rng.normal(0, 0.25, (m, n))}
        for pair, m, n in zip(("ab", "bc"), sizes[:2], sizes[1:], strict=True)
    ]
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    return network, rng.normal(size=(2, network.n_neurons))


def swept_once(network, x, classes, h):
    """A step of exact flows of the classes, forth and back."""
    x, last = x.copy(), classes.max()
    for c, part in (
        [(c, 0.5) for c in range(last)]
        + [(last, 1.0)]
        + [(c, 0.5) for c in range(last - 1, -1, -1)]
    ):
        drive = network.W @ hamsim.activation(network, x) + network.input
        some = classes == c
        tau = network.tau[some]
        kept = np.exp(-part * h / tau) if tau.all() else 0.0 * tau
        x[some] = drive[some] + kept * (x[some] - drive[some])
    return x


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_a_step_of_sweeps_is_that_of_numpy(seed, instant):
    network, x = layered(seed, instant)
    classes = classes_for_sweeps(network)
    work = _Work(network, x, np.arange(2), classes, True)
    begin_sweeps(work.table, work.sweeps)
    work.sweeps.h[:] = 0.3, 0.7
    sweep(work.table, work.sweeps, np.inf, 0.0, 1, 1)
    found = work.found.layout.outside(work.buffers.x)
    for k, h in enumerate((0.3, 0.7)):
        assert found[k] == pytest.approx(swept_once(network, x[k], classes, h), abs=1e-13)


def test_a_refused_step_of_sweeps_leaves_everything_as_it_was():
    network, x = layered(3)
    work = _Work(network, x, np.arange(2), classes_for_sweeps(network), True)
    begin_sweeps(work.table, work.sweeps)
    before = work.buffers.x.copy(), work.buffers.g.copy()
    work.sweeps.h[:] = 0.5
    sweep(work.table, work.sweeps, 1e-30, 0.0, 1, 1)
    assert work.sweeps.steps.tolist() == [[0, 0], [1, 1]]
    assert np.array_equal(work.buffers.x, before[0])
    assert np.array_equal(work.buffers.g, before[1])
    assert (work.sweeps.h < 0.5).all()
    work.sweeps.h[:] = 0.3, 0.7  # what it takes next is what it would have taken at once
    sweep(work.table, work.sweeps, np.inf, 0.0, 1, 1)
    classes = classes_for_sweeps(network)
    expected = swept_once(network, x[1], classes, 0.7)
    assert work.found.layout.outside(work.buffers.x)[1] == pytest.approx(expected, abs=1e-13)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6))
def test_sweeps_lower_the_energy_and_trials_do_not_touch_each_other(seed):
    network, x = layered(seed)
    classes = classes_for_sweeps(network)
    both = sweep_to_rest(network, x, classes, 0.05, 1e-3)
    alone = sweep_to_rest(network, x[1:], classes, 0.05, 1e-3)
    assert both.near.all()
    assert both.x[1] == pytest.approx(alone.x[0], abs=1e-10)
    energies = [hamsim.energy(network, rows).total for rows in (x, both.x)]
    assert (energies[1] <= energies[0]).all()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_steps_that_grow_end_where_newtons_method_does(seed, balanced):
    network, x = layered(seed)
    n = network.n_neurons
    balance = np.ones(n) if balanced else None
    found = go_to_rest(network, x, balance, 1e-11, 0.05)
    assert found.rests.all()
    for row in found.x:
        u = network.W @ hamsim.activation(network, row) + network.input - row
        assert np.abs(u).max() <= 2e-11
        g = [hamsim.activation(network, row + s * 1e-6 * np.eye(n)) for s in (1, -1)]
        H = (g[0] - g[1]).T / 2e-6
        d = np.linalg.solve(np.eye(n) - network.W @ H, u)
        assert np.abs(d).max() < 1e-9


def test_clamped_neurons_stay_and_currents_of_trials_are_their_own():
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 3, "lagrangian": "tanh"},
                "b": {"size": 2, "lagrangian": "identity"},
            },
            "connections": [{"between": ["a", "b"], "weights": 0.3}],
            "stimuli": [
                {"group": "a", "mode": "clamp", "value": 2.0},
                {"group": "b", "mode": "input", "value": [[0.5, 0.5], [1.0, 2.0]]},
            ],
        }
    )
    found = hamsim.fixed_point(network, np.zeros((2, 5)), tol=1e-12)
    drive = 3 * 0.3 * np.tanh(2.0)
    assert found.x[:, :3] == pytest.approx(np.full((2, 3), 2.0))
    assert found.x[:, 3:] == pytest.approx(drive + np.array([[0.5, 0.5], [1.0, 2.0]]))
    assert found.basin.tolist() == ["certified"] * 2
