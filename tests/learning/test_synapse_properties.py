"""What holds for derivatives by weights and for learned weights whatever the network is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import drawn_description, random_description
from scipy.sparse import issparse

import hamsim
from hamsim.learning.synapses import LearnedWeights, SynapseGradient


def gradient_of(network, a, g, **how):
    gradient = SynapseGradient(network, **how)
    gradient.adjoint(a, g)
    return gradient


def rows_of(network, trials, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(trials, network.n_neurons)) for _ in range(2))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_the_order_of_groups_changes_rounding_alone(seed, symmetric):
    description = random_description(seed, symmetric=symmetric, gated=True)
    network = hamsim.compile(description)
    names = list(description["groups"])
    turned = {name: description["groups"][name] for name in reversed(names)}
    other = hamsim.compile({**description, "groups": turned})
    a, g = rows_of(network, 9, seed)
    order = np.concatenate([np.arange(network.n_neurons)[network.index(name)] for name in turned])
    one, two = gradient_of(network, a, g), gradient_of(other, a[:, order], g[:, order])
    for name, value in one.connections.items():
        value, again = (v.toarray() if issparse(v) else v for v in (value, two.connections[name]))
        # Which triples are drawn, or are listed first, may depend on the order of the file.
        if value.shape == again.shape and value.ndim == 2:
            assert np.allclose(
                value, again, rtol=0, atol=1e-12 * (1 + np.abs(value).max(initial=0))
            )
    pairs = {
        frozenset((order[i], order[j])) if network.symmetric else (order[i], order[j]): value
        for (i, j), value in zip(other.edges.tolist(), two.edges, strict=True)
    }
    if network.symmetric:
        for (i, j), value in zip(network.edges.tolist(), one.edges, strict=True):
            assert abs(pairs[frozenset((i, j))] - value) < 1e-12 * (1 + abs(value))


def test_threads_of_one_process_get_the_same_bits():
    network = hamsim.compile(drawn_description(4, gated=True))
    a, g = rows_of(network, 40)
    expected = gradient_of(network, a, g)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: gradient_of(network, a, g), range(16)))
    for each in found:
        assert np.array_equal(each.flat, expected.flat)
        assert np.array_equal(each.edges, expected.edges)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), split=st.integers(1, 29))
def test_batches_add_up(seed, split):
    network = hamsim.compile(drawn_description(seed, gated=True))
    a, g = rows_of(network, 30, seed)
    whole, parts = gradient_of(network, a, g), SynapseGradient(network)
    parts.adjoint(a[:split], g[:split])
    parts.adjoint(a[split:], g[split:])
    size = 1 + np.abs(whole.flat).max(initial=0)
    assert np.allclose(parts.flat, whole.flat, rtol=0, atol=1e-13 * size)
    assert np.allclose(parts.edges, whole.edges, rtol=0, atol=1e-13 * size)
    without = gradient_of(network, a, g, edges=False)
    assert np.array_equal(without.flat, whole.flat)


def test_synapses_keep_their_delays_when_weights_are_learned():
    groups = {name: {"size": 3, "lagrangian": "tanh"} for name in "ab"}
    delays = np.arange(9.0).reshape(3, 3).tolist()
    connections = [{"between": ["a", "b"], "weights": {"normal": {"std": 1}}, "delay": delays}]
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    learned = LearnedWeights(network)
    learned.flat *= 3.0
    learned.changed()
    found, before = learned.network.delays, network.delays
    assert np.array_equal(found.times, before.times)
    assert np.array_equal(found.weights, 3.0 * before.weights)
