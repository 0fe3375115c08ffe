"""Networks through every format of files and back: nothing is lost; bad files are one line."""

import contextlib
import json
import os
import warnings
from inspect import signature

import networkx as nx
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_networks import random_description
from same_network import HANDWRITTEN, assert_same_network, network

import hamsim
from hamsim import HamsimError
from hamsim.formats import convert, yamlfiles
from hamsim.formats.convert import read, write
from hamsim.formats.files import replacing

ENDINGS = (".yaml", ".graphml", ".json", ".npz", ".mtx")
OPTIONS = st.fixed_dictionaries(
    {name: st.booleans() for name in ("instant", "symmetric", "gated")},
)
# Any text that a file in UTF-8 can hold.
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


def fits_xml(text):
    return not any((c < " " and c not in "\t\n") or c in "\ufffe\uffff" for c in text)


def small():
    return hamsim.compile(HANDWRITTEN["named"])


# --- there and back ----------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ENDINGS)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), options=OPTIONS)
def test_random_networks_come_back(tmp_path, ending, seed, options):
    one = hamsim.compile(random_description(seed, **options))
    write(one, tmp_path / f"x{ending}", force=True)
    assert_same_network(read(tmp_path / f"x{ending}").network, one)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", HANDWRITTEN)
def test_handwritten_networks_come_back(tmp_path, name, ending):
    one = hamsim.compile(HANDWRITTEN[name])
    files = write(one, tmp_path / f"x{ending}")
    assert sorted(tmp_path.iterdir()) == sorted(files)
    source = read(tmp_path / f"x{ending}")
    assert_same_network(source.network, one)
    assert source.notes == ()


@pytest.mark.parametrize("name", HANDWRITTEN)
def test_large_networks_come_back_from_yaml_and_arrays(tmp_path, monkeypatch, name):
    monkeypatch.setattr(yamlfiles, "MAX_IN_TEXT", -1)
    monkeypatch.setattr(yamlfiles, "MAX_LIST", 1)
    one = hamsim.compile(HANDWRITTEN[name])
    files = write(one, tmp_path / "x.yaml")
    assert [file.name for file in files] == ["x.yaml", "x-data.npz"]
    assert "edges: [" not in files[0].read_text(encoding="utf-8")
    assert_same_network(read(files[0]).network, one)


def test_arrays_are_beside_only_what_is_large(tmp_path):
    files = write(hamsim.compile(HANDWRITTEN["gated"]), tmp_path / "x.yaml")
    assert [file.name for file in files] == ["x.yaml"]
    large = hamsim.compile(network({"a": 150}, [{"within": "a", "weights": 1.0}]))
    files = write(large, tmp_path / "large.yaml")
    assert [file.name for file in files] == ["large.yaml", "large-data.npz"]
    assert files[0].stat().st_size < 1000
    assert_same_network(read(files[0]).network, large)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=TEXTS, ids=st.lists(TEXTS, min_size=2, max_size=3, unique=True), edge=TEXTS)
def test_odd_names_come_back_or_are_refused(tmp_path, name, ids, edge):
    description = network(
        {"a": {"neurons": ids}},
        [{"name": edge, "within": "a", "weights": 1.0}],
        name=name,
        description=name,
    )
    one = hamsim.compile(description)
    for ending in ENDINGS:
        path = tmp_path / f"x{ending}"
        if ending == ".graphml" and not all(map(fits_xml, (name, edge, *ids))):
            with pytest.raises(HamsimError, match="GraphML cannot hold the characters of"):
                write(one, path, force=True)
            continue
        write(one, path, force=True)
        assert_same_network(read(path).network, one)


# --- what others make of the files -------------------------------------------------------------


# Newer SciPy asks for what it returns.
ARRAYS = {"spmatrix": False} if "spmatrix" in signature(scipy.io.mmread).parameters else {}


