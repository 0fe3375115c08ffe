"""Which attributes of a graph are read as what: named, usual, stated for all, or told of."""

import warnings

import networkx as nx
import numpy as np
import pytest
import scipy.sparse

import hamsim
from hamsim import HamsimError, from_networkx
from hamsim.errors import HamsimWarning
from hamsim.formats.graph.attributes import Choice, unread
from hamsim.formats.graph.from_graph import graph_description


def compiled(graph, **options):
    return hamsim.compile(from_networkx(graph, **options))


def chain(*edges, **named):
    """A directed graph of (u, v, attributes)."""
    graph = nx.DiGraph(**named)
    graph.add_edges_from(edges)
    return graph


def notes(graph):
    return graph_description(graph)[1]


def fails(graph, message, **options):
    with pytest.raises(HamsimError) as caught:
        from_networkx(graph, **options)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


# --- weights -------------------------------------------------------------------------------------


def test_the_weight_may_have_another_name():
    graph = chain(("A", "B", {"synapses": 25}), ("B", "C", {"synapses": np.int64(3)}))
    made = compiled(graph, weight="synapses")
    assert made.W.toarray().tolist() == [[0, 0, 0], [25, 0, 0], [0, 3, 0]]


def test_a_named_weight_that_no_edge_has():
    graph = chain(("A", "B", {"synapses": 25}))
    fails(graph, "no edge has an attribute 'synapse'; did you mean 'synapses'?", weight="synapse")
    fails(nx.path_graph(3), "no edge has an attribute 'weight'; attributes of", weight="weight")
    # Even where a weight for all is stated: a name is meant to be found.
    fails(graph, "did you mean 'synapses'?", weight="synapse", default_weight=2.0)
    assert compiled(nx.empty_graph(2), weight="size").W.nnz == 0


def test_a_misspelt_keyword():
    fails(nx.path_graph(3), "from_networkx has no keyword 'wieght'; did you mean 'w", wieght="w")
    fails(nx.path_graph(3), "did you mean 'default_weight'?", defaultweight=1.0)


@pytest.mark.parametrize("value", [25, 0.5, np.float32(2), "2.5"])
def test_numbers_under_another_name_are_not_passed_over(value):
    graph = chain(("A", "B", {"Synapses": value, "kind": "x", "id": 7}), ("B", "A", {"kind": "y"}))
    fails(graph, "no edge has a weight, but edges have other numbers: 'Synapses'; say which")
    assert compiled(graph, default_weight=1.0).W.data.tolist() == [1.0, 1.0]


def test_a_graph_without_numbers_has_weights_1_and_it_is_said():
    graph = chain(("A", "B", {"kind": "excitatory", "on": True}))
    assert compiled(graph).W.data.tolist() == [1.0]
    assert notes(graph) == ("no edge has a weight: all weights are 1",)


def test_all_edges_have_a_weight_or_none():
    graph = chain(("A", "B", {"weight": 2.0}), ("B", "C", {}))
    fails(graph, "edge 'B' - 'C' has no weight, other edges have; give it one, or state")
    assert compiled(graph, default_weight=0.5).W.data.tolist() == [2.0, 0.5]
    graph = hamsim.compile(from_networkx(nx.path_graph(3))).to_networkx()
    graph.add_edge("neurons.0", "neurons.2")
    fails(graph, "edge 'neurons.0' - 'neurons.2' has no weight, other edges have")


def test_defaults_of_networkx_reader_of_graphml():
    graph = chain(("A", "B", {}), ("B", "C", {"weight": 3.0}))
    graph.graph.update(edge_default={"weight": 2.5}, node_default={"tau": 7.0})
    graph.nodes["A"]["tau"] = 1.0
    made = compiled(graph)
    assert made.W.toarray().tolist() == [[0, 0, 0], [2.5, 0, 0], [0, 3, 0]]
    assert made.tau.tolist() == [1.0, 7.0, 7.0]


