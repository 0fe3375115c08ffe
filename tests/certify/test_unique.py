"""One rest state for all solutions: known answers, and simulations of what is claimed."""

from types import SimpleNamespace

import numpy as np
import pytest
from dense_spectrum import below, perron
from hypothesis import example, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from reference import dense

import hamsim
from hamsim.certify.contraction import contraction
from hamsim.certify.gains import gains_of, loop_gains
from hamsim.certify.rest import rest_state
from hamsim.certify.scaled import ScaledNetwork
from hamsim.certify.unique import unique
from hamsim.compiler import as_network
from hamsim.field.sharing import shared_sets


def network(W, tau=1.0, kind="tanh", current=None, initial=None, **parameters):
    W = np.array(W, float)
    n = len(W)
    both = np.array_equal(W, W.T)
    entry = {"within": "g"} if both else {"from": "g", "to": "g"}
    return as_network(
        {
            "format": "hamsim/1",
            "groups": {
                "g": {
                    "size": n,
                    "lagrangian": {"kind": kind, **parameters},
                    "tau": np.broadcast_to(tau, n).tolist(),
                    "input": np.zeros(n).tolist() if current is None else list(current),
                    "initial": np.zeros(n).tolist() if initial is None else list(initial),
                }
            },
            "connections": [{**entry, "weights": W.tolist(), "self_connections": True}],
        }
    )


def decide(net, scale=None, kind=None, known=None):
    """The condition, with the scaling that is known to the test."""
    kind = kind or ("symmetric" if net.symmetric else "none")
    ones = np.ones(net.n_neurons)
    symmetrizable = kind == "symmetrizable"
    scaling = SimpleNamespace(kind=kind, scale=ones if known is None else known)
    scaled = ScaledNetwork(net, known if symmetrizable else ones, net.symmetric or symmetrizable)
    uniform = bool(np.all(net.tau == net.tau[shared_sets(net)]))
    return unique(scaled, contraction(scaled, scaling, uniform, below, perron))


def ends(net, starts, seconds=80.0, dt=0.05):
    """States after a long time, of several starts, from a dense loop."""
    model = dense(net)
    dt = min(dt, float(net.tau[net.tau > 0].min(initial=1.0)) / 4)
    dt = min(dt, 0.5 / (1 + np.linalg.norm(net.W.toarray(), 2)))
    result = []
    for x in starts:
        x = model.settle(np.array(x, float))
        for k in range(int(seconds * float(net.tau.max()) / dt)):
            x = model.step(x, dt)
            if k % 20 == 0 and model.residual(x) < 1e-9:
                break
        result.append(x)
    return np.array(result)


def verify_witness(net, condition):
    """The states of a refutation are rest states, and different, by an evaluation of our own."""
    model = dense(net)
    states = condition.evidence["states"]
    for x in states:
        assert model.residual(np.array(x)) < 1e-9 * (1 + np.abs(x).max())
    if len(states) == 2:
        assert np.abs(states[0] - states[1]).max() > 1e-6
    return states


# --- numbers that are known -----------------------------------------------------------------


def test_antisymmetric_weights_of_any_size():
    rng = np.random.default_rng(1)
    A = rng.normal(size=(6, 6))
    W = A - A.T
    W *= 44 / np.linalg.norm(W, 2)
    condition = decide(network(W))
    assert condition.status == "proved"
    assert "symmetric part" in condition.message
    assert condition.evidence["bound"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("w", "status"), [(0.99, "proved"), (1.01, "refuted"), (1.0, "undecided")])
def test_one_tanh_neuron_is_unique_up_to_the_slope_of_the_leak(w, status):
    assert decide(network([[w]])).status == status


def test_several_rest_states_of_a_pair():
    net = network([[0, 2], [2, 0]])
    condition = decide(net)
    assert condition.status == "refuted"
    states = verify_witness(net, condition)
    found = {round(float(np.abs(x).max()), 3) for x in states}
    assert found <= {0.0, 1.915}


