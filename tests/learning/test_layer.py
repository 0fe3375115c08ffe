"""Rest states as a function of arrays: derivatives against differences, and what has none."""

import numpy as np
import pytest

import hamsim
from hamsim.errors import HamsimError, SimulationWarning
from hamsim.learning.layer import Layer, rows_of_values, shape_of_one

# Each has a rest state of its own, and neurons of every kind of group are free or held.
DESCRIPTION = {
    "format": "hamsim/1",
    "seed": 3,
    "groups": {
        "a": {"shape": [1, 3], "lagrangian": "tanh", "input": [0.3, -0.2, 0.1]},
        "b": {"size": 3, "lagrangian": {"kind": "softmax", "beta": 1.5}, "tau": 0.5},
    },
    "connections": [
        {"between": ["a", "b"], "weights": {"normal": {"mean": 0, "std": 0.5}}},
        {"within": "a", "weights": [[0, 0.2, 0], [0.2, 0, -0.3], [0, -0.3, 0]]},
    ],
}
WAYS = {
    "driven": {},
    "held": {"inputs": "a", "outputs": "b"},
    "held states": {"inputs": "b", "of": "x"},
    "some": {"inputs": ["a[0, 1]", "b"], "mode": "input", "outputs": "a", "of": "x"},
}


@pytest.fixture(scope="module")
def network():
    return hamsim.compile(DESCRIPTION)


def drive(network, x):
    """W g + I at a state, densely."""
    above = np.exp(1.5 * x[3:])
    g = np.concatenate([np.tanh(x[:3]), above / above.sum()])
    return network.W.toarray() @ g + network.input


def layer_of(network, **way):
    return Layer(network, **way, residual=1e-13, tol=1e-13, follows=False)


def differences(f, at, h=1e-5):
    steps = h * np.eye(at.size).reshape(at.size, *at.shape)
    return np.array([(f(at + step) - f(at - step)) / (2 * h) for step in steps]).reshape(at.shape)


@pytest.mark.parametrize("way", WAYS)
def test_derivatives_are_those_of_rest_states(network, way):
    layer = layer_of(network, **WAYS[way])
    rng = np.random.default_rng(0)
    values = rng.normal(size=(2, layer.inputs.at.size))
    vector = rng.normal(size=(2, layer.outputs.at.size))
    weights, current = layer.weights, layer.input

    def loss(weights, current, values):
        return float((vector * layer.forward(weights, current, values).out).sum())

    passed = layer.forward(weights, current, values)
    pulled = layer.backward(weights, current, passed.x, passed.rests, vector)
    assert passed.rests.all()
    assert pulled.counts.all()
    tolerance = {"rtol": 1e-6, "atol": 1e-8}
    found = differences(lambda w: loss(w, current, values), weights)
    np.testing.assert_allclose(pulled.weights, found, **tolerance)
    found = differences(lambda i: loss(weights, i, values), current)
    np.testing.assert_allclose(pulled.input, found, **tolerance)
    found = differences(lambda v: loss(weights, current, v), values)
    np.testing.assert_allclose(pulled.values, found, **tolerance)


def test_rows_are_rest_states_of_the_network(network):
    layer = layer_of(network, inputs="a", outputs="b")
    values = np.random.default_rng(1).normal(size=(2, 3))
    weights, current = 0.5 * layer.weights, layer.input + 0.1
    x = layer.forward(weights, current, values).x
    made = layer.network(weights, current)
    np.testing.assert_array_equal(x[:, :3], values)
    W = made.W.toarray()
    block = weights[layer.synapses.named["a-b"].slice].reshape(3, 3)
    np.testing.assert_array_equal(W[:3, 3:], block)
    np.testing.assert_allclose(x[:, 3:], np.tanh(values) @ block + current[3:], atol=1e-12)


