"""GraphML of other programs: all that a file says is read, refused or told of."""

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hamsim import HamsimError
from hamsim.formats.convert import read
from hamsim.formats.graph.attributes import Choice
from hamsim.formats.graph.graphml import read_graphml

HEAD = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" '
    'xmlns:y="http://www.yworks.com/xml/graphml">'
)
WEIGHT = '<key id="w" for="edge" attr.name="weight" attr.type="double"/>'
AB = '<node id="A"/><node id="B"/>'
PLACEHOLDER = "some nodes have no Lagrangian or tau: tanh and 1 are placeholders"


@pytest.fixture
def graphml(tmp_path):
    """Read a file with this inside: weights by the names of neurons, and the notes."""

    def made(inside, head=HEAD, **choice):
        path = tmp_path / "x.graphml"
        path.write_text(f"{head}{inside}</graphml>", encoding="utf-8")
        source = read(path, choice=Choice(**choice))
        network = source.network
        entries = network.W.tocoo()
        names = [network.label(k).removeprefix("neurons.") for k in range(network.n_neurons)]
        weights = {
            f"{names[j]}>{names[i]}": w
            for i, j, w in zip(entries.row, entries.col, entries.data, strict=True)
        }
        return weights, network, [note for note in source.notes if note != PLACEHOLDER]

    return made


def graph(inside, way="directed"):
    return f'<graph edgedefault="{way}">{inside}</graph>'


def edge(u, v, data="", more=""):
    return f'<edge source="{u}" target="{v}" {more}>{data}</edge>'


def w(value, key="w"):
    return f'<data key="{key}">{value}</data>'


# --- keys and data -------------------------------------------------------------------------------


@pytest.mark.parametrize("scope", ["edge", "all"])
def test_defaults_of_keys_hold(graphml, scope):
    keys = (
        f'<key id="w" for="{scope}" attr.name="weight" attr.type="double">'
        "<default>2.5</default></key>"
        '<key id="t" for="node" attr.name="tau" attr.type="int"><default>7</default></key>'
    )
    nodes = f'<node id="A"/><node id="B">{w(2, "t")}</node>'
    weights, network, _ = graphml(keys + graph(nodes + edge("A", "B") + edge("B", "A", w(3))))
    assert weights == {"A>B": 2.5, "B>A": 3.0}
    assert network.tau.tolist() == [7.0, 2.0]


def test_the_weight_under_another_name(graphml):
    key = '<key id="w" for="edge" attr.name="Synapses" attr.type="int"/>'
    inside = key + graph(AB + edge("A", "B", w(25)))
    with pytest.raises(HamsimError, match=r"x.graphml': no edge has a weight, .*: 'Synapses'; say"):
        graphml(inside)
    assert graphml(inside, weight="Synapses")[0] == {"A>B": 25.0}
    with pytest.raises(HamsimError, match="no edge has an attribute 'Synapse'; did you mean 'Syn"):
        graphml(inside, weight="Synapse")


def test_an_edge_without_a_weight(graphml):
    inside = WEIGHT + graph(AB + edge("A", "B", w(2)) + edge("B", "A"))
    with pytest.raises(HamsimError, match="edge 'B' - 'A' has no weight, other edges have"):
        graphml(inside)
    weights, _, notes = graphml(inside, default_weight=0.5)
    assert weights == {"A>B": 2.0, "B>A": 0.5}
    assert notes == ["1 of 2 edges have no weight: their weight is 0.5"]


@pytest.mark.parametrize("kind", ["double", "int", "string", "float"])
def test_what_is_no_number_is_told_of_where_it_is_used(graphml, kind):
    keys = WEIGHT.replace("double", kind) + WEIGHT.replace('"w"', '"c"').replace("weight", "colour")
    weights, _, _ = graphml(keys + graph(AB + edge("A", "B", w("2.5") + w("red", "c"))))
    assert weights == {"A>B": 2.5}
    for text in ("", "big"):
        with pytest.raises(HamsimError, match=f"edge 'A' - 'B': weight '{text}' is not a number"):
            graphml(keys + graph(AB + edge("A", "B", w(text))))


