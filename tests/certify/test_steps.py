"""The step that never raises the energy: sharp where it is known, and never too long."""

import numpy as np
import pytest
from dense_spectrum import negative_part
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.steps import max_step
from hamsim.compiler import as_network


def one_group(W, kind="tanh", tau=1.0, current=None, **parameters):
    W = np.array(W, float)
    group = {
        "size": len(W),
        "lagrangian": {"kind": kind, **parameters},
        "tau": np.broadcast_to(tau, len(W)).tolist(),
        "input": (np.zeros(len(W)) if current is None else np.array(current, float)).tolist(),
    }
    within = {"within": "g", "weights": W.tolist(), "self_connections": True}
    return as_network({"format": "hamsim/1", "groups": {"g": group}, "connections": [within]})


def plain(net):
    return ScaledNetwork(net, np.ones(net.n_neurons), net.symmetric)


def step_of(net):
    return max_step(plain(net), negative_part)[0]


def rises(net, x, dt, steps=1):
    """Largest rise of the energy at the steps, relative to its size, from a settled state."""
    model = dense(net)
    x = model.settle(x)
    worst = -np.inf
    for _ in range(steps):
        following = model.step(x, dt)
        before, after = model.energy(x), model.energy(following)
        worst = max(worst, (after - before) / (1 + abs(before) + np.abs(model.W).sum()))
        x = following
    return worst


def test_excitation_of_any_strength_allows_the_full_step():
    net = one_group(1e6 * np.ones((5, 5)))
    assert step_of(net) == 1.0
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert rises(net, rng.normal(0, 2, 5), 1.0, 5) <= 1e-12


@pytest.mark.parametrize("weight", [1.5, 3.0, 40.0])
def test_identity_with_self_inhibition_is_sharp(weight):
    net = one_group([[-weight]], "identity")
    dt = step_of(net)
    assert dt == pytest.approx(2 / (1 + weight), rel=1e-7)
    assert dt <= 2 / (1 + weight)
    assert rises(net, np.array([1.0]), dt) <= 1e-12
    assert rises(net, np.array([1.0]), 1.01 * dt) > 1e-4


def test_silent_relu_allows_one_tau_and_no_more():
    net = one_group([[0.0]], "relu", tau=0.7, current=[-1.0])
    assert step_of(net) == 0.7
    at_limit = np.array([1e-9])
    assert rises(net, at_limit, 0.7) <= 1e-15
    far = one_group([[0.0]], "relu", current=[10.0])
    assert rises(far, np.array([-49.0]), 1.2) > 1e-3


def test_per_neuron_bound_of_unequal_tau():
    W = [[0.0, 0.5], [0.5, -9.0]]
    net = one_group(W, "identity", tau=[1.0, 100.0])
    dt = step_of(net)
    assert dt == 1.0  # the slow neuron's self-inhibition does not count at this step
    assert rises(net, np.array([1.0, 2.0]), dt, 20) <= 1e-12


def test_layers_are_limited_by_the_largest_singular_value():
    rng = np.random.default_rng(2)
    K = rng.normal(size=(3, 4))
    description = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": {"kind": "identity"}, "tau": 1.0},
            "b": {"size": 4, "lagrangian": {"kind": "identity"}, "tau": 1.0},
        },
        "connections": [{"between": ["a", "b"], "weights": K.tolist()}],
    }
    net = as_network(description)
    largest = np.linalg.norm(K, 2)
    dt = step_of(net)
    assert dt == pytest.approx(min(1.0, 2 / (1 + largest)), rel=1e-7)
    values, vectors = np.linalg.eigh(net.W.toarray())
    assert values[0] == pytest.approx(-largest)
    assert rises(net, vectors[:, 0], 1.01 * dt) > 1e-4
    description["groups"]["b"]["tau"] = 0.0
    # b follows at once and W among the others is zero: the full step
    assert step_of(as_network(description)) == 1.0


def test_neurons_that_follow_at_once_need_no_bound_of_their_slope():
    K = np.random.default_rng(3).normal(size=(3, 2))
    net = as_network(
        {
            "format": "hamsim/1",
            "groups": {
                "a": {"size": 3, "lagrangian": {"kind": "tanh"}, "tau": [0.5, 1.0, 2.0]},
                "b": {"size": 2, "lagrangian": {"kind": "exponential"}, "tau": 0.0},
            },
            "connections": [{"between": ["a", "b"], "weights": K.tolist()}],
        }
    )
    assert step_of(net) == 0.5
    rng = np.random.default_rng(1)
    for _ in range(50):
        assert rises(net, rng.normal(0, 2, 5), 0.5, 10) <= 1e-12


