"""Networks whose rest states are all unstable: known answers, and simulations of what is said."""

import numpy as np
import pytest
import yaml
from numpy.testing import assert_allclose
from reference import dense
from scipy.integrate import solve_ivp

import hamsim
from hamsim.certify.convergence.unstable import all_unstable, surely_unstable
from hamsim.certify.enclosure import Intervals
from hamsim.certify.scaled import ScaledNetwork
from hamsim.cli.examples import zoo
from hamsim.condition import Condition


def example(name, change=None):
    description = yaml.safe_load((zoo() / f"{name}.yaml").read_text())
    if change is not None:
        change(description)
    return hamsim.compile(description)


def network(W, tau=1.0, kind="tanh", current=0.0, **parameters):
    n = len(W)
    group = {"size": n, "lagrangian": {"kind": kind, **parameters}}
    group["tau"] = np.broadcast_to(tau, n).tolist()
    group["input"] = np.broadcast_to(current, n).tolist()
    synapses = {"from": "g", "to": "g", "weights": np.array(W).tolist(), "self_connections": True}
    return hamsim.compile({"format": "hamsim/1", "groups": {"g": group}, "connections": [synapses]})


def decide(net):
    return all_unstable(
        ScaledNetwork(net, np.ones(net.n_neurons), False), Condition("one", "undecided", "")
    )


def field(net):
    model = dense(net)
    return lambda _, x: model.velocity(x)


# --- known answers --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wilson_cowan", "softmax_oscillation"])
def test_examples_that_oscillate_do_not_come_to_rest(name):
    certificate = hamsim.check(zoo() / f"{name}.yaml")
    assert certificate.converges == "refuted"
    assert hamsim.check(zoo() / f"{name}.yaml", quick=True).converges == "undecided"
    (found,) = [c for c in certificate.conditions if c.name == "convergence"]
    assert "almost no solution comes to rest" in found.message
    net = hamsim.compile(zoo() / f"{name}.yaml")
    for x, rate in zip(found.evidence["states"], found.evidence["growth_rates"], strict=True):
        assert np.abs(field(net)(0.0, x)).max() < 1e-9
        step = 1e-6
        columns = [
            (field(net)(0.0, x + step * e) - field(net)(0.0, x - step * e)) / (2 * step)
            for e in np.eye(len(x))
        ]
        fastest = np.linalg.eigvals(np.transpose(columns)).real.max()
        assert 0 < rate <= fastest + 1e-6
        assert rate == pytest.approx(fastest, rel=1e-3)


def test_less_input_lets_the_wilson_cowan_oscillator_rest():
    def weaker(description):
        description["parameters"]["P"] = 1

    assert decide(example("wilson_cowan", weaker)) is None


@pytest.mark.parametrize(("ratio", "refuted"), [(2.0, False), (2.42, False), (2.45, True)])
def test_the_softmax_oscillates_from_a_ratio_of_2_432(ratio, refuted):
    def change(description):
        description["groups"]["hidden"]["tau"] = [1, ratio]

    assert (decide(example("softmax_oscillation", change)) is not None) == refuted


@pytest.mark.parametrize(("slow", "refuted"), [(0.49, False), (0.5, False), (0.51, True)])
def test_excitation_and_inhibition_oscillate_if_inhibition_is_slow(slow, refuted):
    """The trace 2 - 1 / slow of the linearisation at 0, the only rest state, decides."""
    found = decide(network([[3.0, -2.0], [2.0, 0.0]], [1.0, slow]))
    assert (found is not None) == refuted


def test_a_ring_of_three_inhibited_neurons_needs_the_third_determinant():
    """1 + w exp(i pi / 3) is the fastest eigenvalue plus 1: unstable for w above 2."""
    cycle = -np.roll(np.eye(3), 1, axis=0)
    assert decide(network(1.9 * cycle)) is None
    found = decide(network(2.1 * cycle))
    assert found.evidence["growth_rates"][0] == pytest.approx(0.05, rel=1e-6)


def test_a_ring_of_four_neurons_needs_the_last_determinant():
    """Eigenvalues -1 + w times the fourth roots of -1: unstable for w above sqrt 2."""
    cycle = np.roll(np.eye(4), 1, axis=0)
    cycle[0, 3] = -1.0
    assert decide(network(1.40 * cycle)) is None
    found = decide(network(1.6 * cycle))
    assert found.evidence["growth_rates"][0] == pytest.approx(1.6 / np.sqrt(2) - 1, rel=1e-6)


