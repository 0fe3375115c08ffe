"""Edges: every synapse of W is in one of them, and their weights are put where they belong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import drawn_description

import hamsim


def one_way_places(network):
    """Entries of W that a connection of one direction has, as a dense array of bool."""
    found = np.zeros(network.W.shape, dtype=bool)
    for connection in network.connections:
        if connection.kind == "from":
            rows, columns = network.neurons(connection.rows), network.neurons(connection.columns)
            found[np.ix_(rows, columns)] |= network.block(connection).toarray() != 0.0
    return found


def expected_edges(network):
    """Rows of `edges`, entry by entry."""
    there = network.W.toarray() != 0.0
    alone = one_way_places(network)
    alone |= alone.T
    if network.symmetric:
        alone[:] = False
    ends = np.argwhere(there)
    return [(i, j) for i, j in ends.tolist() if alone[i, j] or i <= j]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_each_synapse_is_in_one_edge(seed, symmetric):
    network = hamsim.compile(drawn_description(seed, symmetric=symmetric))
    edges = network.edges
    assert edges.tolist() == [list(ends) for ends in expected_edges(network)]
    assert edges.shape == (len(edges), 2)
    if any(connection.block is not None for connection in network.connections):
        return
    values = np.random.default_rng(seed).normal(size=len(edges))
    changed = network.with_weights(edges=values)
    alone = {tuple(ends) for ends in np.argwhere(one_way_places(network)).tolist()}
    W = np.zeros(network.W.shape)
    for (i, j), value in zip(edges.tolist(), values, strict=True):
        W[i, j] = value
        if network.symmetric or (i, j) not in alone:
            W[j, i] = value
    assert np.array_equal(changed.W.toarray(), W)
    assert changed.symmetric == network.symmetric or np.array_equal(W, W.T)
    assert [c.kind for c in changed.connections] == [c.kind for c in network.connections]


def two_groups(*connections):
    groups = {name: {"size": 2, "lagrangian": "tanh"} for name in "ab"}
    return hamsim.compile(
        {"format": "hamsim/1", "groups": groups, "connections": list(connections)}
    )


def test_edges_of_an_undirected_network_are_the_upper_triangle():
    network = two_groups(
        {"between": ["a", "b"], "weights": [[1.0, 2.0], [3.0, 4.0]]},
        {"within": "a", "weights": [[5.0, 6.0], [6.0, 0.0]], "self_connections": True},
    )
    assert network.edges.tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [1, 2], [1, 3]]
    doubled = network.with_weights(edges=2 * np.array([5.0, 6.0, 1.0, 2.0, 3.0, 4.0]))
    assert np.array_equal(doubled.W.toarray(), 2 * network.W.toarray())


def test_one_direction_beside_an_edge_makes_two_of_it():
    network = two_groups(
        {"between": ["a", "b"], "weights": [[1.0, 0.0], [3.0, 4.0]]},
        {"from": "a", "to": "b", "weights": [[2.0, 0.0], [0.0, 0.0]]},
    )
    # a[0] and b[0] have a synapse of one direction besides; the others are undirected.
    assert network.edges.tolist() == [[0, 2], [1, 2], [1, 3], [2, 0]]


def test_edges_of_a_network_that_lost_its_symmetry_go_one_way():
    network = two_groups({"between": ["a", "b"], "weights": [[1.0, 2.0], [3.0, 4.0]]})
    changed = network.with_weights(edges=np.arange(1.0, 9.0))
    assert len(changed.edges) == 8
    again = changed.with_weights({changed.connections[0].name: [[10.0, 20.0], [30.0, 40.0]]})
    assert again.W.toarray()[2:, :2].tolist() == [[5.0, 6.0], [7.0, 8.0]]
    assert again.W.toarray()[:2, 2:].tolist() == [[10.0, 20.0], [30.0, 40.0]]


def test_edges_cannot_be_written():
    network = two_groups({"between": ["a", "b"], "weights": 1.0})
    with pytest.raises(ValueError, match="read-only"):
        network.edges[0, 0] = 1
