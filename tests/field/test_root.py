"""Roots of Hessians, H = B B^T, of all families and sizes of sets."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import hamsim
from hamsim.field.hessian import Hessian
from hamsim.field.root import root_of

COLLECTIVE = [
    {"kind": "softmax", "beta": 3.0},
    {"kind": "softmax", "beta": 300.0},
    {"kind": "ghostmax"},
    {"kind": "softmax_ridge", "epsilon": 0.1},
    {"kind": "sparsemax"},
    {"kind": "entmax", "alpha": 1.5},
    {"kind": "spherical", "epsilon": 0.5, "delta": 0.3},
    {"kind": "layer_norm"},
    {"kind": "rms_norm"},
    {"kind": "power_norm", "degree": 3.0},
    {"kind": "radial"},
    {"kind": "lp_norm", "degree": 3.0},
]


def hessian(lagrangian, shape, x=None):
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "first": {"size": 2, "lagrangian": "tanh"},
                "a": {"shape": shape, "lagrangian": lagrangian},
            },
            "connections": [],
        }
    )
    n = network.n_neurons
    state = np.random.default_rng(0).normal(size=n) if x is None else np.r_[0.1, -2.0, x]
    return Hessian(network, state)


@pytest.mark.parametrize("shape", [[2, 3, 5], [2, 600]])
@pytest.mark.parametrize("lagrangian", COLLECTIVE, ids=lambda lagrangian: lagrangian["kind"])
def test_a_root_times_its_transpose_is_the_hessian(lagrangian, shape):
    H = hessian({**lagrangian, "over": "last"}, shape)
    root = root_of(H)
    n = H.x.size
    u, v = np.random.default_rng(1).normal(size=(2, 3, n))
    wanted = H.times(v)
    assert_allclose(root.times(root.back(v)), wanted, atol=1e-12 * np.abs(wanted).max())
    assert_allclose(np.sum(u * root.times(v)), np.sum(v * root.back(u)), atol=1e-12)
    if root.exact:
        assert_allclose((root.matrix @ v.T).T, root.times(v), atol=1e-14)


def test_what_is_on_the_kernel_stays_there():
    H = hessian({"kind": "softmax", "beta": 2.0}, [700])
    root = root_of(H)
    y = np.zeros(702)
    p = np.exp(2.0 * H.x[2:])
    y[2:] = np.sqrt(p / p.sum())
    assert np.abs(root.times(y)).max() < 1e-8
    v = root.silent(y)
    assert_allclose(v[2:], v[2], rtol=1e-12)
    assert np.abs(H.times(v)).max() < 1e-12 * np.abs(v).max()


def test_there_is_none_where_slopes_are_negative_or_not_numbers():
    assert root_of(hessian("cubic", [2], [1.0, -1.0])) is None
    assert root_of(hessian("cubic", [2], [1.0, 2.0])) is not None
    assert root_of(hessian("exponential", [1], [800.0])) is not None  # infinite, as told elsewhere


def test_a_diagonal_is_told_apart():
    assert root_of(hessian("tanh", [3])).slopes.shape == (5,)
    assert root_of(hessian("softmax", [3])).slopes is None
