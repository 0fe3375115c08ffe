"""JSON files of the C. elegans Connectome Toolbox: read exactly, refused in one line."""

import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import hamsim
from hamsim.errors import HamsimError
from hamsim.formats import connectome
from hamsim.formats.connectome import read_connectome

NODES = ["AVAL", "AVAR", "PLML"]
GAP = [[0.0, 2.0, 0.0], [2.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
CHEMICAL = [[0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [1.0, -0.5, 0.0]]
NOTHING = [[0.0] * 3] * 3


def whole(**changes):
    return {"nodes": NODES, "connections": {"GJ": GAP, "CS": CHEMICAL}, "summary": "x", **changes}


@pytest.fixture
def write(tmp_path):
    """Write a value as JSON, or text or bytes as they are; give the path."""

    def put(content, name="worm.json"):
        path = tmp_path / name
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else json.dumps(content)
            content = text.encode()
        path.write_bytes(content)
        return path

    return put


# --- what is read ------------------------------------------------------------------------------


def test_whole_description(write):
    assert read_connectome(write(whole())) == {
        "format": "hamsim/1",
        "name": "worm",
        "description": (
            "Cells and synapses read from worm.json: 3 cells; GJ, 2 edges that go both ways; "
            "CS, 3 edges, one-way. Lagrangian and tau of the neurons are placeholders."
        ),
        "groups": {"neurons": {"neurons": NODES, "lagrangian": "tanh", "tau": 1.0}},
        "connections": [
            {
                "name": "GJ",
                "within": "neurons",
                "weights": {"edges": [["AVAL", "AVAR", 2.0], ["AVAR", "PLML", 1.0]]},
            },
            {
                "name": "CS",
                "from": "neurons",
                "to": "neurons",
                "weights": {
                    "edges": [["AVAL", "AVAR", 3.0], ["PLML", "AVAL", 1.0], ["PLML", "AVAR", -0.5]]
                },
            },
        ],
    }


def test_path_may_be_text(write):
    path = write(whole())
    assert read_connectome(str(path)) == read_connectome(path)


@pytest.mark.parametrize("matrix", [GAP, CHEMICAL])
def test_a_diagonal_asks_for_self_connections(write, matrix):
    matrix = np.array(matrix)
    matrix[1, 1] = 4.0
    (connection,) = read_connectome(write(whole(connections={"T": matrix.tolist()})))["connections"]
    assert connection["self_connections"] is True
    assert ["AVAR", "AVAR", 4.0] in connection["weights"]["edges"]
    assert len(connection["weights"]["edges"]) == np.count_nonzero(matrix) - (
        2 if "within" in connection else 0
    )


def test_types_without_entries_are_left_out_and_named(write):
    description = read_connectome(write(whole(connections={"None": NOTHING, "GJ": GAP})))
    assert [connection["name"] for connection in description["connections"]] == ["GJ"]
    assert "3 cells; None, 0 edges; GJ, 2 edges that" in description["description"]


def test_no_types_at_all_give_neurons_alone(write):
    description = read_connectome(write(whole(connections={})))
    assert description["connections"] == []
    assert hamsim.compile(description).n_neurons == 3


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, ["GJ", "CS"]),
        ("CS", ["CS"]),
        (["CS", "GJ"], ["GJ", "CS"]),
        (iter(["CS", "CS"]), ["CS"]),
        ([], []),
    ],
)
def test_types_can_be_chosen_and_keep_the_order_of_the_file(write, wanted, found):
    description = read_connectome(write(whole()), wanted)
    assert [connection["name"] for connection in description["connections"]] == found


def test_types_that_are_not_chosen_may_be_bad(write):
    path = write(whole(connections={"GJ": GAP, "CS": "?"}))
    assert len(read_connectome(path, "GJ")["connections"]) == 1


def test_symmetric_up_to_rounding_is_not_symmetric(write):
    gap = np.array(GAP)
    gap[0, 1] = np.nextafter(2.0, 3.0)
    (connection,) = read_connectome(write(whole(connections={"GJ": gap.tolist()})))["connections"]
    assert "from" in connection
    assert len(connection["weights"]["edges"]) == 4


