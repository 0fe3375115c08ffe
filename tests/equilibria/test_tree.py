"""The disconnectivity tree against ways in a graph of minima and saddles."""

from itertools import pairwise

import networkx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hamsim.equilibria.landscape.tree import join


def lowest_way(leaves, energy, joins, a, b):
    """Lowest barrier: the highest saddle on the way in a minimum spanning tree."""
    graph = networkx.Graph()
    graph.add_nodes_from(range(len(leaves)))
    for k, (i, j) in enumerate(joins):
        if min(i, j) >= 0 and i != j:
            old = graph.get_edge_data(i, j, {"weight": np.inf})["weight"]
            graph.add_edge(i, j, weight=min(old, energy[k]))
    tree = networkx.minimum_spanning_tree(graph)
    if not networkx.has_path(tree, a, b):
        return np.inf
    way = networkx.shortest_path(tree, a, b)
    return max(tree[i][j]["weight"] for i, j in pairwise(way))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(0, 20), st.booleans())
def test_barriers_are_the_highest_saddle_of_the_lowest_way(seed, n, saddles, equal):
    rng = np.random.default_rng(seed)
    leaves = rng.uniform(-2.0, -1.0, n)
    energy = rng.integers(0, 3, saddles).astype(float) if equal else rng.uniform(0.0, 1.0, saddles)
    joins = [tuple(rng.integers(-1, n, 2).tolist()) for _ in range(saddles)]
    tree = join(leaves, energy, joins)
    assert np.all(np.diff(tree.energy) >= 0)
    for a in range(n):
        assert tree.barrier(a, a) == leaves[a]
        for b in range(a):
            assert tree.barrier(a, b) == lowest_way(leaves, energy, joins, a, b)
    parts = networkx.Graph()
    parts.add_nodes_from(range(n))
    parts.add_edges_from((i, j) for i, j in joins if min(i, j) >= 0)
    assert len(tree.roots) == networkx.number_connected_components(parts)
    for height, some, made_by in zip(tree.energy, tree.children, tree.saddle, strict=True):
        assert len(some) >= 2
        assert energy[made_by] == height


def test_saddles_of_one_level_make_one_joint():
    tree = join(
        np.array([-1.0, -1.0, -1.0, -2.0]), np.array([0.5, 0.5, 0.5]), [(0, 1), (1, 2), (2, 3)]
    )
    assert tree.children == ((0, 1, 2, 3),)
    assert tree.energy.tolist() == [0.5]
    assert tree.roots == (4,)


def test_what_is_no_minimum_has_no_place_in_it():
    tree = join(np.array([-1.0, np.nan, -1.5]), np.array([0.5]), [(0, 2)])
    assert tree.roots == (3,)
    assert tree.barrier(0, 2) == 0.5
    assert tree.to_dict()["children"] == [[0, 2]]
