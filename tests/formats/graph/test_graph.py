"""Graphs of neurons: hamsim's own come back whole and may be changed; any other can be read."""

import json

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_networks import random_description
from same_network import HANDWRITTEN, assert_same_network, network

import hamsim
from hamsim import HamsimError, from_networkx

OPTIONS = st.fixed_dictionaries(
    {name: st.booleans() for name in ("instant", "symmetric", "gated")},
)


def compiled(graph, **options):
    return hamsim.compile(from_networkx(graph, **options))


def weights(made):
    """Entries of W by the names of neurons, receiver first."""
    entries = made.W.tocoo()
    return {
        (made.label(int(i)), made.label(int(j))): w
        for i, j, w in zip(entries.row, entries.col, entries.data, strict=True)
    }


# --- graphs that hamsim has made ---------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), OPTIONS)
def test_random_networks_come_back(seed, options):
    one = hamsim.compile(random_description(seed, **options))
    assert_same_network(compiled(one.to_networkx()), one)


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_handwritten_networks_come_back(name):
    one = hamsim.compile(HANDWRITTEN[name])
    assert_same_network(compiled(one.to_networkx()), one)


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_attributes_are_plain(name):
    graph = hamsim.compile(HANDWRITTEN[name]).to_networkx()
    for data in (graph.graph, *graph.nodes.values(), *graph.edges.values()):
        assert {type(value) for value in data.values()} <= {str, float}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), OPTIONS, st.randoms())
def test_the_order_of_nodes_and_edges_does_not_matter(seed, options, random):
    one = hamsim.compile(random_description(seed, **options))
    graph = one.to_networkx()
    nodes, edges = list(graph.nodes(data=True)), list(graph.edges(data=True))
    random.shuffle(nodes)
    random.shuffle(edges)
    other = type(graph)(**graph.graph)
    other.add_nodes_from(nodes)
    other.add_edges_from(edges)
    two = compiled(other)
    # Groups keep their order, and so do neurons.
    assert_same_network(two, one)


def test_edges_name_their_connection():
    graph = hamsim.compile(HANDWRITTEN["overlapping one-way"]).to_networkx()
    data = graph.edges["a[0]", "b[1]"]
    parts = json.loads(data["parts"])
    assert [name for name, _ in parts] == ["a-b", "a->b"]
    assert parts[0][1] + parts[1][1] == data["weight"]
    assert data["connection"] == "a-b"
    graph = hamsim.compile(HANDWRITTEN["named"]).to_networkx()
    assert graph.edges["motor.AVAL", "image.p"]["connection"] == "motor-image"
    assert set(graph.edges["motor.AVAL", "image.p"]) == {"weight", "connection"}


# --- such graphs, changed ----------------------------------------------------------------------


@pytest.fixture
def circuit():
    """Two groups, symmetric connections between and within, a gate, a stimulus."""
    return hamsim.compile(
        network(
            {
                "a": {"size": 3, "lagrangian": {"kind": "tanh", "beta": [1.0, 2.0, 3.0]}},
                "b": {"size": 2},
            },
            [
                {"between": ["a", "b"], "weights": [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]},
                {"within": "a", "weights": 0.5},
                {
                    "gate": "b",
                    "between": ["a", "a"],
                    "weights": {"edges": [[0, 2, 0, 7.0], [1, 2, 1, 8.0]]},
                },
            ],
            stimuli=[{"group": "a", "value": [1.0, 2.0, 3.0]}, {"group": "b", "value": 1.0}],
            simulation={"record": {"groups": ["b"]}},
        )
    )


def test_a_new_weight_holds(circuit):
    graph = circuit.to_networkx()
    graph.edges["a[0]", "b[1]"]["weight"] = -9.0
    made = compiled(graph)
    assert made.W[0, 4] == made.W[4, 0] == -9.0
    assert [c.kind for c in made.connections] == ["between", "within", "gate"]


def test_a_new_weight_of_an_edge_with_parts_is_all_of_its_connection():
    graph = hamsim.compile(HANDWRITTEN["overlapping"]).to_networkx()
    graph.edges["a[0]", "c[0]"]["weight"] = 12.5
    made = compiled(graph)
    blocks = {c.name: c.block for c in made.connections}
    assert blocks["one"][0, 0] == 12.5
    assert blocks["three"][0, 5] == 0.0
    assert made.W[0, 5] == 12.5