def test_two_keys_of_one_name(graphml):
    keys = WEIGHT + WEIGHT.replace('"w"', '"v"').replace("double", "int")
    weights, _, _ = graphml(keys + graph(AB + edge("A", "B", w(2)) + edge("B", "A", w(3, "v"))))
    assert weights == {"A>B": 2.0, "B>A": 3.0}
    with pytest.raises(HamsimError, match="edge 'A' - 'B' has two values of 'weight'"):
        graphml(keys + graph(AB + edge("A", "B", w(2) + w(3, "v"))))


def test_files_without_a_namespace_are_read(graphml):
    assert graphml(WEIGHT + graph(AB + edge("A", "B", w(2))), "<graphml>")[0] == {"A>B": 2.0}


# --- directions ----------------------------------------------------------------------------------


def test_both_kinds_of_edges(graphml):
    both = edge("A", "B", w(2), 'directed="false"') + edge("B", "B", w(3), 'directed="false"')
    weights, _, notes = graphml(WEIGHT + graph(AB + both + edge("B", "A", w(5))))
    assert weights == {"A>B": 2.0, "B>A": 7.0, "B>B": 3.0}
    assert notes == [
        "undirected edges among directed ones go both ways",
        "1 parallel edge is added to others between the same nodes",
    ]
    one = edge("A", "B", w(2), 'directed="true"')
    assert graphml(WEIGHT + graph(AB + one, "undirected"))[0] == {"A>B": 2.0}
    assert graphml(WEIGHT + graph(AB + both))[2] == []


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (f"<graph>{AB}{edge('A', 'B')}</graph>", "neither it nor edgedefault of its <graph> says"),
        (graph(AB + edge("A", "B"), "both"), "neither it nor edgedefault of its <graph> says"),
        (graph(AB + edge("A", "B", "", 'directed="x"')), "directed is true or false, not 'x'"),
    ],
)
def test_edges_without_a_direction(graphml, inside, message):
    with pytest.raises(HamsimError, match=f"edge 'A' - 'B': {message}"):
        graphml(inside)


# --- what is not read ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inside", "message"),
    [
        (graph(AB) + graph(AB), "holds 2 graphs, and one is a network; put each into a file of"),
        (graph(f'<node id="A">{graph(AB)}</node>'), "node 'A' holds a graph of its own, which is"),
        (graph(AB + edge("A", "B", graph(""))), "edge 'A' - 'B' holds a graph of its own, which"),
        (graph(f'{AB}<hyperedge><endpoint node="A"/></hyperedge>'), "<hyperedge> joins any number"),
        (graph(f'{AB}<locator href="x"/>'), "<locator> names other files and is not read"),
        (graph(AB + edge("A", "C")), "edge 'A' - 'C': there is no node 'C'; nodes: A, B"),
        (graph(AB + '<edge source="A"/>'), "an <edge> has no source or no target"),
        (graph('<node id="A"/><node id="A"/>'), "node 'A' is there twice"),
        (graph("<node/>"), "a <node> has no id"),
        (f"<key/>{graph(AB)}", "a <key> has no id"),
        ("", "is not a graph in GraphML: it has no <graph>"),
        (graph(""), "the graph has no nodes"),
    ],
)
def test_what_would_be_lost_is_refused(graphml, inside, message):
    with pytest.raises(HamsimError) as caught:
        graphml(inside)
    assert message in str(caught.value)
    assert "x.graphml'" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("more", ['sourceport="p"', 'targetport="p"', ""])
def test_ports_are_told_of(graphml, more):
    nodes = '<node id="A"><port name="p"/></node><node id="B"/>' if not more else AB
    weights, _, notes = graphml(WEIGHT + graph(nodes + edge("A", "B", w(2), more)))
    assert weights == {"A>B": 2.0}
    assert notes == ["ports are left out: they say where edges are drawn"]


# --- yEd -----------------------------------------------------------------------------------------

YED = (
    '<key for="node" id="n" yfiles.type="nodegraphics"/>'
    '<key for="edge" id="e" yfiles.type="edgegraphics"/>'
)


def shape(own, label, inside="", more=""):
    text = f"<y:NodeLabel>{label}\n<y:LabelModel/></y:NodeLabel>"
    return f'<node id="{own}" {more}>{w(f"<y:Node>{text}</y:Node>", "n")}{inside}</node>'