def test_excitation_and_inhibition_that_oscillates_has_an_unstable_rest_state():
    W = [[3.0, -2.0], [2.0, 0.0]]
    slow, fast = (hamsim.check(network(W, [1.0, tau])) for tau in (0.6, 0.4))
    # whether a rest state is alone does not depend on tau; whether it is stable does
    assert slow.unique_equilibrium == fast.unique_equilibrium == "proved"
    assert slow.globally_stable == slow.converges == "refuted"
    (found,) = [c for c in slow.conditions if c.name == "global stability"]
    assert found.evidence["growth_rates"][0] > 0
    assert fast.globally_stable != "refuted"


def test_weak_recurrent_excitation_is_unique_for_any_strength_of_inhibition():
    W = [[0.9, -300.0], [2.0, -50.0]]
    # d W is [[A, -K], [K', -C]] for d = (1, 150)
    condition = decide(network(W, [1.0, 30.0]), kind="signed", known=np.array([1.0, 150.0]))
    assert condition.status == "proved"
    assert condition.evidence["multiplier"] == "signed symmetrizer"


def test_symmetrizer_shows_more_than_the_symmetric_part():
    W = np.array([[0.0, 8.0], [0.02, 0.0]])
    condition = decide(network(W), kind="symmetrizable", known=np.array([1.0, 400.0]))
    assert condition.status == "proved"


def test_multipliers_are_searched_where_simple_ones_fail():
    rng = np.random.default_rng(5)
    seen = {}
    for _ in range(80):
        W = rng.normal(size=(6, 6)) * 0.4
        condition = decide(network(W))
        if condition.status == "proved":
            how = condition.evidence.get("multiplier", "loops")
            seen[how] = seen.get(how, 0) + 1
    assert seen["searched"] >= 3
    assert seen["equal"] >= 10


def test_mutual_inhibition_of_unequal_tau_by_the_circle_criterion():
    """Eigenvalues of W down to -8 per slope, for any tau even on a shared Lagrangian."""
    for weight, status in ((-7.9, "proved"), (-8.2, "undecided")):
        W = weight * np.ones((3, 3)) / 3
        net = network(W, [1.0, 2.0, 30.0], "softmax", beta=2.0)
        assert hamsim.check(net).globally_stable == status
    # with one tau inhibition of any strength is fine
    assert decide(network(-100 * np.ones((3, 3)), 1.0, "softmax", beta=2.0)).status == "proved"


def test_slopes_need_not_be_equal_in_the_circle_criterion():
    groups = {
        "a": {"size": 2, "lagrangian": {"kind": "softmax", "beta": 2.0}, "tau": [1.0, 9.0]},
        "b": {"size": 2, "lagrangian": {"kind": "softmax", "beta": 0.5}, "tau": [2.0, 0.5]},
    }
    cross = np.array([[1.0, -1.0], [-1.0, 1.0]]) * 0.9
    within = {"within": "a", "weights": (-2 * np.eye(2)).tolist(), "self_connections": True}
    net = as_network(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [within, {"between": ["a", "b"], "weights": cross.tolist()}],
        }
    )
    condition = decide(net)
    assert condition.status == "proved"
    found = ends(net, np.random.default_rng(0).normal(0, 3, (6, 4)))
    assert np.ptp(found, axis=0).max() < 1e-6


def test_a_shared_lagrangian_with_unequal_tau_can_oscillate():
    net = network(np.diag([1.0, -1.5]), [1.0, 10.0], "softmax", [-0.5, 0.75], beta=8.0)
    certificate = hamsim.check(net)
    assert certificate.unique_equilibrium == "proved"
    assert certificate.globally_stable == certificate.converges == "refuted"


@pytest.mark.parametrize("kind", ["sign", "step", "exponential", "power"])
def test_without_a_bound_of_the_slope_nothing_is_proved(kind):
    condition = decide(network([[0.0, 0.01], [0.01, 0.0]], kind=kind))
    assert condition.status != "proved"


