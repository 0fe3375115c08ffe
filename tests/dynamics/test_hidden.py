"""Neurons of two values beside hidden ones that follow at once, against both energies compared."""

import numpy as np
import pytest
from dense_reference import reduced_energy, sweep

import hamsim
from hamsim import SimulationError
from hamsim.dynamics.discrete.hidden import HiddenNeurons, hidden_neurons
from hamsim.kernels.discrete_hidden import (
    hidden_drive,
    hidden_energy,
    hidden_gain,
    hidden_take,
    renew_hidden,
)
from hamsim.kernels.jit import jit


def soft(h):
    return h.max() + np.log(np.exp(h - h.max()).sum())


LAYERS = {
    "x**3": ({"expression": "x**3"}, lambda h: (h**3).sum()),
    "rectified": ("relu", lambda h: (np.maximum(h, 0.0) ** 2).sum() / 2),
    "softmax": ("softmax", soft),
    "softmax over the last axis": (
        {"kind": "softmax", "over": [0]},
        lambda h: soft(h[::2]) + soft(h[1::2]),
    ),
}


@jit
def one_sweep(hidden, g, order, low, high):
    """A sweep without synapses among the neurons themselves."""
    renew_hidden(hidden, 0, g)
    for k in range(order.size):
        i = order[k]
        gain = hidden_gain(hidden, 0, i, g[i], low, high)
        new = high if gain > 0.0 else low if gain < 0.0 else g[i]
        if new != g[i]:
            change = new - g[i]
            g[i] = new
            hidden_take(hidden, 0, i, change)
    return hidden_energy(hidden, 0)


@jit
def drives_of(hidden, out):
    """What each neuron receives from hidden ones."""
    for i in range(out.size):
        out[i] = hidden_drive(hidden, 0, i)


def network_of(weights, kinds, visible="sign"):
    """Neurons of two values that are connected with hidden groups."""
    n = next(iter(weights.values())).shape[1]
    groups = {"seen": {"size": n, "lagrangian": visible}}
    for name, W in weights.items():
        groups[name] = {"shape": [W.shape[0] // 2, 2], "lagrangian": kinds[name], "tau": 0}
        groups[name]["input"] = 0.5
    return hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": groups,
            "connections": [
                {"between": [name, "seen"], "weights": W.tolist()} for name, W in weights.items()
            ],
        }
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("real", [False, True])
def test_a_sweep_is_that_of_both_energies_compared(seed, real):
    rng = np.random.default_rng(seed)
    n, low = 11, -1.0 if seed else 0.0
    weights, layers = {}, []
    for k, name in enumerate(LAYERS):
        W = rng.choice([-1.0, 0.0, 1.0], (4 + 2 * k, n), p=[0.4, 0.2, 0.4])
        weights[name] = W * rng.normal(size=W.shape) if real else W
        layers.append((weights[name], 0.5, LAYERS[name][1]))
    kinds = {name: kind for name, (kind, _) in LAYERS.items()}
    weights = {name.replace(" ", "_"): W for name, W in weights.items()}
    kinds = {name.replace(" ", "_"): kind for name, kind in kinds.items()}
    network = network_of(weights, kinds, "sign" if low else "step")
    hidden = HiddenNeurons(network).fields(1, network.input[None])
    state = rng.choice([low, 1.0], n)
    g, expected = np.zeros(network.n_neurons), state.copy()
    g[:n] = state
    for _ in range(2):
        order = rng.permutation(n)
        energy = one_sweep(hidden, g, order, low, 1.0)
        sweep(expected, order, layers, low=low)
        assert np.array_equal(g[:n], expected)
        assert energy == pytest.approx(reduced_energy(expected, layers), rel=1e-12)
        drives = np.zeros(n)
        drives_of(hidden, drives)
        x = np.concatenate([expected, *(W @ expected + J for W, J, _ in layers)])
        received = (network.W @ hamsim.activation(network, x))[:n]
        assert drives == pytest.approx(received, rel=1e-12, abs=1e-12)
    assert not np.array_equal(expected, state)


def test_many_hidden_neurons_are_read_in_pieces():
    rng = np.random.default_rng(5)
    W = rng.choice([-1.0, 1.0], (5000, 6))
    W[:2500, 0] = W[3000:, 1] = 0.0
    network = network_of({"memory": W}, {"memory": {"expression": "x**3"}})
    hidden = HiddenNeurons(network).fields(1, network.input[None])
    assert hidden.chunks.shape[0] == 3
    expected = rng.choice([-1.0, 1.0], 6)
    g = np.concatenate([expected, np.zeros(5000)])
    one_sweep(hidden, g, np.arange(6), -1.0, 1.0)
    sweep(expected, range(6), [(W, 0.5, LAYERS["x**3"][1])])
    assert np.array_equal(g[:6], expected)
    assert hidden.states[0] == pytest.approx(W @ expected + 0.5, abs=1e-9)


def test_a_lagrangian_that_overflows_decides_nothing_and_says_so():
    W = np.full((2, 3), 400.0)
    network = network_of({"memory": W}, {"memory": "exponential"})
    hidden = HiddenNeurons(network).fields(1, network.input[None])
    g = np.array([1.0, 1.0, 1.0, 0.0, 0.0])
    one_sweep(hidden, g, np.arange(3), -1.0, 1.0)
    assert hidden.lost[0] == 1
    assert g[:3].tolist() == [1.0, 1.0, 1.0]


def test_without_hidden_neurons_there_is_nothing_to_ask():
    groups = {"seen": {"size": 2, "lagrangian": "sign", "tau": 0}}
    network = hamsim.compile({"format": "hamsim/1", "groups": groups})
    assert not hidden_neurons(network).any()
    hidden = HiddenNeurons(network).fields(2, network.input[None])
    assert hidden.states.shape == (2, 0)
    assert one_sweep(hidden, np.array([1.0, -1.0]), np.arange(2), -1.0, 1.0) == 0.0


@pytest.mark.parametrize(
    ("groups", "connections", "words"),
    [
        ({}, [{"within": "h", "weights": 1.0}], r"h\[0\] has tau = 0 and a connection with"),
        ({}, [{"from": "h", "to": "v", "weights": 1.0}], r"h\[0\] has tau = 0 and one-way"),
    ],
)
def test_where_no_reduced_energy_is_defined_it_is_said(groups, connections, words):
    plain = {
        "v": {"size": 2, "lagrangian": "sign"},
        "h": {"size": 2, "lagrangian": "relu", "tau": 0},
    }
    network = hamsim.compile(
        {"format": "hamsim/1", "groups": {**plain, **groups}, "connections": connections}
    )
    with pytest.raises(SimulationError, match=words):
        HiddenNeurons(network)