def test_calls_may_come_in_any_order(network):
    layer = layer_of(network)
    rng = np.random.default_rng(2)
    values, vector = rng.normal(size=(2, 6)), rng.normal(size=(2, 6))
    first, second = (layer.weights * s for s in (1.0, 0.5))
    passed = layer.forward(first, layer.input, values)
    alone = layer.backward(first, layer.input, passed.x, passed.rests, vector)
    layer.forward(second, layer.input, values)
    later = layer.backward(first, layer.input, passed.x, passed.rests, vector)
    for ours, theirs in zip(alone, later, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_rows_without_a_stable_rest_state_have_no_gradient():
    two = {"size": 2, "lagrangian": {"kind": "tanh", "beta": 2.0}}
    made = {"within": "a", "weights": [[0, 1], [1, 0]]}
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": two}, "connections": [made]})
    layer = layer_of(network)
    values = np.array([[0.0, 0.0], [0.4, 0.4]])  # the first rests at the saddle
    passed = layer.forward(layer.weights, layer.input, values)
    with pytest.warns(SimulationWarning, match="1 of 2 rows came to rest in a state that is not"):
        pulled = layer.backward(layer.weights, layer.input, passed.x, passed.rests, np.ones((2, 2)))
    np.testing.assert_array_equal(pulled.counts, [False, True])
    np.testing.assert_array_equal(pulled.values[0], [0, 0])
    assert (pulled.values[1] > 0).all()
    rests = np.array([False, False])
    pulled = layer.backward(layer.weights, layer.input, passed.x, rests, np.ones((2, 2)))
    assert not pulled.weights.any()


def test_rows_whose_equations_have_no_solution_have_no_gradient():
    pair = {"size": 2, "lagrangian": "tanh"}
    made = {"within": "a", "weights": [[0, 1], [1, 0]]}  # 0 is a critical state
    network = hamsim.compile({"format": "hamsim/1", "groups": {"a": pair}, "connections": [made]})
    layer = layer_of(network)
    given = layer.weights, layer.input, np.zeros((1, 2)), np.array([True])
    with pytest.warns(SimulationWarning, match="equations that were not solved"):
        pulled = layer.backward(*given, np.ones((1, 2)))
    assert not pulled.counts.any()
    assert not pulled.values.any()


def test_weights_have_the_shape_of_a_full_block(network):
    synapses = Layer(network).synapses
    assert [shape_of_one(part) for part in synapses.parts] == [(3, 3), (2,)]
    neurons = Layer(network, "a").inputs
    assert rows_of_values(neurons, (5, 1, 3), "values") == (5,)
    assert rows_of_values(neurons, (2, 5, 3), "values") == (2, 5)
    assert rows_of_values(neurons, (3,), "values") == ()
    with pytest.raises(HamsimError, match=r"values have shape \(5, 4\); the last axes must be"):
        rows_of_values(neurons, (5, 4), "values")


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ({"inputs": "pixels"}, "pixels"),
        ({"inputs": ["a", "a[0, 1]"]}, "names a neuron twice"),
        ({"mode": "clamp"}, "say which groups"),
        ({"inputs": "a", "mode": "hold"}, "mode is 'hold'; allowed are"),
        ({"of": "h"}, "of is 'h'"),
        ({"residual": 0}, "residual is 0; it must be a number above 0"),
        ({"tol": "small"}, "small"),
    ],
)
def test_what_makes_no_layer_is_refused(network, way, message):
    with pytest.raises(HamsimError, match=message):
        Layer(network, **way)


def test_jumps_and_weights_that_are_no_numbers_are_refused(network):
    sign = {"size": 2, "lagrangian": "sign"}
    jumps = hamsim.compile({"format": "hamsim/1", "groups": {"s": sign}})
    with pytest.raises(HamsimError, match=r"the activation of group s \(sign\) jumps"):
        Layer(jumps)
    layer = Layer(network)
    with pytest.raises(HamsimError, match="weights hold numbers that are not finite"):
        layer.forward(layer.weights * np.nan, layer.input, np.zeros((1, 6)))