def test_new_values_of_neurons_hold(circuit):
    graph = circuit.to_networkx()
    graph.nodes["a[1]"].update(tau=4.0, input=5, initial=np.float64(6.0))
    made = compiled(graph)
    assert (made.tau[1], made.input[1], made.initial[1]) == (4.0, 5.0, 6.0)
    assert np.array_equal(made.groups[0].parameters["beta"], [1.0, 2.0, 3.0])


def test_a_new_initial_state_holds_in_all_trials():
    graph = hamsim.compile(HANDWRITTEN["trials"]).to_networkx()
    graph.nodes["a[0, 1]"]["initial"] = 9.0
    made = compiled(graph)
    assert np.array_equal(made.initial[:, 1], [9.0, 9.0])
    assert np.array_equal(made.initial[:, 0], [1.0, 5.0])


def test_edges_may_go_and_come(circuit):
    graph = circuit.to_networkx()
    graph.remove_edge("a[0]", "b[0]")
    graph.add_edge("b[0]", "b[1]", weight=2.0)
    graph.add_edge("b[1]", "b[1]", weight=1.0)
    made = compiled(graph)
    assert made.W[0, 3] == 0.0
    added = made.connections[-1]
    assert (added.name, added.kind) == ("added", "within")
    assert made.W[3:, 3:].toarray().tolist() == [[0.0, 2.0], [2.0, 1.0]]


def test_a_new_edge_joins_the_connection_between_its_groups():
    graph = hamsim.compile(
        network({"a": 2, "b": 2}, [{"between": ["a", "b"], "weights": [[1.0, 0.0], [0.0, 0.0]]}])
    ).to_networkx()
    graph.add_edge("b[1]", "a[1]", weight=3.0)
    graph.add_edge("a[0]", "a[1]", weight=4.0, connection="lateral")
    made = compiled(graph)
    assert [(c.name, c.kind) for c in made.connections] == [
        ("a-b", "between"),
        ("lateral", "within"),
    ]
    assert made.block(made.connections[0])[1, 1] == 3.0


def test_a_symmetric_connection_that_is_no_longer_so_becomes_one_way(circuit):
    graph = circuit.to_networkx().to_directed()
    assert_same_network(compiled(graph), circuit)
    graph.edges["a[0]", "b[0]"]["weight"] = 10.0
    graph.remove_edge("a[2]", "a[1]")
    made = compiled(graph)
    assert made.W[3, 0] == 10.0
    assert made.W[0, 3] == 1.0
    assert (made.W[1, 2], made.W[2, 1]) == (0.0, 0.5)
    assert [c.kind for c in made.connections] == ["from", "from", "gate"]
    expected = circuit.W.toarray()
    expected[3, 0], expected[1, 2] = 10.0, 0.0
    assert np.array_equal(made.W.toarray(), expected)


def test_nodes_may_go(circuit):
    graph = circuit.to_networkx()
    graph.remove_node("a[0]")
    made = compiled(graph)
    assert made.groups[0].neuron_names == ("1", "2")
    assert np.array_equal(made.groups[0].parameters["beta"], [2.0, 3.0])
    assert np.array_equal(made.W.toarray(), circuit.W[1:][:, 1:].toarray())
    triples = made.triples
    assert [x.tolist() for x in triples] == [[0], [1], [3], [8.0]]
    assert made.stimuli[0].value.tolist() == [2.0, 3.0]
    assert made.stimuli[0].neurons.tolist() == [0, 1]


def test_groups_may_go(circuit):
    graph = circuit.to_networkx()
    graph.remove_nodes_from(["b[0]", "b[1]"])
    made = compiled(graph)
    assert [group.name for group in made.groups] == ["a"]
    assert [c.name for c in made.connections] == ["a-a"]
    assert len(made.stimuli) == 1
    assert made.settings.record.groups is None
    graph = hamsim.compile(HANDWRITTEN["overlapping"]).to_networkx()
    graph.remove_nodes_from(["a[0]", "a[1]", "a[2]"])
    made = compiled(graph)
    assert [(c.name, c.rows, c.columns) for c in made.connections] == [
        ("one", ("b",), ("c",)),
        ("three", ("b", "c"), ("b", "c")),
        ("four", ("b",), ("b",)),
    ]


def test_a_subgraph_keeps_the_order_of_neurons():
    one = hamsim.compile(network({"a": 30}, [{"within": "a", "weights": {"normal": {}}}]))
    part = [f"a[{k}]" for k in (20, 3, 11, 7)]
    made = compiled(one.to_networkx().subgraph(part))
    assert made.groups[0].neuron_names == ("3", "7", "11", "20")
    kept = [3, 7, 11, 20]
    assert np.array_equal(made.W.toarray(), one.W[kept][:, kept].toarray())