def test_names_may_be_any_text(write):
    names = ["a b", "x.y[1], z", "線虫"]
    description = read_connectome(write(whole(nodes=names)))
    assert description["groups"]["neurons"]["neurons"] == names
    assert description["connections"][0]["weights"]["edges"][0] == ["a b", "x.y[1], z", 2.0]


def test_whole_numbers_become_floating_point_ones(write):
    matrix = [[0, 2, 0], [2, 0, 1], [0, 1, 0]]
    description = read_connectome(write(whole(connections={"GJ": matrix})))
    edges = description["connections"][0]["weights"]["edges"]
    assert edges == [["AVAL", "AVAR", 2.0], ["AVAR", "PLML", 1.0]]
    assert all(type(edge[2]) is float for edge in edges)


def test_byte_order_mark_is_allowed(write):
    path = write(b"\xef\xbb\xbf" + json.dumps(whole()).encode())
    assert len(read_connectome(path)["connections"]) == 2


# --- there and back ----------------------------------------------------------------------------


@st.composite
def matrices(draw):
    """A square matrix of weights with many zeros; half of them symmetric."""
    n = draw(st.integers(1, 6))
    numbers = st.one_of(st.just(0.0), st.floats(allow_nan=False, allow_infinity=False))
    matrix = draw(arrays(np.float64, (n, n), elements=numbers))
    return np.triu(matrix) + np.triu(matrix, 1).T if draw(st.booleans()) else matrix


def dense(connection, names):
    """Weights [sender, receiver] of a description's connection."""
    place = {name: k for k, name in enumerate(names)}
    weights = np.zeros((len(names), len(names)))
    seen = set()
    for a, b, weight in connection["weights"]["edges"]:
        i, j = place[a], place[b]
        assert (i, j) not in seen
        seen.add((i, j))
        weights[i, j] = weight
        if "within" in connection:
            assert i <= j
            weights[j, i] = weight
    return weights


@given(matrix=matrices())
def test_every_weight_comes_back_exactly(tmp_path_factory, matrix):
    path = tmp_path_factory.mktemp("worm") / "random.json"
    names = [f"n{k}" for k in range(len(matrix))]
    path.write_text(json.dumps({"nodes": names, "connections": {"T": matrix.tolist()}}))
    connections = read_connectome(path)["connections"]
    if not matrix.any():
        assert connections == []
        return
    (connection,) = connections
    assert np.array_equal(dense(connection, names), matrix)
    assert ("within" in connection) == np.array_equal(matrix, matrix.T)
    assert connection.get("self_connections", False) == bool(matrix.diagonal().any())


def test_compiled_rows_receive(write):
    gap, chemical = np.array(GAP), np.array(CHEMICAL)
    gap[2, 2] = 7.0
    path = write(whole(connections={"GJ": gap.tolist(), "CS": chemical.tolist()}))
    W = hamsim.compile(read_connectome(path)).W.toarray()
    assert np.array_equal(W, gap + chemical.T)
    only = hamsim.compile(read_connectome(path, "GJ"))
    assert np.array_equal(only.W.toarray(), gap)
    assert only.symmetric


# --- what is refused ---------------------------------------------------------------------------


def types(matrix):
    return whole(connections={"GJ": matrix})


