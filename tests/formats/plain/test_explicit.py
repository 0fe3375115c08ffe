"""What `describe` says of a network gives the same network, and leaves nothing open."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from same_network import HANDWRITTEN, assert_same_network, network

import hamsim
from hamsim.formats.plain.explicit import describe

ZOO = sorted((Path(__file__).parents[3] / "networks").glob("*.yaml"))
OPTIONS = st.fixed_dictionaries(
    {name: st.booleans() for name in ("instant", "symmetric", "gated")},
)


def is_small(compiled):
    return compiled.n_neurons < 5_000 and compiled.W.nnz < 200_000


def assert_plain(value, key=""):
    """Only numbers, names and lists: nothing to be read, drawn or worked out."""
    if isinstance(value, dict):
        assert not {"file", "normal", "lognormal", "uniform"} & set(value)
        for name, item in value.items():
            assert_plain(item, name)
    elif isinstance(value, list):
        for item in value:
            assert_plain(item, key)
    else:
        assert type(value) in (str, int, float, bool)
        numbers = ("tau", "input", "initial", "value", "mask", "beta")
        if key in numbers and not (type(value) is str and "t" in value):  # an expression in t
            assert type(value) is float


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), OPTIONS)
def test_random_networks_come_back(seed, options):
    compiled = hamsim.compile(random_description(seed, **options))
    described = describe(compiled)
    assert_plain(described)
    assert_same_network(hamsim.compile(described), compiled)


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_handwritten_networks_come_back(name):
    compiled = hamsim.compile(HANDWRITTEN[name])
    described = describe(compiled)
    assert_plain(described)
    again = hamsim.compile(described)
    assert_same_network(again, compiled)
    assert describe(again) == described
    for key in ("references", "seed"):
        assert described.get(key) == HANDWRITTEN[name].get(key, 0 if key == "seed" else None)


@pytest.mark.parametrize("path", ZOO, ids=lambda path: path.stem)
def test_the_examples_come_back(path):
    compiled = hamsim.compile(path)
    if is_small(compiled):
        described = describe(compiled)
        assert_plain(described)
        assert_same_network(hamsim.compile(described), compiled)


@pytest.mark.parametrize("name", ["overlapping", "overlapping one-way", "gated", "cancelled"])
def test_energies_of_connections_are_the_same(name):
    one = hamsim.compile(HANDWRITTEN[name])
    two = hamsim.compile(describe(one))
    states = np.random.default_rng(0).normal(0, 1, (2, one.n_neurons))
    parts, others = (hamsim.energy(made, states) for made in (one, two))
    assert list(parts.connections) == list(others.connections)
    for key, part in parts.connections.items():
        assert np.array_equal(part, others.connections[key])


def test_what_is_said():
    compiled = hamsim.compile(
        network(
            {"a": {"size": 2, "tau": [1.0, 2.0]}, "b": {"neurons": ["p", "q"], "tau": 3}},
            [
                {"between": ["a", "b"], "weights": [[1.0, 0.0], [0.0, 2.0]]},
                {"within": "a", "weights": 4.0},
                {"from": "a", "to": "b", "weights": [[5.0, 6.0], [0.0, 0.0]], "name": "on"},
            ],
            stimuli=[{"group": "a", "value": 7, "mask": [0, 1], "stop": 2}],
        )
    )
    described = describe(compiled)
    assert described["groups"]["a"] == {
        "shape": [2],
        "lagrangian": {"kind": "tanh", "beta": 1.0},
        "tau": [1.0, 2.0],
        "input": 0.0,
        "initial": 0.0,
    }
    assert described["groups"]["b"]["neurons"] == ["p", "q"]
    assert described["connections"] == [
        {"name": "a-b", "between": ["a", "b"], "weights": {"edges": [[0, 0, 1.0], [1, 1, 2.0]]}},
        {"name": "a-a", "within": "a", "weights": {"edges": [[0, 1, 4.0]]}},
        {"name": "on", "from": "a", "to": "b", "weights": {"edges": [[0, 0, 5.0], [1, 0, 6.0]]}},
    ]
    assert described["stimuli"] == [
        {"group": "a", "mode": "input", "value": 7.0, "mask": [0.0, 1.0], "start": 0.0, "stop": 2.0}
    ]


def test_a_network_without_a_text_is_described_too():
    import dataclasses

    compiled = hamsim.compile(HANDWRITTEN["stimuli"])
    without = dataclasses.replace(compiled, source="")
    masked = [s for s in compiled.stimuli if s.neurons.size]
    without = dataclasses.replace(without, stimuli=tuple(masked))
    again = hamsim.compile(describe(without))
    assert_same_network(again, without)


def test_the_block_of_a_connection():
    compiled = hamsim.compile(HANDWRITTEN["gated"])
    block = compiled.block(compiled.connections[2])
    assert np.array_equal(block.toarray(), np.ones((3, 2)))
    with pytest.raises(hamsim.HamsimError, match="is gated"):
        compiled.block(compiled.connections[0])
    overlapping = hamsim.compile(HANDWRITTEN["overlapping"])
    assert overlapping.block(overlapping.connections[3]).nnz == 20