def test_scipy_reads_the_matrices(tmp_path):
    one = hamsim.compile(HANDWRITTEN["overlapping one-way"])
    write(one, tmp_path / "x.npz")
    write(one, tmp_path / "x.mtx")
    for W in (
        scipy.sparse.load_npz(tmp_path / "x.npz"),
        scipy.io.mmread(tmp_path / "x.mtx", **ARRAYS),
    ):
        assert np.array_equal(W.toarray(), one.W.toarray())
    lines = (tmp_path / "x.mtx").read_bytes().split(b"\n")
    assert max(map(len, lines)) < 1024
    with np.load(tmp_path / "x.npz") as arrays:
        assert np.array_equal(arrays["tau"], one.tau)
        assert json.loads(arrays["description"].item())["format"] == "hamsim/1"


@pytest.mark.parametrize("ending", [".npz", ".mtx"])
def test_a_network_file_can_use_them_as_weights(tmp_path, ending):
    one = small()
    write(one, tmp_path / f"x{ending}")
    weights = {"file": str(tmp_path / f"x{ending}")}
    two = hamsim.compile(network({"a": one.n_neurons}, [{"within": "a", "weights": weights}]))
    assert np.array_equal(two.W.toarray(), one.W.toarray())


@pytest.mark.parametrize("directed", [False, True])
def test_networkx_reads_the_graphs(tmp_path, directed):
    ends = {"from": "a", "to": "b"} if directed else {"between": ["a", "b"]}
    one = hamsim.compile(network({"a": 2, "b": 3}, [{**ends, "weights": {"normal": {}}}]))
    write(one, tmp_path / "x.graphml")
    write(one, tmp_path / "x.json")
    value = json.loads((tmp_path / "x.json").read_bytes())
    assert value["links"] == value["edges"]  # older and newer versions look for one of them
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # versions between tell of the change
        linked = nx.node_link_graph(value)
    graphs = [nx.read_graphml(tmp_path / "x.graphml"), linked]
    expected = one.to_networkx()
    for graph in graphs:
        assert graph.is_directed() == directed
        assert dict(graph.nodes(data=True)) == dict(expected.nodes(data=True))
        assert list(graph.edges(data=True)) == list(expected.edges(data=True))
        assert_same_network(hamsim.compile(hamsim.from_networkx(graph)), one)


# --- other files -------------------------------------------------------------------------------


def test_graphs_of_others(tmp_path):
    graph = nx.MultiDiGraph([("x", "y", {"weight": 2}), ("x", "y", {"weight": 0.5})])
    nx.write_graphml(graph, tmp_path / "x.graphml")
    value = {
        "directed": True,
        "multigraph": True,
        "nodes": [{"id": [0, [1]]}, {"id": 2.5, "name": "y", "self": 3}],
        "edges": [
            {"source": [0, [1]], "target": 2.5, "key": 0, "weight": 2},
            {"source": [0, [1]], "target": 2.5, "key": 1, "weight": 0.5, "u_for_edge": "x"},
        ],
    }
    (tmp_path / "x.json").write_text(json.dumps(value))
    for ending in (".graphml", ".json"):
        source = read(tmp_path / f"x{ending}")
        assert source.network.W.toarray().tolist() == [[0.0, 0.0], [2.5, 0.0]]
        assert source.notes[-1] == (
            "some nodes have no Lagrangian or tau: tanh and 1 are placeholders"
        )
        assert "1 parallel edge is added to others between the same nodes" in source.notes
    assert "not all nodes have a name: neurons have the names of the nodes" in source.notes
    assert "not read: 'self' of nodes and 'u_for_edge' of edges" in source.notes
    assert source.network.groups[0].neuron_names == ("(0, (1,))", "2.5")
    for node in value["nodes"]:
        node |= {"lagrangian": "relu", "tau": 2}
        node.pop("self", None)
    value["nodes"][1].pop("name")
    value["edges"].pop()
    del value["edges"][0]["key"]
    (tmp_path / "x.json").write_text(json.dumps(value))
    assert read(tmp_path / "x.json").notes == ()


