"""Neurons with tau = 0: one state, several, or not decided."""

import numpy as np
import pytest
from dense_spectrum import below, perron
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import dense

from hamsim.certify.following import instant_well_posed
from hamsim.certify.scaled import ScaledNetwork
from hamsim.compiler import as_network
from hamsim.field.instants import explicit_instants


def build(groups, connections):
    return as_network({"format": "hamsim/1", "groups": groups, "connections": connections})


def fast_and_slow(W, K=None, kind="tanh", current=0.0, slow=2, tau=0.0, **parameters):
    """A group `f` with tau = 0 and lateral weights, driven by a group `s`."""
    W = np.array(W, float)
    n = len(W)
    K = np.zeros((n, slow)) if K is None else np.array(K, float)
    groups = {
        "f": {
            "size": n,
            "lagrangian": {"kind": kind, **parameters},
            "tau": np.broadcast_to(tau, n).tolist(),
            "input": np.broadcast_to(current, n).tolist(),
        },
        "s": {"size": slow, "lagrangian": {"kind": "tanh"}, "tau": 1.0},
    }
    lateral = {"from": "f", "to": "f", "weights": W.tolist(), "self_connections": True}
    return build(groups, [lateral, {"between": ["f", "s"], "weights": K.tolist()}])


def decide(net):
    scaled = ScaledNetwork(net, np.ones(net.n_neurons), net.symmetric)
    return instant_well_posed(scaled, below, perron)


def verify_witness(net, condition):
    """Two states that differ, with the same slow part, and in which x_f = W g + I."""
    model, instant = dense(net), net.tau == 0
    first, second = condition.evidence["states"]
    assert np.abs(first - second).max() > 1e-6
    assert np.allclose(first[~instant], second[~instant], rtol=0, atol=1e-12)
    for x in (first, second):
        assert np.abs((model.drive(x) - x)[instant]).max() < 1e-9 * (1 + np.abs(x).max())


def solutions(net, slow, starts):
    """States of the neurons with tau = 0 by damped iteration, with the others held."""
    model, instant = dense(net), net.tau == 0
    found = []
    for x in starts:
        x = np.where(instant, x, slow)
        for _ in range(5000):
            u = np.where(instant, model.drive(x) - x, 0.0)
            x = x + 0.1 * u
            if np.abs(u).max() < 1e-11:
                break
        found.append(x)
    return np.array(found)


def test_no_neuron_with_tau_zero():
    assert decide(fast_and_slow([[5.0]], tau=1.0)).status == "proved"


def test_explicit_neurons():
    condition = decide(fast_and_slow(np.zeros((2, 2)), [[1.0, 2.0], [3.0, 4.0]]))
    assert condition.status == "proved"
    assert "formula" in condition.message


def test_weakly_coupled_ones_are_proved_and_it_is_said_what_simulates_them():
    condition = decide(fast_and_slow([[0.2, 0.3], [-0.4, 0.1]]))
    assert condition.status == "proved"
    assert "such as bdf" in condition.message


def test_antisymmetric_block_of_any_size():
    condition = decide(fast_and_slow([[0.0, 30.0], [-30.0, 0.0]]))
    assert condition.status == "proved"
    assert condition.evidence["multiplier"] == "equal"


@pytest.mark.parametrize(("s", "status"), [(0.0, "refuted"), (0.53, "refuted")])
def test_three_solutions_of_two_tanh(s, status):
    """x = 2 tanh x + s has three solutions for |s| < 0.5328."""
    net = fast_and_slow([[2.0]], current=s)
    condition = decide(net)
    assert condition.status == status
    verify_witness(net, condition)


@pytest.mark.parametrize("s", [0.534, 5.0])
def test_one_solution_for_this_input_but_no_proof(s):
    # with slow neurons that can shift the field, there are several again
    assert decide(fast_and_slow([[2.0]], current=s)).status == "undecided"
    shifted = fast_and_slow([[2.0]], [[3.0, 3.0]], current=s)
    condition = decide(shifted)
    assert condition.status == "refuted"
    verify_witness(shifted, condition)


def test_shared_lagrangian_with_one_neuron_at_once():
    """Receives from a neuron that shares a softmax with it."""
    W = np.array([[0.0, 1.0], [0.0, 0.0]])
    weak = fast_and_slow(W, kind="softmax", tau=[0.0, 1.0], beta=1.0)
    assert not explicit_instants(weak)
    assert decide(weak).status == "proved"
    # x_0 = -w p_1 = -w / (1 + exp(x_0 - x_1)): rising in x_0, three solutions for large w
    strong = fast_and_slow(-9 * W, kind="softmax", tau=[0.0, 1.0], beta=1.0, current=[4.5, 0.0])
    condition = decide(strong)
    assert condition.status == "refuted"
    verify_witness(strong, condition)
    open_case = fast_and_slow(9 * W, kind="softmax", tau=[0.0, 1.0], beta=1.0)
    condition = decide(open_case)
    assert condition.status == "undecided"
    assert "shared Lagrangian" in condition.message


def test_without_a_bound_of_the_slope():
    assert decide(fast_and_slow([[-0.1]], kind="exponential")).status == "undecided"


@given(st.integers(0, 10_000), st.floats(0.2, 2.0), st.sampled_from(["tanh", "relu", "softmax"]))
@settings(max_examples=40, deadline=None)
def test_random_blocks(seed, strength, kind):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    net = fast_and_slow(
        strength * rng.normal(size=(n, n)), rng.normal(size=(n, 2)), kind, rng.normal(size=n)
    )
    condition = decide(net)
    if condition.status == "refuted":
        verify_witness(net, condition)
    if condition.status == "proved":
        slow = rng.normal(0, 2, n + 2)
        found = solutions(net, slow, rng.normal(0, 4, (5, n + 2)))
        assert np.ptp(found, axis=0).max() < 1e-4 * (1 + np.abs(found).max())