def test_numbers_written_as_text():
    graph = chain(("A", "B", {"weight": " -2.5e1 "}))
    assert compiled(graph).W.data.tolist() == [-25.0]
    for text in ("", "1_0", "2,5", "0x1", "weak"):
        graph.edges["A", "B"]["weight"] = text
        fails(graph, f"edge 'A' - 'B': weight {text!r} is not a number")
    graph.edges["A", "B"]["weight"] = "inf"
    fails(graph, "edge 'A' - 'B': weight inf is not a finite number")


def test_parallel_edges_are_said_or_refused():
    graph = nx.MultiGraph([("A", "B", {"weight": 2.0}), ("B", "A", {"weight": 3.0})])
    graph.add_edge("A", "A", weight=1.0)
    assert compiled(graph).W.toarray().tolist() == [[1.0, 5.0], [5.0, 0.0]]
    assert "1 parallel edge is added to others between the same nodes" in notes(graph)
    message = "edge 'A' - 'B' is there more than once; repeated='add'"
    fails(graph, message, repeated="refuse")
    both = nx.MultiDiGraph([("A", "B", {"weight": 2.0}), ("B", "A", {"weight": 3.0})])
    assert compiled(both, repeated="refuse").W.nnz == 2
    fails(both, "repeated 'ad' is not allowed; did you mean 'add'?", repeated="ad")


# --- names ---------------------------------------------------------------------------------------


def labelled(*labels, attribute="label"):
    graph = nx.DiGraph([("n0", "n1", {"weight": 2.0})])
    for k, label in enumerate(labels):
        graph.nodes[f"n{k}"][attribute] = label
    return graph


@pytest.mark.parametrize("attribute", ["label", "name"])
def test_labels_are_names(attribute):
    graph = labelled("AVAL ", "AVAR\n", attribute=attribute)
    assert compiled(graph).groups[0].neuron_names == ("AVAL", "AVAR")
    assert f"neurons are named by the nodes' {attribute}" in notes(graph)


@pytest.mark.parametrize(
    ("labels", "note"),
    [
        (("A", "A"), "two nodes have the label 'A': neurons have the names of the nodes"),
        (("A",), "not all nodes have a label: neurons have the names of the nodes"),
        (("A", " "), "not all nodes have a label: neurons have the names of the nodes"),
    ],
)
def test_labels_that_are_no_names(labels, note):
    graph = labelled(*labels)
    assert compiled(graph).groups[0].neuron_names == ("n0", "n1")
    assert note in notes(graph)


def test_labels_that_are_the_nodes_need_no_word():
    assert notes(labelled("n0", "n1")) == ()


def test_labels_may_repeat_in_different_groups():
    graph = labelled("1", "1")
    graph.nodes["n0"]["group"], graph.nodes["n1"]["group"] = "E", "I"
    assert [g.neuron_names for g in compiled(graph).groups] == [("1",), ("1",)]


def test_a_named_id():
    graph = labelled("AVAL", "AVAR", attribute="cell")
    graph.nodes["n0"]["label"], graph.nodes["n1"]["label"] = "x", "y"
    assert compiled(graph, id="cell").groups[0].neuron_names == ("AVAL", "AVAR")
    fails(graph, "no node has an attribute 'cel'; did you mean 'cell'?", id="cel")
    graph.nodes["n1"]["cell"] = "AVAL"
    fails(graph, "two nodes have the name 'AVAL'", id="cell")
    graph.nodes["n1"]["cell"] = 1.5
    fails(graph, "node 'n1': cell 1.5 is not a name", id="cell")
    del graph.nodes["n1"]["cell"]
    fails(graph, "node 'n1' has no cell; give it one", id="cell")
    fails(graph, "id is the name of an attribute (text), not 3", id=3)


def test_nodes_may_be_the_names_in_spite_of_labels():
    graph = labelled("A", "B")
    assert compiled(graph, id="id").groups[0].neuron_names == ("n0", "n1")
    nx.set_node_attributes(graph, {"n0": "p", "n1": "q"}, "id")
    assert compiled(graph, id="id").groups[0].neuron_names == ("p", "q")


