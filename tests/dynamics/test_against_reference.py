"""Every trajectory and energy equals the dense oracle's."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense
from scipy.special import logsumexp, softmax
from tableaus import METHODS

import hamsim

# Two orders of summation differ by rounding, which grows with the number of steps.
AGREES = 1e-10


def compare(network, method, dt, steps):
    trace = hamsim.simulate(network, method=method, dt=dt, steps=steps)
    model = dense(network)
    states = model.run(network.initial, dt, steps, method)
    energies = np.array([model.energy(x) for x in states])
    assert trace.t == pytest.approx(np.arange(steps + 1) * dt)
    np.testing.assert_allclose(trace.x, states, rtol=AGREES, atol=AGREES)
    np.testing.assert_allclose(trace.energy, energies, rtol=AGREES, atol=AGREES)
    residual = model.residual(states[-1])
    assert trace.stats.residual == pytest.approx(residual, rel=AGREES, abs=AGREES)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(tuple(METHODS)), instant=st.booleans())
def test_random_networks(seed, method, instant):
    network = hamsim.compile(random_description(seed, instant=instant))
    compare(network, method, 0.02, 30)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_random_one_way_networks(seed):
    network = hamsim.compile(random_description(seed, symmetric=False))
    compare(network, "euler", 0.02, 30)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), method=st.sampled_from(tuple(METHODS)), instant=st.booleans())
@example(seed=545, method="rk4", instant=False)
@example(seed=545, method="euler", instant=False)
def test_random_networks_with_gates(seed, method, instant):
    network = hamsim.compile(random_description(seed, instant=instant, gated=True))
    with np.errstate(over="ignore", invalid="ignore"):
        states = dense(network).run(network.initial, 0.01, 15, method)
    assume(np.abs(states).max() < 1e3)  # products of three activations may explode
    compare(network, method, 0.01, 15)
    rng = np.random.default_rng(seed)
    states = network.initial + 0.1 * rng.normal(size=(3, network.n_neurons))
    parts = hamsim.energy(network, states)
    model = dense(network)
    expected = [model.energy(model.settle(x)) for x in states]
    np.testing.assert_allclose(parts.total, expected, rtol=AGREES, atol=AGREES)
    if not instant:
        expected = [model.velocity(x) for x in states]
        np.testing.assert_allclose(hamsim.velocity(network, states), expected, rtol=AGREES)


def test_one_hidden_layer_of_softmax():
    rng = np.random.default_rng(0)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "v": {"size": 12, "lagrangian": "identity", "tau": 1.0, "initial": rng.normal(size=12)},
            "h": {"size": 20, "lagrangian": {"kind": "softmax", "beta": 3.0}, "tau": 0.2},
        },
        "connections": [{"between": ["v", "h"], "weights": rng.normal(size=(12, 20))}],
    }
    compare(hamsim.compile(spec), "euler", 0.01, 800)


def test_three_layers_of_tanh_relu_and_sigmoid():
    rng = np.random.default_rng(1)
    sizes = {"a": 9, "b": 11, "c": 7}
    kinds = {"a": {"kind": "tanh", "beta": 2.0}, "b": "relu", "c": {"kind": "sigmoid", "beta": 4.0}}
    spec = {
        "format": "hamsim/1",
        "groups": {
            name: {
                "size": n,
                "lagrangian": kinds[name],
                "tau": rng.uniform(0.3, 2, n),
                "input": rng.normal(size=n),
                "initial": rng.normal(size=n),
            }
            for name, n in sizes.items()
        },
        "connections": [
            {"between": ["a", "b"], "weights": 0.3 * rng.normal(size=(9, 11))},
            {"between": ["b", "c"], "weights": 0.3 * rng.normal(size=(11, 7))},
            {"between": ["a", "c"], "weights": 0.3 * rng.normal(size=(9, 7))},
        ],
    }
    compare(hamsim.compile(spec), "euler", 0.01, 500)


def test_two_hidden_layers_of_softmax():
    rng = np.random.default_rng(2)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "x": {"size": 10, "lagrangian": "identity", "tau": 1.0, "initial": rng.normal(size=10)},
            "h": {"size": 8, "lagrangian": {"kind": "softmax", "beta": 2.0}, "tau": 0.3},
            "y": {"size": 5, "lagrangian": {"kind": "softmax", "beta": 6.0}, "tau": 0.1},
        },
        "connections": [
            {"between": ["h", "x"], "weights": rng.normal(size=(8, 10))},
            {"between": ["y", "h"], "weights": rng.normal(size=(5, 8))},
        ],
    }
    compare(hamsim.compile(spec), "euler", 0.005, 600)


def test_graph_of_forty_neurons_in_interleaved_groups():
    """A matrix over all neurons joins groups that were numbered at random in the graph."""
    rng = np.random.default_rng(3)
    kinds = ["tanh", "relu", "sigmoid", {"kind": "softmax", "beta": 2.0}]
    member = rng.permutation(np.repeat(np.arange(4), 10))
    W = rng.normal(0, 0.2, (40, 40)) * (rng.random((40, 40)) < 0.3)
    W = W + W.T
    order = np.argsort(member, kind="stable")
    spec = {
        "format": "hamsim/1",
        "groups": {
            f"k{k}": {
                "size": 10,
                "lagrangian": kinds[k],
                "tau": 0.7 if k == 3 else rng.uniform(0.2, 5.0, 10),
                "input": rng.normal(size=10),
                "initial": rng.normal(size=10),
            }
            for k in range(4)
        },
        "connections": [{"within": "all", "weights": W[order][:, order], "self_connections": True}],
    }
    compare(hamsim.compile(spec), "euler", 0.01, 500)


def test_trials_equal_single_runs():
    spec = random_description(11)
    network = hamsim.compile(spec)
    starts = np.random.default_rng(0).normal(size=(5, network.n_neurons))
    together = hamsim.simulate(network, initial=starts, method="rk4", dt=0.05, steps=40)
    for k in range(5):
        alone = hamsim.simulate(network, initial=starts[k], method="rk4", dt=0.05, steps=40)
        np.testing.assert_allclose(together.x[k], alone.x, rtol=0, atol=1e-13)
        np.testing.assert_allclose(together.energy[k], alone.energy, rtol=1e-12, atol=1e-12)


def test_linear_network_equals_the_matrix_exponential():
    from scipy.linalg import expm

    rng = np.random.default_rng(4)
    n = 6
    W = rng.normal(0, 0.3, (n, n))
    W = W + W.T
    tau = rng.uniform(0.5, 2, n)
    current = rng.normal(size=n)
    start = rng.normal(size=n)
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {
                "size": n,
                "lagrangian": "identity",
                "tau": tau,
                "input": current,
                "initial": start,
            }
        },
        "connections": [{"within": "a", "weights": W, "self_connections": True}],
    }
    J = (W - np.eye(n)) / tau[:, None]
    rest = np.linalg.solve(np.eye(n) - W, current)
    exact = rest + expm(2.0 * J) @ (start - rest)
    trace = hamsim.simulate(spec, method="rk4", dt=0.001, t_end=2.0)
    np.testing.assert_allclose(trace.x[-1], exact, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("trials", [None, 3])
def test_scaled_energy_of_neurons_with_a_factor_each(trials):
    """Neurons with an own Lagrangian have a factor each; those that share one have one together."""
    rng = np.random.default_rng(5)
    n, shared = 40, 6
    D = np.concatenate([rng.choice([0.5, 1.0, 2.0], n), np.full(shared, 3.0)])
    S = rng.normal(size=(D.size, D.size))
    W = (S + S.T) / D[:, None] / D.size
    np.fill_diagonal(W, 0.0)
    network = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {
                "own": {"size": n, "lagrangian": "tanh", "input": {"uniform": {}}},
                "shared": {"size": shared, "lagrangian": "softmax"},
            },
            "connections": [
                {"from": "own", "to": "own", "weights": W[:n, :n].tolist()},
                {"from": "own", "to": "shared", "weights": W[n:, :n].tolist()},
                {"from": "shared", "to": "own", "weights": W[:n, n:].tolist()},
                {"from": "shared", "to": "shared", "weights": W[n:, n:].tolist()},
            ],
        }
    )
    shape = (D.size,) if trials is None else (trials, D.size)
    trace = hamsim.simulate(
        network, rng.normal(size=shape), method="heun", dt=0.1, steps=5, energy="scaled"
    )
    x = trace.x[..., :n], trace.x[..., n:]
    own, rest = D[:n], D[n]
    g = np.concatenate([np.tanh(x[0]), softmax(x[1], axis=-1)], axis=-1)
    lagrangians = (own * np.log(np.cosh(x[0]))).sum(-1) + rest * logsumexp(x[1], axis=-1)
    quadratic = 0.5 * np.einsum("...i,i,ij,...j", g, D, network.W.toarray(), g)
    expected = ((trace.x - network.input) * D * g).sum(-1) - lagrangians - quadratic
    # The factors are found up to one common to all.
    ratio = trace.energy / expected
    assert ratio == pytest.approx(np.full_like(ratio, ratio.flat[0]), rel=1e-9)
    parts = hamsim.energy(network, trace.x, scaled=True)
    assert parts.total == pytest.approx(trace.energy, rel=1e-12)