def test_where_nothing_is_guaranteed():
    assert step_of(one_group([[0.0, -1.0], [-1.0, 0.0]], "exponential")) is None
    asymmetric = ScaledNetwork(one_group([[0.0]]), np.ones(1), symmetric=False)
    assert max_step(asymmetric, negative_part) == (None, None)
    unequal = one_group(np.zeros((2, 2)), "softmax", tau=[1.0, 2.0])
    dt, condition = max_step(plain(unequal), negative_part)
    assert dt is None
    assert condition.status == "undecided"
    assert "another tau" in condition.message
    assert step_of(one_group([[0.0]], "swish")) is None
    assert step_of(one_group([[0.0]], "tanh", tau=0.0)) is None


def test_positive_semidefinite_weights_do_without_slopes():
    net = one_group([[1.0, 0.0], [0.0, 2.0]], "sign", current=[0.3, -0.2])
    assert step_of(net) == 1.0
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert rises(net, rng.normal(0, 2, 2), 1.0, 5) <= 1e-12


def test_scaled_networks_use_their_own_energy():
    """d W symmetric: the energy is of d g, and its step is the bound of the scaled network."""
    rng = np.random.default_rng(4)
    S = rng.normal(size=(3, 3))
    S = -(S @ S.T)
    d = np.array([0.5, 1.0, 3.0])
    W = S / d[:, None]
    group = {"size": 3, "lagrangian": {"kind": "identity"}, "tau": 1.0}
    net = as_network(
        {
            "format": "hamsim/1",
            "groups": {"g": group},
            "connections": [
                {"from": "g", "to": "g", "weights": W.tolist(), "self_connections": True}
            ],
        }
    )
    dt, _ = max_step(ScaledNetwork(net, d, symmetric=True), negative_part)
    assert dt == pytest.approx(2 / (1 - np.linalg.eigvals(W).real.min()), rel=1e-8)

    def energy(x):
        return (d * x) @ x / 2 - 0.5 * x @ S @ x

    for _ in range(50):
        x = rng.normal(size=3)
        assert energy(x + dt * (W @ x - x)) <= energy(x) * (1 + 1e-12)


@given(st.integers(0, 10_000), st.booleans(), st.floats(0.3, 6.0))
@settings(max_examples=40, deadline=None)
def test_energy_never_rises_at_the_largest_step(seed, instant, strength):
    description = random_description(seed, instant=instant, max_size=4)
    for entry in description["connections"]:
        entry["weights"] = (strength * np.array(entry["weights"])).tolist()
    net = as_network(description)
    dt, condition = max_step(plain(net), negative_part)
    assert (dt is None) == (condition.status == "undecided") or not np.any(net.tau > 0)
    assume(dt is not None)
    assert dt <= net.tau[net.tau > 0].min()
    rng = np.random.default_rng(seed)
    for _ in range(6):
        x = rng.normal(0, rng.choice([0.3, 1, 5]), net.n_neurons)
        if "low" in condition.evidence:  # said of a box of states
            x = np.clip(x, condition.evidence["low"], condition.evidence["high"])
        with np.errstate(over="ignore"):
            assert rises(net, x, dt, 4) <= 1e-11


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_a_little_more_raises_the_energy_of_linear_neurons(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    W = rng.normal(size=(n, n))
    W = W + W.T - 3 * np.eye(n)
    gain, tau = rng.uniform(0.3, 2, n), rng.uniform(0.5, 2, n)
    net = one_group(W, "identity", tau=tau, gain=gain.tolist())
    dt = step_of(net)
    if dt >= tau.min():
        return
    root = np.sqrt(gain)
    form = (np.eye(n) - root[:, None] * W * root) / np.sqrt(np.outer(tau, tau))
    direction = np.linalg.eigh(form)[1][:, -1]
    worst = rises(net, direction / np.sqrt(gain) / np.sqrt(tau), 1.01 * dt)
    assert worst > 0
