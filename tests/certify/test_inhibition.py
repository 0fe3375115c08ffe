"""Inhibition that acts at once: networks of excitation and inhibition that always come to rest."""

from types import SimpleNamespace

import numpy as np
import pytest
from dense_spectrum import below
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import dense

from hamsim.certify.convergence.inhibition import instant_inhibition
from hamsim.certify.scaled import ScaledNetwork
from hamsim.compiler import as_network
from hamsim.condition import Condition


def network(A, K, C, scale=None, tau_e=1.0, tau_i=0.0, kinds=("tanh", "tanh"), current=None):
    """x_E driven by A g_E - K g_I, x_I by K' g_E - C g_I, with rows divided by `scale`."""
    A, K, C = (np.array(part, float) for part in (A, K, C))
    ne, ni = K.shape
    d = np.ones(ne + ni) if scale is None else np.array(scale, float)
    current = np.zeros(ne + ni) if current is None else np.array(current, float)
    W = np.block([[A, -K], [K.T, -C]]) / d[:, None]
    groups, connections = {}, []
    parts = {"e": (slice(0, ne), tau_e, kinds[0]), "i": (slice(ne, ne + ni), tau_i, kinds[1])}
    for name, (part, tau, kind) in parts.items():
        groups[name] = {
            "size": part.stop - part.start,
            "lagrangian": {"kind": kind},
            "tau": np.broadcast_to(tau, part.stop - part.start).tolist(),
            "input": current[part].tolist(),
        }
        for other, (columns, _, _) in parts.items():
            weights = W[part, columns]
            if not np.any(weights):
                continue
            entry = {"from": other, "to": name, "weights": weights.tolist()}
            if other == name:
                entry["self_connections"] = True
            connections.append(entry)
    net = as_network({"format": "hamsim/1", "groups": groups, "connections": connections})
    return net, d, np.r_[np.ones(ne), -np.ones(ni)]


def bounded_only(scaled, below):
    """Coercive if all activations are bounded, which is one case of the real test."""
    W = scaled.W.toarray()
    assert scaled.symmetric
    assert np.array_equal(W, W.T)
    status = "proved" if scaled.bounded[np.any(W != 0, axis=1)].all() else "undecided"
    answer = Condition("coercive", status, "activations are bounded")
    return answer, answer


def decide(net, scale, signs, coercive=bounded_only):
    scaling = SimpleNamespace(kind="signed", scale=scale, signs=signs, exact=True, defect=0.0)
    scaled = ScaledNetwork(net, np.ones(net.n_neurons), symmetric=False)
    return instant_inhibition(scaled, scaling, below, coercive)


@pytest.mark.parametrize("flipped", [1.0, -1.0])
def test_pair_of_excitation_and_inhibition(flipped):
    """a = 3, k = 2: oscillates with slow inhibition, comes to rest with instantaneous one."""
    net, d, signs = network([[3.0]], [[2.0]], [[0.0]])
    assert decide(net, d, flipped * signs).status == "proved"
    slow, d, signs = network([[3.0]], [[2.0]], [[0.0]], tau_i=0.3)
    assert decide(slow, d, flipped * signs) is None
    symmetric = SimpleNamespace(kind="symmetric", scale=d, signs=np.ones(2), exact=True, defect=0.0)
    assert instant_inhibition(ScaledNetwork(net, d, False), symmetric, below, bounded_only) is None


def test_scaled_rows():
    net, d, signs = network([[3.0, 1.0], [1.0, 0.0]], [[2.0], [5.0]], [[0.0]], [1.0, 2.0, 0.3])
    assert decide(net, d, signs).status == "proved"


def test_excitation_among_inhibitory_neurons_has_to_be_weak():
    for c, status in ((1.0, "proved"), (-0.9, "proved"), (-1.1, "undecided")):
        net, d, signs = network([[3.0]], [[2.0]], [[c]])
        assert decide(net, d, signs).status == status


def test_coupled_inhibition_without_a_bound_of_the_slope():
    A, K = [[3.0]], [[2.0, 1.0]]
    kinds = ("tanh", "exponential")
    net, d, signs = network(A, K, np.diag([1.0, 0.0]), kinds=kinds)
    assert decide(net, d, signs).status == "proved"
    net, d, signs = network(A, K, [[1.0, 0.1], [0.1, 1.0]], kinds=kinds)
    assert decide(net, d, signs).status == "undecided"


def test_not_where_excitation_is_at_once_too_or_activations_jump():
    net, d, signs = network([[0.0]], [[2.0]], [[0.0]], tau_e=0.0)
    assert decide(net, d, signs).status == "undecided"
    net, d, signs = network([[3.0]], [[2.0]], [[0.0]], kinds=("sign", "tanh"))
    assert decide(net, d, signs).status == "undecided"


def test_excitatory_part_is_asked_with_the_input_that_inhibition_leaves():
    """R(y) >= y.f - const with f = g_I(0): sigmoid gives f = 1/2."""
    seen = []

    def coercive(scaled, below):
        seen.append(scaled)
        return bounded_only(scaled, below)

    net, d, signs = network(
        [[3.0]], [[2.0]], [[0.0]], [2.0, 1.0], kinds=("tanh", "sigmoid"), current=[0.7, 0.1]
    )
    assert decide(net, d, signs, coercive).status == "proved"
    (scaled,) = seen
    assert scaled.W.toarray() == pytest.approx(np.array([[3.0 / 4, 0], [0, 0]]))
    assert scaled.network.input == pytest.approx([0.7 - 2.0 / 2 / 2, 0.1])
    refused = Condition("coercive", "undecided", "who knows")
    condition = decide(net, d, signs, lambda scaled, below: (refused, refused))
    assert condition.status == "undecided"
    assert "who knows" in condition.message


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_solutions_come_to_rest(seed):
    rng = np.random.default_rng(seed)
    ne, ni = rng.integers(1, 4, 2)
    A = rng.normal(0, 2, (ne, ne))
    net, d, signs = network(
        A + A.T,
        np.abs(rng.normal(0, 2, (ne, ni))),
        np.zeros((ni, ni)),
        rng.uniform(0.5, 2, ne + ni),
        tau_e=rng.uniform(0.5, 2, ne),
        kinds=("tanh", str(rng.choice(["tanh", "relu", "softplus"]))),
        current=rng.normal(size=ne + ni),
    )
    assert decide(net, d, signs).status == "proved"
    model = dense(net)
    dt = min(0.05, 0.3 / (1 + np.linalg.norm(model.W, 2) ** 2))
    x = model.settle(rng.normal(0, 2, ne + ni))
    for k in range(40_000):
        x = model.step(x, dt)
        if k % 50 == 0 and model.residual(x) < 1e-8:
            break
    assert model.residual(x) < 1e-5
