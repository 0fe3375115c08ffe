"""Newton's method to rest states that are not known yet, and ways between minima."""

import numpy as np
import pytest

import hamsim
from hamsim.equilibria.landscape.deflation import newton
from hamsim.equilibria.landscape.strings import highest
from hamsim.field.dense import DenseField


def network(n=4, seed=0):
    rng = np.random.default_rng(seed)
    W = rng.normal(size=(n, n))
    W = 0.3 * (W + W.T)
    np.fill_diagonal(W, 2.0)
    group = {"size": n, "lagrangian": "tanh"}
    within = {"within": "a", "weights": W.tolist(), "self_connections": True}
    return hamsim.compile({"format": "hamsim/1", "groups": {"a": group}, "connections": [within]})


def test_known_rest_states_are_not_found_again():
    net, known = network(), np.zeros((0, 4))
    field, free = DenseField(net), np.arange(4)
    for start in np.random.default_rng(1).normal(size=(30, 4)):
        x = newton(net, start, free, known)
        if x is None:
            continue
        assert np.abs(field.residual(x[None])).max() < 1e-9
        if len(known):
            assert np.abs(known - x).max(axis=1).min() > 1e-4
        known = np.concatenate([known, x[None]])
    assert len(known) >= 5


def test_held_neurons_stay():
    x = newton(network(), np.array([0.3, 1.0, -0.2, 0.5]), np.array([0, 2]))
    assert x is not None
    assert x[[1, 3]].tolist() == [1.0, 0.5]


@pytest.mark.parametrize("seed", range(3))
def test_ways_are_highest_close_to_saddles(seed):
    net = network(5, seed)
    found = hamsim.attractors(net, 30)
    a, b = found.x[:1], found.x[1:2]
    tops = highest(net, a, b, 0, lambda: None)
    assert len(tops) >= 1
    for top in tops:
        saddle = newton(net, top, np.arange(5))
        assert saddle is not None
        assert np.abs(saddle - top).max() < 0.05 * np.abs(a - b).max()
        assert hamsim.stability(net, saddle).index == 1