def line(u, v, *labels):
    texts = "".join(f"<y:EdgeLabel>{label}</y:EdgeLabel>" for label in labels)
    return edge(u, v, w(f"<y:PolyLineEdge>{texts}</y:PolyLineEdge>", "e"))


def test_labels_of_yed(graphml):
    nodes = shape("n0", "AVAL") + shape("n1", "AVAR")
    inside = YED + graph(nodes + line("n0", "n1", "-2.5") + line("n1", "n0", "1e1"))
    with pytest.raises(HamsimError, match="edges have other numbers: 'label'; say which"):
        graphml(inside)
    weights, _, notes = graphml(inside, weight="label")
    assert weights == {"AVAL>AVAR": -2.5, "AVAR>AVAL": 10.0}
    assert notes == ["neurons are named by the nodes' label"]
    with pytest.raises(HamsimError, match="label '2 exc' is not a number"):
        graphml(YED + graph(nodes + line("n0", "n1", "2", "exc")), weight="label")
    with pytest.raises(HamsimError, match="edge 'n1' - 'n0' has no label, other edges have"):
        graphml(YED + graph(nodes + line("n0", "n1", 2) + line("n1", "n0")), weight="label")


def test_groups_of_yed(graphml):
    inner = graph(shape("n0::n0", "A") + shape("n0::n1", "B") + line("n0::n0", "n0::n1", 2))
    group = shape("n0", "exc cells", inner, 'yfiles.foldertype="group"')
    outer = shape("n1", "C") + line("n0::n1", "n1", -3)
    weights, network, notes = graphml(YED + graph(group + outer), weight="label")
    assert {(g.name, g.neuron_names) for g in network.groups} == {
        ("exc_cells", ("A", "B")),
        ("neurons", ("C",)),
    }
    assert weights == {"exc_cells.A>exc_cells.B": 2.0, "exc_cells.B>C": -3.0}
    assert notes[0] == "groups of yEd are groups of neurons, and no neurons themselves"
    with pytest.raises(HamsimError, match="edge 'n1' - 'n0' ends at the group 'n0', which is no"):
        graphml(YED + graph(group + outer + line("n1", "n0", 1)), weight="label")
    key = '<key id="g" for="node" attr.name="group" attr.type="string"><default>x</default></key>'
    _, network, notes = graphml(YED + key + graph(group + outer), weight="label")
    assert [g.name for g in network.groups] == ["x"]
    assert notes[0] == "groups of yEd are no neurons; nodes say their group themselves"


# --- files of networkx ---------------------------------------------------------------------------

VALUES = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.text("abc <&>'\"\u00e9 1.", min_size=1, max_size=5),
)
DATA = st.dictionaries(st.sampled_from(["weight", "tau", "x y", "label"]), VALUES, max_size=3)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from([nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph]),
    nodes=st.lists(DATA, min_size=1, max_size=4),
    edges=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), DATA), max_size=5),
)
def test_what_networkx_writes_is_read_as_networkx_reads_it(tmp_path, kind, nodes, edges):
    graph = kind(name="x")
    graph.add_nodes_from((f"n{k}", data) for k, data in enumerate(nodes))
    for u, v, data in edges:
        if max(u, v) < len(nodes):
            graph.add_edge(f"n{u}", f"n{v}")
            key = (f"n{u}", f"n{v}") + ((0,) if graph.is_multigraph() else ())
            graph.edges[key].update(data)
    nx.write_graphml_xml(graph, tmp_path / "x.graphml")
    found, notes = read_graphml(tmp_path / "x.graphml")
    assert notes == ()
    expected = nx.read_graphml(tmp_path / "x.graphml")
    assert found.is_directed() == expected.is_directed()
    assert found.is_multigraph() == (len(set(expected.edges())) < expected.number_of_edges())
    assert dict(found.nodes(data=True)) == dict(expected.nodes(data=True))
    for *_, data in expected.edges(data=True):
        data.pop("id", None)  # of an edge; no weight, and no name of anything
    assert sorted(map(repr, found.edges(data=True))) == sorted(map(repr, expected.edges(data=True)))
    assert found.graph["name"] == "x"