def test_nodes_may_come(circuit):
    graph = circuit.to_networkx()
    graph.add_node("b.new", group="b", tau=3.0)
    graph.add_node(17, group="c", lagrangian="relu", tau=1.0)
    graph.add_edge("b.new", 17, weight=2.0)
    graph.add_edge("b.new", "a[0]", weight=3.0)
    made = compiled(graph)
    assert made.groups[1].neuron_names == ("0", "1", "new")
    assert (made.groups[2].name, made.groups[2].lagrangian) == ("c", "relu")
    assert made.groups[2].neuron_names == ("17",)
    assert made.tau[5] == 3.0
    assert made.W[5, 6] == made.W[6, 5] == 2.0
    assert made.block(made.connections[0])[0, 2] == 3.0
    assert made.stimuli[1].neurons.tolist() == [3, 4, 5]
    assert [x.tolist() for x in made.triples] == [x.tolist() for x in circuit.triples]


def test_stimuli_that_name_neurons_leave_new_ones_alone():
    one = hamsim.compile(network({"a": 2}, stimuli=[{"group": "a", "value": [1.0, 2.0]}]))
    graph = one.to_networkx()
    graph.add_node("more", group="a", tau=1.0)
    made = compiled(graph)
    assert made.stimuli[0].neurons.tolist() == [0, 1]
    assert made.stimuli[0].value.tolist() == [1.0, 2.0]


def test_nodes_may_be_renamed(circuit):
    graph = nx.relabel_nodes(circuit.to_networkx(), {"a[1]": "hub", "b[0]": "b.x"})
    made = compiled(graph)
    assert made.groups[0].neuron_names == ("0", "hub", "2")
    assert made.groups[1].neuron_names == ("x", "1")
    assert np.array_equal(made.W.toarray(), circuit.W.toarray())
    assert [x.tolist() for x in made.triples] == [x.tolist() for x in circuit.triples]
    numbered = compiled(nx.convert_node_labels_to_integers(circuit.to_networkx()))
    assert numbered.groups[1].neuron_names == ("3", "4")
    assert np.array_equal(numbered.W.toarray(), circuit.W.toarray())


def test_another_lagrangian_of_a_whole_group_holds(circuit):
    graph = circuit.to_networkx()
    for k in range(3):
        graph.nodes[f"a[{k}]"]["lagrangian"] = "relu"
    made = compiled(graph)
    assert made.groups[0].lagrangian == "relu"
    assert made.groups[0].shape == (3,)


def test_cancelled_synapses_give_way_to_new_ones():
    one = hamsim.compile(HANDWRITTEN["cancelled"])
    graph = one.to_networkx()
    assert not graph.has_edge("a[0]", "b[0]")
    graph.add_edge("a[0]", "b[0]", weight=3.0)
    graph.add_edge("b[0]", "a[0]", weight=3.0)
    graph.remove_node("a[2]")
    made = compiled(graph)
    assert made.W[0, 2] == made.W[2, 0] == 3.0
    assert made.connections[0].block[1, 1] == 0.5
    assert made.W[1, 3] == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hamsim": "{"}, "the graph's attribute 'hamsim' is not the JSON text that hamsim has"),
        ({"hamsim": 3}, "is not the JSON text"),
        ({"hamsim": '{"format": "hamsim/1"}'}, "is not a description: groups: required key"),
        ({"hamsim": "[" * 100_000}, "is not the JSON text"),
        (
            {
                "hamsim": json.dumps(
                    {
                        "format": "hamsim/1",
                        "groups": {"a": {"size": 1e9, "lagrangian": "tanh"}},
                    }
                )
            },
            "tells of 1,000,000,000 neurons, but there are 5 nodes",
        ),
    ],
)
def test_a_damaged_attribute_is_told_of(circuit, change, message):
    graph = circuit.to_networkx()
    graph.graph.update(change)
    with pytest.raises(HamsimError, match=message) as caught:
        from_networkx(graph)
    assert "\n" not in str(caught.value)


def test_a_gate_that_is_not_listed_by_numbers(circuit):
    graph = circuit.to_networkx()
    value = json.loads(graph.graph["hamsim"])
    for other in ({"edges": [["a[0]", 2, 0, 1.0]]}, 3.0):
        value["connections"][2]["weights"] = other
        graph.graph["hamsim"] = json.dumps(value)
        with pytest.raises(HamsimError, match="gating connection 'a-a by b' must be listed"):
            from_networkx(graph)