def test_stable_rest_states_beside_unstable_ones_leave_it_open():
    assert decide(network([[0.0, 2.0], [2.0, 0.0]])) is None
    assert decide(network([[0.5, -2.0], [2.0, 0.5]])) is None  # a stable focus


@pytest.mark.parametrize("kind", ["relu", "softplus", "exponential", "sign", "erf"])
def test_outside_of_the_theorem_nothing_is_said(kind):
    assert decide(network([[3.0, -2.0], [2.0, 0.0]], [1.0, 0.6], kind)) is None


def test_neurons_without_time_constant_and_many_neurons_are_outside():
    assert decide(network([[3.0, -2.0], [2.0, 0.0]], [1.0, 0.0])) is None
    W = np.zeros((5, 5))
    W[:2, :2] = [[3.0, -2.0], [2.0, 0.0]]
    assert decide(network(W, [1.0, 0.6, 1.0, 1.0, 1.0])) is None
    assert decide(network(W[:4, :4], [1.0, 0.6, 1.0, 1.0])) is not None


# --- what the proof rests on ----------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_unstable_matrices_are_told_from_stable_ones(n):
    rng = np.random.default_rng(n)
    N = rng.normal(size=(2000, n, n)) + rng.uniform(0, 2, (2000, 1, 1)) * np.eye(n)
    unstable = np.linalg.eigvals(-N).real.max(axis=1) > 0
    said = surely_unstable(Intervals(N, np.zeros_like(N), np.abs(N)))
    assert not np.any(said & ~unstable)
    assert np.mean(said == unstable) > 0.999
    assert 100 < unstable.sum() < 1990


@pytest.mark.parametrize("n", [2, 3, 4])
def test_all_matrices_of_an_interval_are_unstable(n):
    rng = np.random.default_rng(n)
    N = rng.normal(size=(500, n, n)) + rng.uniform(0, 2, (500, 1, 1)) * np.eye(n)
    radius = np.broadcast_to(10.0 ** rng.uniform(-4, -0.5, (500, 1, 1)), N.shape)
    said = surely_unstable(Intervals(N, radius, np.abs(N) + radius))
    assert 20 < said.sum() < 500
    for _ in range(40):
        some = N[said] + radius[said] * rng.choice([-1.0, 1.0, 0.3], N[said].shape)
        assert np.linalg.eigvals(-some).real.max(axis=1).min() > 0


def test_a_matrix_at_the_threshold_is_not_called_unstable():
    N = np.array([[[0.0, 1.0], [-1.0, -1e-12]], [[0.0, 1.0], [-1.0, -1e-6]]])
    assert surely_unstable(Intervals(N, np.zeros_like(N), np.abs(N) + 1e-3)).tolist() == [
        False,
        True,
    ]


# --- simulations of what is claimed ---------------------------------------------------------


def comes_to_rest(net, x):
    move = field(net)
    end = 300.0 * float(net.tau.max())
    x = solve_ivp(move, (0.0, end), x, method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
    later = solve_ivp(move, (0.0, end / 3), x, method="LSODA", rtol=1e-8, atol=1e-10).y
    return float(np.ptp(later, axis=1).max()) < 1e-6


def test_random_networks_that_are_refuted_go_on_moving():
    rng = np.random.default_rng(0)
    refuted, resting = 0, 0
    for number in range(60):
        n = int(rng.integers(2, 4))
        W = rng.normal(size=(n, n)) * rng.uniform(1, 4)
        W[0, 1], W[1, 0] = abs(W[0, 1]), -abs(W[1, 0])
        kind = ("tanh", "sigmoid", "softmax", "arctan")[number % 4]
        parameters = {"beta": 4.0} if kind in ("sigmoid", "softmax") else {}
        current = -W.sum(axis=1) / (2 if kind == "sigmoid" else n)
        current = current * (kind in ("sigmoid", "softmax")) + 0.3 * rng.normal(size=n)
        net = network(W, rng.uniform(0.2, 5.0, n), kind, current, **parameters)
        found = decide(net)
        still = comes_to_rest(net, rng.normal(size=n))
        refuted, resting = refuted + (found is not None), resting + still
        assert not (found is not None and still), number
        if found is not None:
            for x in found.evidence["states"]:
                assert_allclose(field(net)(0.0, x), 0.0, atol=1e-8)
    assert refuted >= 6
    assert resting >= 10
