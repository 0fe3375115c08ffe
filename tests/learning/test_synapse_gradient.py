"""Derivatives by weights are those of the dense oracle, in all shapes that connections have."""

import numpy as np
import pytest
from dense_synapses import derivatives, hebbian_derivatives, is_kernel
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import drawn_description
from scipy.sparse import issparse

import hamsim
from hamsim.learning.synapses import SynapseGradient


def written(value):
    return value.toarray() if issparse(value) else value


def assert_alike(gradient, expected):
    by_name, edges = expected
    found = gradient.connections
    assert list(found) == list(by_name)
    size = max([np.abs(value).max(initial=0.0) for value in (*by_name.values(), edges)] + [1e-300])
    for name, value in by_name.items():
        assert found[name].shape == value.shape, name
        assert np.abs(written(found[name]) - value).max(initial=0.0) < 1e-12 * size, name
    assert gradient.edges.shape == edges.shape
    assert np.abs(gradient.edges - edges).max(initial=0.0) < 1e-12 * size


def rows_of(network, trials, seed):
    rng = np.random.default_rng(seed)
    a, g = (rng.normal(size=(trials, network.n_neurons)) for _ in range(2))
    return a, g, rng.normal(size=trials)


def assert_all_sums(network, trials, seed=0):
    a, g, scale = rows_of(network, trials, seed)
    gradient = SynapseGradient(network)
    gradient.adjoint(a, g, scale)
    assert_alike(gradient, derivatives(network, a, g, scale))
    gradient.clear()
    gradient.hebbian(g, scale)
    assert_alike(gradient, hebbian_derivatives(network, g, scale))
    gradient.hebbian(a, -scale)
    both = gradient.flat
    gradient = SynapseGradient(network)
    gradient.contrast(g, a, scale)
    assert np.allclose(gradient.flat, both, rtol=0, atol=1e-12 * (1 + np.abs(both).max(initial=0)))


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    symmetric=st.booleans(),
    gated=st.booleans(),
    trials=st.sampled_from([1, 3, 8, 20, 70]),
)
def test_sums_are_those_of_the_oracle(seed, symmetric, gated, trials):
    network = hamsim.compile(drawn_description(seed, symmetric=symmetric, gated=gated))
    assert_all_sums(network, trials, seed)


def layers(rule, image, found, **ends):
    groups = {
        "image": {"shape": image, "lagrangian": "tanh"},
        "found": {"shape": found, "lagrangian": "tanh"},
    }
    if ends.get("within"):
        del groups["found"]
    return hamsim.compile(
        {"format": "hamsim/1", "groups": groups, "connections": [{**ends, "weights": rule}]}
    )


ENDS = {
    "between": {"between": ["found", "image"]},
    "turned": {"between": ["image", "found"]},
    "there": {"from": "image", "to": "found"},
    "back": {"from": "found", "to": "image"},
}


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize(
    ("window", "stride", "padding", "image", "found"),
    [
        (3, 1, "same", [6, 5, 2], [6, 5, 9]),
        ([2, 3], [2, 1], "valid", [6, 7, 1], [3, 5, 3]),
        (5, 2, "same", [7, 7, 10], [4, 4, 2]),
    ],
)
def test_a_kernel_has_the_sum_over_its_places(window, stride, padding, image, found, ends):
    number = {"normal": {"std": 0.5}}
    rule = {"kernel": number, "window": window, "stride": stride, "padding": padding}
    network = layers({"conv2d": rule}, image, found, **ENDS[ends])
    assert is_kernel(network, network.connections[0])
    for trials in (1, 9):
        assert_all_sums(network, trials)


def test_a_kernel_within_a_group_has_one_weight_for_two_that_are_alike():
    rng = np.random.default_rng(0)
    kernel = rng.normal(0, 0.1, (2, 2, 3, 3))
    kernel = kernel + kernel[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    kernel[0, 1, 0, 2] = kernel[1, 0, 2, 0] = 0.0
    rule = {"conv2d": {"kernel": kernel.tolist(), "padding": "same"}}
    network = layers(rule, [5, 4, 2], None, within="image", self_connections=True)
    assert is_kernel(network, network.connections[0])
    assert SynapseGradient(network).flat.size == 18 - 1 + 1
    assert_all_sums(network, 3)


def test_whole_blocks_of_all_sizes():
    rng = np.random.default_rng(3)
    for rows, columns in ((1, 1), (8, 24), (9, 25), (40, 33), (7, 70)):
        groups = {"a": {"size": rows, "lagrangian": "tanh"}}
        groups |= {
            "b": {"size": 3, "lagrangian": "relu"},
            "c": {"size": columns, "lagrangian": "relu"},
        }
        block = rng.normal(size=(rows, columns))
        for ends in ({"between": ["a", "c"]}, {"from": "c", "to": "a"}):
            network = hamsim.compile(
                {
                    "format": "hamsim/1",
                    "groups": groups,
                    "connections": [
                        {**ends, "weights": block.tolist()},
                        {"between": ["b", ["a", "c"]], "weights": 0.5},
                        {"within": ["c", "a"], "weights": 0.5, "self_connections": True},
                    ]
                    if "between" not in ends
                    else [{**ends, "weights": block.tolist()}],
                }
            )
            assert_all_sums(network, 17)


def test_rows_that_do_not_count_may_hold_anything():
    network = hamsim.compile(drawn_description(5, gated=True))
    a, g, scale = rows_of(network, 6, 0)
    scale[[1, 4]] = 0.0
    expected = derivatives(network, a, g, scale)
    a[1], g[4] = np.nan, np.inf
    gradient = SynapseGradient(network)
    gradient.adjoint(a, g, scale)
    assert_alike(gradient, expected)


def test_held_groups_get_no_sums_of_what_they_would_receive():
    network = layers(0.5, [9], [30], between=["found", "image"])
    a, g, scale = rows_of(network, 5, 1)
    a[:, network.index("image")] = 0.0
    gradient = SynapseGradient(network)
    gradient.adjoint(a, g, scale)
    assert_alike(gradient, derivatives(network, a, g, scale))


def test_connections_are_what_new_weights_are_given_as():
    network = hamsim.compile(drawn_description(11, gated=True))
    a, g, scale = rows_of(network, 4, 2)
    gradient = SynapseGradient(network)
    gradient.adjoint(a, g, scale)
    kept = {c.name: c for c in network.connections}
    usable = {
        name: value for name, value in gradient.connections.items() if kept[name].block is None
    }
    changed = network.with_weights(usable)
    for name, value in usable.items():
        if not kept[name].gate:
            assert np.array_equal(network.block(kept[name]).shape, value.shape)
            found = next(c for c in changed.connections if c.name == name)
            assert np.array_equal(changed.block(found).toarray(), written(value))


def test_edges_that_were_not_asked_for_are_not_given():
    network = layers(0.5, [3], [2], between=["found", "image"])
    with pytest.raises(ValueError, match="not asked for"):
        _ = SynapseGradient(network, edges=False).edges
    with pytest.raises(ValueError, match="both must be"):
        SynapseGradient(network).adjoint(np.zeros((2, 5)), np.zeros((3, 5)))