@pytest.mark.parametrize(
    "cancelled", [[3], [["a-b", "x", 0, 1.0]], [["a-b", 99, 0, 1.0]], [[1, 2, 3]]]
)
def test_damaged_cancelled_synapses(cancelled):
    graph = hamsim.compile(HANDWRITTEN["cancelled"]).to_networkx()
    value = json.loads(graph.graph["hamsim"])
    graph.graph["hamsim"] = json.dumps({**value, "cancelled": cancelled})
    with pytest.raises(HamsimError, match="cancelled synapses are damaged"):
        from_networkx(graph)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ("x", "edge 'a\\[0\\]' - 'c\\[0\\]': parts is not a JSON list"),
        ("[3]", "parts is not a JSON list"),
        ('[["one", "x"]]', "parts 'x' is not a number"),
        ('[["one", 1.0, "up"]]', "parts names neither there nor back"),
    ],
)
def test_damaged_parts(parts, message):
    graph = hamsim.compile(HANDWRITTEN["overlapping"]).to_networkx()
    graph.edges["a[0]", "c[0]"]["parts"] = parts
    with pytest.raises(HamsimError, match=message):
        from_networkx(graph)


def test_groups_that_cannot_change():
    graph = hamsim.compile(HANDWRITTEN["over"]).to_networkx()
    graph.remove_node("a[0, 0, 0]")
    with pytest.raises(HamsimError, match="group 'a' have gone or come, but its Lagrangian is sha"):
        from_networkx(graph)


def test_new_nodes_cannot_have_parameters_that_nobody_says(circuit):
    graph = circuit.to_networkx()
    graph.add_node("a.new", group="a", tau=1.0)
    with pytest.raises(HamsimError, match="group 'a' has a number for each neuron in its Lagrang"):
        from_networkx(graph)


def test_trials_must_be_as_many_for_all_nodes():
    graph = hamsim.compile(HANDWRITTEN["trials"]).to_networkx()
    graph.nodes["a[0, 0]"]["initial_trials"] = "[1.0, 2.0, 3.0]"
    with pytest.raises(HamsimError, match="initial_trials has 2 numbers, other nodes have 3"):
        from_networkx(graph)
    graph.nodes["a[0, 0]"]["initial_trials"] = "1.0"
    with pytest.raises(HamsimError, match=r"node 'a\[0, 0\]': initial_trials is not a JSON list"):
        from_networkx(graph)


# --- any other graph ---------------------------------------------------------------------------


def test_an_undirected_graph_goes_both_ways():
    graph = nx.Graph(name="triangle")
    graph.add_edge("x", "y", weight=2)
    graph.add_edge("y", "z", weight="1.0")
    graph.add_edge("z", "z", weight=np.float32(0.5))
    made = compiled(graph, lagrangian={"kind": "tanh", "beta": 2.0}, tau=3.0)
    assert made.name == "triangle"
    assert made.groups[0].neuron_names == ("x", "y", "z")
    assert [(c.name, c.kind) for c in made.connections] == [("neurons-neurons", "within")]
    assert made.W.toarray().tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0.5]]
    assert made.tau.tolist() == [3.0] * 3
    assert made.groups[0].parameters["beta"].tolist() == [2.0] * 3


def test_a_directed_graph_goes_one_way():
    graph = nx.DiGraph(
        [("x", "y", {"size": 3.0}), ("y", "x", {"size": 4.0}), ("x", "x", {"size": 1})]
    )
    made = compiled(graph, weight="size")
    assert made.connections[0].kind == "from"
    assert weights(made) == {
        ("neurons.y", "neurons.x"): 3.0,
        ("neurons.x", "neurons.y"): 4.0,
        ("neurons.x", "neurons.x"): 1.0,
    }


def test_parallel_edges_are_added_up():
    graph = nx.MultiGraph([("x", "y", {"weight": 1.0}), ("y", "x", {"weight": 0.25})])
    graph.add_edge("x", "x", weight=1.0)
    graph.add_edge("x", "x", weight=2.0)
    made = compiled(graph)
    assert made.W.toarray().tolist() == [[3.0, 1.25], [1.25, 0.0]]
    directed = compiled(nx.MultiDiGraph([("x", "y"), ("x", "y"), ("y", "x")]))
    assert directed.W.toarray().tolist() == [[0.0, 1.0], [2.0, 0.0]]