BAD = [
    ("", "'worm.json' is not JSON: Expecting value (line 1, column 1)"),
    ("{'nodes': 1}", "'worm.json' is not JSON: "),
    (b"\xff\xfe\x00", "'worm.json' is not JSON: "),
    (b'{"nodes": ["\xe9"]}', "'worm.json' is not JSON: it is not UTF-8 text"),
    ("[" * 100_000, "'worm.json' is not a connectome: its lists are nested too deeply"),
    ("[1]", "'worm.json' is not a connectome: it holds no {nodes:, connections:}"),
    ({"connections": {}}, "'worm.json' is not a connectome: it has no list of nodes"),
    (whole(nodes=[]), "'worm.json' is not a connectome: it has no list of nodes"),
    (whole(nodes={"AVAL": 1}), "'worm.json' is not a connectome: it has no list of nodes"),
    ({"nodes": NODES}, "'worm.json' is not a connectome: it has no mapping of connections"),
    (whole(connections=[GAP]), "'worm.json' is not a connectome: it has no mapping"),
    (whole(nodes=["A", 3, "B"]), "'worm.json' nodes[1] is not a name (text): 3"),
    (whole(nodes=["A", "B", None]), "'worm.json' nodes[2] is not a name (text): null"),
    (whole(nodes=["A", "B", {"id": 1}]), "nodes[2] is not a name (text): a mapping"),
    (whole(nodes=["A", "B", " "]), "'worm.json' nodes[2] is not a name (text): \" \""),
    (whole(nodes=["A", "B", "\ud800"]), 'nodes[2] is not a name (text): "\\ud800"'),
    (whole(nodes=["A", "B", "A"]), "'worm.json' nodes[2]: the node 'A' is named twice"),
    (whole(connections={"": GAP}), "'worm.json': a type of synapse has no proper name: \"\""),
    ('{"nodes": ["A"], "nodes": ["B"]}', "'worm.json': the key \"nodes\" is there twice"),
    (types(GAP[:2]), "'worm.json' connections 'GJ': needs 3 rows, one a node, not 2"),
    (types("x" * 99), "'GJ': needs 3 rows, one a node, not \"xxxx"),
    (types([*GAP[:2], [0, 0]]), "'GJ': row 2 needs 3 numbers, one a node, not 2"),
    (types([*GAP[:2], None]), "'GJ': row 2 needs 3 numbers, one a node, not null"),
    (types([*GAP[:2], [0, "1", 0]]), "'worm.json' connections 'GJ' [2, 1] is not a number: \"1\""),
    (types([*GAP[:2], [0, True, 0]]), "'GJ' [2, 1] is not a number: true"),
    (types([*GAP[:2], [0, None, 0]]), "'GJ' [2, 1] is not a number: null"),
    (types([*GAP[:2], [0, [1], 0]]), "'GJ' [2, 1] is not a number: a list"),
    (types([*GAP[:2], [0, float("nan"), 0]]), "'GJ' [2, 1] is not a finite number"),
    (types([*GAP[:2], [0, 0, float("-inf")]]), "'GJ' [2, 2] is not a finite number"),
    (types([*GAP[:2], [0, 10**400, 0]]), "'GJ': row 2 holds a number that is too large"),
    ('{"nodes": ' + "1" * 5000 + "}", "'worm.json' holds a number that is too large"),
]


@pytest.mark.parametrize(("content", "told"), BAD, ids=[str(k) for k in range(len(BAD))])
def test_bad_files_are_refused_in_one_line(write, content, told):
    with pytest.raises(HamsimError) as caught:
        read_connectome(write(content))
    message = str(caught.value)
    assert told in message
    assert message.isprintable()
    assert len(message) < 200


def test_control_characters_do_not_reach_the_terminal(write):
    path = write({"nodes": ["\x1b[2J", "\x1b[2J"]})
    with pytest.raises(HamsimError, match=r"'\\x1b\[2J' is named twice"):
        read_connectome(path)


def test_unknown_type_of_synapse(write):
    path = write(whole(connections={"Generic_GJ": GAP, "Generic_CS": CHEMICAL}))
    told = "'worm.json' has no synapse type 'generic_GJ'; did you mean 'Generic_GJ'?"
    with pytest.raises(HamsimError) as caught:
        read_connectome(path, ["Generic_CS", "generic_GJ"])
    assert str(caught.value) == told
    with pytest.raises(HamsimError, match="no synapse type 'x'; it has: Generic_GJ, Generic_CS"):
        read_connectome(path, "x")
    with pytest.raises(HamsimError, match="no synapse type '7'; it has"):
        read_connectome(path, [7])


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "none.json", tmp_path, "a\0b"):
        with pytest.raises(HamsimError, match=r"no file|cannot read") as caught:
            read_connectome(path)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads anything")
def test_unreadable_file(write):
    path = write(whole())
    path.chmod(0)
    with pytest.raises(HamsimError, match=r"cannot read .*Permission denied"):
        read_connectome(path)


def test_large_files_are_refused_before_they_are_read(write, monkeypatch):
    path = write(whole())
    monkeypatch.setattr(connectome, "MAX_BYTES", 100)
    with pytest.raises(HamsimError, match=r"'worm\.json' has 0 MB; at most 0\.0001 MB are read"):
        read_connectome(path)


def test_what_is_not_read_is_said(write):
    made = read_connectome(write({**whole(), "transmitters": {"AVAL": "ACh"}}))
    assert made["description"].endswith("placeholders. Not read: 'transmitters'.")