def test_matrices_of_others(tmp_path):
    W = np.array([[0.0, 1.5, 0.0], [1.5, 0.0, -2.0], [0.0, -2.0, 3.0]])
    scipy.sparse.save_npz(tmp_path / "a.npz", scipy.sparse.csr_matrix(W))
    np.savez(tmp_path / "b.npz", W)
    scipy.io.mmwrite(tmp_path / "c.mtx", scipy.sparse.coo_matrix(W), comment=" of others")
    scipy.io.mmwrite(tmp_path / "d.mtx", W)
    for name in ("a.npz", "b.npz", "c.mtx", "d.mtx"):
        source = read(tmp_path / name)
        assert np.array_equal(source.network.W.toarray(), W)
        assert [c.kind for c in source.network.connections] == ["within"]
        assert source.network.name == name[0]
        assert "placeholders" in source.notes[0]
    np.savez(tmp_path / "e.npz", np.triu(W))
    assert [c.kind for c in read(tmp_path / "e.npz").network.connections] == ["from"]
    assert read(tmp_path / "e.npz").notes[1].endswith("row i receives, column j sends")
    np.savez(tmp_path / "f.npz", np.zeros((2, 2)))
    assert read(tmp_path / "f.npz").network.connections == ()


def test_what_matrices_of_others_do_not_say(tmp_path):
    (tmp_path / "x.mtx").write_text(MTX.replace("real", "pattern") + "2 2 1\n1 2\n")
    source = read(tmp_path / "x.mtx")
    assert source.network.W[0, 1] == 1.0
    assert "the file has no weights (pattern): all are 1" in source.notes
    scipy.sparse.save_npz(tmp_path / "x.npz", scipy.sparse.csr_matrix(np.eye(2)))
    with np.load(tmp_path / "x.npz") as arrays:
        parts = dict(arrays)
    np.savez(tmp_path / "x.npz", **parts, tau=np.array([2.0, 3.0]), names=np.array(["x", "y"]))
    source = read(tmp_path / "x.npz")
    assert source.network.tau.tolist() == [2.0, 3.0]
    assert source.notes == (
        "the Lagrangian tanh is a placeholder: the file says nothing of it",
        "not read: arrays 'names'",
    )


def test_edges_of_a_graph_that_says_no_direction_go_both_ways(tmp_path):
    nodes = '[{"id": 1, "lagrangian": "tanh", "tau": 1}, {"id": 2, "lagrangian": "tanh", "tau": 1}]'
    edges = '[{"source": 1, "target": 2, "weight": 3}]'
    (tmp_path / "x.json").write_text(links(nodes, edges))
    source = read(tmp_path / "x.json")
    assert source.network.W.toarray().tolist() == [[0.0, 3.0], [3.0, 0.0]]
    assert source.notes == ("the file does not say directed: edges go both ways",)


def test_json_may_be_a_network_file(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps(network({"a": 2})))
    source = read(tmp_path / "x.json")
    assert (source.format, source.network.n_neurons) == ("yaml", 2)


def test_connectomes(tmp_path):
    path = tmp_path / "worm.json"
    gap, chemical = [[0.0, 2.0], [2.0, 0.0]], [[0.0, 3.0], [0.0, 0.0]]
    value = {"nodes": ["AVAL", "AVAR"], "connections": {"GJ": gap, "CS": chemical}}
    path.write_text(json.dumps(value))
    source = read(path)
    assert source.format == "connectome"
    assert [c.name for c in source.network.connections] == ["GJ", "CS"]
    assert "placeholders" in source.notes[0]
    one = read(path, synapse_types=["CS"], overrides={"groups.neurons.tau": 2.0}).network
    assert [c.name for c in one.connections] == ["CS"]
    assert one.tau.tolist() == [2.0, 2.0]
    write(one, tmp_path / "x.json")
    assert_same_network(read(tmp_path / "x.json").network, one)
    with pytest.raises(HamsimError, match="no synapse type 'XY'"):
        read(path, synapse_types=["XY"])
    with pytest.raises(HamsimError, match="are chosen from a connectome, not from node-link"):
        read(tmp_path / "x.json", synapse_types=["CS"])
    with pytest.raises(HamsimError, match="no format 'connectome'; formats: yaml, graphml"):
        write(one, tmp_path / "y.json", "connectome")