def test_graphs_of_hamsim_keep_the_names_of_their_nodes():
    one = hamsim.compile(from_networkx(labelled("x", "y")))
    graph = one.to_networkx()
    nx.set_node_attributes(graph, {"neurons.x": "p", "neurons.y": "q"}, "label")
    assert compiled(graph).groups[0].neuron_names == ("x", "y")


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.int64(1), "1"),
        (np.uint8(1), "1"),
        (1.0, "1"),
        (np.float64(1.0), "1"),
        (np.float32(1.0), "1"),
        (np.array(1), "1"),
        (np.str_("exc"), "exc"),
    ],
)
def test_scalars_of_numpy_and_whole_floats_are_names(value, name):
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, {0: value, 1: name}, "group")
    made = compiled(graph)
    assert [(g.name, g.size) for g in made.groups] == [(name, 2)]
    if not isinstance(value, np.ndarray):
        assert compiled(nx.Graph([(value, "z")])).groups[0].neuron_names == (name, "z")


def test_tuples_of_numpy_are_names_as_those_of_python():
    graph = nx.Graph([((np.int64(0), np.str_("a")), (0, (np.float64(1.5),)))])
    assert compiled(graph).groups[0].neuron_names == ("(0, 'a')", "(0, (1.5,))")


@pytest.mark.parametrize("value", [True, np.True_, 1.5, float("nan"), None, (1,), [1, 2]])
def test_what_names_no_group(value):
    graph = nx.path_graph(2)
    nx.set_node_attributes(graph, {0: value, 1: "a"}, "group")
    fails(graph, "node '0': group ")


# --- values of nodes -----------------------------------------------------------------------------


def test_attributes_of_nodes_may_have_other_names():
    graph = nx.path_graph(3)
    for k in graph:
        graph.nodes[k].update(type=f"t{k % 2}", tau_ms=np.int64(16 + k), drive=0.5, v0=f"{k}")
    made = compiled(graph, group="type", tau="tau_ms", input="drive", initial="v0")
    assert [g.name for g in made.groups] == ["t0", "t1"]
    assert made.tau.tolist() == [16.0, 18.0, 17.0]
    assert made.input.tolist() == [0.5] * 3
    assert made.initial.tolist() == [0.0, 2.0, 1.0]
    for key, wrong in (("group", "typ"), ("tau", "tau_m"), ("input", "drve"), ("initial", "v")):
        fails(graph, f"no node has an attribute '{wrong}'; did you mean", **{key: wrong})
    del graph.nodes[1]["type"]
    fails(graph, "node '1' has no type, 2 of 3 nodes have one; give it one", group="type")


def test_all_nodes_have_a_tau_or_none():
    graph = nx.path_graph(3)
    graph.nodes[0]["tau"] = 16.0
    fails(graph, "node '1' has no tau, 1 of 3 nodes have one; give it one, or state default_tau")
    assert compiled(graph, tau=2.0).tau.tolist() == [16.0, 2.0, 2.0]
    assert compiled(graph, tau="tau", default_tau=3.0).tau.tolist() == [16.0, 3.0, 3.0]
    fails(graph, "give tau as a number or default_tau, not both", tau=2.0, default_tau=3.0)
    fails(graph, "tau -1 must be at least 0", tau=-1.0)
    assert compiled(nx.path_graph(2)).tau.tolist() == [1.0, 1.0]


def test_nodes_without_a_group_are_said():
    graph = nx.path_graph(3)
    graph.nodes[0]["group"] = "exc"
    assert "2 of 3 nodes have no group: they are in the group neurons" in notes(graph)


def test_attributes_that_are_not_read_are_said():
    graph = chain(("A", "B", {"weight": 1.0, "colour": "red", "delay": 2}))
    nx.set_node_attributes(graph, {"A": {"x": 1.0, "Tau": 16.0}, "B": {"x": 2.0}})
    said = "not read: 'x', 'Tau' of nodes and 'colour', 'delay' of edges"
    assert unread(graph, Choice()) == said
    assert unread(graph, Choice(tau="Tau", weight="delay")) == (
        "not read: 'x' of nodes and 'weight', 'colour' of edges"
    )
    assert unread(nx.path_graph(2), Choice()) == ""