def test_two_states_of_sign_units():
    net = network([[0.0, 1.0], [1.0, 0.0]], kind="sign", current=[0.1, 0.0])
    condition = decide(net)
    assert condition.status == "refuted"
    verify_witness(net, condition)


def test_a_jump_inside_the_box_is_no_rest_state():
    """x = 1e-9 sign(x) - 0 has none at 0 for step units pushed to the jump."""
    net = network([[-1e-9]], kind="sign")
    scaled = ScaledNetwork(net, np.ones(1), True)
    assert rest_state(scaled, np.array([1e-12])) is None


def test_gated_synapses_leave_it_open():
    description = random_description(3, gated=True)
    seed = 3
    while as_network(description).triples is None:
        seed += 1
        description = random_description(seed, gated=True)
    assert decide(as_network(description)).status == "undecided"


def test_softplus_escape_has_no_rest_state():
    assert decide(network([[1.0]], kind="softplus")).status == "undecided"


# --- what the bounds rest on ----------------------------------------------------------------


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_loop_gains_bound_differences(seed):
    net = as_network(random_description(seed, symmetric=False))
    scaled = ScaledNetwork(net, np.ones(net.n_neurons), False)
    gains = gains_of(scaled)
    if not np.all(np.isfinite(gains.slope)):
        return
    model, rng = dense(net), np.random.default_rng(seed)
    for norm in ("largest", "euclidean"):
        B = loop_gains(gains, norm).toarray()
        for _ in range(10):
            x, y = rng.normal(0, 2, (2, net.n_neurons))
            y = x + rng.choice([1e-3, 0.1, 1.0]) * (y - x)
            z, f = x - y, model.g(x) - model.g(y)
            drive = net.W @ f
            alone = np.bincount(gains.sets)[gains.sets] == 1
            own = net.W.diagonal() * f
            drive -= np.where(alone & (own * z < 0), own, 0.0)

            def size(v, norm=norm):
                order = np.inf if norm == "largest" else 2
                return np.array(
                    [np.linalg.norm(v[gains.sets == k], order) for k in range(gains.n_sets)]
                )

            assert np.all(size(drive) <= B @ size(z) * (1 + 1e-7) + 1e-8)


# --- simulations of what is claimed ---------------------------------------------------------


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
@settings(max_examples=12, deadline=None)
def test_what_is_decided_is_what_happens(seed, symmetric, unequal):
    description = random_description(seed, symmetric=symmetric, max_size=3)
    rng = np.random.default_rng(seed)
    if unequal:
        for group in description["groups"].values():
            group["tau"] = rng.uniform(0.3, 2.0, group["shape"]).tolist()
    net = as_network(description)
    condition = decide(net)
    if condition.status == "refuted":
        verify_witness(net, condition)
    if condition.status == "proved":
        found = ends(net, rng.normal(0, 3, (3, net.n_neurons)))
        scale = 1 + np.abs(found).max()
        assert np.ptp(found, axis=0).max() < 1e-4 * scale


@given(st.integers(0, 10_000), st.floats(0.2, 4.0))
@settings(max_examples=20, deadline=None)
@example(426, 1.75)
def test_strong_random_tanh_networks(seed, strength):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    W = strength * rng.normal(size=(n, n))
    if rng.random() < 0.3:
        W = (W + W.T) / 2
    net = network(W, rng.uniform(0.3, 3, n), current=rng.normal(0, 0.3, n))
    condition = decide(net)
    if condition.status == "refuted":
        verify_witness(net, condition)
    if condition.status == "proved":
        found = ends(net, rng.normal(0, 4, (6, n)), seconds=400)
        near = [x for x in found if dense(net).residual(x) < 1e-8]  # else it is slow, not elsewhere
        assert len(near) < 2 or np.ptp(near, axis=0).max() < 1e-5