def test_a_matrix_changed_elsewhere(tmp_path):
    one = hamsim.compile(network({"a": 2, "b": 1}, [{"between": ["a", "b"], "weights": 1.0}]))
    write(one, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        changed = {**arrays, "data": arrays["data"] * 2}
    np.savez(tmp_path / "x.npz", **changed)
    two = read(tmp_path / "x.npz").network
    assert np.array_equal(two.W.toarray(), 2 * one.W.toarray())
    assert [c.kind for c in two.connections] == ["between"]
    changed["data"] = np.arange(1.0, 5.0)
    changed["indices"] = np.array([2, 0, 0, 1])
    np.savez(tmp_path / "x.npz", **changed)
    two = read(tmp_path / "x.npz").network
    assert [(c.name, c.kind) for c in two.connections] == [("a-b", "from"), ("added", "from")]
    assert two.W.toarray().tolist() == [[0, 0, 1], [2, 0, 0], [3, 4, 0]]


def test_a_matrix_of_connections_that_meet_cannot_be_changed_alone(tmp_path):
    write(hamsim.compile(HANDWRITTEN["overlapping"]), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        changed = {**arrays, "data": arrays["data"] * 2}
    np.savez(tmp_path / "x.npz", **changed)
    with pytest.raises(HamsimError, match="is not what the connections in its description add"):
        read(tmp_path / "x.npz")


# --- writing -----------------------------------------------------------------------------------


def test_nothing_is_replaced_unasked(tmp_path, monkeypatch):
    write(small(), tmp_path / "x.yaml")
    with pytest.raises(HamsimError, match="is there already; --force replaces it"):
        write(small(), tmp_path / "x.yaml")
    write(small(), tmp_path / "x.yaml", force=True)
    monkeypatch.setattr(yamlfiles, "MAX_IN_TEXT", -1)
    (tmp_path / "y-data.npz").write_text("mine")
    with pytest.raises(HamsimError, match=r"y-data\.npz' is there already"):
        write(small(), tmp_path / "y.yaml")
    assert (tmp_path / "y-data.npz").read_text() == "mine"
    with pytest.raises(HamsimError, match="is a folder; name a file"):
        write(small(), tmp_path, "yaml", force=True)


def interrupted(stream):
    stream.write(b"half")
    raise KeyboardInterrupt


def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "x.json"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        interrupted(stream)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.json"]
    bad = hamsim.compile(network({"a": {"neurons": ["\x01"]}}))
    with pytest.raises(HamsimError, match=r"GraphML cannot hold the characters of 'a.\\x01'"):
        write(bad, tmp_path / "x.graphml")
    assert os.listdir(tmp_path) == ["x.json"]
    with pytest.raises(HamsimError, match=r"cannot write '.*/none/x\.json': No such file"):
        write(small(), tmp_path / "none" / "x.json")


def test_formats_by_name(tmp_path):
    with pytest.raises(HamsimError, match=r"x.txt' must end in .mtx to be a file of this format"):
        write(small(), tmp_path / "x.txt", "mtx")
    write(small(), tmp_path / "x.dat.mtx", "mtx")
    os.rename(tmp_path / "x.dat.mtx", tmp_path / "x.txt")
    with pytest.raises(HamsimError, match=r"x.txt' must end in .mtx to be a file of this format"):
        read(tmp_path / "x.txt", "mtx")
    with pytest.raises(HamsimError, match=r"ends in none of .yaml, .yml, .* say --from FORMAT"):
        read(tmp_path / "x.txt")
    os.rename(tmp_path / "x.txt", tmp_path / "x.dat.mtx")
    assert_same_network(read(tmp_path / "x.dat.mtx").network, small())
    write(small(), tmp_path / "y", "graphml")
    assert_same_network(read(tmp_path / "y", "graphml").network, small())
    with pytest.raises(HamsimError, match="no format 'graphlm'; did you mean 'graphml'"):
        read(tmp_path / "y", "graphlm")


# --- bad files ---------------------------------------------------------------------------------


def bomb(encoding="utf-8"):
    entities = "".join(
        f'<!ENTITY a{k} "{f"&a{k - 1};" * 100 if k else "lol" * 100}">' for k in range(9)
    )
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f"{head}<!DOCTYPE x [{entities}]><graphml>&a8;</graphml>".encode(encoding)


GRAPHML = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{}</graphml>'
KEY = '<key id="t" for="node" attr.name="tau" attr.type="double"/>'
NODE = '<graph edgedefault="directed"><node id="a"><data key="t">{}</data></node></graph>'
MTX = "%%MatrixMarket matrix coordinate real general\n"


def links(nodes="[]", edges="[]", more=""):
    return f'{{"nodes": {nodes}, "links": {edges}{more}}}'


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.graphml", bomb(), "has a document type (<!DOCTYPE), which is not read"),
        ("x.graphml", bomb("utf-16"), "has a document type (<!DOCTYPE), which is not read"),
        ("x.graphml", "", "is not a graph in GraphML: no element found"),
        ("x.graphml", "<a/>", "is not a graph in GraphML"),
        ("x.graphml", bytes(range(256)), "is not a graph in GraphML: not well-formed"),
        ("x.graphml", "<g>" * 100_000, "is not a graph in GraphML"),
        ("x.graphml", GRAPHML.format(""), "is not a graph in GraphML"),
        (
            "x.graphml",
            GRAPHML.format(NODE.format(1)),
            "node 'a' has data of the key 't', which no <key> declares",
        ),
        (
            "x.graphml",
            GRAPHML.format(KEY + NODE.format("abc")),
            "node 'a': tau 'abc' is not a number",
        ),
        ("x.graphml", GRAPHML.format(KEY + NODE.format("nan")), "node 'a': tau nan is not a fin"),
        ("x.json", "", "is not JSON: Expecting value (line 1, column 1)"),
        ("x.json", b"\xff\xfe\xff", "is not JSON"),
        ("x.json", "[" * 200_000, "its lists are nested too deeply"),
        ("x.json", f'{{"nodes": {"9" * 5000}}}', "holds a number that is too large"),
        ("x.json", "[]", "is not a graph in node-link form"),
        ("x.json", '{"nodes": []}', "is not a graph in node-link form"),
        ("x.json", links(), "the graph has no nodes"),
        ("x.json", links("[3]"), "nodes[0] has no id"),
        ("x.json", links('[{"id": {}}]'), "nodes[0]: id is not a name"),
        ("x.json", links('[{"id": [1, {}]}]'), "nodes[0]: id is not a name"),
        ("x.json", links('[{"id": 1}, {"id": 1}]'), "nodes[1]: the node '1' is there twice"),
        (
            "x.json",
            links('[{"id": ' + "[" * 900 + "1" + "]" * 900 + "}]"),
            "its lists are nested too deeply (more than 50)",
        ),
        (
            "x.json",
            links('[{"id": 1}]', '[{"source": 1, "target": ' + "[" * 25 + "]" * 25 + "}]"),
            "links[0]: target is nested more than 20 deep",
        ),
        ("x.json", links('[{"id": 1}, {"id": "1"}]'), "two nodes have the name '1'"),
        ("x.json", links('[{"id": 1}]', '[{"source": 1}]'), "links[0] has no target"),
        (
            "x.json",
            links('[{"id": 1}]', '[{"source": 1, "target": 2}]'),
            "links[0]: there is no node '2'",
        ),
        (
            "x.json",
            links(
                '[{"id": 1}, {"id": 2}]', '[{"source": 1, "target": 2}, {"source": 2, "target": 1}]'
            ),
            "links[1]: the edge '(2, 1)' is there twice",
        ),
        (
            "x.json",
            links('[{"id": 1}]', '[{"source": 1, "target": 1, "weight": NaN}]'),
            "edge '1' - '1': weight nan is not a finite number",
        ),
        ("x.json", links('[{"id": 1, "group": "a b"}]'), "x.json: groups.a b: 'a b' cannot name"),
        (
            "x.json",
            links('[{"id": 1}]', more=', "graph": {"hamsim": "x"}'),
            "the graph's attribute 'hamsim' is not the JSON text",
        ),
        ("x.json", links('[{"id": 1, "tau": 2, "tau": 3}]'), 'the key "tau" is there twice'),
        ("x.json", links(more=', "edges": [{}]'), "links and edges differ; remove one of them"),
        ("x.json", links(more=', "directed": "false"'), "directed must be true or false"),
        ("x.json", links(more=', "graph": [["name", "x"]]'), "graph must be a mapping"),
        ("x.json", '{"nodes": [1], "connections": {}}', "nodes[0] is not a name"),
        ("x.npz", "", "'x.npz' is not an npz file (a zip); it is empty"),
        ("x.npz", b"PK\x03\x04xxxx", "'x.npz' is not an npz file (a zip); it is damaged"),
        ("x.mtx", "", "cannot read 'x.mtx'"),
        ("x.mtx", MTX + "2 3 1\n1 1 1\n", "holds an array of shape [2, 3], not a square one"),
        ("x.mtx", MTX + "0 0 0\n", "holds an array of shape [0, 0], not a square one"),
        (
            "x.mtx",
            MTX.replace("general", "symmetric") + "2 2 2\n2 1 3\n1 2 3\n",
            "it is symmetric, but holds the entry [1, 2] above the diagonal",
        ),
        ("x.mtx", MTX + "2 2 1\n1 1 x\n", "line 3: 'x' is not a number"),
        ("x.mtx", MTX + "%hamsim {\n2 2 1\n1 2 1\n", "is not the JSON text that hamsim has"),
        (
            "x.mtx",
            MTX + '%hamsim {"format": "hamsim/1", "groups": {"a": {"size": 3, "lagrangian": '
            '"tanh"}}}\n2 2 1\n1 2 1\n',
            "a matrix of 2 neurons, but a description of 3",
        ),
        ("x.mtx", MTX.encode() + b"%\xff\n2 2 1\n1 2 1\n", "is not UTF-8 text"),
        ("x.yaml", "[", "x.yaml:2:1: not valid YAML"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(HamsimError) as caught:
        read(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ENDINGS)
def test_cut_files_are_refused(tmp_path, ending):
    """However little is there, what comes is an error of hamsim's, or a network."""
    write(hamsim.compile(HANDWRITTEN["overlapping"]), tmp_path / f"x{ending}")
    content = (tmp_path / f"x{ending}").read_bytes()
    for k in range(0, len(content) - 1, max(1, len(content) // 60)):
        (tmp_path / f"y{ending}").write_bytes(content[:k])
        with contextlib.suppress(HamsimError):
            read(tmp_path / f"y{ending}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tau": np.ones(3)}, "tau has shape [3], not [7]"),
        ({"initial": np.ones((1, 2, 7))}, "initial has shape [1, 2, 7], not [7]"),
        ({"tau": np.array([-1.0, *[1.0] * 6])}, "must be at least 0, not -1"),
        ({"description": np.arange(3)}, "its description cannot be read"),
        ({"description": np.array([{}], dtype=object)}, "its description cannot be read"),
        ({"data": np.array([{}], dtype=object)}, "holds Python objects, not real numbers"),
        ({"indices": np.full(20, 99)}, "'x.npz': an entry is at 99; the matrix has 0 to 6"),
    ],
)
def test_damaged_arrays(tmp_path, change, message):
    write(small(), tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as arrays:
        changed = {**arrays, **change}
    np.savez(tmp_path / "x.npz", **changed)
    with pytest.raises(HamsimError) as caught:
        read(tmp_path / "x.npz")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", ENDINGS)
def test_missing_files(tmp_path, ending):
    with pytest.raises(HamsimError, match="no such file"):
        read(tmp_path / f"none{ending}")
    (tmp_path / f"folder{ending}").mkdir()
    with pytest.raises(HamsimError, match=r"is a folder|cannot be read"):
        read(tmp_path / f"folder{ending}")


def test_formats_are_told_apart():
    assert set(convert.WRITTEN) == set(convert.NETWORKS.values())
    assert set(convert.READ) == {*convert.WRITTEN, "connectome"}


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia"])
def test_what_scipy_saves_is_all_read(form, tmp_path):
    W = np.array([[0.0, 0.5, 0], [0.5, 0, 0.25], [0, 0.25, 0]])
    scipy.sparse.save_npz(tmp_path / "W.npz", scipy.sparse.csr_array(W).asformat(form))
    found = convert.read(tmp_path / "W.npz")
    assert not any("not read" in note for note in found.notes)
    assert np.array_equal(found.network.W.toarray(), W)