def test_nodes_say_their_group_and_values():
    graph = nx.Graph()
    graph.add_node(1, group="e", tau=2, lagrangian="relu", input=0.5)
    graph.add_node(2, group="i", initial=-1.0)
    graph.add_node(3, group="e", lagrangian="relu")
    graph.add_edge(1, 2)
    made = compiled(graph, tau=1.0)
    assert [(g.name, g.lagrangian, g.neuron_names) for g in made.groups] == [
        ("e", "relu", ("1", "3")),
        ("i", "tanh", ("2",)),
    ]
    assert made.tau.tolist() == [2.0, 1.0, 1.0]
    assert made.input.tolist() == [0.5, 0.0, 0.0]
    assert made.initial.tolist() == [0.0, 0.0, -1.0]
    assert weights(made) == {("e.1", "i.2"): 1.0, ("i.2", "e.1"): 1.0}


@pytest.mark.parametrize(
    "graph", [nx.karate_club_graph(), nx.path_graph(4), nx.grid_2d_graph(2, 3), nx.empty_graph(2)]
)
def test_known_graphs(graph):
    made = compiled(graph)
    expected = nx.to_scipy_sparse_array(graph, dtype=float)
    assert np.array_equal(made.W.toarray(), expected.toarray())
    assert_same_network(compiled(made.to_networkx()), made)
    assert len(made.connections) == (graph.number_of_edges() > 0)


def bad(nodes=(("x", {}),), edges=(), kind=nx.Graph):
    graph = kind()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (3, "expected a graph of networkx, not int"),
        (nx.Graph(), "the graph has no nodes"),
        (bad([(1, {}), ("1", {})]), "two nodes have the name '1'"),
        (bad([("x", {"tau": "slow"})]), "node 'x': tau 'slow' is not a number"),
        (bad([("x", {"tau": True})]), "node 'x': tau True is not a number"),
        (bad([("x", {"tau": None})]), "node 'x': tau None is not a number"),
        (bad([("x", {"tau": -1.0})]), "node 'x': tau -1 must be at least 0"),
        (bad([("x", {"input": float("nan")})]), "node 'x': input nan is not a finite number"),
        (bad([("x", {"input": 10**400})]), "node 'x': input inf is not a finite number"),
        (bad([("x", {"initial": 1j})]), "node 'x': initial 1j is not a number"),
        (bad([("x", {"group": "a b"})]), "groups.a b: 'a b' cannot name a group"),
        (bad([("x", {"group": "all"})]), "'all' cannot name a group"),
        (bad([("x", {"group": 1.5})]), "node 'x': group 1.5 is not a name"),
        (bad([("x", {"lagrangian": 2})]), "node 'x': lagrangian 2 is not a name"),
        (bad([("x", {"lagrangian": "tnh"})]), "unknown Lagrangian 'tnh'; did you mean 'tanh'"),
        (
            bad([("x", {"lagrangian": "relu"}), ("y", {"lagrangian": "tanh"})]),
            "nodes 'x' and 'y' are both in group 'neurons', but have the Lagrangians relu and tanh",
        ),
        (
            bad(edges=[("x", "y", {"weight": "big"})]),
            "edge 'x' - 'y': weight 'big' is not a number",
        ),
        (
            bad(edges=[("x", "y\n", {"weight": float("inf")})], kind=nx.DiGraph),
            r"edge 'x' - 'y\\n': weight inf is not a finite number",
        ),
    ],
)
def test_bad_graphs_are_refused_in_one_line(graph, message):
    with pytest.raises(HamsimError) as caught:
        from_networkx(graph)
    assert message.replace("\\\\", "\\") in str(caught.value).replace("\\\\", "\\")
    assert "\n" not in str(caught.value)


def test_noise_stays_with_the_nodes_that_stay():
    spec = {
        "format": "hamsim/1",
        "groups": {
            "a": {"size": 3, "lagrangian": "tanh", "noise": {"sigma": [1, 2, 3], "tau": [0, 1, 0]}},
            "b": {"size": 2, "lagrangian": "tanh", "noise": {"sigma": 0.5}},
        },
    }
    graph = hamsim.compile(spec).to_networkx()
    graph.remove_node("a[0]")
    graph.add_node("new", group="b", tau=1.0)
    noise = hamsim.compile(hamsim.from_networkx(graph)).noise
    np.testing.assert_array_equal(noise.sigma, [2, 3, 0.5, 0.5, 0.5])
    np.testing.assert_array_equal(noise.tau, [1, 0, 0, 0, 0])
