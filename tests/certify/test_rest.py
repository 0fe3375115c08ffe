"""The search for rest states: derivatives, Newton's method on many rows, and what is found."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from random_networks import random_description
from reference import dense

import hamsim
from hamsim.certify.newton import distinct_rest_states, newton, starts, unlike
from hamsim.certify.scaled import ScaledNetwork
from hamsim.cli.examples import zoo
from hamsim.field.dense import DenseField


def scaled(description):
    net = hamsim.compile(description)
    return ScaledNetwork(net, np.ones(net.n_neurons), False)


def example(name):
    return scaled(zoo() / f"{name}.yaml")


@pytest.mark.parametrize("seed", range(12))
def test_the_field_and_its_derivatives_are_those_of_the_model(seed):
    given = scaled(random_description(seed, max_size=3))
    model, field = dense(given.network), DenseField(given.network)
    n = given.network.n_neurons
    rows = np.random.default_rng(seed).normal(size=(4, n))
    assert_allclose(field.residual(rows), [model.drive(x) - x for x in rows], atol=1e-12)
    H, J = field.hessians(rows), field.jacobians(rows)
    for k, x in enumerate(rows):
        full = np.zeros((n, n))
        for group in model.groups:
            full[np.ix_(group.neurons, group.neurons)] = group.H(x[group.neurons])
        assert_allclose(H[k], full, atol=1e-10)
        assert_allclose(J[k], given.network.W.toarray() @ full - np.eye(n), atol=1e-10)


def test_newton_ends_at_zeros_and_says_where_it_does_not():
    given = example("softmax_oscillation")
    field = DenseField(given.network)
    rows = np.concatenate([np.zeros((1, 3)), np.full((1, 3), np.nan), np.full((1, 3), 2.0)])
    with np.errstate(all="ignore"):
        x, fine, taken = newton(field, rows)
    assert fine.tolist() == [True, False, True]
    assert 0 < taken < 60
    assert np.abs(field.residual(x[fine])).max() < 1e-12


def test_a_singular_jacobian_spoils_only_its_own_row():
    """x = relu(x) at x > 0: there J = 0."""
    group = {"size": 1, "lagrangian": "relu", "input": [0.5]}
    synapses = {"within": "g", "weights": [[1.0]], "self_connections": True}
    given = scaled({"format": "hamsim/1", "groups": {"g": group}, "connections": [synapses]})
    with np.errstate(all="ignore"):
        x, fine, _ = newton(DenseField(given.network), np.array([[1.0], [-3.0]]))
    assert not fine.any()
    assert np.isfinite(x[1]).all()


def test_rows_that_are_close_count_once():
    rows = np.array([[0.0, 1.0], [0.0, 1.0 + 1e-9], [2.0, 0.0], [5.0, 5.0]])
    assert [x.tolist() for x in unlike(rows, [np.array([5.0, 5.0])], 1e-6)] == [[0, 1], [2, 0]]


@pytest.mark.parametrize(
    "name",
    [
        "amari_field",
        "deep_stack",
        "hopfield",
        "model_b",
        "model_c",
        "one_hidden",
        "ring",
        "skip_lateral",
        "slow_hidden",
        "two_hidden",
        "winner_take_all",
        "working_memory_bump",
    ],
)
def test_examples_with_several_rest_states(name):
    given = example(name)
    found = distinct_rest_states(given, starts(given.network, 12))
    assert len(found) == 2
    model = dense(given.network)
    for rest in found:
        assert model.residual(rest.x) < 1e-9 * (1 + np.abs(rest.x).max())
    assert np.abs(found[0].x - found[1].x).max() > 1e-3


@pytest.mark.parametrize("name", ["wilson_cowan", "softmax_oscillation", "moving_ring"])
def test_examples_with_one_rest_state_that_is_found(name):
    given = example(name)
    assert len(distinct_rest_states(given, starts(given.network, 12))) == 1


def test_more_rest_states_are_found_if_more_are_asked_for():
    """Two pairs of neurons, of which each has three rest states."""
    pair = np.array([[0.0, 2.0], [2.0, 0.0]])
    W = np.kron(np.eye(2), pair)
    group = {"size": 4, "lagrangian": "tanh"}
    synapses = {"within": "g", "weights": W.tolist()}
    given = scaled({"format": "hamsim/1", "groups": {"g": group}, "connections": [synapses]})
    found = distinct_rest_states(given, starts(given.network, 40), most=9)
    assert len(found) == 9