# --- what other programs keep of hamsim's graphs -------------------------------------------------


def test_a_graph_that_lost_its_attribute_warns(tmp_path):
    one = hamsim.compile(
        {
            "format": "hamsim/1",
            "groups": {"a": {"size": 2, "lagrangian": {"kind": "tanh", "beta": 4.0}}},
            "connections": [{"within": "a", "weights": 0.5}],
        }
    )
    nx.write_gexf(one.to_networkx(), tmp_path / "x.gexf")
    with pytest.warns(HamsimWarning, match="has lost its attribute 'hamsim': parameters of Lag"):
        from_networkx(nx.read_gexf(tmp_path / "x.gexf"))
    nx.write_gml(one.to_networkx(), tmp_path / "x.gml")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(nx.read_gml(tmp_path / "x.gml")).groups[0].parameters["beta"][0] == 4.0


@pytest.mark.parametrize(("repeated", "weight"), [("add", 3.0), ("last", 2.0)])
def test_what_becomes_of_parallel_edges(repeated, weight):
    for kind in (nx.MultiGraph, nx.MultiDiGraph):
        graph = kind()
        graph.add_edge("A", "B", weight=1.0)
        graph.add_edge("A", "C", weight=5.0)
        graph.add_edge("A", "B", weight=2.0)
        W = hamsim.compile(hamsim.from_networkx(graph, repeated=repeated)).W.toarray()
        assert W[1, 0] == weight
        assert W[2, 0] == 5
        for word in ("error", "refuse"):
            with pytest.raises(hamsim.HamsimError, match="is there more than once"):
                hamsim.from_networkx(graph, repeated=word)


@pytest.mark.parametrize("odd", [scipy.sparse.csr_array((2, 2)), np.ones(2), [[]], Ellipsis])
@pytest.mark.parametrize("keyword", ["weight", "id", "group", "tau", "input", "initial"])
def test_what_names_no_attribute(keyword, odd):
    if keyword == "tau":  # may be a number, too
        fails(chain(("a", "b", {})), "tau ", tau=odd)
        return
    fails(chain(("a", "b", {})), f"{keyword} is the name of an attribute (text)", **{keyword: odd})


def test_what_is_no_way_of_repeating():
    fails(chain(("a", "b", {})), "is not allowed; allowed: add, last", repeated=np.ones(2))


# More than any Python writes out: 3.13 goes down to ten thousand.
DEEP = 20_000


def test_a_node_without_end_cannot_be_named():
    node = ()
    for _ in range(DEEP):
        node = (node,)
    graph = nx.DiGraph()
    graph.add_node(node)
    fails(graph, "an object of type tuple is a node that cannot be named")


def test_values_without_end_are_named_by_their_type():
    deep = []
    for _ in range(DEEP):
        deep = [deep]
    for attribute in ("group", "lagrangian", "tau", "input", "initial", "x"):
        graph = chain(("a", "b", {}))
        graph.nodes["a"][attribute] = deep
        options = {"id": "x"} if attribute == "x" else {"default_tau": 1.0}
        fails(graph, f"node 'a': {attribute} an object of type list is not a n", **options)


def test_numbers_of_thousands_of_digits_are_no_names():
    graph = chain(("a", "b", {}))
    graph.nodes["a"]["group"] = 10**5000
    fails(graph, "node 'a': group an object of type int is not a name")
    graph = chain(("a", 10**5000, {}))
    fails(graph, "an object of type int is a node that cannot be named")


def test_what_is_no_mapping_is_no_default():
    graph = chain(("a", "b", {"weight": 2.0}), edge_default=scipy.sparse.dok_array((2, 2)))
    assert compiled(graph).W.nnz == 1
