"""Weights that are written to are those of the networks that have them; layouts take them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import drawn_description
from scipy.sparse import issparse

import hamsim
from hamsim.layout.arrange import arrange
from hamsim.layout.choose import choose
from hamsim.layout.refill import arranged
from hamsim.learning.synapses import LearnedWeights, SynapseGradient
from hamsim.network import transposed

LAYOUTS = ("auto", "rows", "half", "tiles", "dense", "convolution")


def compiled(seed, **options):
    """A random network in which no weights cancelled, of one Lagrangian, whose code is at hand."""
    for k in range(10):
        description = drawn_description(seed + k, **options)
        for group in description["groups"].values():
            group["lagrangian"] = "tanh"
        network = hamsim.compile(description)
        try:
            return network, LearnedWeights(network)
        except hamsim.HamsimError:
            continue
    raise AssertionError("no such network")


def written(values):
    return {k: v.toarray() if issparse(v) else v for k, v in values.items()}


def assert_same_plan(found, expected):
    for name, value in expected.plan._asdict().items():
        if name != "chunk_calls":
            assert np.array_equal(getattr(found.plan, name), value), name


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans(), gated=st.booleans())
def test_the_network_has_what_was_written(seed, symmetric, gated):
    network, learned = compiled(seed, symmetric=symmetric, gated=gated)
    assert learned.network is network
    learned.changed()
    assert np.array_equal(learned.network.W.data, network.W.data)
    before = learned.network
    learned.flat[:] = np.random.default_rng(seed).normal(size=learned.flat.size)
    assert learned.network is before  # until it is told
    learned.changed()
    expected = network.with_weights(written(learned.own(learned.flat)))
    found = learned.network
    assert np.array_equal(found.W.data, expected.W.data)
    assert found.symmetric == expected.symmetric
    assert np.array_equal(before.W.data, network.W.data)
    for one, other in zip(found.connections, expected.connections, strict=True):
        if one.gate:
            assert np.array_equal(one.triples.weights, other.triples.weights)
        else:
            assert np.array_equal(found.block(one).toarray(), expected.block(other).toarray())
    again = LearnedWeights(found)
    assert np.array_equal(again.flat, learned.flat)
    again.flat[:] = 0.0
    again.take(learned.own(learned.flat))
    assert np.array_equal(again.network.W.data, found.W.data)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    gated=st.booleans(),
    instant=st.booleans(),
    trials=st.sampled_from([1, 9]),
    layout=st.sampled_from(LAYOUTS),
)
def test_a_layout_is_filled_with_other_weights(seed, symmetric, gated, instant, trials, layout):
    network, learned = compiled(seed, symmetric=symmetric, gated=gated, instant=instant)
    try:
        arranged(network, trials, layout, np.float64)
    except hamsim.SimulationError:
        return
    for k in range(2):
        learned.flat[:] = np.random.default_rng(seed + k).normal(size=learned.flat.size)
        learned.changed()
        changed = learned.network
        found = arranged(changed, trials, layout, np.float64)
        assert_same_plan(found, arrange(changed, trials=trials, layout=layout))


def image_layers(**ends):
    rule = {"conv2d": {"kernel": {"normal": {"std": 0.5}}, "window": 3, "stride": 2}}
    groups = {
        "image": {"shape": [7, 8, 2], "lagrangian": "tanh"},
        "found": {"shape": [3, 3, 4], "lagrangian": "tanh"},
    }
    return hamsim.compile(
        {"format": "hamsim/1", "groups": groups, "connections": [{**ends, "weights": rule}]}
    )


@pytest.mark.parametrize(
    "ends", [{"between": ["found", "image"]}, {"from": "image", "to": "found"}], ids=str
)
def test_a_layout_is_filled_with_another_kernel(ends):
    network = image_layers(**ends)
    arranged(network, 3, "convolution", np.float64)
    learned = LearnedWeights(network)
    assert learned.flat.size == 4 * 2 * 9
    learned.flat *= -2.0
    learned.changed()
    kernel = learned.network.connections[0].convolution.kernel
    assert np.array_equal(kernel, -2.0 * network.connections[0].convolution.kernel)
    assert np.array_equal(learned.network.W.data, -2.0 * network.W.data)
    found = arranged(learned.network, 3, "convolution", np.float64)
    assert_same_plan(found, arrange(learned.network, trials=3, layout="convolution"))


def test_a_block_that_is_symmetric_by_chance_is_arranged_anew():
    groups = {name: {"size": 4, "lagrangian": "tanh"} for name in "abc"}
    block = np.arange(1.0, 17.0).reshape(4, 4)
    connections = [
        {"from": "a", "to": "b", "weights": block.tolist()},
        {"from": "b", "to": "a", "weights": block.T.tolist()},
        {"from": "a", "to": "c", "weights": 0.5},
    ]
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    arranged(network, 1, "dense", np.float64)
    learned = LearnedWeights(network)
    learned.blocks[network.connections[0].name][:] = 7.0
    learned.changed()
    found = arranged(learned.network, 1, "dense", np.float64)
    assert_same_plan(found, arrange(learned.network, layout="dense"))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), gated=st.booleans())
def test_the_transposed_network_receives_what_was_sent(seed, gated):
    network, learned = compiled(seed, symmetric=False, gated=gated)
    turned = transposed(network)
    if network.symmetric:
        assert turned is network
        return
    assert np.array_equal(turned.W.toarray(), network.W.toarray().T)
    assert np.array_equal(transposed(turned).W.data, network.W.data)
    for there, back in zip(network.connections, turned.connections, strict=True):
        if not there.gate:
            expected = network.block(there).toarray()
            expected = expected.T if there.kind == "from" else expected
            assert np.array_equal(turned.block(back).toarray(), expected)
    learned.flat[:] = np.random.default_rng(seed).normal(size=learned.flat.size)
    learned.changed()
    changed = transposed(learned.network)
    assert np.array_equal(changed.W.toarray(), learned.network.W.toarray().T)
    assert changed.symmetric or changed.pattern is turned.pattern


def test_a_transposed_kernel_is_a_kernel():
    network = image_layers(**{"from": "image", "to": "found"})
    turned = transposed(network)
    (kernel,) = choose(turned, layout="convolution").shared
    assert (kernel.to_found, kernel.to_image) == (False, True)
    assert np.array_equal(kernel.convolution.kernel, network.connections[0].convolution.kernel)
    v = np.random.default_rng(0).normal(size=(3, network.n_neurons))
    gradient, back = SynapseGradient(network), SynapseGradient(turned)
    gradient.adjoint(v, v[::-1])
    back.adjoint(v[::-1], v)
    assert np.allclose(gradient.flat, back.flat, rtol=0, atol=1e-12)


def test_weights_that_cancelled_cannot_be_learned():
    groups = {name: {"size": 2, "lagrangian": "tanh"} for name in "ab"}
    connections = [
        {"between": ["a", "b"], "weights": [[1.0, 2.0], [3.0, 4.0]]},
        {"between": ["a", "b"], "weights": [[-1.0, 2.0], [3.0, 4.0]]},
    ]
    network = hamsim.compile({"format": "hamsim/1", "groups": groups, "connections": connections})
    with pytest.raises(hamsim.HamsimError, match="some of their weights cancelled"):
        LearnedWeights(network)
