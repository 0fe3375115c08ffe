"""Delays survive every format of files, and graphs."""

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description

import hamsim
from hamsim.errors import HamsimError
from hamsim.formats.convert import read, write

FORMATS = ("yaml", "json", "graphml", "npz", "mtx")
GROUPS = {"a": {"size": 3, "lagrangian": "tanh"}, "b": {"size": 2, "lagrangian": "tanh"}}


def network(*connections):
    return hamsim.compile(
        {"format": "hamsim/1", "groups": GROUPS, "connections": list(connections)}
    )


def synapses(found):
    if found.delays is None:
        return []
    return sorted(zip(*(column.tolist() for column in found.delays), strict=True))


MET = network(
    {"between": ["a", "b"], "weights": [[1, 0], [2, 3], [0, 4]], "delay": [1, 2, 3, 4]},
    {"within": "a", "weights": [[0, 1, 2], [1, 0, 3], [2, 3, 0]], "delay": {"uniform": {}}},
    {"from": "a", "to": "b", "weights": 0.5, "delay": 0.5},
    {"from": "a", "to": "a", "weights": -1},
)
LATERAL = network(
    {"within": "a", "weights": [[0, 1, 2], [1, 0, 3], [2, 3, 0]], "delay": {"uniform": {}}}
)


@pytest.mark.parametrize("found", [MET, LATERAL], ids=["met", "lateral"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_keeps_them(found, form, tmp_path):
    path = tmp_path / f"network.{form}"
    write(found, path)
    again = read(path).network
    assert synapses(again) == synapses(found)
    assert again.symmetric == found.symmetric


def test_a_large_network_keeps_them_in_arrays(tmp_path):
    groups = {"a": {"size": 200, "lagrangian": "tanh"}}
    drawn = {"from": "a", "to": "a", "weights": {"normal": {}}, "delay": {"uniform": {}}}
    described = {"format": "hamsim/1", "groups": groups, "connections": [drawn]}
    found = hamsim.compile(described)
    write(found, tmp_path / "large.yaml")
    assert (tmp_path / "large.yaml").stat().st_size < 10_000
    assert synapses(read(tmp_path / "large.yaml").network) == synapses(found)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), symmetric=st.booleans())
def test_graphs_keep_them(seed, symmetric):
    described = random_description(seed, symmetric=symmetric, max_size=3)
    for k, connection in enumerate(described["connections"]):
        connection["delay"] = ({"uniform": {"low": 1.0}}, 0.5, 0.0)[(seed + k) % 3]
    found = hamsim.compile(described)
    again = hamsim.compile(hamsim.from_networkx(found.to_networkx()))
    assert synapses(again) == synapses(found)


def test_what_an_edge_says_now_holds():
    graph = LATERAL.to_networkx()
    graph.edges["a[0]", "a[2]"]["delay"] = 7.0
    del graph.edges["a[0]", "a[1]"]["delay"]
    again = hamsim.compile(hamsim.from_networkx(graph))
    times = {(i, j): time for i, j, _, time in synapses(again)}
    assert times[0, 2] == times[2, 0] == 7.0
    assert (0, 1) not in times
    graph.edges["a[0]", "a[2]"]["delay"] = -1.0
    with pytest.raises(HamsimError, match=r"edge 'a\[0\]' - 'a\[2\]': delay -1 must be at least 0"):
        hamsim.from_networkx(graph)


def test_other_graphs_have_attributes_of_their_own():
    graph = nx.DiGraph()
    graph.add_edge("p", "q", weight=2.0, delay=1.5)
    assert hamsim.compile(hamsim.from_networkx(graph)).delays is None
